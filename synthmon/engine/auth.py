"""How a request shows who it is: the credentials of each way to authenticate, put onto the rendered request."""

from __future__ import annotations

import base64
from importlib import import_module
from typing import TYPE_CHECKING, assert_never

from synthmon.engine.context import Context
from synthmon.engine.render import header_text
from synthmon.engine.stamp import Borne, Stamp, bear, bearing
from synthmon.engine.written import line, plain_text
from synthmon.errors import TemplateError
from synthmon.language.once import once
from synthmon.language.template import Place, place_of
from synthmon.model.auth import ApiKeyAuth, Auth, AwsAuth, BasicAuth, BearerAuth, HmacAuth, KeyPlace, ProfileAuth
from synthmon.model.run import Exchange, Failure
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.patterns import regular

if TYPE_CHECKING:
    import httpx

_UNFIT_FOR_COOKIE = regular(r'[\s",;\\\x00-\x1f\x7f]')  # RFC 6265, section 4.1.1


@dataclass(frozen=True, slots=True)
class Permit:
    """What became of authorising a request. `token`: the one that it carries; `remarks` degrade the step."""

    failure: Failure | None = None
    remarks: tuple[Failure, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    token: Secret | None = None


NO_PERMIT = Permit()
"""Nothing to say: either nobody was asked, or all went well."""


def authorize(
    auth: Auth | None, request: httpx.Request, context: Context, deadline: float, *, rejected: Secret | None = None
) -> Permit:
    """Put credentials onto the request; a profile's token comes from the cache, or from an exchange by `deadline`.

    `rejected` is a token that the target did not take: if it is still the cached one, it is thrown away. Raises what
    rendering raises.
    """
    match auth:
        case None:
            return NO_PERMIT
        case BearerAuth():
            show_bearer(auth, token_at(auth), request, context)
        case BasicAuth():
            Stamp((("Authorization", _basic(auth, context)),)).onto(request)
        case ApiKeyAuth():
            _api_key(auth, context).onto(request)
        case HmacAuth():
            from synthmon.engine.hmacsign import sign  # here, because few probes sign

            sign(auth, request, context)
        case AwsAuth():
            _aws(auth, request, context)
        case ProfileAuth(profile, renew):
            return _with_token(request, context, profile, deadline, (renew, rejected))
        case _:
            assert_never(auth)
    return NO_PERMIT


def show_bearer(auth: BearerAuth, place: Place | None, request: httpx.Request, context: Context) -> None:
    """Put a bearer token onto the request; `place` is what `token_at` says."""
    values, borne = context.values, context.borne
    token = None if place is None or place[0] != "captures" else values.captures.get(place[1])
    if token is not None and token is borne.token:  # as it is from step to step
        bear(request, borne.shown)
        return
    plain = token.reveal() if type(token) is Secret else token
    if type(plain) is str and plain.isascii() and plain.isprintable():  # as most tokens are
        value = plain
    else:
        value = line(auth.token, "the value for the header `Authorization`", values)
    if token is not None or value != borne.value:
        values.know(Secret("auth.bearer", value))
        context.borne = borne = Borne(token, value, bearing(value))
    bear(request, borne.shown)


def _named(auth: BearerAuth) -> Place | None:
    return place_of(auth.token)


token_at = once(_named)
"""Where a bearer token is found by a name alone, if it is."""


def _basic(auth: BasicAuth, context: Context) -> str:
    """HTTP Basic (RFC 7617), in UTF-8."""
    user, password = (plain_text(text, context.values) for text in (auth.username, auth.password))
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    context.values.know(Secret("auth.basic", encoded))
    return f"Basic {encoded}"


def _api_key(auth: ApiKeyAuth, context: Context) -> Stamp:
    value = header_text(auth.name, auth.value, context.values)
    context.values.know(Secret("auth.api_key", value))
    match auth.place:
        case KeyPlace.HEADER:
            return Stamp(headers=((auth.name, value),))
        case KeyPlace.QUERY:
            return Stamp(query=((auth.name, value),))
        case KeyPlace.COOKIE:
            if _UNFIT_FOR_COOKIE.search(value):
                raise TemplateError(
                    f"the value for the cookie `{auth.name}` has a sign that no cookie may carry",
                    captured=context.values.uses_capture(auth.value),
                    hint="encode it, for example with urlencode(…)",
                )
            return Stamp(cookies=((auth.name, value),))
    assert_never(auth.place)


def _aws(auth: AwsAuth, request: httpx.Request, context: Context) -> None:
    try:
        module = import_module("synthmon.engine.awssign")  # an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "botocore":
            raise
        message = "signing for AWS needs a library that is not installed"
        raise TemplateError(message, hint="pip install 'synthmon[aws]'") from None
    keys = (auth.access_key_id, auth.secret_access_key, auth.session_token or "")
    texts = (plain_text(text, context.values) for text in (*keys, auth.region, auth.service))
    for name, value in module.signature(request, module.Signer(*texts), context.clock.now()):
        if name == "Authorization":
            context.values.know(Secret("auth.aws", value))
        Stamp(headers=((name, value),)).onto(request)


def _with_token(
    request: httpx.Request, context: Context, profile: str, deadline: float, wish: tuple[bool, Secret | None]
) -> Permit:
    from synthmon.engine.tokenuse import Wish, obtained  # here, because few probes have profiles

    got = obtained(context.probe.journey.auth[profile], context, deadline, Wish(*wish))
    if got.token is not None:
        bear(request, bearing(got.token.reveal()))
    return Permit(got.failure, got.remarks, got.exchanges, got.token)
