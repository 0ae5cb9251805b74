"""XPaths with the namespaces of their step; the library beneath is loaded only where a probe has one."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from synthmon.model.answer import XPath
from synthmon.probefile.assembly.place import place_of
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.node import Node, ScalarNode

Namespaces = tuple[tuple[str, str], ...]


def namespaces_of(*levels: Mapping[str, str] | None) -> Namespaces:
    """The prefixes of a step: those of `defaults`, and its own in place of them."""
    merged: dict[str, str] = {}
    for level in levels:
        merged.update(level or {})
    return tuple(sorted(merged.items()))


def build_xpath(work: Work, text: str, node: Node, namespaces: Namespaces) -> XPath:
    """The path; what is wrong with it is reported at its place."""
    language = import_module("synthmon.language.xpath")
    try:
        language.compile_xpath(text, namespaces)
    except language.XPathProblem as problem:
        where = place_of(work.document, node, problem.offset, problem.length) if isinstance(node, ScalarNode) else node
        work.error("xpath", f"{quoted(text)}: {problem}", where, problem.hint)
    return XPath(text, namespaces)
