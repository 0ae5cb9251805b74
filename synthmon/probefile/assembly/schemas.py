"""Response schemas of a probes folder: each file read once, the files that it leads to with it, none from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin

from synthmon.language.schema import FILES, INLINE, MASK, compile_schema, file_uri
from synthmon.language.suggest import did_you_mean
from synthmon.nouns import dataclass
from synthmon.probefile.assembly import openapi
from synthmon.probefile.assembly.structured import SchemaProblem, compact, read_data
from synthmon.probefile.excerpt import quoted

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["SchemaProblem", "SchemaShelf", "Shelved"]

_EXAMPLE = "write it like schemas/order.json#/$defs/line"
_HERE = "put it below the probes folder, and refer to it by its path"
_INLINE = "the inline schema"


@dataclass(frozen=True, slots=True)
class Shelved:
    """`document` is compact JSON text that is called `uri`; `pointer` leads to the part that is meant, `""` to it all.

    `others` are the documents that it leads to, by what references call them. Of an OpenAPI document there is only what
    the part leads to.
    """

    document: str
    pointer: str
    uri: str
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A file as it is used. `dialect`: the OpenAPI version whose words it is written in; None for a JSON Schema.

    `own` is what a schema calls itself with `$id`: another name, no more. References are relative to the file.
    """

    name: str
    data: Any
    dialect: openapi.Dialect | None
    own: str | None = None

    @property
    def uri(self) -> str:
        return file_uri(self.name)


