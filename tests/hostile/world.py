"""A world in which a target, an author of probes and every user say the same words, wherever they can say any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from synthmon.judge.windows import Window
from synthmon.model.account import ApiToken, Entry, Session, User
from synthmon.model.agent import Heartbeat
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import (
    Decision,
    Health,
    Incident,
    IncidentEvent,
    IncidentStatus,
    Message,
    Notification,
    Occasion,
    RunNote,
)
from synthmon.model.person import Role, Way
from synthmon.model.probe import AlertRule, Objective, Probe, Severity, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import (
    AnswerShape,
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Failure,
    FailureKind,
    Leftover,
    Outcome,
    Phases,
    RunResult,
    StepResult,
)
from synthmon.settings.public import PublicComponent, PublicGroup, PublicSettings
from synthmon.store.memory import MemoryStore
from tests.making import NOON, at, change, incident, probe, run

SALAD = 1200  # characters of several strings put together, below what most fields are cut to
MOST_STEPS = 100


def salads(strings: Sequence[str]) -> list[str]:
    """All the short ones, put together into a few."""
    made = [""]
    for text in strings:
        if len(text) > SALAD or len(made[-1]) + len(text) > SALAD:
            made.append(text)
        else:
            made[-1] += f" {text}"
    return made


def name_of(number: int) -> str:
    """A probe's name says nothing of its words, so that the order of lists is the same in every world."""
    return f"p{number:04d}"


def a_probe(number: int, text: str) -> Probe:
    return probe(
        name_of(number),
        title=text,
        description=text,
        owner=text,
        runbook=text,
        tags=(text,),
        yaml=text,
        path=text,
        objectives=(Objective(text, 0.99, 86400.0),),
        alerts=(AlertRule(text, Track.DOWN, 2, 2),),
    )


def a_step(number: int, text: str, outcome: Outcome = Outcome.FAILED) -> StepResult:
    phases = Phases(0.001, 0.002, 0.001, 0.001, 0.1, 0.01, 0.12)
    failure = Failure(FailureKind.BODY, text, text, text, text, text)
    return StepResult(
        id=f"s{number}",
        name=text,
        outcome=outcome,
        offset=0.1,
        duration=0.2,
        latency=0.2,
        latency_budget=1.0,
        phases=phases,
        status=500,
        assertions=(AssertionResult(text, text, text, passed=False), AssertionResult(text, text, text, passed=True)),
        failures=(failure,),
        exchanges=(
            Exchange(
                ExchangePurpose.REQUEST, text, text, 0.1, phases, 500, text, text, failure=failure, proxy=text
            ),
        ),
        captured={f"c{number}": text, "release": text},
        evidence=Evidence(
            text, text, ((text, text),), text, False, 500, ((text, text),), text, True, command=text
        ),
        unverified=text,
        shape=AnswerShape(((text, text),), ((f"$.{text}", text),)),
    )  # fmt: skip


def a_run(number: int, texts: Sequence[str], outcome: Outcome = Outcome.FAILED) -> RunResult:
    """Of the probe of that number; a step for each text, and everything else said by the first."""
    said = texts[0]
    steps = tuple(a_step(index, text, outcome) for index, text in enumerate(texts))
    skipped = StepResult("skipped", said, Outcome.SKIPPED, 0.0, 0.0, skipped_because=said)
    made = run(at(540 if outcome is Outcome.FAILED else 480), outcome, name=name_of(number))
    return replace(
        made,
        steps=(*steps, skipped),
        cleanup=(replace(a_step(900, said), id="tidy"),),
        failures=(Failure(FailureKind.BODY, said),),
        failed_step="s0" if outcome is Outcome.FAILED else None,
        reason=said,
        trace_id=said,
        probe_hash=said,
        leftovers=(Leftover(made.id, at(0), 2, (replace(a_step(901, said), id="left"),), given_up=said),),
    )


def an_incident(number: int, text: str) -> Incident:
    made = run(at(540), Outcome.FAILED, name=name_of(number))
    return incident(
        at(480),
        probe=name_of(number),
        probe_title=text,
        reason=text,
        cause=RunNote(made.id, at(540), "local", text, text, FailureKind.BODY, text, text, text),
        alert=text,
        channels=(text,),
        acknowledged_at=at(500),
        acknowledged_by=text,
        status=IncidentStatus.ACKNOWLEDGED,
        owner=text,
        runbook=text,
        withheld=text,
        held=text,
        resolved_because=text,
        found=text,
    )


