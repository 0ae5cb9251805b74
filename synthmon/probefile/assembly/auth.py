"""As whom a step asks, and the ways to authenticate that steps share."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from synthmon.model.journey import (
    Auth,
    BasicAuth,
    BearerAuth,
    ClientAuthentication,
    OAuth2Profile,
    ProfileAuth,
    Text,
)
from synthmon.probefile.assembly.literal import check_literal
from synthmon.probefile.assembly.texts import Moment, text
from synthmon.probefile.assembly.url import check_address
from synthmon.probefile.assembly.work import Work, mapping, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.request import AuthPart, OAuth2Part, ProfilePart
from synthmon.probefile.node import Node, ScalarNode

NONE = "none"
RENEW_BEFORE = 60.0
_NEEDED = "one of `bearer`, `basic` and `use` is needed"
_CLIENT = {"basic": ClientAuthentication.BASIC, "post": ClientAuthentication.POST}


def build_auth(work: Work, part: str | AuthPart, node: Node, profiles: Collection[str], moment: Moment) -> Auth | None:
    """As whom the step asks; None for nobody, and where it is wrong."""
    if isinstance(part, str):
        return None if part == NONE else _profile(work, part, node, profiles)
    named = [name for name in ("bearer", "basic", "use") if getattr(part, name) is not None]
    nodes = mapping(node)
    if len(named) != 1:
        if not node.cut:
            has = f"this has {' and '.join(f'`{name}`' for name in named)}" if named else "this says nothing"
            work.error("auth", f"{_NEEDED}; {has}", node)
        return None
    if part.renew is not None and part.use is None:
        work.error("auth", "only the token of a profile can be renewed", nodes["renew"], "delete it")
    if part.use is not None:
        return _profile(work, part.use, nodes["use"], profiles, renew=bool(part.renew))
    if part.bearer is not None:
        return BearerAuth(_text(work, nodes["bearer"], moment, "bearer"))
    basic = mapping(nodes["basic"])
    username, password = (_text(work, basic[key], moment, key) for key in ("username", "password"))
    return BasicAuth(username, password)


def _profile(
    work: Work, name: str, node: Node, profiles: Collection[str], *, renew: bool = False
) -> ProfileAuth | None:
    if name in profiles:
        return ProfileAuth(name, renew)
    if name not in work.names.suspects:
        help_ = nearest(name, profiles, "define it under `auth:`, or write `auth: none`")
        work.error("unknown-profile", f"there is no auth profile `{name}`", node, help_)
    return None


def _text(work: Work, node: Node, moment: Moment, key: str) -> Text:
    if not isinstance(node, ScalarNode):
        return ""
    value = text(work, node, moment)
    check_literal(work, key, value, node)
    return value


def build_profiles(work: Work, parts: Mapping[str, ProfilePart], node: Node | None) -> dict[str, OAuth2Profile]:
    """The profiles of a probe by their names."""
    built = {}
    for name, part in parts.items():
        place = mapping(node).get(name)
        if name == NONE and place is not None:
            work.error("auth", "`none` switches `auth` off and cannot be the name of a profile", place, "rename it")
        if place is not None:
            built[name] = _oauth2(work, name, part.oauth2, mapping(mapping(place).get("oauth2")))
    return built


def _oauth2(work: Work, name: str, part: OAuth2Part, nodes: Mapping[str, Node]) -> OAuth2Profile:
    keys = ("token_url", "client_id", "client_secret")
    token_url, client_id, client_secret = (_text(work, nodes[key], None, key) for key in keys)
    check_address(work, nodes["token_url"], token_url, "write the whole address, like https://auth.example.com/token")
    return OAuth2Profile(
        name,
        token_url,
        client_id,
        client_secret,
        tuple(part.scopes or ()),
        _CLIENT[part.client_authentication or "basic"],
        RENEW_BEFORE if part.renew_before is None else part.renew_before,
        bool(part.renew_on_401),
        part.min_lifetime,
    )


def check_header(work: Work, node: Node, auth: Auth | None, headers: Mapping[str, Text]) -> None:
    """A step says once as whom it asks."""
    name = next((name for name in headers if name.lower() == "authorization"), None)
    if auth is not None and name is not None:
        message = f"`auth` and a header {quoted(name)} say different things"
        work.error("auth", message, node, "delete one of the two, or write `auth: none`")
