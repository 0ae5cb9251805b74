"""What must be true of an answer, and what is taken from it."""

from __future__ import annotations

from enum import StrEnum

from synthmon.model.text import Expression, Source, Tree
from synthmon.nouns import dataclass


class Operator(StrEnum):
    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    AT_LEAST = "at_least"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"
    LENGTH = "length"
    COUNT = "count"
    EXISTS = "exists"
    EMPTY = "empty"
    TYPE = "type"
    FORMAT = "format"
    EACH = "each"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator and its operand. LENGTH, COUNT, EACH and ANY take a `Matcher` of their own."""

    operator: Operator
    operand: Tree | Matcher


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Matcher:
    """Conditions that must all hold of one value."""

    conditions: tuple[Condition, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class StatusRange:
    """HTTP status codes from `first` to `last`, both included."""

    first: int
    last: int

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and self.first <= status <= self.last

    def __str__(self) -> str:
        if self.first == self.last:
            return str(self.first)
        if self.first % 100 == 0 and self.last == self.first + 99:
            return f"{self.first // 100}xx"
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class SchemaRef:
    """A response schema, loaded: the whole document, and the pointer into it (`""` for the document itself).

    `label` is how people wrote it, such as `schemas/order.schema.json#/$defs/line`. `uri` is what references call the
    document, `others` are those that it leads to, by what they are called.
    """

    label: str
    document: str  # JSON text: hashable, so compiled validators can be cached by it
    pointer: str
    source: Source
    uri: str = "file:///inline"
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentedHeader:
    name: str
    required: bool
    schema: SchemaRef | None = None


@dataclass(frozen=True, slots=True)
class Documented:
    """One answer of an operation: its statuses (None: every other), its bodies by media type, its headers."""

    status: StatusRange | None
    contents: tuple[tuple[str, SchemaRef | None], ...] = ()
    headers: tuple[DocumentedHeader, ...] = ()

    @property
    def schemas(self) -> tuple[SchemaRef, ...]:
        found = (*(schema for _, schema in self.contents), *(header.schema for header in self.headers))
        return tuple(schema for schema in found if schema is not None)


@dataclass(frozen=True, slots=True)
class OperationRef:
    """What an OpenAPI document says of the answers of an operation; `label` names it: `getOrder of schemas/a.yaml`."""

    label: str
    answers: tuple[Documented, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class XPath:
    """An XPath 1.0 and the namespaces that its prefixes stand for, as pairs of prefix and name."""

    text: str
    namespaces: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Assertion:
    """An expression that must be true of an answer; `message` is what people are told if it is not."""

    expression: Expression
    source: Source
    message: str | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Expect:
    """What must be true of an answer. `probefile` fills in `status: 2xx` when a step says nothing of the status."""

    status: tuple[StatusRange, ...] = ()
    headers: tuple[tuple[str, Matcher], ...] = ()
    cookies: tuple[tuple[str, Matcher], ...] = ()
    json: tuple[tuple[str, Matcher], ...] = ()  # RFC 9535 path, matcher
    text: tuple[Matcher, ...] = ()
    xml: tuple[tuple[XPath, Matcher], ...] = ()
    schema: SchemaRef | None = None
    assertions: tuple[Assertion, ...] = ()
    openapi: OperationRef | None = None
    source: Source | None = None

    @property
    def schemas(self) -> tuple[SchemaRef, ...]:
        """Every schema that an answer may be held against."""
        documented = () if self.openapi is None else tuple(one for a in self.openapi.answers for one in a.schemas)
        return ((self.schema,) if self.schema else ()) + documented


class CaptureFrom(StrEnum):
    JSON = "json"
    HEADER = "header"
    COOKIE = "cookie"
    STATUS = "status"
    TEXT = "text"
    XPATH = "xpath"


RELEASE = "release"
"""A capture of this name says which release of the target answered: reports read it, no step has to."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Capture:
    """A value taken from an answer for later steps. `selector` is a path or a name; empty for the status and the text.

    `pattern` (RE2) takes a part of each text found there; every other value of a capture is taken as it is.
    """

    name: str
    origin: CaptureFrom
    selector: str
    source: Source
    all: bool = False
    secret: bool = False
    has_default: bool = False
    default: Tree = None
    pattern: str | None = None
    namespaces: tuple[tuple[str, str], ...] = ()  # of an XPath