def owed(about: Incident, text: str, channel: str | None = None) -> Notification:
    kept = message(about, text)
    return Notification(about.id, 1, Occasion.TRIGGER, channel or text, about.dedup_key, about.opened_at, kept)


def message(about: Incident, text: str) -> Message:
    return Message(
        title=text,
        summary=text,
        probe=about.probe,
        probe_title=text,
        environment="test",
        track=Track.DOWN,
        severity=Severity.PAGE,
        occasion=Occasion.TRIGGER,
        began_at=about.began_at,
        decided_at=about.opened_at,
        regions=("local",),
        basis=text,
        incident_id=about.id,
        step=text,
        step_name=text,
        cause_kind="body",
        cause=text,
        expected=text,
        actual=text,
        owner=text,
        runbook=text,
        link="https://synthmon.example/incidents/1",
    )


def known(store: MemoryStore, number: int, text: str) -> None:
    """A user, a session of a browser that calls itself so, a token and a line of the audit."""
    name, accounts = f"{number:04d} {text}", store.accounts
    accounts.add_user(User(name, Role.OPERATOR, "unusable", at(0), at(0)))
    ends = at(86400 + number)
    accounts.keep_session(Session(name, name, name, Way.USER, None, at(1), at(number), ends, text, text))
    accounts.keep_api_token(ApiToken(name, text, Role.VIEWER, name, at(number), text))
    accounts.write_down(Entry(at(number), text, text, Way.USER, Role.ADMIN, text, text, text))


def versions(probes: Sequence[Probe]) -> Iterator[ProbeVersion]:
    for one in probes:
        yield ProbeVersion(one.name, "0" * 64, at(-90000), None, one.title, 60.0, 10.0, ("local",), one.yaml)


def fill(store: MemoryStore, texts: Sequence[str]) -> tuple[Probe, ...]:
    """A probe, a good and a broken run, an incident with its story, a silence and an agent for each of the texts."""
    probes = tuple(a_probe(number, text) for number, text in enumerate(texts))
    found = [an_incident(number, text) for number, text in enumerate(texts)]
    for number, text in enumerate(texts):
        store.keep([a_run(number, [text], Outcome.PASSED), a_run(number, [text])])
        kind = QuietKind.SILENCE if number % 2 else QuietKind.MAINTENANCE
        covers = Selection(name_of(number), owner=text)
        store.keep_quiet(Quiet(kind, covers, at(-600 + number), at(86400), text, text))
        lifted = Quiet(kind, Selection(tag=text), at(-6000 + number), at(0), text, text, at(-1000), text)
        store.keep_quiet(lifted)
        store.hear(Heartbeat("local", f"{number:04d}{text}", at(590), text, text, NOON, troubles=(text,)))
    store.record_versions(versions(probes), at(-90000))
    store.apply(
        Decision(
            watermark=store.gather().watermark,
            incidents=tuple(found),
            events=tuple(
                IncidentEvent(one.id, at(490), what, text, text)
                for one, text in zip(found, texts, strict=True)
                for what in ("opened", "note", "cause", "withheld", "public")
            ),
            notifications=tuple(owed(one, text) for one, text in zip(found, texts, strict=True)),
            health=tuple(
                change(at(486), Health.DOWN, text, name_of(number), region)
                for number, text in enumerate(texts)
                for region in (None, "local")
            ),
        )
    )
    for number, text in enumerate(texts):
        known(store, number, text)
    for one, text in zip(found, texts, strict=True):
        store.postpone(owed(one, text).id, at(700), text)
    return probes


def public(texts: Sequence[str]) -> PublicSettings:
    """What everybody is shown: a group and a component for each."""
    groups = (PublicGroup(text, (PublicComponent(text, (name_of(n),)),)) for n, text in enumerate(texts))
    return PublicSettings(texts[1], tuple(groups))


def windows(texts: Sequence[str]) -> tuple[Window, ...]:
    rule = "FREQ=WEEKLY;BYDAY=TU;BYHOUR=3;BYMINUTE=0;BYSECOND=0"
    zone = ZoneInfo("Europe/Berlin")
    return tuple(Window(text, Selection(owner=text), rule, timedelta(hours=1), zone, text) for text in texts)
