"""The models of authentication: as whom a request is sent, and the profiles that steps share."""

from __future__ import annotations

from typing import Annotated, Literal

from synthmon.probefile.format.base import BY_SHAPE, MAPPING, TEXT, Maybe, Part, Tree, key, required
from synthmon.probefile.format.marks import Tag
from synthmon.probefile.format.scalars import Duration, HeaderName, Label, Name, Text


class BasicPart(Part):
    """HTTP basic authentication (RFC 7617)."""

    username: Text = required("The user's name.")
    password: Text = required("The password, usually a secret.", example="${{ secrets.shop_password }}")


class ApiKeyPart(Part):
    """An API key, under the name of one of `header`, `query` and `cookie`."""

    header: Maybe[HeaderName] = key("The name of the header that carries it.", example="X-Api-Key")
    query: Maybe[Label] = key("The name of the query parameter that carries it.", example="api_key")
    cookie: Maybe[HeaderName] = key("The name of the cookie that carries it.", example="api_key")
    value: Text = required("The key, usually a secret.", example="${{ secrets.partner_key }}")


class HmacPart(Part):
    """A signature with a key that both sides know (HMAC, RFC 2104), over a text made from the request."""

    key_: Text = required("The key, a secret.", alias="key", example="${{ secrets.partner_key }}")
    key_encoding: Maybe[Literal["text", "base64", "hex"]] = key("How the key is written; `text` when left out.")
    algorithm: Maybe[Literal["sha1", "sha256", "sha384", "sha512"]] = key("The digest; `sha256` when left out.")
    string_to_sign: Text = required(
        "What is signed, made from `${{ request.… }}`.", example="${{ request.timestamp }}${{ request.body }}"
    )
    encoding: Maybe[Literal["hex", "base64"]] = key("How the signature is written; `hex` when left out.")
    headers: Maybe[dict[HeaderName, Text]] = key(
        "Headers that are added; `${{ request.signature }}` is the signature.",
        example='{X-Signature: "${{ request.signature }}"}',
    )
    query: Maybe[dict[str, Text]] = key("Query parameters that are added, likewise.")


class AwsPart(Part):
    """AWS Signature Version 4."""

    access_key_id: Text = required("The access key's id.", example="${{ secrets.aws_key_id }}")
    secret_access_key: Text = required("The secret access key.", example="${{ secrets.aws_secret_key }}")
    session_token: Maybe[Text] = key("The token of temporary credentials.", example="${{ secrets.aws_token }}")
    region: Text = required("The region.", example="eu-west-1")
    service: Text = required("The service.", example="execute-api")


class WaysPart(Part):
    """The ways to authenticate that need no token endpoint."""

    bearer: Maybe[Text] = key("A token sent as `Authorization: Bearer`.", example="${{ captures.token }}")
    basic: Maybe[BasicPart] = key("A name and a password.")
    api_key: Maybe[ApiKeyPart] = key("A key in a header, a query parameter or a cookie.")
    hmac: Maybe[HmacPart] = key("A signature with a key that both sides know.")
    aws: Maybe[AwsPart] = key("A signature for AWS, by its Signature Version 4.")


class AuthPart(WaysPart):
    """As whom a step asks: one way, or a profile."""

    use: Maybe[Name] = key("A profile of this probe's `auth`.")
    renew: Maybe[bool] = key("Throw the cached token away and fetch a new one, as part of this step.")


Auth = Annotated[Annotated[Name, Tag(TEXT)] | Annotated[AuthPart, Tag(MAPPING)], BY_SHAPE]
"""`none`, the name of a profile, or a mapping."""


class PrivateKeyJwtPart(Part):
    """The client shows who it is by what it signs with its private key (RFC 7523)."""

    key_: Text = required("The private key in PEM, a secret.", alias="key", example="${{ secrets.partner_key }}")
    algorithm: Maybe[Literal["RS256", "PS256", "ES256"]] = key("How it signs; `RS256` when left out.")
    key_id: Maybe[Text] = key("The key's id (`kid`), where the server asks for one.")
    audience: Maybe[Text] = key("For whom it is signed (`aud`); the token endpoint when left out.")
    lifetime: Maybe[Duration] = key("How long what is signed is good; 60s when left out.")


class OAuth2Part(Part):
    """OAuth2 access tokens (RFC 6749)."""

    grant: Maybe[Literal["client_credentials", "refresh_token", "password"]] = key(
        "What the token is asked for with; `client_credentials` when left out."
    )
    token_url: Text = required("The token endpoint.", example="https://auth.example.com/token")
    client_id: Text = required("The client's id.", example="${{ secrets.client_id }}")
    client_secret: Maybe[Text] = key("The client's secret.", example="${{ secrets.client_secret }}")
    client_authentication: Maybe[
        Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none", "basic", "post"]
    ] = key(
        "How the client shows who it is: in a header (`client_secret_basic`, the default), in the form "
        "(`client_secret_post`), by what it signs (`private_key_jwt`), or not at all (`none`)."
    )
    private_key_jwt: Maybe[PrivateKeyJwtPart] = key("The key for the client authentication of that name.")
    refresh_token: Maybe[Text] = key("For the grant of that name.", example="${{ secrets.refresh_token }}")
    username: Maybe[Text] = key("For the grant `password`.")
    password: Maybe[Text] = key("For the grant `password`.", example="${{ secrets.password }}")
    scopes: Maybe[list[Label]] = key("What the token is for.")
    params: Maybe[dict[str, Tree]] = key("Further fields of the token request; a list repeats its name.")
    renew_before: Maybe[Duration] = key("Renew a token this long before it expires; 60s when left out.")
    renew_on_401: Maybe[bool] = key("On a 401 renew once and try again; the run is then degraded.")
    min_lifetime: Maybe[Duration] = key("A token that lives shorter makes the run degraded.")


class ProfilePart(WaysPart):
    """A way to authenticate that steps can share: one of these keys."""

    oauth2: Maybe[OAuth2Part] = key("OAuth2 access tokens, fetched, kept and renewed.")
