"""The models of what must be true of an answer, and of what is taken from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from synthmon.model.answer import Operator
from synthmon.probefile.format.base import BY_SHAPE, LIST, MAPPING, NUMBER, TEXT, Maybe, Part, Tree, key, required
from synthmon.probefile.format.marks import Discriminator, Tag, WithJsonSchema
from synthmon.probefile.format.scalars import Duration, HeaderName, JsonPath, Label, Status, Text, Verbatim

VALUE = "‹value›"


def _kind(value: object) -> str:
    return MAPPING if isinstance(value, dict) else VALUE


# Operands: `language.operator` checks them, editors are told of their types here.
_Number = Annotated[Any, WithJsonSchema({"type": ["number", "string"]})]
_Word = Annotated[Any, WithJsonSchema({"type": "string"})]
_Truth = Annotated[Any, WithJsonSchema({"type": "boolean"})]
_Values = Annotated[Any, WithJsonSchema({"type": "array"})]


class OperatorsPart(Part):
    """Conditions on one value; all of them must hold."""

    equals: Tree = key("The same value: types count, 20 equals 20.0, text never equals a number.")
    not_equals: Tree = key("Another value.")
    one_of: _Values = key("One of these values.")
    not_one_of: _Values = key("None of these values.")
    less_than: _Number = key("A number below this one.")
    at_most: _Number = key("A number not above this one.")
    more_than: _Number = key("A number above this one.")
    at_least: _Number = key("A number not below this one.")
    contains: Tree = key("A text with this text in it, a list with this value, a mapping with this key.")
    not_contains: Tree = key("The opposite of `contains`.")
    starts_with: _Word = key("A text that begins so.")
    ends_with: _Word = key("A text that ends so.")
    matches: _Word = key("A text in which this regular expression (RE2) is found.")
    length: Matcher = key("What must be true of the length of a text, a list or a mapping.")
    count: Matcher = key("What must be true of the number of nodes that the path matched.")
    exists: _Truth = key("Whether there is anything at all.")
    empty: _Truth = key("Whether the text, list or mapping has nothing in it.")
    type: _Word = key("The JSON type: string, number, integer, boolean, null, array, object.")
    format: _Word = key("A well-known form of text, such as email, uuid, date-time.")
    each: Matcher = key("What must be true of every node; no nodes at all fails.")
    any: Matcher = key("What must be true of at least one node.")


Matcher = Annotated[
    Annotated[OperatorsPart, Tag(MAPPING)]
    | Annotated[Any, Tag(VALUE), WithJsonSchema({"type": ["string", "number", "boolean", "null", "array"]})],
    Discriminator(_kind),
]
"""A bare value means `equals`; a mapping holds operators."""

OPERATORS = tuple(operator.value for operator in Operator)

SchemaSource = Annotated[
    Annotated[Text, Tag(TEXT)] | Annotated[dict[str, Any], Tag(MAPPING)],
    BY_SHAPE,
]


TextField = Annotated[
    Annotated[OperatorsPart, Tag(MAPPING)]
    | Annotated[list[Matcher], Tag(LIST)]
    | Annotated[Any, Tag(VALUE), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})],
    Discriminator(lambda value: LIST if isinstance(value, list) else _kind(value)),
]
"""Several matchers of the whole text must all hold."""


class AssertionPart(Part):
    """An expression that must be true of the answer."""

    that: Text = required("What must be true.", example="${{ response.json.total == captures.total }}")
    message: Maybe[Label] = key("What people are told if it is not.", example="the total changed")


AssertionField = Annotated[Annotated[Text, Tag(TEXT)] | Annotated[AssertionPart, Tag(MAPPING)], BY_SHAPE]


class OperationPart(Part):
    """An operation of an OpenAPI document, whose answers are documented there."""

    file: Verbatim = required("The document, a file below the probes folder.", example="schemas/shop.openapi.yaml")
    operation: Verbatim = required("Its operationId, or its method and path.", example="getOrder")


StatusField = Annotated[
    Annotated[Status, Tag(TEXT)] | Annotated[Status, Tag(NUMBER)] | Annotated[list[Status], Tag(LIST)], BY_SHAPE
]


class ConditionsPart(Part):
    """What must be true of an answer."""

    status: Maybe[StatusField] = key("The status code: 201, 2xx, 200-204, or a list of these.", example="200")
    headers: Maybe[dict[HeaderName, Matcher]] = key("What must be true of headers.")
    cookies: Maybe[dict[str, Matcher]] = key("What must be true of the cookies that the answer sets.")
    json_: Maybe[dict[JsonPath, Matcher]] = key("What must be true of the JSON body, by path (RFC 9535).", alias="json")
    text: TextField = key("What must be true of the body as text; a list of matchers must all hold.")
    xml: Maybe[dict[Verbatim, Matcher]] = key("What must be true of the XML body, by path (XPath 1.0).")
    schema_: Maybe[SchemaSource] = key(
        "A JSON Schema (2020-12) for the body: a file below the probes folder, with `#/…` to point into it, or inline.",
        alias="schema",
        example="schemas/order.schema.json",
    )
    openapi: Maybe[OperationPart] = key(
        "An OpenAPI operation whose documented status, content type, headers and schema the answer has.",
        example="{file: schemas/shop.openapi.yaml, operation: getOrder}",
    )
    assert_: Maybe[list[AssertionField]] = key(
        "Expressions over `response` that must be true: for what nothing else here can say.",
        alias="assert",
        example='["${{ response.json.total == captures.total }}"]',
    )


class PollPart(Part):
    """Repeat the request until it answers as wanted."""

    every: Maybe[Duration] = key("How long to wait between attempts; 2s when left out.")
    timeout: Maybe[Duration] = key("How long to try in all; 30s when left out.")
    until: ConditionsPart = required("Stop when this is true.")
    fail_if: Maybe[ConditionsPart] = key("Give up at once when this is true.")


class CapturePart(Part):
    """A value taken from the answer for later steps: `json`, `xpath`, `header`, `cookie` or `status`, or `regex`."""

    json_: Maybe[JsonPath] = key("Where the value stands in the JSON body.", alias="json", example="$.token")
    xpath: Maybe[Verbatim] = key("Where the value stands in the XML body.", example="//order/@id")
    header: Maybe[HeaderName] = key("The header that holds it.")
    cookie: Maybe[Text] = key("The cookie that holds it.")
    status: Maybe[Literal[True]] = key("Take the status code.")
    regex: Maybe[Verbatim] = key(
        "A regular expression (RE2) that takes a part of the body, or of the text that another key names.",
        example="/jobs/([^/]+)$",
    )
    default: Tree = key("The value if there is none; without a default the step fails.")
    all: Maybe[bool] = key("Take everything that the path or the pattern matches, as a list.")
    secret: Maybe[bool] = key("Never show the value.")


Capture = Annotated[Annotated[JsonPath, Tag(TEXT)] | Annotated[CapturePart, Tag(MAPPING)], BY_SHAPE]
"""A text is a JSONPath."""
