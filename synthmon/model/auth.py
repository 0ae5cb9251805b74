"""As whom a request is sent: the ways that a journey can declare, as written; nothing is rendered yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from synthmon.model.text import Text, Tree
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True, weakref_slot=True)
class BearerAuth:
    token: Text


@dataclass(frozen=True, slots=True)
class BasicAuth:
    username: Text
    password: Text


class KeyPlace(StrEnum):
    """Where a request carries an API key."""

    HEADER = "header"
    QUERY = "query"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class ApiKeyAuth:
    """A key under a name of the target's choosing."""

    place: KeyPlace
    name: str
    value: Text


@dataclass(frozen=True, slots=True)
class HmacAuth:
    """A signature over a text made from the request. `string_to_sign`, `headers` and `query` see `request`.

    `algorithm` is sha1, sha256, sha384 or sha512; `key_encoding` how the key is written, text, base64 or hex;
    `encoding` how the signature is, hex or base64.
    """

    key: Text
    string_to_sign: Text
    headers: Mapping[str, Text] = field(default_factory=dict)
    query: Mapping[str, Text] = field(default_factory=dict)
    algorithm: str = "sha256"
    key_encoding: str = "text"
    encoding: str = "hex"


@dataclass(frozen=True, slots=True)
class AwsAuth:
    """AWS Signature Version 4 for a service in a region."""

    access_key_id: Text
    secret_access_key: Text
    region: Text
    service: Text
    session_token: Text | None = None


@dataclass(frozen=True, slots=True)
class ProfileAuth:
    """Use the token of the probe's profile of that name; `renew` throws the cached one away first."""

    profile: str
    renew: bool = False


Auth: TypeAlias = BearerAuth | BasicAuth | ApiKeyAuth | HmacAuth | AwsAuth | ProfileAuth


def trees_of(auth: Auth | None) -> Iterator[Tree]:
    """Everything of it that is rendered for a request."""
    match auth:
        case BearerAuth(token):
            yield token
        case BasicAuth(username, password):
            yield from (username, password)
        case ApiKeyAuth(value=value):
            yield value
        case HmacAuth():
            yield from (auth.key, auth.string_to_sign, *auth.headers.values(), *auth.query.values())
        case AwsAuth():
            yield from (auth.access_key_id, auth.secret_access_key, auth.region, auth.service, auth.session_token)


class Grant(StrEnum):
    """What a token is asked for with (RFC 6749, sections 4.4, 6 and 4.3)."""

    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
    PASSWORD = "password"  # noqa: S105


class ClientAuthentication(StrEnum):
    """How the client shows who it is at the token endpoint, by the names of IANA's registry (RFC 7591, RFC 7523)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A private key by which the client signs who it is (RFC 7523); `lifetime` of the signed text in seconds."""

    key: Text  # PEM
    algorithm: str = "RS256"
    key_id: Text | None = None
    audience: Text | None = None  # the token endpoint's address when left out
    lifetime: float = 60.0


@dataclass(frozen=True, slots=True)
class OAuth2Profile:
    """How access tokens are had (RFC 6749). Which of the texts are there depends on `grant` and on the client's way.

    `params` are further fields of the token request; a tuple repeats its name.
    """

    name: str
    token_url: Text
    client_id: Text
    client_secret: Text | None = None
    scopes: tuple[str, ...] = ()
    client_authentication: ClientAuthentication = ClientAuthentication.BASIC
    renew_before: float = 60.0
    renew_on_401: bool = False
    min_lifetime: float | None = None
    grant: Grant = Grant.CLIENT_CREDENTIALS
    client_key: ClientKey | None = None
    username: Text | None = None
    password: Text | None = None
    refresh_token: Text | None = None
    params: Mapping[str, Tree] = field(default_factory=dict)
