"""The header of an answer, line by line, as leniently as libcurl takes it: its end, and what it says of the rest."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.engine.http1.told import not_http, of_another_version, too_large, unanswered, unreadable
from synthmon.engine.reader import Reader
from synthmon.model.run import Failure
from synthmon.patterns import regular

_LONGEST = 102_400  # bytes of a line beyond which libcurl gives up
_AT_ONCE = 16384  # bytes that libcurl reads, and has then looked at
_LARGEST = 2**63 - 1
_BLANKS = b" \t"
_ENDS = b"\r\n"
_SIGN = b"HTTP/"
_status = regular(rb"HTTP/1\.([01])[ \t]([0-9]{3})")
_status_of_another = regular(rb"HTTP/([23])[ \t][0-9]{3}[ \t]")
_number = regular(rb"[ \t]*([0-9]+)[ \t]*")


class Head:
    """Hands its lines, unfolded, to a reader, which looks at what they say, and keeps what it needs to find the body.

    A field is held until the byte behind its line has come, as a line that begins with a blank continues it.
    """

    def __init__(self, reader: Reader, *, asked_for_head: bool, again: bool) -> None:
        self._reader, self._asked_for_head = reader, asked_for_head
        self._spoke = again  # HTTP, over this connection
        self._line = bytearray()
        self._held = False  # the line is complete, unless it goes on
        self._unfolding = False  # blanks at the beginning of what comes are passed over
        self._in_fields = False  # the status line has come
        self._uncounted = 0  # bytes of header that count as an answer
        self.code = 0
        self.version: str | None = None
        self.closes = False
        self.length: int | None = None
        self.chunked = False
        self._length_ignored = False
        self.failure: Failure | None = None

    @property
    def answered(self) -> bool:
        """Whether what came counts as more than interim answers."""
        return self._uncounted > 0

    def feed(self, data: bytes) -> bytes | None:
        """What is behind the header, once that is over. None: it goes on, or is refused (see `failure`)."""
        at = 0
        while at < len(data):
            if self._held and not self._go_on(data[at]):
                return None
            if self._unfolding:
                at = _behind_blanks(data, at)
                if at == len(data):
                    return None
                self._unfolding = False
            end = data.find(b"\n", at) + 1
            self._line += data[at:end] if end else data[at:]
            if not self._in_fields and not self._is_sign():
                return None
            if len(self._line) >= _LONGEST:
                self._fail(too_large("A value or data field grew larger than allowed"))
                return None
            if not end:
                return None
            at = end
            if self._complete():
                return data[at:]
            if self.failure is not None:
                return None
        return None

    def end(self) -> bool:
        """Nothing more will come: whether the header is over all the same. If not, `failure` may say why."""
        line, in_fields = bytes(self._line), self._in_fields
        if in_fields and line[:1] in (b"\r", b"\n") and self._complete() and self.answered:
            return True
        named = b":" in line
        if named and (self._held or line.endswith(b"\r")):  # as good as whole: it counts by its size
            self._uncounted = 0 if 100 <= self.code < 200 else self._uncounted + len(line)
            self._reader.header(line)
        if not self.answered:
            invalid = not in_fields and line.endswith(b"\r") and not named
            self._fail(unanswered("Invalid response header") if invalid else unanswered())
        return False

    def _go_on(self, byte: int) -> bool:
        """With the line that was held, as the next one begins with `byte`."""
        self._held = False
        if byte not in _BLANKS:
            return self._field(self._taken())
        del self._line[-2 if self._line.endswith(b"\r\n") else -1 :]
        self._line = self._line.rstrip(_BLANKS)
        self._line += b" "
        self._unfolding = True
        return True

    def _is_sign(self) -> bool:
        """Whether what came of a status line may be one."""
        if self._line[:5].upper() == _SIGN[: len(self._line)]:
            return True
        if self._line[0] in _ENDS or (b":" in self._line and self._line.endswith(b"\n")):
            self._reader.header(self._taken()[:_AT_ONCE])  # which counts as an answer
        if self._spoke:
            self._fail(not_http("Invalid status line"))
        else:
            self._fail(of_another_version("Received HTTP/0.9 when not allowed"))
        return False

    def _complete(self) -> bool:
        """A line came to its end: whether the header did."""
        if not self._in_fields:
            self._status_line(self._taken())
            return False
        if self._line[0] not in _ENDS:
            self._held = True
            return False
        self._hand_on(self._taken())
        if self.failure is not None:
            return False
        if self._length_ignored:
            self.length = None
        if self.code >= 200:
            return True
        self._uncounted = 0
        if self.code == 101:  # to what nobody asked for: whatever comes is not HTTP
            self.closes = True
            return True
        self._in_fields = False
        return False

    def _status_line(self, line: bytes) -> None:
        version, self.code = "1.0", 200  # of what only begins like HTTP
        if line.startswith(_SIGN):
            if line[5:6] == b"1":
                found = _status.match(line)
                if found is None:
                    self._fail(of_another_version("Unsupported HTTP/1 subversion in response"))
                    return
                version, self.code = f"1.{found[1].decode()}", int(found[2])
            elif line[5:6] not in {b"2", b"3"}:
                self._fail(of_another_version("Unsupported HTTP version in response"))
                return
            elif found := _status_of_another.match(line):
                self._fail(not_http(f"Version mismatch (from HTTP/1 to HTTP/{found[1].decode()})"))
                return
        self.version = version
        if (wrong := _odd_byte(line)) is not None:
            self._fail(wrong)
            return
        self._in_fields = self._spoke = True
        self.closes = self.closes or version == "1.0"
        self._hand_on(line)

    def _field(self, line: bytes) -> bool:
        wrong = _wrong_field(line) or self._mind(line)
        if wrong is not None:
            self._fail(wrong)
            return False
        if self.code < 200:
            self._uncounted = 0
        return self._hand_on(line)

    def _mind(self, line: bytes) -> Failure | None:
        """What a field says of the connection and of the body."""
        name, _, value = line.partition(b":")
        name = name.lower()
        if name == b"connection":
            self._connection(value)
        elif self.code < 200 or self.code in {204, 304}:
            return None
        elif name == b"content-length" and not self._length_ignored:
            return self._content_length(value)
        elif name == b"transfer-encoding" and not self._asked_for_head:
            return self._transfer_encoding(value)
        return None

    def _connection(self, value: bytes) -> None:
        said = _words(value)
        if b"close" in said:
            self.closes = True
        elif self.version == "1.0" and b"keep-alive" in said:
            self.closes = False

    def _content_length(self, value: bytes) -> Failure | None:
        """What is contradicting or beyond 18 digits is refused by the reader."""
        value = value.strip(b"\r\n")
        at = 0
        while found := _number.match(value, at):
            length = int(found[1])
            if length > _LARGEST:
                self.closes = True
                return None
            if self.length not in {None, length}:
                break
            self.length, at = length, found.end()
            if at == len(value):
                return None
            if value[at] != ord(","):
                break
            at += 1
        return not_http("Invalid Content-Length: value")

    def _transfer_encoding(self, value: bytes) -> Failure | None:
        last = False
        for coding in _codings(value):
            known = coding.lower()
            if known == b"chunked":
                last = self.chunked = True
            elif last:
                return unreadable(b"A Transfer-Encoding (" + coding + b") was listed after chunked")
            elif known != b"identity":
                return unreadable(b"Unsolicited Transfer-Encoding (" + coding + b") found")
        if not self.chunked:
            self.closes = self._length_ignored = True
        return None

    def _hand_on(self, line: bytes) -> bool:
        self._uncounted += len(line)
        if self._reader.header(line) is not None:
            self.failure = self._reader.refused
            return False
        return True

    def _taken(self) -> bytes:
        line = bytes(self._line)
        self._line.clear()
        return line

    def _fail(self, failure: Failure) -> None:
        self.failure = self.failure or failure


def _behind_blanks(data: bytes, at: int) -> int:
    while at < len(data) and data[at] in _BLANKS:
        at += 1
    return at


def _odd_byte(line: bytes) -> Failure | None:
    """The first byte that no header may have."""
    zero = line.find(b"\0")
    before = line if zero < 0 else line[:zero]
    if before.count(b"\r") > before.endswith(b"\r\n"):
        return not_http("Carriage return found in header")
    return None if zero < 0 else not_http("NUL byte in header")


def _wrong_field(line: bytes) -> Failure | None:
    return _odd_byte(line) or (None if b":" in line else not_http("Header without colon"))


def _words(value: bytes) -> set[bytes]:
    """The first word of each part between commas; none where the first part is empty."""
    parts = [part.split() for part in value.lower().split(b",")]
    return {part[0] for part in parts if part} if parts[0] else set()


def _codings(value: bytes) -> Iterator[bytes]:
    """Names between commas. Each ends with its last byte above a blank, in ASCII: libcurl's bytes have a sign."""
    for part in value.split(b","):
        coding = part.lstrip(_BLANKS)
        while coding and not 32 < coding[-1] < 128:
            coding = coding[:-1]
        if coding:
            yield coding
