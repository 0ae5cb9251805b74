"""Profiles of OAuth2: what each grant and each way of showing who the client is needs, and what it has no use for."""

from __future__ import annotations

from collections.abc import Mapping

from synthmon.model.auth import ClientAuthentication, ClientKey, Grant, OAuth2Profile
from synthmon.model.text import Text, Tree
from synthmon.probefile.assembly.credential import credential
from synthmon.probefile.assembly.texts import tree
from synthmon.probefile.assembly.url import check_address
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.auth import OAuth2Part
from synthmon.probefile.node import ListNode, MapNode, Node

RENEW_BEFORE = 60.0
ASSERTION_LIVES = 60.0

_SHORT = {"basic": ClientAuthentication.BASIC, "post": ClientAuthentication.POST}
_OF_GRANT = {
    Grant.CLIENT_CREDENTIALS: (),
    Grant.REFRESH_TOKEN: ("refresh_token",),
    Grant.PASSWORD: ("username", "password"),
}
_OF_CLIENT = {
    ClientAuthentication.BASIC: "client_secret",
    ClientAuthentication.POST: "client_secret",
    ClientAuthentication.PRIVATE_KEY_JWT: "private_key_jwt",
    ClientAuthentication.NONE: None,
}
_EXAMPLES = {
    "client_secret": "${{ secrets.client_secret }}",
    "private_key_jwt": '{key: "${{ secrets.client_key }}"}',
    "refresh_token": "${{ secrets.refresh_token }}",
    "username": "…",
    "password": "${{ secrets.password }}",
}
_WRITTEN_BY_US = {
    "grant_type": "grant",
    "scope": "scopes",
    "client_id": "client_id",
    "client_secret": "client_secret",
    "client_assertion": "private_key_jwt",
    "client_assertion_type": "private_key_jwt",
    "refresh_token": "refresh_token",
    "username": "username",
    "password": "password",
}


def build_oauth2(work: Work, name: str, part: OAuth2Part, node: Node) -> OAuth2Profile:
    """The profile; what is wrong with it is reported."""
    nodes = mapping(node)
    grant, way = Grant(part.grant or "client_credentials"), _client_way(part)
    _check_grant(work, grant, node)
    _check_client(work, grant, way, node)
    token_url = credential(work, nodes.get("token_url"), None, "token_url")
    if "token_url" in nodes:
        advice = "write the whole address, like https://auth.example.com/token"
        check_address(work, nodes["token_url"], token_url, advice)
    return OAuth2Profile(
        name,
        token_url,
        credential(work, nodes.get("client_id"), None, "client_id"),
        _text(work, nodes, "client_secret"),
        tuple(part.scopes or ()),
        way,
        RENEW_BEFORE if part.renew_before is None else part.renew_before,
        bool(part.renew_on_401),
        part.min_lifetime,
        grant,
        _client_key(work, part, mapping(nodes.get("private_key_jwt"))),
        _text(work, nodes, "username"),
        _text(work, nodes, "password"),
        _text(work, nodes, "refresh_token"),
        _params(work, nodes.get("params")),
    )


def _text(work: Work, nodes: Mapping[str, Node], key: str) -> Text | None:
    return credential(work, nodes[key], None, key) if key in nodes else None


def _client_way(part: OAuth2Part) -> ClientAuthentication:
    written = part.client_authentication
    if written is None:
        return ClientAuthentication.PRIVATE_KEY_JWT if part.private_key_jwt else ClientAuthentication.BASIC
    return _SHORT.get(written) or ClientAuthentication(written)


def _check_grant(work: Work, grant: Grant, node: Node) -> None:
    nodes = mapping(node)
    for other, keys in _OF_GRANT.items():
        for key in keys:
            if other is grant and key not in nodes and not node.cut:
                help_ = f"add `{key}: {_EXAMPLES[key]}`"
                work.error("missing-key", f"the grant `{grant}` needs `{key}`", node, help_)
            if other is not grant and key in nodes:
                message = f"`{key}` belongs to the grant `{other}`, and this one is `{grant}`"
                work.error("auth", message, nodes[key], f"write `grant: {other}`, or delete it")


def _check_client(work: Work, grant: Grant, way: ClientAuthentication, node: Node) -> None:
    nodes = mapping(node)
    needed = _OF_CLIENT[way]
    if needed is not None and needed not in nodes and not node.cut:
        help_ = f"add `{needed}: {_EXAMPLES[needed]}`"
        work.error("missing-key", f"the key `{needed}` of `oauth2` is missing", node, help_)
    for key in ("client_secret", "private_key_jwt"):
        if key in nodes and key != needed:
            message = f"the client authentication `{way}` has no use for `{key}`"
            work.error("auth", message, nodes[key], "delete one of the two")
    if way is ClientAuthentication.NONE and grant is Grant.CLIENT_CREDENTIALS:
        message = "the grant `client_credentials` is for clients that show who they are (RFC 6749, section 4.4)"
        work.error("auth", message, nodes["client_authentication"], "choose another, or another `grant`")


def _client_key(work: Work, part: OAuth2Part, nodes: Mapping[str, Node]) -> ClientKey | None:
    key = part.private_key_jwt
    if key is None:
        return None
    return ClientKey(
        credential(work, nodes.get("key"), None, "key", certain=True),
        key.algorithm or "RS256",
        _text(work, nodes, "key_id"),
        _text(work, nodes, "audience"),
        ASSERTION_LIVES if key.lifetime is None else key.lifetime,
    )


def _params(work: Work, node: Node | None) -> dict[str, Tree]:
    for name, child in mapping(node).items():
        if name in _WRITTEN_BY_US:
            message = f"{quoted(name)} is a field that synthmon writes itself"
            work.error("auth", message, child, f"use the key `{_WRITTEN_BY_US[name]}`")
        for leaf in child.elements if isinstance(child, ListNode) else (child,):
            if isinstance(leaf, ListNode | MapNode) or leaf.data is None:
                message = f"{quoted(name)} must be a text, a number, true, false or a list of these"
                work.error("wrong-type", message, leaf)
    return {name: tree(work, child, None, name) for name, child in mapping(node).items()}