class SchemaShelf:
    """The schemas of one probes folder. What was wrong with a file is remembered too.

    `texts`: every file that was read here, by its plain path, for who needs the same files elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts: dict[str, str] = {}
        self._read: dict[tuple[str, openapi.Dialect | None], Held | SchemaProblem] = {}
        self._parts: dict[tuple[Held, str], Shelved] = {}

    def find(self, reference: str) -> Shelved:
        """The schema that `schemas/order.json#/$defs/line` names; raises `SchemaProblem`."""
        name, mark, pointer = reference.partition("#")
        if not name:
            raise SchemaProblem(f"{quoted(reference)} names no file", _EXAMPLE)
        if mark and pointer and not pointer.startswith("/"):
            raise SchemaProblem(f"{quoted(reference)} has no pointer after `#`", _EXAMPLE)
        held = self.held(name)
        if held.dialect is not None and not pointer:
            raise SchemaProblem(f"{quoted(name)} is an OpenAPI document, not a schema", openapi.which_schema(held.data))
        return self.part(held, unquote(pointer))

    def inline(self, data: Any) -> Shelved:
        """A schema that is written in place; its references are relative to the probes folder."""
        _check_meta(data, _INLINE, "")
        return self._compiled(_held(INLINE.removeprefix(FILES), data, None), "", _INLINE)

    def part(self, held: Held, pointer: str) -> Shelved:
        """The schema at a pointer of a file, found to be one."""
        key = (held, pointer)
        if key not in self._parts:
            if not isinstance(at(held.data, pointer, held.name), dict | bool):
                raise SchemaProblem(f"what stands at {quoted('#' + pointer)} is not a schema")
            self._parts[key] = self._compiled(held, pointer, quoted(held.name))
        return self._parts[key]

    def held(self, name: str, dialect: openapi.Dialect | None = None) -> Held:
        """The file, in the words of JSON Schema 2020-12; `dialect` is that of the file that leads to it."""
        name = plain(name)
        if (name, dialect) not in self._read:
            try:
                self._read[name, dialect] = self._load(name, dialect)
            except SchemaProblem as problem:
                self._read[name, dialect] = problem
            except RecursionError:
                self._read[name, dialect] = SchemaProblem(f"{quoted(name)} is nested too deeply")
        found = self._read[name, dialect]
        if isinstance(found, SchemaProblem):
            raise found
        return found

    def led_to(self, here: Held, reference: str) -> Held:
        """The file that a reference in another leads to."""
        target = urldefrag(_joined(here.uri, reference))[0]
        name = _file_of(target, reference, here)
        if name is None:
            message = f"{quoted(here.name)} refers to {quoted(reference)}, and nothing is fetched from elsewhere"
            raise SchemaProblem(message, _HERE)
        try:
            return here if name == here.name else self.held(name, here.dialect)
        except SchemaProblem as problem:
            message = f"{quoted(here.name)} refers to {quoted(reference)}: {problem.message}"
            raise SchemaProblem(message, problem.help) from None

    def _load(self, name: str, dialect: openapi.Dialect | None) -> Held:
        data, self.texts[name] = read_data(self.folder, name)
        says_itself = isinstance(data, dict) and "$schema" in data
        dialect = openapi.dialect_of(data, name) or (None if says_itself else dialect)
        if dialect is None:
            _check_meta(data, quoted(name), "")
        return _held(name, openapi.converted(data, dialect) if dialect else data, dialect)

    # Checks

    def _compiled(self, held: Held, pointer: str, label: str) -> Shelved:
        from jsonschema_rs import ReferencingError, ValidationError  # here: see `language.schema`

        shelved = Gathering(self, label).of(held, pointer)
        try:
            compile_schema(shelved.document, pointer, shelved.uri, shelved.others)
        except ValidationError as error:
            what = error.message.replace(MASK, compact(error.instance)[:60], 1)
            raise SchemaProblem(f"{label} is not a JSON Schema: {what}{_where(error, '')}") from None
        except ReferencingError as error:
            raise SchemaProblem(f"{label} has a reference that leads nowhere: {_first_line(error)}") from None
        except (ValueError, RecursionError) as error:
            raise SchemaProblem(f"{label} is nested too deeply, or holds text that is no text") from error
        return shelved


class Gathering:
    """Goes from one schema along its references, however many files and circles they lead through.

    A file may be called several names: by its path and by its `$id`. What is relative in it is looked up beside the
    name that it was called by, and so gets several names as well.
    """

    def __init__(self, shelf: SchemaShelf, label: str) -> None:
        self._shelf, self._label = shelf, label
        self._places: dict[Held, list[str]] = {}  # pointers to what is needed of each file
        self._called: dict[str, Held] = {}  # by every name that a reference uses
        self._known: set[str] = set()  # what schemas call themselves
        self._missing: list[tuple[str, str, str]] = []  # reference, the address it means, the place there
        self._waiting: list[tuple[Held, str, str]] = []  # file, pointer, name it is called by
        self._seen: set[tuple[Held, str, str]] = set()

    def of(self, held: Held, pointer: str) -> Shelved:
        self._need(held, pointer, held.uri)
        while self._waiting:
            self._look(*self._waiting.pop())
            if not self._waiting:
                self._missing = [one for one in self._missing if not self._is_own_name(*one)]
        for reference, _, _ in self._missing:
            message = f"{self._label} refers to {quoted(reference)}, and nothing is fetched from elsewhere"
            raise SchemaProblem(message, _HERE)
        others = {uri: self._text(one) for uri, one in sorted(self._called.items()) if uri != held.uri}
        return Shelved(self._text(held), pointer, held.uri, tuple(others.items()))

    def _need(self, held: Held, pointer: str, name: str) -> None:
        """Of a JSON Schema all is needed: any of it may be meant by its name."""
        place = "" if held.dialect is None or not pointer.startswith("/") else pointer
        places = self._places.setdefault(held, [])
        if place not in places:
            places.append(place)
            part = at(held.data, place, held.name)
            if held.dialect is not None and place:
                _check_meta(part, quoted(held.name), place)
        if (held, place, name) not in self._seen:
            self._seen.add((held, place, name))
            self._waiting.append((held, place, name))

    def _look(self, here: Held, place: str, name: str) -> None:
        for reference, base in references(at(here.data, place, here.name), name):
            if not reference:
                self._known.add(base)
            elif reference.startswith("#"):
                self._need(here, unquote(reference[1:]), name)
            else:
                self._follow(here, reference, base)

    def _follow(self, here: Held, reference: str, base: str) -> None:
        target, fragment = urldefrag(_joined(base, reference))
        there = self._called.get(target)
        if there is None and target not in self._known:
            name = _file_of(target, reference, here)
            if name is None:
                self._missing.append((reference, target, unquote(fragment)))
                return
            there = self._shelf.led_to(here, reference)
            self._called[target] = there
        if there is not None:
            self._need(there, unquote(fragment), target)

    def _is_own_name(self, _reference: str, target: str, pointer: str) -> bool:
        """Whether one of the files calls itself so; it is gone through under that name then."""
        named = next((held for held in self._places if held.own == target), None)
        if named is not None:
            self._called[target] = named
            self._need(named, pointer, target)
        return named is not None or target in self._known

    def _text(self, held: Held) -> str:
        places = self._places[held]
        return compact(held.data if "" in places else _cut_out(held, places))


def _held(name: str, data: Any, dialect: openapi.Dialect | None) -> Held:
    if not isinstance(data, dict) or not isinstance(data.get("$id"), str):
        return Held(name, data, dialect)
    own = urldefrag(_joined(FILES, data["$id"]))[0]
    return Held(name, {key: value for key, value in data.items() if key != "$id"}, dialect, own)


def _cut_out(held: Held, places: Iterable[str]) -> Any:
    """Only what stands at these pointers, where it stands; an item of a list becomes a value under its number."""
    result: dict[str, Any] = {}
    done: list[str] = []
    for place in sorted(places, key=len):
        if any(place.startswith(f"{outer}/") for outer in done):
            continue
        done.append(place)
        keys = [token.replace("~1", "/").replace("~0", "~") for token in place.split("/")[1:]]
        inner = result
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = at(held.data, place, held.name)
    return result


def references(schema: Any, base: str) -> Iterator[tuple[str, str]]:
    """Every reference with the name it is relative to; where there is none, the bases alone, with an empty reference.

    An explicit stack, since a file chooses the depth. What stands under `example`, `enum` and the like is data.
    """
    waiting = [(schema, base, False)]
    while waiting:
        value, base, named = waiting.pop()
        if isinstance(value, list):
            waiting.extend((item, base, False) for item in value)
        if not isinstance(value, dict):
            continue
        if not named and isinstance(value.get("$id"), str):
            base = _joined(base, value["$id"])
            yield "", urldefrag(base)[0]
        for key, child in value.items():
            if not named and key in {"$ref", "$dynamicRef"} and isinstance(child, str):
                yield child, base
            elif named or key not in openapi.DATA:
                waiting.append((child, base, not named and key in openapi.NAMED))


def at(schema: Any, pointer: str, name: str) -> Any:
    """What a JSON Pointer (RFC 6901) leads to."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, dict) and key in schema:
            schema = schema[key]
        elif isinstance(schema, list) and key.isascii() and key.isdigit() and int(key) < len(schema):
            schema = schema[int(key)]
        else:
            close = did_you_mean(key, schema) if isinstance(schema, dict) else None
            help_ = f"did you mean `{close}`?" if close else None
            raise SchemaProblem(f"nothing stands at {quoted('#' + pointer)} of {quoted(name)}", help_)
    return schema


