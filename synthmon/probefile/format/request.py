"""The models of a request: what is sent, and as whom."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from synthmon.probefile.format.base import BY_SHAPE, LIST, MAPPING, TEXT, TRUTH, Maybe, Part, Tree, key, required
from synthmon.probefile.format.marks import Discriminator, Tag, WithJsonSchema
from synthmon.probefile.format.scalars import Duration, Fault, HeaderName, Label, Method, Query, Text

MAX_REDIRECTS = 20

Simple = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
Field = Annotated[
    Annotated[Simple, Tag("‹value›")] | Annotated[list[Simple], Tag(LIST)],
    WithJsonSchema(
        {
            "oneOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}},
            ]
        }
    ),
]


class RawPart(Part):
    """A body sent as it is written, or as it stands in a file: one of `text` and `file`."""

    content_type: Text = required("The body's media type.", example="text/csv")
    text: Maybe[Text] = key("The body; expressions are rendered in it.")
    file: Maybe[Label] = key("A file below the probes folder, sent as it is.", example="bodies/contacts.csv")


class FieldPart(Part):
    """A part of a multipart body: one of `text` and `file`."""

    text: Maybe[Text] = key("The part's text; expressions are rendered in it.")
    file: Maybe[Label] = key("A file below the probes folder, sent as it is.", example="bodies/photo.png")
    filename: Maybe[Text] = key("What the file is called there; its own name when left out.", example="photo.png")
    content_type: Maybe[Text] = key(
        "The part's media type; `application/octet-stream` for a file when left out.", example="image/png"
    )


_VALUE = "‹value›"


def _scalar_or_part(value: object) -> str:
    return MAPPING if isinstance(value, dict) else _VALUE


def _field_kind(value: object) -> str:
    return LIST if isinstance(value, list) else _scalar_or_part(value)


_One = Annotated[Annotated[Simple, Tag(_VALUE)] | Annotated[FieldPart, Tag(MAPPING)], Discriminator(_scalar_or_part)]
MultipartField = Annotated[
    Annotated[Simple, Tag(_VALUE)] | Annotated[FieldPart, Tag(MAPPING)] | Annotated[list[_One], Tag(LIST)],
    Discriminator(_field_kind),
]
"""A text, a part, or a list of these, which repeats the name."""


class GraphQLPart(Part):
    """A GraphQL document: one of `query` and `file`."""

    query: Maybe[Query] = key("The document; what changes from run to run goes into `variables`.")
    file: Maybe[Label] = key("A file below the probes folder that holds it.", example="bodies/order.graphql")
    variables: Maybe[dict[str, Tree]] = key("Values for the variables that the document declares.")
    operation: Maybe[Label] = key("Which operation of the document, if it has several.", example="Order")


class RetryPart(Part):
    """Send the request again after a fault on the way to its answer."""

    attempts: int = required("How often it is sent at most, the first time included.", example="2", ge=1, le=10)
    delay: Maybe[Duration] = key("How long to wait before it is sent again; 1s when left out.")
    on: Maybe[list[Fault]] = key(
        "After what: `connection_error`, `timeout`, statuses; these two and 502-504 when left out.",
        example="[connection_error, 502-504]",
    )


class IdempotencyPart(Part):
    """A key that is sent in another header than `Idempotency-Key`."""

    header: HeaderName = required("The header's name.", example="X-Request-Id")
    value: Maybe[Text] = key("The key; one of the run and step when left out.", example="order-${{ run.id }}")


class RequestPart(Part):
    """One HTTP request. At most one of `json`, `form`, `multipart`, `graphql` and `raw`."""

    method: Maybe[Method] = key("The HTTP method; GET when left out.", example="POST")
    url: Text = required("Where to: a path after `base_url`, or a whole address.", example="/me")
    params: Maybe[dict[str, Tree]] = key("Query parameters; a list repeats its name.")
    headers: Maybe[dict[HeaderName, Text]] = key("Headers beside those of `defaults`.")
    json_: Tree = key("A body sent as JSON.", alias="json")
    form: Maybe[dict[str, Tree]] = key("A body sent as a form (application/x-www-form-urlencoded).")
    raw: Maybe[Annotated[Annotated[Text, Tag(TEXT)] | Annotated[RawPart, Tag(MAPPING)], BY_SHAPE]] = key(
        "A body sent as it is written: a text, or `{content_type: …, text: …}`, or `{content_type: …, file: …}`."
    )
    multipart: Maybe[dict[str, MultipartField]] = key("A body sent as `multipart/form-data`: texts and files by name.")
    graphql: Maybe[GraphQLPart] = key(
        "A GraphQL query or mutation, sent with POST; errors in its answer fail the step."
    )
    redirects: Maybe[int] = key("How many redirects are followed; none when left out.", ge=0, le=MAX_REDIRECTS)
    idempotency_key: Maybe[
        Annotated[
            Annotated[Literal[True], Tag(TRUTH)]
            | Annotated[Text, Tag(TEXT)]
            | Annotated[IdempotencyPart, Tag(MAPPING)],
            BY_SHAPE,
        ]
    ] = key(
        "A header `Idempotency-Key`, the same at every attempt: `true` for a key of the run and step, or a text.",
        example="true",
    )
