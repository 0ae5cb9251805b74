"""Token requests (RFC 6749), and what their answers must be."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode

from synthmon.engine.body import Unreadable, parse
from synthmon.model.auth import ClientAuthentication, Grant, OAuth2Profile
from synthmon.model.run import Failure, FailureKind, Json
from synthmon.model.secret import Secret
from synthmon.model.words import printable, seconds
from synthmon.nouns import dataclass
from synthmon.patterns import regular

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 64 * 1024  # bytes
LARGEST_TOKEN = 16 * 1024  # characters
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523, section 2.2

_ERROR_CODE = regular(r"[\x20-\x21\x23-\x5B\x5D-\x7E]{1,64}")  # RFC 6749, section 5.2
_TOKEN_TEXT = regular(r"[\x20-\x7E]+")  # RFC 6749, appendix A.12
_IN_WORDS = {
    "invalid_request": "it finds the request incomplete or malformed",
    "invalid_client": "it does not accept the client's id or how it shows who it is",
    "invalid_grant": "it does not accept what the token is asked for with",
    "unauthorized_client": "this client may not ask in this way",
    "unsupported_grant_type": "it does not know this grant",
    "invalid_scope": "it does not grant these scopes",
    "invalid_target": "it does not know the resource or audience",  # RFC 8707
    "temporarily_unavailable": "it is too busy",
}
_USED_UP = (
    "servers that replace refresh tokens accept each once: the newest is kept in memory only, so after a restart a "
    "fresh one must be put into the secret"
)


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A profile's values, rendered; empty where it has none. They are revealed: keep them no longer than needed."""

    token_url: str
    client_id: str
    client_secret: str = ""
    username: str = ""
    password: str = ""
    refresh_token: str = ""
    assertion: str = ""
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token endpoint gave. `lifetime`: seconds, None if it did not say."""

    access_token: Secret
    lifetime: float | None
    refresh_token: Secret | None = None


def token_request(profile: OAuth2Profile, credentials: Credentials) -> httpx.Request:
    """Form-encoded; the client shows who it is by HTTP Basic or in the form (RFC 6749, section 2.3.1)."""
    form = [("grant_type", profile.grant.value)]
    if profile.grant is Grant.REFRESH_TOKEN:
        form.append(("refresh_token", credentials.refresh_token))
    if profile.grant is Grant.PASSWORD:
        form += [("username", credentials.username), ("password", credentials.password)]
    if profile.scopes:
        form.append(("scope", " ".join(profile.scopes)))
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if profile.client_authentication is ClientAuthentication.BASIC:
        headers["Authorization"] = f"Basic {basic_pair(credentials)}"
    else:
        form += _in_the_form(profile.client_authentication, credentials)
    content = urlencode([*form, *credentials.params]).encode("ascii")
    import httpx  # here, because tokens are asked for seldom

    return httpx.Request("POST", credentials.token_url, headers=headers, content=content)


def _in_the_form(way: ClientAuthentication, credentials: Credentials) -> list[tuple[str, str]]:
    named = [("client_id", credentials.client_id)]
    if way is ClientAuthentication.POST:
        return [*named, ("client_secret", credentials.client_secret)]
    if way is ClientAuthentication.PRIVATE_KEY_JWT:
        return [*named, ("client_assertion_type", ASSERTION_TYPE), ("client_assertion", credentials.assertion)]
    return named


def basic_pair(credentials: Credentials) -> str:
    """Both halves are form-encoded before they are joined: RFC 6749 asks for it, unlike plain HTTP Basic."""
    pair = f"{quote_plus(credentials.client_id)}:{quote_plus(credentials.client_secret)}"
    return base64.b64encode(pair.encode("ascii")).decode("ascii")


def granted(profile: OAuth2Profile, response: httpx.Response) -> Granted | Failure:
    """The token, or why the answer holds none. Of a refused answer only the error and its description are repeated."""
    content = response.content
    body = parse(content) if len(content) <= LARGEST_ANSWER else Unreadable(f"the body has {len(content)} bytes")
    if response.status_code != 200:
        return _refused(profile, response, body)
    if isinstance(body, Unreadable):
        return _unusable(body.what)
    if not isinstance(body, dict):
        return _unusable("the answer is no JSON object")
    if "access_token" not in body and isinstance(body.get("error"), str):
        return _refused(profile, response, body)  # some servers refuse with 200
    return _read(profile, body)


def _read(profile: OAuth2Profile, body: dict[str, Json]) -> Granted | Failure:
    token, kind = body.get("access_token"), body.get("token_type", "Bearer")
    if not _is_token(token):
        return _unusable("`access_token` is missing or no token")
    if not (isinstance(kind, str) and kind.lower() == "bearer"):
        return _unusable(f"`token_type` is {printable(str(kind), 40)}, and only Bearer is understood")
    lifetime = _lifetime(body.get("expires_in"))
    if isinstance(lifetime, Failure):
        return lifetime
    refresh = body.get("refresh_token")
    successor = Secret(f"auth.{profile.name}.refresh_token", str(refresh)) if _is_token(refresh) else None
    return Granted(Secret(f"auth.{profile.name}.token", str(token)), lifetime, successor)


def _is_token(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= LARGEST_TOKEN and _TOKEN_TEXT.fullmatch(value) is not None


def _lifetime(value: Json) -> float | Failure | None:
    """Seconds; some servers write the number as a text, and are understood."""
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return _unusable(f"`expires_in` is {printable(str(value), 40)}, not a number of seconds")
    return float(min(value, 10**10))


def short_lived(profile: OAuth2Profile, lifetime: float | None) -> Failure | None:
    """Why a token that was granted is worth a remark, if its profile names a least lifetime."""
    if profile.min_lifetime is None or lifetime is None or lifetime >= profile.min_lifetime:
        return None
    return Failure(
        FailureKind.AUTH,
        f"the token of `{profile.name}` lives {seconds(lifetime)}, at least {seconds(profile.min_lifetime)} are wanted",
        expected=f"at least {seconds(profile.min_lifetime)}",
        actual=seconds(lifetime),
        detail="token_short_lived",
    )


def _refused(profile: OAuth2Profile, response: httpx.Response, body: Json | Unreadable) -> Failure:
    """The error, in words where it is one of the standard's; what the server itself says of it is a detail."""
    status = response.status_code
    error = body.get("error") if isinstance(body, dict) else None
    code = error if isinstance(error, str) and _ERROR_CODE.fullmatch(error) else None
    description = body.get("error_description") if isinstance(body, dict) else None
    words = f", {_IN_WORDS[code]}" if code in _IN_WORDS else ""
    details = [printable(description, 200)] if isinstance(description, str) and description else []
    if code == "invalid_grant" and profile.grant is Grant.REFRESH_TOKEN:
        details.append(_USED_UP)
    if (after := response.headers.get("Retry-After")) and status in {429, 503}:
        details.append(f"Retry-After: {printable(after, 40)}")
    return Failure(
        FailureKind.AUTH,
        f"the token endpoint refused with {status}" + (f": {code}{words}" if code else ""),
        expected="200 with a token",
        actual=f"{status} {code}" if code else str(status),
        detail="; ".join(details) or None,
    )


def _unusable(why: str) -> Failure:
    return Failure(
        FailureKind.AUTH, f"the token endpoint's answer cannot be used: {why}", expected="200 with a token", actual=why
    )
