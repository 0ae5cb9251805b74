"""An answer of HTTP/1.1 from the bytes of a connection, by the limits of a reader and as libcurl would have read it."""

from __future__ import annotations

from collections.abc import Callable

from synthmon.engine.http1.chunks import Chunks
from synthmon.engine.http1.head import Head
from synthmon.engine.http1.plain import plain
from synthmon.engine.http1.told import incomplete, unanswered
from synthmon.engine.reader import Reader
from synthmon.model.run import Failure

_END_OF_HEADER = b"\r\n\r\n"


class Incoming:
    """One answer after the other. What it says is in the reader, which also refuses what is too much.

    `keeps`: the connection is good for another request. `version`: of the answer, once that began.
    """

    __slots__ = (
        "_again", "_asked_for_head", "_chunks", "_closes", "_head", "_left", "_reader", "_stage", "keeps", "version"
    )  # fmt: skip

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.begin("GET")

    def begin(self, method: str, *, again: bool = False) -> None:
        """Forget the answer before. `again`: HTTP was spoken over this connection already."""
        self._asked_for_head, self._again = method == "HEAD", again
        self._head: Head | None = None
        self._chunks: Chunks | None = None
        self._left = 0  # bytes of a body of known length that have not come
        self._stage: Callable[[bytes], bool] = self._at_once
        self.keeps = self._closes = False
        self.version: str | None = None

    def feed(self, piece: bytes) -> bool:
        """Whether the answer is complete, or refused by the reader; nothing more may be fed then."""
        return self._stage(piece)

    def ended(self) -> Failure | None:
        """Nothing more will come from the server: why that does not complete the answer, as far as it is known here.

        That the header ended too early is found by the reader, as ever.
        """
        if (failure := self._missing()) is None:
            return self._reader.refused
        self._reader.refuse(failure)
        return self._reader.refused

    def _missing(self) -> Failure | None:
        if self._chunks is not None:
            return incomplete("transfer closed with outstanding read data remaining")
        if self._left:
            return incomplete(f"end of response with {self._left} bytes missing")
        head = self._head
        if head is None:
            return unanswered()
        if self._stage == self._until_the_end:
            return None if head.answered or self._reader.received else unanswered()
        length, over = head.length, head.end()
        if head.failure is None and length and not self._is_bodiless(head):
            return incomplete(f"transfer closed with {length} bytes remaining to read")
        return None if over else head.failure

    def _at_once(self, piece: bytes) -> bool:
        """The first piece, which almost always is a plain header with the whole body behind it."""
        head, end, body = piece.partition(_END_OF_HEADER)
        if end and not self._asked_for_head and (found := plain(head)) is not None:
            status, fields, length, closes, measured = found
            if self._reader.whole(len(head) + len(end), status, fields, measured=measured):
                self.version, self._closes = "1.1", closes
                if self._reader.refused is not None:
                    return True
                return self._begin_body(length, body)
        self._head = Head(self._reader, asked_for_head=self._asked_for_head, again=self._again)
        self._stage = self._header
        return self._header(piece)

    def _header(self, piece: bytes) -> bool:
        head = self._head
        assert head is not None, "made before the first piece is looked at"
        behind = head.feed(piece)
        self.version = head.version
        if head.failure is not None:
            return self._refuse(head.failure)
        if behind is None:
            return False
        self._closes = head.closes
        if self._is_bodiless(head):
            return self._complete(excess=bool(behind)) if head.answered else self._refuse(unanswered())
        if not head.chunked and head.length is None:
            self._closes = True
            self._stage = self._until_the_end
            return bool(behind) and self._until_the_end(behind)
        return self._begin_body(None if head.chunked else head.length, behind)

    def _is_bodiless(self, head: Head) -> bool:
        return self._asked_for_head or head.code in {204, 304}

    def _begin_body(self, length: int | None, piece: bytes) -> bool:
        if length is None:
            self._chunks = Chunks(self._reader)
            self._stage = self._chunked
        else:
            self._left = length
            self._stage = self._measured
        return self._stage(piece)

    def _measured(self, piece: bytes) -> bool:
        excess = len(piece) > self._left
        if excess:
            piece = piece[: self._left]
        if piece and self._reader.write(piece) is not None:
            return True
        self._left -= len(piece)
        return not self._left and self._complete(excess=excess)

    def _chunked(self, piece: bytes) -> bool:
        chunks = self._chunks
        assert chunks is not None, "made when the body began"
        if (wrong := chunks.feed(piece)) is not None:
            return self._refuse(wrong)
        return chunks.over and self._complete(excess=chunks.excess)

    def _until_the_end(self, piece: bytes) -> bool:
        return self._reader.write(piece) is not None

    def _complete(self, *, excess: bool) -> bool:
        """What comes behind an answer would be taken for the next one."""
        self.keeps = not (self._closes or excess)
        return True

    def _refuse(self, failure: Failure) -> bool:
        self._reader.refuse(failure)
        return True
