"""How targets are reached, from the models: networks joined by who says more, and TLS with its certificates read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from synthmon.model.network import WARN_BEFORE, Network, Proxy, Tls
from synthmon.model.text import Text
from synthmon.probefile.assembly.literal import is_literal
from synthmon.probefile.assembly.schemas import plain
from synthmon.probefile.assembly.texts import Moment, text
from synthmon.probefile.assembly.within import NotWithin, text_within
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.format.network import NONE, NetworkPart, ProxyPart, TlsPart
from synthmon.probefile.node import Node, ScalarNode

LARGEST_PEM = 256 * 1024  # bytes
_BEGIN = "-----BEGIN "
_KEPT = "keep certificates in a folder of it, such as `certificates/`"
_FROM_SECRETS = "list it under `secrets:` and write ${{ secrets.… }}"

Texts = Callable[[str, ScalarNode], Text]
"""How a text of a key is read where it stands: with the expressions that may be used there."""


def build_network(part: NetworkPart | None, node: Node | None, texts: Texts) -> Network:
    """What a `network` mapping says; `texts` reads the credentials of a proxy."""
    if part is None:
        return Network()
    return Network(
        proxy=_proxy(part.proxy, mapping(node).get("proxy"), texts),
        ip_version=part.ip_version,
        hosts={name: tuple(_listed(found)) for name, found in (part.hosts or {}).items()},
        resolver=tuple(_listed(part.resolver)),
    )


def _listed(written: str | list[str] | None) -> list[str]:
    if written is None:
        return []
    return [written] if isinstance(written, str) else list(written)


def _proxy(part: str | ProxyPart | None, node: Node | None, texts: Texts) -> Proxy | bool | None:
    if part is None:
        return None
    if isinstance(part, str):
        return False if part == NONE else Proxy(part)
    if part.url == NONE:
        return False
    nodes = mapping(node)
    found = {
        name: texts(name, place)
        for name in ("username", "password")
        if isinstance(place := nodes.get(name), ScalarNode)
    }
    return Proxy(part.url, found.get("username"), found.get("password"))


def trusted(network: Network) -> Network:
    """The same as the operator's: declared in `synthmon.yaml`."""
    return replace(network, proxy=replace(network.proxy, trusted=True)) if isinstance(network.proxy, Proxy) else network


# TLS


def build_tls(
    work: Work, part: str | TlsPart | None, node: Node | None, moment: Moment, *, shared: bool = False
) -> Tls | None:
    """How a step speaks TLS, or, `shared`, every step that says nothing else; what is wrong is reported."""
    if part is None or isinstance(part, str) or node is None:
        return None
    nodes = mapping(node)
    _check_reason(work, part, nodes, node, shared=shared)
    pair = [name for name in ("client_certificate", "client_key") if name in nodes]
    if len(pair) == 1 and not node.cut:
        other = "client_key" if pair == ["client_certificate"] else "client_certificate"
        work.error("tls", f"`{pair[0]}` needs its `{other}`", nodes[pair[0]], f"add `{other}: ${{{{ secrets.… }}}}`")
    return Tls(
        unverified=(part.reason or "no reason given") if part.verify is False else None,
        authorities=_pem(work, nodes.get("ca"), moment, "ca"),
        certificate=_pem(work, nodes.get("client_certificate"), moment, "client_certificate"),
        key=_key(work, nodes.get("client_key"), moment),
        min_version=part.min_version,
        server_name=part.server_name,
        warn_before=WARN_BEFORE if part.warn_before is None else part.warn_before,
    )


def _check_reason(work: Work, part: TlsPart, nodes: Mapping[str, Node], node: Node, *, shared: bool) -> None:
    if part.verify is False and shared:
        message = "what is not verified is said in the step that it is for, not for all of them"
        work.error("tls", message, nodes["verify"], "move `verify` and its `reason` there")
    elif part.verify is False and part.reason is None and not node.cut:
        message = "`verify: false` lets anybody on the way answer in the target's name, so it needs a `reason`"
        work.error("tls", message, nodes["verify"], "add `reason: …`; it stands in every report")
    elif part.verify is not False and part.reason is not None:
        work.error("tls", "`reason` is for `verify: false`", nodes["reason"], "delete it")
    elif part.verify is False and part.ca is not None:
        work.error("tls", "`ca` has no effect without verifying", nodes["ca"], "delete `verify: false`, or `ca`")


def _pem(work: Work, node: Node | None, moment: Moment, key: str) -> Text | None:
    """PEM text as written or by an expression, or the content of a file below the probes folder."""
    if not isinstance(node, ScalarNode):
        return None
    value = text(work, node, moment)
    if not isinstance(value, str):
        return value
    if _BEGIN in value:
        return _public(work, node, value, key)
    try:
        found = text_within(work.shelf.folder, value, LARGEST_PEM, _KEPT)
    except NotWithin as error:
        work.error("file", error.message, node, error.help)
        return None
    work.names.files[value] = work.shelf.texts[plain(value)] = found
    return _public(work, node, found, key)


def _public(work: Work, node: Node, pem: str, key: str) -> str | None:
    if "PRIVATE KEY-----" in pem:
        work.hide(node)
        message = "a private key lies among the files of probes, which everybody who sees probes can read"
        work.error("literal-secret", message, node, "put it into `client_key: ${{ secrets.… }}`")
        return None
    if "-----BEGIN CERTIFICATE-----" not in pem:
        message = f"`{key}` holds no certificate: PEM text begins with -----BEGIN CERTIFICATE-----"
        work.error("tls", message, node, "export it as PEM (Base64)")
        return None
    return pem


def _key(work: Work, node: Node | None, moment: Moment) -> Text | None:
    if not isinstance(node, ScalarNode):
        return None
    value = text(work, node, moment)
    if is_literal(value):
        work.hide(node)
        work.error("literal-secret", "a literal under `client_key` is a secret in a file", node, _FROM_SECRETS)
    return value
