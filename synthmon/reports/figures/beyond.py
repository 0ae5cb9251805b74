"""What a report says of a probe beyond its shares and latencies; each part is a module of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from synthmon.nouns import dataclass
from synthmon.reports.figures.compare import Comparison
from synthmon.reports.figures.creep import Creep
from synthmon.reports.figures.near import NearMisses
from synthmon.reports.figures.outages import Outages
from synthmon.reports.figures.phases import StepPhases
from synthmon.reports.figures.releases import Released


@dataclass(frozen=True, slots=True)
class Beyond:
    """`disagreements` are by region; None: the runs that would tell are gone."""

    outages: Outages = field(default_factory=Outages)
    comparisons: Sequence[Comparison] = ()
    creeps: Sequence[Creep] = ()
    releases: Sequence[Released] = ()
    disagreements: Mapping[str, int] | None = field(default_factory=dict)
    near: NearMisses = field(default_factory=NearMisses)
    phases: Sequence[StepPhases] = ()
