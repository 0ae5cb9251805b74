"""Whether a connection that was kept is still any good."""

from __future__ import annotations

import select

_HUNG_UP = getattr(select, "POLLRDHUP", 0)  # Linux; elsewhere only a connection closed on both sides is noticed


def hung_up(descriptor: int | None) -> bool:
    """Whether the other side has closed a kept connection: what is sent over it now would never be answered.

    libcurl 8.23 looks only at connections that were idle for a second.
    """
    if descriptor is None or descriptor < 0:
        return False
    poll = select.poll()
    poll.register(descriptor, _HUNG_UP)
    return bool(poll.poll(0))
