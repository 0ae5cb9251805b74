"""Columns of rows as arrays in PostgreSQL's binary format, as one parameter each.

The driver's own way from a list to an array asks each value for its type, and took half as long again as all else that
is done to keep a run. The types are known here: they are those of the table. For the format see `array_recv` in
https://github.com/postgres/postgres/blob/REL_16_STABLE/src/backend/utils/adt/arrayfuncs.c
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, Float, Integer, LargeBinary, String, Table, TypeDecorator, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import Column
from sqlalchemy.types import TypeEngine

_HEAD = Struct(">5i")  # dimensions, whether there are nulls, type of the elements, how many, number of the first
_LENGTH, _BIGINT, _INTEGER, _DOUBLE = (Struct(form).pack for form in (">i", ">iq", ">ii", ">id"))
_NULL, _TRUE, _FALSE = _LENGTH(-1), b"\0\0\0\1\1", b"\0\0\0\1\0"
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class Kind(NamedTuple):
    """A type of elements: its name, its number in `pg_type`, and how a value is written."""

    name: str
    number: int
    write: Callable[[Any], bytes]


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (BigInteger, Kind("bigint", 20, lambda value: _BIGINT(8, value))),
    (Integer, Kind("integer", 23, lambda value: _INTEGER(4, value))),
    (Float, Kind("double precision", 701, lambda value: _DOUBLE(8, value))),
    (Boolean, Kind("boolean", 16, lambda value: _TRUE if value else _FALSE)),
    (LargeBinary, Kind("bytea", 17, _bytes)),
    (Uuid, Kind("uuid", 2950, lambda value: _bytes(bytes.fromhex(value.replace("-", ""))))),
    (String, Kind("text", 25, lambda value: _bytes(value.encode()))),
)


class ColumnWriter:
    """Writes the values of one column."""

    def __init__(self, column: Column[Any]) -> None:
        self.name, decorated = column.name, column.type
        self._prepare = decorated.process_bind_param if isinstance(decorated, TypeDecorator) else None
        plain = decorated.load_dialect_impl(_DIALECT) if isinstance(decorated, TypeDecorator) else decorated
        self.kind = next(kind for type_, kind in _KINDS if isinstance(plain, type_))

    def array(self, values: Sequence[Any]) -> bytes:
        if self._prepare is not None:
            values = [self._prepare(value, _DIALECT) for value in values]
        write = self.kind.write
        items = [_NULL if value is None else write(value) for value in values]
        return _HEAD.pack(1, None in values, self.kind.number, len(items), 1) + b"".join(items)


def writers(table: Table, *but: str) -> list[ColumnWriter]:
    return [ColumnWriter(column) for column in table.c if column.name not in but]