def _check_meta(schema: Any, label: str, pointer: str) -> None:
    import jsonschema_rs  # here, as above

    try:
        jsonschema_rs.meta.validate(schema)
    except jsonschema_rs.ValidationError as error:
        raise SchemaProblem(f"{label} is not a JSON Schema: {error.message}{_where(error, pointer)}") from None
    except (ValueError, RecursionError) as error:
        raise SchemaProblem(f"{label} is nested too deeply, or holds text that is no text") from error


def _where(error: ValidationError, pointer: str) -> str:
    where = pointer + "".join(f"/{part}" for part in error.instance_path)
    return f" (at {where})" if where else ""


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def plain(name: str) -> str:
    """The path without detours, so that one file has one name."""
    parts: list[str] = []
    for part in PurePosixPath(name).parts:
        if part == ".." and parts and parts[-1] not in {"..", "/"}:
            parts.pop()
        else:
            parts.append(part)
    return str(PurePosixPath(*parts)) if parts else name


def _file_of(target: str, reference: str, here: Held) -> str | None:
    """The file that a reference means: by its name, or beside the one that it stands in, whatever that calls itself."""
    if target.startswith(FILES):
        return unquote(target.removeprefix(FILES))
    return None if "://" in reference or reference.startswith("urn:") else _relative(here, urldefrag(reference)[0])


def _joined(base: str, reference: str) -> str:
    try:
        return urljoin(base, reference)
    except ValueError:
        raise SchemaProblem(f"{quoted(reference)} is no address that a reference could have") from None


def _relative(here: Held, path: str) -> str:
    return unquote(_joined(here.uri, path).removeprefix(FILES))
