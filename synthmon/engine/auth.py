"""How a request shows who it is: the value of its Authorization header, and the token exchange it may take."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import assert_never

from synthmon.engine.context import Context
from synthmon.engine.oauth import Credentials, Granted, basic_pair, granted, short_lived, token_request
from synthmon.engine.ports import Token
from synthmon.engine.render import header_text, plain_text, target_url
from synthmon.model.journey import Auth, BasicAuth, BearerAuth, OAuth2Profile, ProfileAuth
from synthmon.model.run import Exchange, Failure, FailureKind
from synthmon.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Authorization:
    """The header's value, revealed, or the failure to get it; `remarks` degrade the step."""

    header: str | None = None
    failure: Failure | None = None
    remarks: tuple[Failure, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


def authorize(auth: Auth | None, context: Context, deadline: float, *, rejected: str | None = None) -> Authorization:
    """What the header is to be; for a profile from the token cache, or by a token exchange that ends by `deadline`.

    `rejected` is a header that the target did not take: a cached token that made it is thrown away. Raises what
    rendering raises.
    """
    match auth:
        case None:
            return Authorization()
        case BearerAuth(token):
            return Authorization(header_text("Authorization", token, context.values, prefix="Bearer "))
        case BasicAuth():
            return Authorization(_basic(auth, context))
        case ProfileAuth(profile, renew):
            return _from_profile(context.probe.journey.auth[profile], context, deadline, _Wish(renew, rejected))
    assert_never(auth)


def _basic(auth: BasicAuth, context: Context) -> str:
    """HTTP Basic (RFC 7617), in UTF-8."""
    user, password = (plain_text(text, context.values) for text in (auth.username, auth.password))
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    context.values.know(Secret("auth.basic", encoded))
    return f"Basic {encoded}"


@dataclass(frozen=True, slots=True)
class _Wish:
    """Which cached tokens will not do: any (`renew`), or the one that was rejected."""

    renew: bool
    rejected: str | None

    def usable(self, token: Token | None, now: float) -> bool:
        if token is None or self.renew or _header(token) == self.rejected:
            return False
        return token.renew_at is None or now < token.renew_at


def _from_profile(profile: OAuth2Profile, context: Context, deadline: float, wish: _Wish) -> Authorization:
    key = (context.key.probe, context.key.region, f"{profile.name}@{context.probe.content_hash[:16]}")
    tokens, monotonic = context.surroundings.tokens, context.clock.monotonic
    if (token := tokens.get(key)) and wish.usable(token, monotonic()):
        return _with(token, context)
    with tokens.lock(key):
        if (token := tokens.get(key)) and wish.usable(token, monotonic()):  # another run has renewed it meanwhile
            return _with(token, context)
        tokens.drop(key)
        began = monotonic()
        fetched = _fetch(profile, context, deadline)
        if isinstance(fetched, Authorization):
            return fetched
        grant, exchanges = fetched
        token = _token(profile, grant, began)
        tokens.put(key, token)
    remark = short_lived(profile, grant.lifetime)
    return replace(_with(token, context), exchanges=exchanges, remarks=() if remark is None else (remark,))


def _fetch(
    profile: OAuth2Profile, context: Context, deadline: float
) -> Authorization | tuple[Granted, tuple[Exchange, ...]]:
    request = token_request(profile, _credentials(profile, context))
    answer = context.fetch_token(request, deadline)
    if answer.response is None:
        return Authorization(failure=_on_the_way(answer.failure), exchanges=answer.exchanges)
    result = granted(profile, answer.response)
    if isinstance(result, Failure):
        return Authorization(failure=result, exchanges=answer.exchanges)
    return result, answer.exchanges


def _credentials(profile: OAuth2Profile, context: Context) -> Credentials:
    credentials = Credentials(
        token_url=target_url(profile.token_url, {}, context.values),
        client_id=plain_text(profile.client_id, context.values),
        client_secret=plain_text(profile.client_secret, context.values),
    )
    context.values.know(Secret("auth.basic", basic_pair(credentials)))
    return credentials


def _token(profile: OAuth2Profile, grant: Granted, began: float) -> Token:
    """A token that lives no longer than it should be renewed before its end is used for half of its life."""
    if grant.lifetime is None:
        return Token(grant.access_token, None)
    early = min(profile.renew_before, grant.lifetime / 2)
    return Token(grant.access_token, began + grant.lifetime, began + grant.lifetime - early)


def _with(token: Token, context: Context) -> Authorization:
    context.values.know(token.access_token)
    return Authorization(_header(token))


def _header(token: Token) -> str:
    return f"Bearer {token.access_token.reveal()}"


def _on_the_way(failure: Failure | None) -> Failure:
    """A transport failure keeps its kind; the message says that it happened to the token request."""
    if failure is None:
        return Failure(FailureKind.AUTH, "the token endpoint did not answer")
    return replace(failure, message=f"fetching a token: {failure.message}")
