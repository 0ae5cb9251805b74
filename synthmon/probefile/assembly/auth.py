"""As whom a step asks, and the ways to authenticate that steps share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from synthmon.model.auth import (
    ApiKeyAuth,
    Auth,
    AwsAuth,
    BasicAuth,
    BearerAuth,
    HmacAuth,
    KeyPlace,
    OAuth2Profile,
    ProfileAuth,
)
from synthmon.model.text import Text
from synthmon.probefile.assembly.credential import credential
from synthmon.probefile.assembly.oauth import build_oauth2
from synthmon.probefile.assembly.signing import build_aws, build_hmac
from synthmon.probefile.assembly.texts import Moment
from synthmon.probefile.assembly.work import Work, mapping, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.auth import AuthPart, ProfilePart, WaysPart
from synthmon.probefile.node import Node, ScalarNode

NONE = "none"

Profiles: TypeAlias = Mapping[str, OAuth2Profile | Auth | None]
"""What a profile stands for by its name; None for one that is wrong."""


def build_auth(work: Work, part: str | AuthPart, node: Node, profiles: Profiles, moment: Moment) -> Auth | None:
    """As whom the step asks; None for nobody, and where it is wrong."""
    if isinstance(part, str):
        return None if part == NONE else _profile(work, part, node, profiles, None)
    way = _only(work, part, node, ("use",))
    nodes = mapping(node)
    if way is None:
        return None
    if part.renew is not None and way != "use":
        work.error("auth", "only the token of a profile can be renewed", nodes["renew"], "delete it")
    if way == "use":
        return _profile(work, part.use or "", nodes["use"], profiles, nodes.get("renew") if part.renew else None)
    return _WAYS[way](work, nodes[way], moment)


def _only(work: Work, part: WaysPart, node: Node, further: Iterable[str]) -> str | None:
    """The one key that says how; None where there is another number of them."""
    known = (*_WAYS, *further)
    named = [name for name in known if getattr(part, name) is not None]
    if len(named) == 1:
        return named[0]
    if not node.cut:
        has = f"this has {' and '.join(f'`{name}`' for name in named)}" if named else "this says nothing"
        listed = ", ".join(f"`{name}`" for name in known[:-1])
        work.error("auth", f"one of {listed} and `{known[-1]}` is needed; {has}", node)
    return None


def _profile(work: Work, name: str, node: Node, profiles: Profiles, renew: Node | None) -> Auth | None:
    """What the profile stands for; `renew` is where a step asks for a new token."""
    work.names.used_profiles.add(name)
    if name not in profiles:
        if name not in work.names.suspects:
            help_ = nearest(name, profiles, "define it under `auth:`, or write `auth: none`")
            work.error("unknown-profile", f"there is no auth profile `{name}`", node, help_)
        return None
    profile = profiles[name]
    if isinstance(profile, OAuth2Profile):
        return ProfileAuth(name, renew is not None)
    if renew is not None and profile is not None:
        work.error("auth", f"the profile `{name}` has no token that could be renewed", renew, "delete it")
    return profile


def build_profiles(work: Work, parts: Mapping[str, ProfilePart], node: Node | None) -> Profiles:
    """The profiles of a probe by their names."""
    built: dict[str, OAuth2Profile | Auth | None] = {}
    for name, part in parts.items():
        place = mapping(node).get(name)
        if place is None:
            continue
        if name == NONE:
            work.error("auth", "`none` switches `auth` off and cannot be the name of a profile", place, "rename it")
        way = _only(work, part, place, ("oauth2",))
        if way is None:
            built[name] = None
        elif part.oauth2 is not None:
            built[name] = build_oauth2(work, name, part.oauth2, mapping(place)["oauth2"])
        else:
            built[name] = _WAYS[way](work, mapping(place)[way], None)
    return built


def tokens_of(profiles: Profiles) -> dict[str, OAuth2Profile]:
    """Those that a token is fetched for."""
    return {name: profile for name, profile in profiles.items() if isinstance(profile, OAuth2Profile)}


# The ways that need no token endpoint


def _bearer(work: Work, node: Node, moment: Moment) -> Auth:
    token = credential(work, node, moment, "bearer")
    first = token if isinstance(token, str) else token.parts[0]
    if isinstance(first, str) and first.lower().startswith(("bearer ", "token ")):
        message = f"`{first.split()[0]}` would be sent twice: `bearer` writes `Bearer ` in front by itself"
        work.error("auth", message, node, "write the token alone")
    return BearerAuth(token)


def _basic(work: Work, node: Node, moment: Moment) -> Auth:
    nodes = mapping(node)
    return BasicAuth(*(credential(work, nodes.get(key), moment, key) for key in ("username", "password")))


def _api_key(work: Work, node: Node, moment: Moment) -> Auth | None:
    nodes = mapping(node)
    value = credential(work, nodes.get("value"), moment, "api_key")
    places = [place for place in KeyPlace if place in nodes]
    if len(places) != 1:
        if not node.cut:
            has = " and ".join(f"`{place}`" for place in places) or "none"
            work.error("auth", f"an API key stands in one of `header`, `query` and `cookie`; this has {has}", node)
        return None
    named = nodes[places[0]]
    return ApiKeyAuth(places[0], str(named.data) if isinstance(named, ScalarNode) else "", value)


_WAYS: Mapping[str, Callable[[Work, Node, Moment], Auth | None]] = {
    "bearer": _bearer,
    "basic": _basic,
    "api_key": _api_key,
    "hmac": build_hmac,
    "aws": build_aws,
}


def check_header(work: Work, node: Node, auth: Auth | None, headers: Mapping[str, Text]) -> None:
    """A step says once as whom it asks."""
    taken = {name.lower() for name in _headers_of(auth)}
    name = next((name for name in headers if name.lower() in taken), None)
    if name is not None:
        message = f"`auth` and a header {quoted(name)} say different things"
        work.error("auth", message, node, "delete one of the two, or write `auth: none`")


def _headers_of(auth: Auth | None) -> Iterable[str]:
    """The headers that authentication writes."""
    match auth:
        case None:
            return ()
        case ApiKeyAuth(place, name):
            return (name,) if place is KeyPlace.HEADER else ()
        case HmacAuth(headers=headers):
            return headers
        case AwsAuth():
            return ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")
    return ("Authorization",)
