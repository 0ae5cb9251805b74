"""The token of a profile: from the cache while it is good, else fetched, by one run however many wait for it."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module

from synthmon.engine.context import Context
from synthmon.engine.oauth import Credentials, Granted, basic_pair, granted, short_lived, token_request
from synthmon.engine.ports import Token
from synthmon.engine.render import target_url
from synthmon.engine.written import pairs, plain_text
from synthmon.events import Events
from synthmon.model.auth import ClientAuthentication, ClientKey, Grant, OAuth2Profile
from synthmon.model.run import Exchange, Failure, FailureKind
from synthmon.model.secret import Secret
from synthmon.model.text import Text
from synthmon.nouns import dataclass

_log = Events()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which cached tokens will not do: any (`renew`), or the one that was rejected."""

    renew: bool
    rejected: Secret | None

    def usable(self, token: Token | None, now: float) -> bool:
        if token is None or self.renew or token.access_token == self.rejected:
            return False
        return token.renew_at is None or now < token.renew_at


@dataclass(frozen=True, slots=True)
class Obtained:
    """A token, or the failure to get one, and the exchanges that this took."""

    token: Secret | None = None
    failure: Failure | None = None
    remarks: tuple[Failure, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


def obtained(profile: OAuth2Profile, context: Context, deadline: float, wish: Wish) -> Obtained:
    """The token to use; raises what rendering the profile raises."""
    key = context.token_key(profile.name)
    tokens, monotonic = context.surroundings.tokens, context.clock.monotonic
    if (token := tokens.get(key)) and wish.usable(token, monotonic()):
        return _known(token, context)
    with tokens.lock(key, deadline - monotonic()) as held:
        if (token := tokens.get(key)) and wish.usable(token, monotonic()):  # another run has renewed it meanwhile
            return _known(token, context)
        if not held:
            return Obtained(failure=_still_fetching(profile))
        tokens.drop(key)
        began = monotonic()
        fetched = _fetch(profile, context, deadline)
        if isinstance(fetched, Obtained):
            return fetched
        grant, exchanges = fetched
        token = _token(profile, grant, began)
        tokens.put(key, token)
    remark = short_lived(profile, grant.lifetime)
    return replace(_known(token, context), exchanges=exchanges, remarks=() if remark is None else (remark,))


def _known(token: Token, context: Context) -> Obtained:
    context.values.know(token.access_token)
    return Obtained(token.access_token)


def _still_fetching(profile: OAuth2Profile) -> Failure:
    message = f"another run was still fetching a token of `{profile.name}` when this step's time was over"
    return Failure(FailureKind.TIMEOUT, message)


def _fetch(
    profile: OAuth2Profile, context: Context, deadline: float
) -> Obtained | tuple[Granted, tuple[Exchange, ...]]:
    """One token request. One that uses a refresh token up is alone with it, whichever probe it belongs to."""
    tokens = context.surroundings.tokens
    with ExitStack() as stack:
        lineage = ""
        if profile.grant is Grant.REFRESH_TOKEN:
            lineage = _lineage(profile, context)
            held = stack.enter_context(
                tokens.lock(("", "", f"refresh/{lineage}"), deadline - context.clock.monotonic())
            )
            if not held:
                return Obtained(failure=_still_fetching(profile))
        request = token_request(profile, _credentials(profile, context, lineage))
        answer = context.fetch_token(request, deadline)
        if answer.response is None:
            return Obtained(failure=_on_the_way(answer.failure), exchanges=answer.exchanges)
        result = granted(profile, answer.response)
        if isinstance(result, Failure):
            return Obtained(failure=result, exchanges=answer.exchanges)
        if lineage and result.refresh_token is not None:
            _keep_successor(profile, context, lineage, result.refresh_token)
        return result, answer.exchanges


def _lineage(profile: OAuth2Profile, context: Context) -> str:
    """Names the chain of refresh tokens that began with the declared one; a new secret begins a new chain."""
    texts = (profile.client_id, profile.refresh_token)
    parts = (str(target_url(profile.token_url, {}, context.values)), *(_plain(text, context) for text in texts))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _keep_successor(profile: OAuth2Profile, context: Context, lineage: str, successor: Secret) -> None:
    tokens = context.surroundings.tokens
    context.values.know(successor)
    before = tokens.successor(lineage)
    tokens.succeed(lineage, successor)
    if before is None and successor.reveal() != _plain(profile.refresh_token, context):
        _log.warning(
            "token.refresh_token_replaced",
            probe=context.key.probe,
            region=context.key.region,
            profile=profile.name,
            text="the server replaces refresh tokens as they are used; the new one is in memory only, and after a "
            "restart the declared one is used again",
        )


def _credentials(profile: OAuth2Profile, context: Context, lineage: str) -> Credentials:
    url = str(target_url(profile.token_url, {}, context.values))
    client_id = plain_text(profile.client_id, context.values)
    successor = context.surroundings.tokens.successor(lineage) if lineage else None
    if successor is not None:
        context.values.know(successor)
    key = profile.client_key
    credentials = Credentials(
        token_url=url,
        client_id=client_id,
        client_secret=_plain(profile.client_secret, context),
        username=_plain(profile.username, context),
        password=_plain(profile.password, context),
        refresh_token=successor.reveal() if successor else _plain(profile.refresh_token, context),
        assertion="" if key is None else _assertion(profile, key, context, client_id, url),
        params=tuple(pairs(profile.params, context.values)),
    )
    if profile.client_authentication is ClientAuthentication.BASIC:
        context.values.know(Secret("auth.basic", basic_pair(credentials)))
    return credentials


def _plain(text: Text | None, context: Context) -> str:
    return "" if text is None else plain_text(text, context.values)


def _assertion(profile: OAuth2Profile, key: ClientKey, context: Context, client_id: str, token_url: str) -> str:
    module = import_module("synthmon.engine.clientjwt")  # only a few profiles need what it imports
    signed: str = module.client_assertion(
        module.Claims(
            client_id=client_id,
            audience=_plain(key.audience, context) or token_url,
            now=context.clock.now(),
            lifetime=key.lifetime,
            jti=context.surroundings.chance.randbytes(16).hex(),
        ),
        module.Signer(_plain(key.key, context), key.algorithm, _plain(key.key_id, context) or None, profile.name),
    )
    context.values.know(Secret("auth.client_assertion", signed))
    return signed


def _token(profile: OAuth2Profile, grant: Granted, began: float) -> Token:
    """A token that lives no longer than it should be renewed before its end is used for half of its life."""
    if grant.lifetime is None:
        return Token(grant.access_token, None)
    early = min(profile.renew_before, grant.lifetime / 2)
    return Token(grant.access_token, began + grant.lifetime, began + grant.lifetime - early)


def _on_the_way(failure: Failure | None) -> Failure:
    """A transport failure keeps its kind; the message says that it happened to the token request."""
    if failure is None:
        return Failure(FailureKind.AUTH, "the token endpoint did not answer")
    return replace(failure, message=f"fetching a token: {failure.message}")
