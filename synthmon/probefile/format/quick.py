"""Reads by the annotations of a `Part` what is right; whatever it is not sure of, it leaves to `careful`.

What it reads, pydantic would read alike (`tests/probefile/test_quick.py` holds the one against the other); but to load
pydantic and to have it build its validators takes longer than all else that reading one file takes. How a key is read
is worked out when a file first has it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from synthmon.probefile.format.base import Key, Part
from synthmon.probefile.format.marks import BeforeValidator, Discriminator, Limits, Tag, WithJsonSchema

Reader = Callable[[Any], Any]
P = TypeVar("P", bound=Part)


class Doubt(Exception):
    """Perhaps wrong, perhaps only more than is understood here: pydantic has to say it."""


def read(part: type[P], data: object) -> P | None:
    """The mapping as a part; None where it has to be looked at with care."""
    try:
        return _part(part, data)
    except (Doubt, ValueError):  # `Refused` is one, and what a reader of a value lets pass
        return None


def _part(part: type[P], data: object) -> P:
    if type(data) is not dict:
        raise Doubt
    readers, values = part.readers, {}
    for word, value in data.items():
        name, reader = readers.get(word) or _known(part, word)
        values[name] = reader(value)
    if not part.needed <= values.keys():
        raise Doubt
    return part(**values)


def _known(part: type[Part], word: object) -> tuple[str, Reader]:
    key = part.keys_by_word.get(word) if isinstance(word, str) else None
    if key is None:
        raise Doubt
    found = part.readers[key.alias or key.name] = key.name, _of_key(part, key)
    return found


def _of_key(part: type[Part], key: Key) -> Reader:
    reader = _of(annotation(part, key))
    return reader if key.limits is None else _limited(reader, key.limits)


def annotation(part: type[Part], key: Key) -> Any:
    """What stands behind the colon, as the class that declares it sees it."""
    owner = next(cls for cls in part.__mro__ if key in vars(cls).get("own_keys", ()))
    return eval(key.annotation, vars(sys.modules[owner.__module__]))  # noqa: S307 - a text of our own source


def _of(kind: Any) -> Reader:
    marks: tuple[Any, ...] = ()
    if get_origin(kind) is Annotated:
        marks, kind = kind.__metadata__, kind.__origin__
    chooser = next((mark for mark in marks if isinstance(mark, Discriminator)), None)
    reader = _plain(kind) if chooser is None else _chosen(kind, chooser)
    for mark in marks:  # inside out
        if isinstance(mark, BeforeValidator):
            reader = _after(mark.read, reader)
        elif isinstance(mark, Limits):
            reader = _limited(reader, mark)
        elif not isinstance(mark, Discriminator | Tag | WithJsonSchema):
            raise TypeError(f"{mark!r} says nothing that is known here")
    return reader


def _after(before: Reader, reader: Reader) -> Reader:
    return lambda value: reader(before(value))


def _limited(reader: Reader, limits: Limits) -> Reader:
    def limited(value: Any) -> Any:
        found = reader(value)
        if not limits.hold(found):
            raise Doubt
        return found

    return limited


def _chosen(kind: Any, chooser: Discriminator) -> Reader:
    members = {_word(member): member for member in get_args(kind)}
    readers: dict[str, Reader] = {}

    def chosen(value: Any) -> Any:
        word = chooser.word_of(value)
        if word not in readers:
            if word not in members:
                raise Doubt
            readers[word] = _of(members[word])
        return readers[word](value)

    return chosen


def _word(member: Any) -> str:
    return next(mark.word for mark in member.__metadata__ if isinstance(mark, Tag))


def _plain(kind: Any) -> Reader:
    origin = get_origin(kind)
    if kind is Any:
        return _anything
    if origin is list:
        return _list(*map(_of, get_args(kind)))
    if origin is dict:
        return _dict(*map(_of, get_args(kind)))
    if origin is Literal:
        return _literal({(type(word), word) for word in get_args(kind)})
    if origin in (Union, UnionType):
        return _instance(get_args(kind))
    if issubclass(kind, Part):
        return lambda value: _part(kind, value)
    return _EXACT.get(kind) or _instance(kind)


def _anything(value: Any) -> Any:
    return value


def _text(value: Any) -> Any:
    if type(value) is not str:
        raise Doubt
    if not value.isascii():
        value.encode()  # halves of characters are a ValueError here, and an error there
    return value


def _exactly(kind: type) -> Reader:
    def exact(value: Any) -> Any:
        if type(value) is not kind:
            raise Doubt
        return value

    return exact


_EXACT: Mapping[type, Reader] = {str: _text, **{kind: _exactly(kind) for kind in (int, float, bool)}}


def _instance(kinds: Any) -> Reader:
    def instance(value: Any) -> Any:
        if not isinstance(value, kinds):
            raise Doubt
        return value

    return instance


def _literal(words: set[tuple[type, Any]]) -> Reader:
    def literal(value: Any) -> Any:
        if not isinstance(value, str | int) or (type(value), value) not in words:
            raise Doubt
        return value

    return literal


def _list(entry: Reader) -> Reader:
    def entries(value: Any) -> Any:
        if type(value) is not list:
            raise Doubt
        return [entry(one) for one in value]

    return entries


def _dict(word: Reader, entry: Reader) -> Reader:
    def entries(value: Any) -> Any:
        if type(value) is not dict:
            raise Doubt
        return {word(one): entry(other) for one, other in value.items()}

    return entries
