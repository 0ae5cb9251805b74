"""What only all probe files together can say: that names are taken once, that dependencies lead somewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synthmon.language.suggest import did_you_mean
from synthmon.model.probe import Probe
from synthmon.model.text import Source
from synthmon.probefile.document import Document
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.findings import Findings
from synthmon.probefile.node import Node
from synthmon.probefile.problem import Problem
from synthmon.probefile.reader import read


def unique(probes: Sequence[Probe]) -> tuple[tuple[Probe, ...], list[Problem]]:
    """A name is an identity: the first file that has it keeps it."""
    kept: dict[str, Probe] = {}
    problems = []
    for probe in probes:
        first = kept.setdefault(probe.name, probe)
        if first is not probe:
            message = f"the name {quoted(probe.name)} is taken by {first.path}"
            help_ = "give each probe a name of its own: its history hangs on it"
            problems.append(_problem(probe, "duplicate-name", message, help_, "name"))
    return tuple(kept.values()), problems


def check_dependencies(probes: Sequence[Probe], *, complete: bool) -> list[Problem]:
    """Problems of `depends_on`. `complete`: every file could be read, so that a name nobody has is a mistake."""
    known = {probe.name: probe for probe in probes}
    problems = []
    for probe in probes:
        for index, name in enumerate(probe.depends_on):
            if name not in known:
                if complete:
                    problems.append(_unknown(probe, index, name, known))
            elif _reaches(known, name, probe.name):
                message = f"{quoted(probe.name)} depends on {quoted(name)}, which depends on it"
                problems.append(_problem(probe, "circle", message, "delete one of the two", "depends_on", index))
    return problems


def _unknown(probe: Probe, index: int, name: str, known: Mapping[str, Probe]) -> Problem:
    close = did_you_mean(name, known)
    help_ = f"did you mean `{close}`?" if close else "name another probe of this folder, or delete it"
    return _problem(probe, "unknown-probe", f"there is no probe {quoted(name)}", help_, "depends_on", index)


def _reaches(known: Mapping[str, Probe], start: str, goal: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen and name in known:
            seen.add(name)
            waiting.extend(known[name].depends_on)
    return False


def _problem(probe: Probe, code: str, message: str, help_: str, *path: str | int) -> Problem:
    document: Document | None = read(probe.yaml.encode("utf-8", "surrogatepass"), probe.path).document
    node: Node | None = document.find(path) if document else None
    if document is None or node is None:
        return Problem(code, message, Source(probe.path, 0, 0), help=help_)
    findings = Findings(document)
    findings.error(code, message, node, help_)
    return findings.problems()[0]
