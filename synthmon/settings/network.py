"""How targets are reached from a region, and whom probes may reach: the parts of `synthmon.yaml` that say so."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from synthmon.language.expression import ExpressionProblem, compile_expression
from synthmon.language.secretkey import is_secret_key
from synthmon.language.template import parse_text
from synthmon.model.network import Network
from synthmon.model.reach import Allowance, Reach
from synthmon.model.secret import Secret
from synthmon.model.text import Template, Text
from synthmon.probefile.assembly.network import build_network, trusted
from synthmon.probefile.assembly.place import place_of
from synthmon.probefile.findings import Findings
from synthmon.probefile.format.network import NetworkPart
from synthmon.probefile.node import Node, ScalarNode
from synthmon.settings.format import AllowancePart, ReachPart, parse_destination
from synthmon.settings.values import AgentSettings, WebSettings

_DATABASE = {"postgresql": 5432, "postgres": 5432}
_BROKER = {"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671}
_CENTRE = {"http": 80, "https": 443}


def region_network(part: NetworkPart | None, node: Node | None, findings: Findings | None) -> Network:
    """The network of a region; what it says of a proxy holds for every probe, so only secrets stand in it."""

    def texts(key: str, place: ScalarNode) -> Text:
        return _secrets_only(key, place, findings) if findings is not None else ""

    return trusted(build_network(part, node, texts))


def _secrets_only(key: str, node: ScalarNode, findings: Findings) -> Text:
    document, raw = findings.document, str(node.data)
    try:
        text = parse_text(raw, document.source(node))
    except ExpressionProblem as problem:
        findings.error("expression", problem.message, place_of(document, node, problem.offset), problem.hint)
        return ""
    for expression in text.expressions if isinstance(text, Template) else ():
        for reference in compile_expression(expression.text).references:
            if reference.root != "secrets":
                message = f"a region has no `{reference.root}`: only secrets can be used here"
                findings.error("expression", message, node, "write ${{ secrets.… }}")
    if isinstance(text, str) and raw and is_secret_key(key):
        document.hidden.append((node.start.index, node.end.index))
        message = f"a literal under `{key}` is a secret in a file"
        findings.error("literal-secret", message, node, "write ${{ secrets.… }} and provide the secret")
    return text


def build_reach(part: ReachPart | None, own: tuple[tuple[str, int], ...]) -> Reach:
    """What the file says; `own` are the hosts and ports of synthmon itself."""
    if part is None:
        return Reach(own=own)
    return Reach(tuple(map(_allowance, part.allow or ())), tuple(part.imported or ()), own)


def _allowance(part: AllowancePart) -> Allowance:
    host, port = parse_destination(part.to)
    try:
        return Allowance(part.to, part.reason, addresses=ipaddress.ip_network(host), port=port)
    except ValueError:
        return Allowance(part.to, part.reason, host=host, port=port)


def own_places(
    web: WebSettings, database: str, broker: Secret | None, agent: AgentSettings
) -> tuple[tuple[str, int], ...]:
    """Where synthmon itself, its database, its broker and its centre listen, as far as settings say so."""
    urls: list[tuple[str | None, Mapping[str, int]]] = [
        (database, _DATABASE),
        (None if broker is None else broker.reveal(), _BROKER),
        (agent.centre_url, _CENTRE),
    ]
    found = [(web.host, web.port)]
    if web.public is not None and web.public.address is not None:
        found.append(web.public.address)
    for url, ports in urls:
        if url is not None and (place := _place(url, ports)) is not None:
            found.append(place)
    return tuple(dict.fromkeys(found))


def _place(url: str, ports: Mapping[str, int]) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or ports.get(parts.scheme.partition("+")[0])
    except ValueError:
        return None  # reported elsewhere
    return (parts.hostname.lower(), port) if parts.hostname and port else None
