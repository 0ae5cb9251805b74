"""What origins chose to speak over TLS, when they were last asked."""

from __future__ import annotations

Origin = tuple[str, bytes]
_MOST = 4096  # that are remembered: redirects may lead to any number


class Spoken:
    """Thread-safe: each call is one step of the interpreter's, and what is forgotten is found out again.

    `guess`: whether an origin that nobody knows is taken to speak HTTP/1.
    """

    def __init__(self, *, guess: bool = False) -> None:
        self._guess = guess
        self._known: dict[Origin, bool] = {}

    def http1(self, origin: Origin) -> bool:
        """Whether it chose HTTP/1 although it was offered HTTP/2, or is taken to."""
        return self._known.get(origin, self._guess)

    def put(self, origin: Origin, *, http1: bool) -> None:
        if origin not in self._known and len(self._known) >= _MOST:
            self._known.clear()
        self._known[origin] = http1
