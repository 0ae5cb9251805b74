"""The provider itself, over HTTP: what it says of itself, its keys, and a code in exchange for who somebody is."""

from __future__ import annotations

import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from synthmon.errors import MalformedDocument, SecretUnavailable, SignInRefused
from synthmon.events import Events
from synthmon.identity.oidc.flow import Flow
from synthmon.identity.oidc.idtoken import Expected, Json, UnknownKey, Untrusted, verified
from synthmon.identity.oidc.place import ProviderPlace, is_safe, values_of
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.wire import loads

_log = Events()

PATIENCE = 5.0  # seconds for one exchange, as httpx counts them
AT_MOST = 15.0  # seconds for one exchange as a whole
LARGEST = 1 << 20  # bytes of an answer
KEPT_FOR = timedelta(hours=1)
KEYS_AGAIN_AFTER = timedelta(seconds=10)  # a token with an unknown key makes us ask again, this often at most
MOST_KEYS = 100
AT_ONCE = 8  # exchanges; anybody can cause one, and while the provider is slow each keeps a thread of the pages waiting


@dataclass(slots=True)
class _Kept:
    """What was learned, and when."""

    value: Any
    at: datetime


class Provider:
    """Thread-safe. Raises `SignInRefused`: 503 while it is away or asked by too many, 403 for what proves nothing."""

    def __init__(self, place: ProviderPlace, secret: Callable[[], Secret | None], now: Callable[[], datetime]) -> None:
        self.place, self._secret, self._now = place, secret, now
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._metadata: _Kept | None = None
        self._keys: _Kept | None = None

    # Going there and coming back

    def address(self, flow: Flow, redirect_uri: str) -> str:
        """Where the browser is sent."""
        asked = {
            "response_type": "code",
            "client_id": self.place.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.place.scopes),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(self._endpoint("authorization_endpoint"), asked)

    def claims(self, code: str, flow: Flow, redirect_uri: str) -> Json:
        """Who it was, by a code that came back: the claims of the ID token; without roles there, also of userinfo."""
        tokens = self._exchange(code, flow, redirect_uri)
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise self._unproven("its answer holds no ID token")
        expected = Expected(self.place.issuer, self.place.client_id, flow.nonce, self._now())
        try:
            claims = self._verified(id_token, expected)
        except Untrusted as error:
            raise self._unproven(str(error)) from error
        if values_of(claims, self.place.role_claim) or not isinstance(tokens.get("access_token"), str):
            return claims
        return {**self._userinfo(str(tokens["access_token"]), str(claims["sub"])), **claims}

    def end_session(self, back: str) -> str | None:
        """Where somebody can sign out at the provider as well; None where it has no such place, or is away."""
        try:
            endpoint = self._learn().get("end_session_endpoint")
        except SignInRefused:
            return None
        if not isinstance(endpoint, str) or not is_safe(endpoint, self.place.issuer):
            return None
        return _with_query(endpoint, {"client_id": self.place.client_id, "post_logout_redirect_uri": back})

    # The exchange

    def _exchange(self, code: str, flow: Flow, redirect_uri: str) -> Json:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": flow.verifier,
        }
        secret, headers = self._client_secret(), dict[str, str]()
        methods = self._learn().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if secret is None:
            form["client_id"] = self.place.client_id
        elif isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods:
            form |= {"client_id": self.place.client_id, "client_secret": secret.reveal()}
        else:
            headers["authorization"] = _basic(self.place.client_id, secret.reveal())
        answer, status = self._call("POST", self._endpoint("token_endpoint"), data=form, headers=headers)
        if status != 200:
            raise self._unproven(f"it does not take the code: {status}, {str(answer.get('error'))[:60]!r}")
        return answer

    def _client_secret(self) -> Secret | None:
        try:
            return self._secret()
        except SecretUnavailable as error:
            raise self._away(str(error)) from error

    def _userinfo(self, access_token: str, subject: str) -> Json:
        endpoint = self._learn().get("userinfo_endpoint")
        if not isinstance(endpoint, str) or not is_safe(endpoint, self.place.issuer):
            return {}
        answer, status = self._call("GET", endpoint, headers={"authorization": f"Bearer {access_token}"})
        if status != 200 or answer.get("sub") != subject:
            raise self._unproven(f"its user's page answers {status}, or about somebody else")
        return answer

    # What it says of itself

    def _verified(self, token: str, expected: Expected) -> Json:
        try:
            return verified(token, self._known_keys(KEPT_FOR), expected)
        except UnknownKey:
            return verified(token, self._known_keys(KEYS_AGAIN_AFTER), expected)

    def _known_keys(self, at_most: timedelta) -> Sequence[Json]:
        with self._lock:
            kept, now = self._keys, self._now()
            if kept is None or not timedelta(0) <= now - kept.at < at_most:
                answer, status = self._call("GET", self._endpoint("jwks_uri"))
                keys = answer.get("keys")
                if status != 200 or not isinstance(keys, list):
                    raise self._away(f"its keys cannot be had: {status}")
                self._keys = kept = _Kept([one for one in keys[:MOST_KEYS] if isinstance(one, Mapping)], now)
            found: Sequence[Json] = kept.value
            return found

    def _learn(self) -> Json:
        kept, now = self._metadata, self._now()
        if kept is None or not timedelta(0) <= now - kept.at < KEPT_FOR:
            where = f"{self.place.issuer.rstrip('/')}/.well-known/openid-configuration"
            answer, status = self._call("GET", where)
            if status != 200:
                raise self._away(f"{where} answers {status}")
            if answer.get("issuer") != self.place.issuer:
                raise self._away(f"it calls itself {str(answer.get('issuer'))[:200]!r}, not {self.place.issuer!r}")
            self._metadata = kept = _Kept(answer, now)
        found: Json = kept.value
        return found

    def _endpoint(self, name: str) -> str:
        found = self._learn().get(name)
        if not isinstance(found, str) or not is_safe(found, self.place.issuer):
            raise self._away(f"its {name} is no address that is safe to use")
        return found

    def _call(
        self, method: str, address: str, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> tuple[Json, int]:
        if not self._turns.acquire(blocking=False):
            raise self._away("it is asked by too many at once")
        try:
            return self._exchanged(method, address, headers, **rest)
        finally:
            self._turns.release()

    def _exchanged(
        self, method: str, address: str, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> tuple[Json, int]:
        until = monotonic() + AT_MOST
        asked = {**(headers or {}), "accept": "application/json", "accept-encoding": "identity"}
        try:
            with (
                httpx.Client(verify=_public(), trust_env=False, timeout=PATIENCE, follow_redirects=False) as client,
                client.stream(method, address, headers=asked, **rest) as answer,
            ):
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise self._away("its answer is compressed, which was not asked for")
                body = bytearray()
                for piece in answer.iter_raw():
                    body += piece
                    if len(body) > LARGEST or monotonic() > until:
                        raise self._away("its answer is too large, or comes too slowly")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(f"{type(error).__name__}: {error}") from error
        try:
            said = loads(bytes(body))
        except MalformedDocument as error:
            if answer.status_code == 200:
                raise self._away("its answer is no JSON") from error
            said = {}
        return (said if isinstance(said, dict) else {}), answer.status_code

    # Refusals

    def _away(self, reason: str) -> SignInRefused:
        _log.warning("oidc.away", issuer=self.place.issuer, why=reason)
        message = f"Signing in with {self.place.title} does not work now: it cannot be reached, or answers wrongly."
        hint = "Users of this installation can still sign in with their password."
        return SignInRefused(message, status=503, hint=hint, reason=reason)

    def _unproven(self, reason: str) -> SignInRefused:
        _log.warning("oidc.unproven", issuer=self.place.issuer, why=reason)
        message = f"What {self.place.title} answered does not prove who you are. Try again from the beginning."
        return SignInRefused(message, status=403, reason=reason)


@cache
def _public() -> ssl.SSLContext:
    """Whom everybody trusts, read once: it costs more than all else that is done for a sign-in."""
    return httpx.create_ssl_context(trust_env=False)


def _basic(name: str, password: str) -> str:
    """RFC 6749, 2.3.1: both are form-encoded first."""
    pair = f"{quote_plus(name)}:{quote_plus(password)}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _with_query(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"
