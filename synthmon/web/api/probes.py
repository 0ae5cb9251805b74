"""Probes: how they are, what is declared, how available they were, and how their objectives stand."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from synthmon.model.history import ProbeVersion
from synthmon.model.incident import Health, RegionPhase
from synthmon.model.probe import Probe
from synthmon.web.api.fields import FIRST, LAST, Answer, Instant, Name
from synthmon.web.api.operation import Call
from synthmon.web.api.paging import Next, Piece, piece_of
from synthmon.web.api.problem import Refused
from synthmon.web.overview import ProbeLine, overview
from synthmon.web.views import View


class RegionItem(Answer):
    """A probe in one region."""

    region: str
    state: RegionPhase
    slow: bool
    last_run: str | None = Field(description="The id of the newest run.")
    last_slot: Instant | None = Field(description="Of the newest run that judged the target.")


class QuietMark(Answer):
    """A silence or maintenance that holds now."""

    id: str
    kind: str
    until: Instant


class ProbeItem(Answer):
    """A probe, and what is believed of it now."""

    name: str
    title: str
    owner: str | None
    tags: list[str]
    health: Health
    since: Instant
    reason: str
    regions: list[RegionItem]
    incidents: list[str] = Field(description="The ids of incidents that are not resolved.")
    quiet: list[QuietMark]


class ProbeList(Answer):
    items: list[ProbeItem]
    next: Next


class Status(Answer):
    """How everything is, worst first."""

    environment: str
    probes: list[ProbeItem]
    configuration_problems: list[str] = Field(description="Of changed files that are not in force.")


class ProbeFilter(Piece):
    """Which probes are listed, by name."""

    tag: Name | None = None
    owner: Name | None = None
    health: Health | None = None


class VersionItem(Answer):
    """A probe as it was in force for a time."""

    content_hash: str
    since: Instant
    until: Instant | None = Field(description="Null while it is in force.")
    interval: float = Field(description="Seconds between two runs.")
    timeout: float = Field(description="Seconds.")
    regions: list[str]
    removed: bool = Field(description="It ended because the probe was removed.")


class ObjectiveDeclared(Answer):
    name: str
    target: float = Field(description="A fraction: 0.999.")
    window: float = Field(description="Seconds.")
    within: float | None = Field(description="Seconds that a good run may take; null for one of availability.")


class ProbeAnswer(ProbeItem):
    """A probe as it is declared."""

    description: str
    runbook: str | None
    interval: float = Field(description="Seconds between two runs.")
    timeout: float = Field(description="Seconds that a run may take.")
    depends_on: list[str]
    objectives: list[ObjectiveDeclared]
    content_hash: str
    source: str = Field(description="The file as it was written.")
    versions: list[VersionItem] = Field(description="The newest first.")


def status(view: View, _call: Call) -> Status:
    return Status(
        environment=view.ports.environment,
        probes=[ProbeItem(**_fields(line)) for line in _lines(view)],
        configuration_problems=list(view.ports.config_problems()),
    )


def listed(view: View, call: Call) -> ProbeList:
    asked: ProbeFilter = call.query
    found = [line for line in _lines(view) if _fits(line, asked)]
    shown, following = piece_of(found, asked, lambda line: line.probe.name)
    return ProbeList(items=[ProbeItem(**_fields(line)) for line in shown], next=following)


def one(view: View, call: Call) -> ProbeAnswer:
    probe = declared(view, call.path["probe"])
    line = next(
        line for line in overview(view.ports.store, {probe.name: probe}, view.ports.now(), view.ports.windows())
    )
    versions = [known for known in view.ports.store.versions(FIRST, LAST) if known.probe == probe.name]
    return ProbeAnswer(
        **_fields(line),
        description=probe.description,
        runbook=probe.runbook,
        interval=probe.interval,
        timeout=probe.journey.timeout,
        depends_on=list(probe.depends_on),
        objectives=[ObjectiveDeclared.model_validate(one, from_attributes=True) for one in probe.objectives],
        content_hash=probe.content_hash,
        source=probe.yaml,
        versions=[_version(known) for known in sorted(versions, key=lambda known: known.since, reverse=True)],
    )


def declared(view: View, name: str) -> Probe:
    """The probe of that name."""
    found = view.ports.probes().get(name)
    if found is None:
        raise Refused(404, "there is no such probe")
    return found


def _lines(view: View) -> list[ProbeLine]:
    return overview(view.ports.store, view.ports.probes(), view.ports.now(), view.ports.windows())


def _fits(line: ProbeLine, asked: ProbeFilter) -> bool:
    return (
        (asked.tag is None or asked.tag in line.probe.tags)
        and asked.owner in {None, line.probe.owner}
        and asked.health in {None, line.health.health}
    )


def _fields(line: ProbeLine) -> dict[str, Any]:
    return {
        "name": line.probe.name,
        "title": line.probe.title,
        "owner": line.probe.owner,
        "tags": list(line.probe.tags),
        "health": line.health.health,
        "since": line.health.at,
        "reason": line.health.reason,
        "regions": [
            RegionItem(
                region=cell.region,
                state=cell.phase,
                slow=cell.slow,
                last_run=cell.last_run_id,
                last_slot=cell.last_slot,
            )
            for cell in line.cells
        ],
        "incidents": [incident.id for incident in line.incidents],
        "quiet": [QuietMark(id=quiet.id, kind=quiet.kind.value, until=quiet.ends_at) for quiet in line.quiets],
    }


def _version(known: ProbeVersion) -> VersionItem:
    return VersionItem.model_validate(known, from_attributes=True)
