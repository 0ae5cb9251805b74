"""Access tokens by client credentials (RFC 6749, section 4.4): the request, and what its answer must be."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

import httpx

from synthmon.engine.body import Unreadable, parse
from synthmon.model.journey import ClientAuthentication, OAuth2Profile
from synthmon.model.run import Failure, FailureKind, Json
from synthmon.model.secret import Secret
from synthmon.model.words import printable, seconds

LARGEST_ANSWER = 64 * 1024  # bytes
LARGEST_TOKEN = 16 * 1024  # characters

_ERROR_CODE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]{1,64}")  # RFC 6749, section 5.2
_TOKEN_TEXT = re.compile(r"[\x20-\x7E]+")  # RFC 6749, appendix A.12


@dataclass(frozen=True, slots=True)
class Credentials:
    """A profile's values, rendered. They are revealed: keep them no longer than the request takes."""

    token_url: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token endpoint gave. `lifetime`: seconds, None if it did not say."""

    access_token: Secret
    lifetime: float | None


def token_request(profile: OAuth2Profile, credentials: Credentials) -> httpx.Request:
    """Form-encoded; the client shows who it is by HTTP Basic or in the form (RFC 6749, section 2.3.1)."""
    form = {"grant_type": "client_credentials"}
    if profile.scopes:
        form["scope"] = " ".join(profile.scopes)
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if profile.client_authentication is ClientAuthentication.BASIC:
        headers["Authorization"] = f"Basic {basic_pair(credentials)}"
    else:
        form |= {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    return httpx.Request("POST", credentials.token_url, headers=headers, content=urlencode(form).encode("ascii"))


def basic_pair(credentials: Credentials) -> str:
    """Both halves are form-encoded before they are joined: RFC 6749 asks for it, unlike plain HTTP Basic."""
    pair = f"{quote_plus(credentials.client_id)}:{quote_plus(credentials.client_secret)}"
    return base64.b64encode(pair.encode("ascii")).decode("ascii")


def granted(profile: OAuth2Profile, response: httpx.Response) -> Granted | Failure:
    """The token, or why the answer holds none. Of a refused answer only the error code is repeated."""
    content = response.content
    body = parse(content) if len(content) <= LARGEST_ANSWER else Unreadable(f"the body has {len(content)} bytes")
    if response.status_code != 200:
        return _refused(response.status_code, body)
    if isinstance(body, Unreadable):
        return _unusable(body.what)
    if not isinstance(body, dict):
        return _unusable("the answer is no JSON object")
    return _read(profile, body)


def _read(profile: OAuth2Profile, body: dict[str, Json]) -> Granted | Failure:
    token, kind = body.get("access_token"), body.get("token_type", "Bearer")
    if not (isinstance(token, str) and len(token) <= LARGEST_TOKEN and _TOKEN_TEXT.fullmatch(token)):
        return _unusable("`access_token` is missing or no token")
    if not (isinstance(kind, str) and kind.lower() == "bearer"):
        return _unusable(f"`token_type` is {printable(str(kind), 40)}, and only Bearer is understood")
    lifetime = _lifetime(body.get("expires_in"))
    if isinstance(lifetime, Failure):
        return lifetime
    return Granted(Secret(f"auth.{profile.name}.token", token), lifetime)


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


def _refused(status: int, body: Json | Unreadable) -> Failure:
    error = body.get("error") if isinstance(body, dict) else None
    code = error if isinstance(error, str) and _ERROR_CODE.fullmatch(error) else None
    description = body.get("error_description") if isinstance(body, dict) else None
    return Failure(
        FailureKind.AUTH,
        f"the token endpoint refused with {status}" + (f": {code}" if code else ""),
        expected="200 with a token",
        actual=f"{status} {code}" if code else str(status),
        detail=printable(description, 200) if isinstance(description, str) else None,
    )


def _unusable(why: str) -> Failure:
    return Failure(
        FailureKind.AUTH, f"the token endpoint's answer cannot be used: {why}", expected="200 with a token", actual=why
    )
