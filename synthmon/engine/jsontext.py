"""A declared JSON value as text with places in it: what is the same in every run is written once.

`written.json_bytes` is the careful way, which is taken for whatever is not plain here; both write the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from json.encoder import encode_basestring

from synthmon.engine.values import Values, revealed
from synthmon.engine.written import encodable
from synthmon.errors import TemplateError
from synthmon.language.template import Place, place_of
from synthmon.model.text import Template, Tree
from synthmon.nouns import dataclass

_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class JsonText:
    """Compact JSON; what an expression gives is written into its place, as it would be within the whole."""

    holes: tuple[Template, ...]
    between: tuple[str, ...]  # one more than there are holes
    whole: bytes | None  # where nothing has to be inserted
    places: tuple[Place, ...] | None  # of the holes, where nothing has to be evaluated

    @staticmethod
    def of(tree: Tree) -> JsonText | None:
        """None for a tree that JSON has no plain words for."""
        holes, between, literal = list[Template](), list[str](), ""
        try:
            for piece in _pieces(tree):
                if isinstance(piece, str):
                    literal += piece
                else:
                    holes.append(piece)
                    between.append(literal)
                    literal = ""
            whole = "".join([*between, literal]).encode()
        except (TypeError, ValueError):  # no name, no number of JSON, or half a character
            return None
        places = tuple([place for hole in holes if (place := place_of(hole)) is not None])
        simple = places if len(places) == len(holes) else None
        return JsonText(tuple(holes), (*between, literal), None if holes else whole, simple)

    def written(self, values: Values) -> bytes:
        """Raises as `json_bytes` does."""
        if self.whole is not None:
            return self.whole
        given = None if self.places is None else _at(self.places, values)
        inserted = self._evaluated(values) if given is None else map(encode_basestring, given)
        between = self.between
        text = between[0]
        for number, one in enumerate(inserted, 1):  # of which there are few
            text += one + between[number]
        try:
            return text.encode()
        except UnicodeEncodeError:
            return encodable(text, "the body", self.holes, values).encode()  # which says what is wrong

    def _evaluated(self, values: Values) -> list[str]:
        given = revealed(values.tree(self.holes))
        try:
            return [encode_basestring(one) if type(one) is str else _compact(one) for one in given]
        except ValueError as error:
            raise TemplateError(f"the JSON body cannot be written: {error}") from error


def _at(places: Iterable[Place], values: Values) -> list[str] | None:
    """None where one of them is no text."""
    found: list[str] = []
    for place in places:
        text = values.at(place)
        if text is None:
            return None
        found.append(text)
    return found


def _pieces(tree: Tree) -> Iterator[str | Template]:
    """Raises `TypeError` or `ValueError` for what is left to the careful way."""
    if isinstance(tree, Template):
        yield tree
    elif isinstance(tree, Mapping):
        opening = "{"
        for key, value in tree.items():
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is no text")
            yield f"{opening}{_compact(key)}:"
            yield from _pieces(value)
            opening = ","
        yield "}" if tree else "{}"
    elif isinstance(tree, tuple):
        opening = "["
        for item in tree:
            yield opening
            yield from _pieces(item)
            opening = ","
        yield "]" if tree else "[]"
    else:
        yield _compact(tree)
