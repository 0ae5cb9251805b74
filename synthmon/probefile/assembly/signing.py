"""Signatures over requests: what is signed, with what, and where the signature goes."""

from __future__ import annotations

from collections.abc import Mapping

from synthmon.model.auth import Auth, AwsAuth, HmacAuth
from synthmon.model.text import Text
from synthmon.probefile.assembly.credential import credential
from synthmon.probefile.assembly.texts import Moment, Signed, Signing, references
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.node import Node, ScalarNode


def build_hmac(work: Work, node: Node, moment: Moment) -> Auth:
    """A signature with a shared key; what is wrong with it is reported."""
    nodes = mapping(node)
    to_sign = credential(work, nodes.get("string_to_sign"), Signing(moment or ()), "string_to_sign")
    headers, query = (_added(work, nodes.get(key), Signed(moment or ())) for key in ("headers", "query"))
    if "string_to_sign" in nodes and not _mentions(to_sign):
        message = "this signs nothing of the request, so the signature is the same for all of them"
        work.error(
            "auth", message, nodes["string_to_sign"], "make it from ${{ request.timestamp }}, ${{ request.path }}, …"
        )
    if _ends(to_sign, "\n"):
        message = "the text ends with a line break, which is signed as well"
        work.warning(
            "signed-line-break", message, nodes["string_to_sign"], "write `|-` in place of `|`, unless it should be"
        )
    if not node.cut and not any(_mentions(text, "signature") for text in (*headers.values(), *query.values())):
        message = "the signature is put nowhere"
        work.error("auth", message, node, 'add `headers: {X-Signature: "${{ request.signature }}"}`')
    return HmacAuth(
        credential(work, nodes.get("key"), moment, "key", certain=True),
        to_sign,
        headers,
        query,
        _word(nodes, "algorithm", "sha256"),
        _word(nodes, "key_encoding", "text"),
        _word(nodes, "encoding", "hex"),
    )


def _added(work: Work, node: Node | None, moment: Moment) -> dict[str, Text]:
    return {name: credential(work, child, moment, name) for name, child in mapping(node).items()}


def _ends(text: Text, end: str) -> bool:
    last = text if isinstance(text, str) else text.parts[-1]
    return isinstance(last, str) and last.endswith(end)


def _mentions(text: Text, name: str | None = None) -> bool:
    """Whether it refers to the request, or to that of it."""
    found = (one.path[0] for one in references(text) if one.root == "request")
    return any(name is None or one == name for one in found)


def _word(nodes: Mapping[str, Node], key: str, otherwise: str) -> str:
    node = nodes.get(key)
    return str(node.data) if isinstance(node, ScalarNode) else otherwise


def check_redirects(work: Work, node: Node, auth: Auth | None, redirects: int) -> None:
    """A signature is over one address: what a redirect leads to is asked with the old one."""
    if redirects and isinstance(auth, HmacAuth | AwsAuth):
        message = "a redirect that is followed is not signed anew, and its target will refuse the signature"
        work.warning("signed-redirect", message, node, "ask for the right address, and delete `redirects`")


def build_aws(work: Work, node: Node, moment: Moment) -> Auth:
    """AWS Signature Version 4."""
    nodes = mapping(node)
    keys = ("access_key_id", "secret_access_key", "region", "service")
    key_id, secret, region, service = (credential(work, nodes.get(key), moment, key) for key in keys)
    session = credential(work, nodes["session_token"], moment, "session_token") if "session_token" in nodes else None
    return AwsAuth(key_id, secret, region, service, session)
