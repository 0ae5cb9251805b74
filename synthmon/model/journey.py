"""What a journey declares: its steps, and what must be true of each answer.

Everything here is as written, with defaults filled in by `probefile`: nothing is rendered yet. Durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from synthmon.model.auth import Auth, OAuth2Profile
from synthmon.model.network import Tls


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was declared: a path as shown to people, line and column counted from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Expression:
    """The inside of one `${{ … }}`, as text; `language.expression` compiles and evaluates it."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Template:
    """A text with at least one expression in it; a template that is one whole expression keeps its value's type."""

    parts: tuple[str | Expression, ...]

    @property
    def whole(self) -> Expression | None:
        """The expression, if the template is nothing but one."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], Expression) else None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))


Text: TypeAlias = "str | Template"
Tree: TypeAlias = "None | bool | int | float | str | Template | tuple[Tree, ...] | Mapping[str, Tree]"
"""A JSON value in which any text may be a template. Lists are tuples, so that a declaration stays frozen."""


class BodyKind(StrEnum):
    JSON = "json"
    FORM = "form"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Body:
    """JSON: any tree. FORM: a mapping of names to scalars or tuples of scalars. RAW: a text; its type is a header."""

    kind: BodyKind
    value: Tree


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file that is sent as it is: its path below the probes folder, and its bytes when the probe was read."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FormPart:
    """A part of a `multipart/form-data` body (RFC 7578); a scalar or a file."""

    name: str
    value: Tree | FileContent
    filename: Text | None = None
    content_type: Text | None = None


@dataclass(frozen=True, slots=True)
class MultipartBody:
    parts: tuple[FormPart, ...]


@dataclass(frozen=True, slots=True)
class GraphQLBody:
    """A GraphQL document and what it is asked with. `file` is where it was read from; `reads`: it changes nothing."""

    query: str
    variables: Mapping[str, Tree] = field(default_factory=dict)
    operation: str | None = None
    file: FileContent | None = None
    reads: bool = False


AnyBody: TypeAlias = Body | FileContent | MultipartBody | GraphQLBody


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """A request to render. `url` is complete (the base already put in front). `redirects` is how many are followed."""

    method: str
    url: Text
    params: Mapping[str, Tree] = field(default_factory=dict)
    headers: Mapping[str, Text] = field(default_factory=dict)
    body: AnyBody | None = None
    redirects: int = 0
    idempotency_header: str | None = None  # carries a key that is the run's own for this step

    @property
    def body_trees(self) -> Iterator[Tree]:
        """Every value of the body that may hold expressions."""
        match self.body:
            case Body(value=value):
                yield value
            case MultipartBody(parts):
                for part in parts:
                    yield from (part.filename, part.content_type)
                    if not isinstance(part.value, FileContent):
                        yield part.value
            case GraphQLBody(variables=variables):
                yield variables

    @property
    def files(self) -> Iterator[FileContent]:
        """Every file that is sent, or that holds what is sent."""
        match self.body:
            case FileContent() as file:
                yield file
            case MultipartBody(parts):
                yield from (part.value for part in parts if isinstance(part.value, FileContent))
            case GraphQLBody(file=FileContent() as file):
                yield file


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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Poll:
    """Repeat the request every `every` seconds, at most `timeout` seconds, until `until` holds; `fail_if` gives up."""

    every: float
    timeout: float
    until: Expect
    fail_if: Expect | None = None


class RetryCause(StrEnum):
    """Faults on the way to an answer, after which a request may be sent once more."""

    CONNECTION_ERROR = "connection_error"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Retry:
    """Send the request again after `delay` seconds if no answer came, or one with one of `statuses`.

    `attempts` counts the first. What an answer says is never tried again for.
    """

    attempts: int
    delay: float = 1.0
    causes: frozenset[RetryCause] = frozenset(RetryCause)
    statuses: tuple[StatusRange, ...] = (StatusRange(502, 504),)


@dataclass(frozen=True, slots=True)
class Input:
    """A value that a step hands to the block it uses. `kind`: the type it must have; `secret`: never shown."""

    value: Tree
    source: Source
    kind: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One request and what must be true of its answer.

    It is made only if every one of `conditions` is true. `allow_failure`: what it finds does not count for the run.
    `block`: the file that the request was taken from, as people wrote it; `inputs` are what that block sees.
    """

    id: str
    name: str
    request: RequestSpec
    expect: Expect
    source: Source
    captures: tuple[Capture, ...] = ()
    auth: Auth | None = None
    poll: Poll | None = None
    timeout: float = 15.0
    latency_budget: float | None = None  # slower is degraded
    hard_budget: float | None = None  # slower has failed
    phase_budgets: tuple[tuple[str, float], ...] = ()  # a field of `Phases`, and the seconds beyond which it degrades
    retry: Retry | None = None
    warn: Expect | None = None  # what degrades the step where it is not true
    conditions: tuple[Template, ...] = ()
    allow_failure: bool = False
    block: str | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)
    tls: Tls | None = None

    @property
    def can_degrade(self) -> bool:
        """Whether anything here tells a step that works from one that works well."""
        return self.latency_budget is not None or bool(self.phase_budgets) or self.warn is not None


@dataclass(frozen=True, slots=True)
class Journey:
    """Ordered steps, then a cleanup that always runs."""

    steps: tuple[Step, ...]
    timeout: float
    cleanup: tuple[Step, ...] = ()
    variables: Mapping[str, Tree] = field(default_factory=dict)
    auth: Mapping[str, OAuth2Profile] = field(default_factory=dict)
    latency_budget: float | None = None  # slower is degraded
    hard_budget: float | None = None  # slower has failed
    redact_json: tuple[str, ...] = ()  # RFC 9535 paths whose values never leave the engine
    tls: Tls | None = None  # how token endpoints are spoken to, and steps that say nothing else

    @property
    def files(self) -> Iterator[FileContent]:
        """Files whose bytes belong to what is declared."""
        return (file for step in self.steps + self.cleanup for file in step.request.files)

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps + self.cleanup if step.id == step_id), None)
