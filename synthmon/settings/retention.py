"""How long what was found is kept."""

from __future__ import annotations

from datetime import timedelta

from synthmon.probefile.findings import Findings
from synthmon.probefile.node import MapNode, Node
from synthmon.settings.format import ConfigPart
from synthmon.settings.values import RetentionSettings

# Slots without a run are looked for two days back: removed sooner, a run would count as missed.
SHORTEST = timedelta(days=3)


def build_retention(part: ConfigPart, node: Node | None, findings: Findings | None) -> RetentionSettings:
    """The bodies of a run cannot outlive it, and what is left of it cannot end before it."""
    default, said = RetentionSettings(), part.retention
    if said is None:
        return default
    runs = timedelta(seconds=said.runs) if said.runs is not None else default.runs
    bodies = timedelta(seconds=said.bodies) if said.bodies is not None else min(default.bodies, runs)
    rollups = timedelta(seconds=said.rollups) if said.rollups is not None else max(default.rollups, runs)
    if isinstance(node, MapNode) and findings is not None:
        if said.runs is not None and runs < SHORTEST:
            place = node.children["runs"]
            findings.error("retention", "runs are kept for three days at least", place, "write 3d or more")
        if said.bodies is not None and bodies > runs:
            message = "bodies cannot be kept for longer than the runs that hold them"
            findings.error("retention", message, node.children["bodies"], "keep the runs for longer, or these shorter")
        if said.rollups is not None and rollups < runs:
            message = "rollups are what is left of runs, and cannot go before them"
            findings.error("retention", message, node.children["rollups"], "keep them for longer, or the runs shorter")
    audit = timedelta(seconds=said.audit) if said.audit is not None else default.audit
    return RetentionSettings(bodies, runs, rollups, audit)
