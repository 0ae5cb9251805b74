"""Reads what was sent: never more than is allowed, never for longer, and nothing of a browser that went away."""

from __future__ import annotations

import anyio
from starlette.requests import ClientDisconnect, Request


class Unread(Exception):
    """The body is not taken; `status` is the answer's, `str()` says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def read(request: Request, largest: int, within: float) -> bytes:
    """The whole body, of at most `largest` bytes and within so many seconds; raises `Unread`."""
    body = bytearray()
    try:
        with anyio.fail_after(within):
            async for piece in request.stream():
                body += piece
                if len(body) > largest:
                    raise Unread(413, f"the body is larger than {largest} bytes")
    except TimeoutError:
        raise Unread(408, "the body took too long") from None
    except ClientDisconnect:
        raise Unread(400, "the connection ended before the body did") from None
    return bytes(body)
