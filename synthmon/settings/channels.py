"""The channels of an installation: one kind each, its options held against the model of that kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from synthmon.alerting.registry import CHANNEL_OPTIONS
from synthmon.language.duration import parse_duration
from synthmon.language.expression import ExpressionProblem, compile_expression
from synthmon.language.secretkey import is_secret_key
from synthmon.language.suggest import did_you_mean
from synthmon.language.template import parse_text
from synthmon.model.text import Template
from synthmon.probefile.assembly.place import place_of
from synthmon.probefile.check import check
from synthmon.probefile.document import Document
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.findings import Findings
from synthmon.probefile.format.base import shape_of
from synthmon.probefile.node import ListNode, MapNode, Node, ScalarNode
from synthmon.settings.values import ChannelSettings

if TYPE_CHECKING:
    from pydantic import BaseModel

BACKUP, CANARY = "backup", "canary"
DAILY, OFTENEST = timedelta(days=1), timedelta(minutes=15)
# Who knows one of these can write in our name, though their names do not say so.
_CREDENTIALS = frozenset({"routing_key", "webhook_secret", "webhook_url"})


def build_channels(
    parts: Mapping[str, Mapping[str, Any]], node: Node | None, findings: Findings | None
) -> dict[str, ChannelSettings]:
    """The channels whose declaration is right; what is wrong with the others is reported."""
    built = {}
    for name in parts:
        place = node.child(name) if node else None
        if isinstance(place, MapNode) and findings is not None and (channel := _channel(name, place, findings)):
            built[name] = channel
    return built


def _channel(name: str, node: MapNode, findings: Findings) -> ChannelSettings | None:
    kind = _kind(name, node, findings)
    backup = _backup(name, node, findings)
    canary = _canary(node, findings)
    if kind is None:
        return None
    options = _options(kind, node.children[kind], findings)
    return ChannelSettings(name, kind, options, backup, canary) if options is not None else None


def _kind(name: str, node: MapNode, findings: Findings) -> str | None:
    """The one key that says what kind of channel this is."""
    kinds = [key for key in node.keys if key not in {BACKUP, CANARY}]
    known = ", ".join(sorted(CHANNEL_OPTIONS))
    for kind in kinds:
        if kind not in CHANNEL_OPTIONS:
            better = did_you_mean(kind, CHANNEL_OPTIONS)
            help_ = f"did you mean `{better}`?" if better else f"there are {known}"
            findings.error(
                "unknown-channel-kind", f"there is no kind of channel {quoted(kind)}", node.keys[kind], help_
            )
    if len(kinds) > 1:
        message = f"a channel has one kind, and {quoted(name)} has {' and '.join(map(quoted, kinds))}"
        findings.error("channel", message, node.keys[kinds[1]], "make it two channels")
    if not kinds:
        findings.error("channel", f"the channel {quoted(name)} has no kind", node, f"name one of {known}")
    return kinds[0] if len(kinds) == 1 and kinds[0] in CHANNEL_OPTIONS else None


def _backup(name: str, node: MapNode, findings: Findings) -> str | None:
    place = node.children.get(BACKUP)
    if place is None:
        return None
    if not isinstance(place.data, str):
        findings.error("wrong-type", "`backup` must be the name of a channel", place)
        return None
    if place.data == name:
        findings.error("channel", "a channel cannot be its own backup", place, "name another one")
    return place.data


def _canary(node: MapNode, findings: Findings) -> timedelta | None:
    place = node.children.get(CANARY)
    if place is None:
        return None
    if place.data == "daily":
        return DAILY
    try:
        every = timedelta(seconds=parse_duration(place.data))
    except ValueError:
        every = timedelta(0)
    if not OFTENEST <= every <= DAILY:
        message = "`canary` is `daily`, or a duration from 15m to 24h"
        findings.error("channel", message, place, "write `canary: daily`, `canary: 1h`, or delete the key")
        return None
    return every


def _options(kind: str, node: Node, findings: Findings) -> BaseModel | None:
    if isinstance(node, ScalarNode) and node.data is None:
        node = _emptied(node)
    if not isinstance(node, MapNode):
        word = shape_of(node.data).strip("‹›")
        message = f"the options of {quoted(kind)} are a mapping, not a {word}"
        findings.error("wrong-type", message, node, f"write `{kind}: {{}}` for none")
        return None
    check_texts(node, findings)
    whole = findings.document
    part = Document(whole.path, whole.text, node, whole.hidden)
    return check(part, CHANNEL_OPTIONS[kind], findings, {}).part


def _emptied(node: Node) -> MapNode:
    """`console:` with nothing after it means no options."""
    return MapNode(node.start)


def check_texts(node: MapNode, findings: Findings) -> None:
    """Channels know secrets only, by name; a literal where a credential belongs is refused and not shown."""
    for key, child in node.children.items():
        for leaf in _texts(child):
            _check_text(key, leaf, findings)
    for child in node.children.values():
        if isinstance(child, MapNode):
            check_texts(child, findings)


def _texts(node: Node) -> list[ScalarNode]:
    if isinstance(node, ListNode):
        return [leaf for element in node.elements for leaf in _texts(element)]
    return [node] if isinstance(node, ScalarNode) and isinstance(node.data, str) else []


def _check_text(key: str, node: ScalarNode, findings: Findings) -> None:
    document, raw = findings.document, node.data
    try:
        text = parse_text(raw, document.source(node))
    except ExpressionProblem as problem:
        findings.error("expression", problem.message, place_of(document, node, problem.offset), problem.hint)
        return
    for expression in text.expressions if isinstance(text, Template) else ():
        for reference in compile_expression(expression.text).references:
            if reference.root != "secrets":
                message = f"a channel has no `{reference.root}`: only secrets can be used here"
                findings.error("expression", message, node, "write ${{ secrets.… }}")
    if isinstance(text, str) and raw and (is_secret_key(key) or key in _CREDENTIALS):
        document.hidden.append((node.start.index, node.end.index))
        message = f"a literal under {quoted(key)} is a secret in a file"
        findings.error("literal-secret", message, node, "write ${{ secrets.… }} and provide the secret")


def refuse_expressions(findings: Findings, node: Node | None) -> None:
    """Report every expression and literal secret below the node: what the installation declares is fixed."""
    waiting = [("", node)] if node is not None else []
    while waiting:
        key, place = waiting.pop()
        if isinstance(place, MapNode):
            waiting.extend(place.children.items())
        elif isinstance(place, ListNode):
            waiting.extend((key, element) for element in place.elements)
        elif isinstance(place, ScalarNode) and isinstance(place.data, str):
            _check_fixed(key, place, findings)


def _check_fixed(key: str, node: ScalarNode, findings: Findings) -> None:
    if "${{" in node.data:
        message = "no expression can stand here: a region's variables are fixed"
        findings.error("expression", message, node, "write the value, or put the expression into the probe")
    elif node.data and is_secret_key(key):
        findings.document.hidden.append((node.start.index, node.end.index))
        message = f"a literal under {quoted(key)} is a secret in a file"
        findings.error("literal-secret", message, node, "rename it under `secrets:` of the region instead")
