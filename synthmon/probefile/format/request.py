"""The models of a request: what is sent, and as whom."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Tag, WithJsonSchema

from synthmon.probefile.format.base import BY_SHAPE, LIST, MAPPING, TEXT, TRUTH, Maybe, Part, Tree, key, required
from synthmon.probefile.format.scalars import Duration, Fault, HeaderName, Label, Method, Name, Text

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
    """A body sent as it is written."""

    content_type: Text = required("The body's media type.", example="text/csv")
    text: Text = required("The body; expressions are rendered in it.")


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
    """One HTTP request. At most one of `json`, `form` and `raw`."""

    method: Maybe[Method] = key("The HTTP method; GET when left out.", example="POST")
    url: Text = required("Where to: a path after `base_url`, or a whole address.", example="/me")
    params: Maybe[dict[str, Tree]] = key("Query parameters; a list repeats its name.")
    headers: Maybe[dict[HeaderName, Text]] = key("Headers beside those of `defaults`.")
    json_: Tree = key("A body sent as JSON.", alias="json")
    form: Maybe[dict[str, Tree]] = key("A body sent as a form (application/x-www-form-urlencoded).")
    raw: Maybe[Annotated[Annotated[Text, Tag(TEXT)] | Annotated[RawPart, Tag(MAPPING)], BY_SHAPE]] = key(
        "A body sent as it is written: a text, or `{content_type: …, text: …}`."
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


class BasicPart(Part):
    """HTTP basic authentication (RFC 7617)."""

    username: Text = required("The user's name.")
    password: Text = required("The password, usually a secret.", example="${{ secrets.shop_password }}")


class AuthPart(Part):
    """As whom a step asks: one of `bearer`, `basic` and `use`."""

    bearer: Maybe[Text] = key("A token sent as `Authorization: Bearer`.", example="${{ captures.token }}")
    basic: Maybe[BasicPart] = key("A name and a password.")
    use: Maybe[Name] = key("A profile of this probe's `auth`.")
    renew: Maybe[bool] = key("Throw the cached token away and fetch a new one, as part of this step.")


Auth = Annotated[Annotated[Name, Tag(TEXT)] | Annotated[AuthPart, Tag(MAPPING)], BY_SHAPE]
"""`none`, the name of a profile, or a mapping."""


class OAuth2Part(Part):
    """OAuth2 client credentials (RFC 6749, section 4.4)."""

    grant: Maybe[Literal["client_credentials"]] = key("The grant; `client_credentials` when left out.")
    token_url: Text = required("The token endpoint.", example="https://auth.example.com/token")
    client_id: Text = required("The client's id.", example="${{ secrets.client_id }}")
    client_secret: Text = required("The client's secret.", example="${{ secrets.client_secret }}")
    client_authentication: Maybe[Literal["basic", "post"]] = key(
        "How the client shows who it is: in a header (`basic`, the default) or in the form (`post`)."
    )
    scopes: Maybe[list[Label]] = key("What the token is for.")
    renew_before: Maybe[Duration] = key("Renew a token this long before it expires; 60s when left out.")
    renew_on_401: Maybe[bool] = key("On a 401 renew once and try again; the run is then degraded.")
    min_lifetime: Maybe[Duration] = key("A token that lives shorter makes the run degraded.")


class ProfilePart(Part):
    """A way to authenticate that steps can share."""

    oauth2: OAuth2Part = required("OAuth2 client credentials.")
