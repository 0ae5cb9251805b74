"""When the kernel had the whole request, where libcurl's own mark comes too late to be it."""

from __future__ import annotations

import os
import socket
import struct
import time

SUSPECT = 10_000  # microseconds of sending from which on the kernel is asked; it counts in ticks of four milliseconds
_LAST_SENT = 44  # where struct tcp_info says how many milliseconds ago data was sent last
_INFO = _LAST_SENT + 4


def handed_over(descriptor: int, began: float, before: int, sent: int) -> int:
    """`sent`, or the earlier instant at which the kernel sent last; all but `began` in microseconds since then.

    libcurl looks at its clock when it runs again after a request went out. On a busy machine that is when the answer
    has long come, and the target's time would be shown as ours. What is sent later, or again, only makes the kernel's
    instant later than the truth, and then it is not taken. `before`: when sending began. A connection that is closed
    already cannot be asked.
    """
    if descriptor < 0 or sent - before < SUSPECT:
        return sent
    try:
        with socket.socket(fileno=os.dup(descriptor)) as channel:
            info = channel.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO)
    except OSError:
        return sent
    now = time.monotonic()  # after it, as what comes between must not make it earlier
    if len(info) < _INFO:
        return sent
    ago: int = struct.unpack_from("@I", info, _LAST_SENT)[0]
    return max(before, min(sent, int((now - began) * 1e6) - 1000 * ago))
