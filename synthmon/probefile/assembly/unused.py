"""What a probe declares and nothing uses: often a slip of the pen, told of only where no error explains it."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model.answer import RELEASE
from synthmon.probefile.assembly.work import Work, key_of, mapping
from synthmon.probefile.node import ListNode, MapNode, Node


def check_unused(work: Work) -> None:
    """Warn of secrets, captures, variables and profiles that nothing uses. Call it once everything else was read."""
    if work.findings.failed:
        return
    names = work.names
    for element in _elements(work.node("secrets")):
        _check(work, str(element.data), names.used_secrets, element, "the secret `{}` is not used", "unused-secret")
    for section in ("steps", "cleanup"):
        for index in range(len(_elements(work.node(section)))):
            for name, key in _keys(work.node(section, index, "capture")):
                _check(
                    work, name, names.used_captures | {RELEASE}, key, "nothing uses the capture `{}`", "unused-capture"
                )
    regions = mapping(work.node("regions")).values()
    for declared in (work.node("vars"), *(mapping(region).get("vars") for region in regions)):
        for name, key in _keys(declared):
            _check(work, name, names.used_variables, key, "nothing uses the variable `{}`", "unused-variable")
    for name, key in _keys(work.node("auth")):
        _check(work, name, names.used_profiles, key, "no step asks as the profile `{}`", "unused-profile")


def _check(work: Work, name: str, used: set[str], place: Node, message: str, code: str) -> None:
    if name not in used and not work.names.may_be(name):
        work.warning(code, message.format(name), place, "delete it")


def _elements(node: Node | None) -> list[Node]:
    return node.elements if isinstance(node, ListNode) else []


def _keys(node: Node | None) -> Iterator[tuple[str, Node]]:
    """The names that a mapping declares, each with its key."""
    for name in node.keys if isinstance(node, MapNode) else ():
        key = key_of(node, name)
        if key is not None:
            yield name, key
