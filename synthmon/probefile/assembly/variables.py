"""Variables and regions: which values there are where, and that none of them needs itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthmon.model.probe import ProbeRegion
from synthmon.model.text import Text, Tree
from synthmon.probefile.assembly.literal import check_literal
from synthmon.probefile.assembly.network import build_network
from synthmon.probefile.assembly.texts import references, text, tree
from synthmon.probefile.assembly.work import Work, mapping, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.probe import ProbePart
from synthmon.probefile.node import ListNode, MapNode, Node, ScalarNode


def named_regions(work: Work, node: Node | None) -> dict[str, Node | None]:
    """The regions in which the probe runs, each with what is written of it; all of the installation's when absent."""
    installed = work.installation.regions
    if node is None:
        return dict.fromkeys(installed)
    found: dict[str, Node | None] = {}
    for name, place, value in _written(node):
        if name in found:
            message = f"the region {quoted(name)} stands here twice"
            work.error("duplicate-region", message, place, "delete one")
        elif name not in installed and work.installation.known:
            help_ = nearest(name, installed, f"it has {', '.join(installed)}")
            work.error("unknown-region", f"the installation has no region {quoted(name)}", place, help_)
        else:
            found[name] = value
    if not node.data and not node.cut:
        work.error("regions", "a probe that runs nowhere finds nothing", node, "name a region, or delete the key")
    return found


def _written(node: Node) -> list[tuple[str, Node, Node | None]]:
    """Name, place and value of each entry."""
    if isinstance(node, MapNode):
        return [(name, node.keys[name], child) for name, child in node.children.items()]
    elements = node.elements if isinstance(node, ListNode) else []
    return [(str(element.data), element, None) for element in elements]


def declare_variables(work: Work, regions: Mapping[str, Node | None]) -> None:
    """Note every variable, and the regions in which it has no value."""
    own = set(mapping(work.node("vars")))
    values = {
        name: own | set(mapping(mapping(node).get("vars"))) | set(work.installation.region(name).variables)
        for name, node in regions.items()
    }
    everywhere = own.union(*values.values())
    for name in everywhere:
        work.names.variables[name] = tuple(region for region, names in values.items() if name not in names)


def build_variables(work: Work, node: Node | None) -> dict[str, Tree]:
    """The values of a `vars` mapping; they are rendered in a run, before its first step."""
    return {name: tree(work, child, None, name) for name, child in mapping(node).items()}


def build_regions(work: Work, regions: Mapping[str, Node | None], part: ProbePart) -> tuple[ProbeRegion, ...]:
    """The probe's regions. Of variables, what the installation says of one wins over what the probe says; of the way
    to targets, which some probes alone cannot take, what the probe says wins.
    """

    def texts(key: str, node: ScalarNode) -> Text:
        value = text(work, node, None)
        check_literal(work, key, value, node)
        return value

    built = []
    said = build_network(part.network, work.node("network"), texts)
    for name, node in regions.items():
        own = build_variables(work, mapping(node).get("vars"))
        installed = work.installation.region(name)
        here = part.regions[name].network if isinstance(part.regions, dict) and name in part.regions else None
        network = build_network(here, mapping(node).get("network"), texts).over(said).over(installed.network)
        built.append(ProbeRegion(name, {**own, **installed.variables}, network))
    return tuple(built)


def check_circles(work: Work, variables: Mapping[str, Tree], regions: tuple[ProbeRegion, ...]) -> None:
    """No variable needs its own value, in any region."""
    for region in regions or (ProbeRegion("", {}),):
        values = {**variables, **region.variables}
        needs = {name: _needed(value) for name, value in values.items()}
        for name in values:
            node = _place(work, region.name, name)
            if node is not None and _reaches(needs, name):
                message = f"the variable {quoted(name)} needs its own value"
                work.error("circle", message, node, "take it from somewhere else")


def _place(work: Work, region: str, name: str) -> Node | None:
    return work.node("regions", region, "vars", name) or work.node("vars", name)


def _needed(value: Any) -> set[str]:
    return {str(reference.path[0]) for reference in references(value) if reference.root == "vars"}


def _reaches(needs: Mapping[str, set[str]], goal: str) -> bool:
    seen: set[str] = set()
    waiting = list(needs[goal])
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(needs.get(name, ()))
    return False
