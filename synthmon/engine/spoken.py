"""What origins chose to speak over TLS, when they were last asked."""

from __future__ import annotations

Origin = tuple[str, bytes]
_MOST = 4096  # that are remembered: redirects may lead to any number


class Spoken:
    """Thread-safe: each call is one step of the interpreter's, and what is forgotten is found out again."""

    def __init__(self) -> None:
        self._known: dict[Origin, bool] = {}

    def http1(self, origin: Origin) -> bool:
        """Whether it is taken to speak HTTP/1: it chose that although it was offered HTTP/2, or is being asked just now.

        Of those who come to one that nobody knows, the first is told no, and finds out by libcurl. Were all of them, each
        thread would have a handle of libcurl after a start, which reads the authorities for itself: 17 ms and a MiB.
        """
        known = self._known.get(origin)
        if known is None:
            self.put(origin, http1=True)  # who comes meanwhile makes the same offer, and says so if it is HTTP/2
        return known or False

    def put(self, origin: Origin, *, http1: bool) -> None:
        if origin not in self._known and len(self._known) >= _MOST:
            self._known.clear()
        self._known[origin] = http1
