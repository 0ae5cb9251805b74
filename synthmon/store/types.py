"""Column types: instants as whole milliseconds in UTC, words, clean text, JSON documents."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, String, Text, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import Json, from_millis, to_millis

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_WINDOW, _MEMORY = 15, 8


def _read(read: Callable[[Any], T], value: Any, expected: str) -> T:
    """What a damaged file holds can be anything; it must not surface as an error of Python's."""
    try:
        return read(value)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise MalformedDocument(f"expected {expected}, got {value!r:.80}") from error


def _written_out(value: bytes) -> str:
    return str(UUID(bytes=value))


def _ordered(dialect: Dialect, plain: TypeEngine[str], ordered: TypeEngine[str]) -> TypeEngine[str]:
    """Text that is ordered by its characters' numbers everywhere, not as the server's language would have it."""
    return ordered if dialect.name == "postgresql" else plain


class Instant(TypeDecorator[datetime]):
    """Milliseconds since the epoch. A naive instant is refused: SQLite would silently drop the zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        return None if value is None else _read(from_millis, value, "an instant")


class Identity(TypeDecorator[str]):
    """The id of a run, a UUID written out, kept in its sixteen bytes: it stands in every row and in an index."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Uuid(as_uuid=False) if dialect.name == "postgresql" else LargeBinary(16)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | bytes | None:
        if value is None or dialect.name == "postgresql":
            return value
        return bytes.fromhex(value.replace("-", ""))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None or dialect.name == "postgresql":
            return None if value is None else str(value)
        return _read(_written_out, value, "the id of a run")


class Word(TypeDecorator[E], Generic[E]):
    """A member of an enumeration by its public name."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return _ordered(dialect, String(), String(collation="C"))

    def process_bind_param(self, value: E | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: Any, _dialect: Dialect) -> E | None:
        return None if value is None else _read(self.words, value, f"one of {', '.join(self.words)}")


class Clean(TypeDecorator[str]):
    """Text of foreign origin: NUL and halves of surrogate pairs, which no database keeps, become U+FFFD."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return _ordered(dialect, Text(), Text(collation="C"))

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None or value.isascii():
            return value if value is None or "\0" not in value else value.replace("\0", "\ufffd")
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Document(TypeDecorator[Any]):
    """A noun as a JSON document that can be read with the database's own tools."""

    impl = Text
    cache_ok = True

    def __init__(self, write: Callable[[Any], Json], read: Callable[[Json], Any]) -> None:
        super().__init__()
        self.write, self.read = write, read

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else wire.dumps_ascii(self.write(value))

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        return None if value is None else self.read(wire.loads(str(value).encode()))


class Packed(TypeDecorator[Any]):
    """A noun as bytes, deflated: of what there are millions, and what is read with what wrote it.

    What is written comes in parts of different kinds (text, numbers, counts): each is deflated with a code of its own.
    With `dictionary` the usual words cost nothing; it can never be changed: what was deflated against it hangs on it.
    What is read is left as it is, for `open`: what nobody looks at is not unpacked.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(
        self, write: Callable[[Any], Sequence[bytes]], read: Callable[[bytes], Any], dictionary: bytes = b""
    ) -> None:
        super().__init__()
        self.write, self.read, self.dictionary = write, read, dictionary

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        return None if value is None else self.packed(value)

    def packed(self, value: Any) -> bytes:
        deflater = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW, _MEMORY, zdict=self.dictionary)
        parts = [deflater.compress(part) + deflater.flush(zlib.Z_BLOCK) for part in self.write(value)]
        return b"".join((*parts, deflater.flush()))

    def open(self, value: bytes) -> Any:
        """The noun again; raises `MalformedDocument`."""
        try:
            inflater = zlib.decompressobj(-_WINDOW, zdict=self.dictionary)
            data = inflater.decompress(value)
        except (zlib.error, TypeError) as error:  # a damaged row may hold a number instead of bytes
            raise MalformedDocument(f"a packed document does not inflate: {error}") from error
        if not inflater.eof:
            raise MalformedDocument("a packed document ends too early")
        return self.read(data)
