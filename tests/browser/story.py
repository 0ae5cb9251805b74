"""A day in the life of a shop, for pages to show: an outage under way, a slow search, a silent region, a new probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from synthmon.judge.windows import Window
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
    RegionPhase,
    RegionState,
    RunNote,
    TrackState,
)
from synthmon.model.probe import Objective, Probe, ProbeRegion, Severity, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import (
    AnswerShape,
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Failure,
    FailureKind,
    Outcome,
    Phases,
    RunKey,
    RunResult,
    StepResult,
)
from synthmon.settings.public import PublicComponent, PublicGroup, PublicSettings
from synthmon.store.interface import Store
from tests.making import at, change, incident, probe

REGIONS = ("eu-central", "us-east", "ap-south")
BEGAN = at(-1800)  # of the outage
EVERY = 600.0
YAML = "synthmon: 1\nname: checkout\ntitle: Customer can check out\nevery: 10m\nsteps:\n  - id: pay\n    post: /pay\n"

QUIETS = (
    Quiet(QuietKind.SILENCE, Selection("checkout"), at(-900), at(5400), "The acquirer works on it.", "Ada Lovelace"),
    Quiet(
        QuietKind.MAINTENANCE, Selection(tag="shop"), at(90000), at(97200), "New disks in every basket.", "team-shop"
    ),
    Quiet(QuietKind.MAINTENANCE, Selection("login"), at(-7800), at(-6000), "Keys were exchanged.", "team-identity"),
    Quiet(QuietKind.MAINTENANCE, Selection("search"), at(-600), at(3600), "The index is built anew.", "team-catalogue"),
)

WINDOWS = (
    Window(
        "index", Selection("search"), "FREQ=WEEKLY;BYDAY=TU,FR;BYHOUR=3;BYMINUTE=0;BYSECOND=0", timedelta(hours=2),
        ZoneInfo("Europe/Berlin"), "The index is built anew.",
    ),
)  # fmt: skip

PROBES: Mapping[str, Probe] = {
    made.name: replace(made, interval=EVERY, regions=tuple(map(ProbeRegion, REGIONS)), yaml=YAML)
    for made in (
        probe(
            title="Customer can check out",
            owner="team-payments",
            tags=("shop", "revenue"),
            objectives=(Objective("availability", 0.999, 86400.0), Objective("fast", 0.95, 86400.0, within=1.0)),
            description="Logs in, puts a thing into the basket and pays for it, as a customer of that region would.",
        ),
        probe("search", title="Search finds what is in stock", owner="team-catalogue"),
        probe("login", title="Customer can log in", objectives=(Objective("availability", 0.99, 86400.0),)),
        probe(
            "partner-contact-synchronisation",
            title="The partner's contacts arrive within ten minutes, with telephone numbers in the agreed format",
        ),
        probe("newsletter", title="Newsletter can be ordered"),
    )
}

BROKEN = Failure(
    FailureKind.STATUS,
    "answered 500, expected 201",
    expected="201",
    actual="500",
    source="probes/checkout.yaml:9:7",
)

PUBLIC = PublicSettings(
    "Shop status",
    (
        PublicGroup(
            "Buying",
            (
                PublicComponent("Checkout", ("checkout",)),
                PublicComponent("Search", ("search",)),
                PublicComponent("Account", ("login", "newsletter")),
            ),
        ),
        PublicGroup("For partners", (PublicComponent("Contacts", ("partner-contact-synchronisation",)),)),
    ),
)
SLOW = Failure(FailureKind.BUDGET, "took 2.10 s, budget 1.00 s", expected="at most 1.00 s", actual="2.10 s")
OURS = Failure(FailureKind.SECRET, "the secret `partner_token` is not set in this region")
EVIDENCE = Evidence(
    "POST",
    "https://shop.example/api/pay?basket=7a31",
    (("Content-Type", "application/json"), ("Authorization", "‹secret›")),
    '{"basket": "7a31", "card": "‹secret›"}',
    status=500,
    response_headers=(("Content-Type", "application/json"), ("X-Request-Id", "b7d1c0")),
    response_body='{\n  "error": "payment gateway timed out",\n  "upstream": "acquirer-2"\n}',
    command="""# set SYNTHMON_SECRET_SHOP_TOKEN first: the secret shop_token
curl \\
  --request POST \\
  --url https://shop.example/api/pay?basket=7a31 \\
  --header 'Content-Type: application/json' \\
  --header 'Authorization: Bearer '"$SYNTHMON_SECRET_SHOP_TOKEN" \\
  --data-raw '{"basket": "7a31"}'""",
)
GOOD_SHAPE = AnswerShape(
    (("cache-control", "no-store"), ("content-type", "application/json"), ("date", ""), ("server", "nginx")),
    (("$", "object"), ("$.order", "object"), ("$.order.id", "text"), ("$.paid", "boolean")),
)
BROKEN_SHAPE = AnswerShape(
    (("content-type", "application/json"), ("date", ""), ("server", "envoy"), ("x-request-id", "")),
    (("$", "object"), ("$.error", "text"), ("$.upstream", "text")),
)


def step(step_id: str, offset: float, latency: float, failure: Failure | None = None) -> StepResult:
    phases = Phases(0.004, 0.011, 0.018, 0.001, latency * 0.8, latency * 0.05, latency)
    outcome = Outcome.PASSED
    if failure:
        outcome = {FailureKind.BUDGET: Outcome.DEGRADED, FailureKind.SECRET: Outcome.ERROR}.get(
            failure.kind, Outcome.FAILED
        )
    status = 500 if outcome is Outcome.FAILED else 200
    return StepResult(
        step_id,
        step_id.replace("-", " ").capitalize(),
        outcome,
        offset,
        latency,
        latency,
        latency_budget=1.0,
        phases=phases,
        status=status,
        assertions=(
            AssertionResult("status", "201", str(status), outcome is not Outcome.FAILED),
            AssertionResult("header Content-Type", "application/json", "application/json", passed=True),
        ),
        failures=(failure,) if failure else (),
        exchanges=tuple(exchanges(f"https://shop.example/api/{step_id}", offset, phases, status)),
        captured={"basket": "7a31"},
        evidence=EVIDENCE if outcome is Outcome.FAILED else None,
        shape=BROKEN_SHAPE if outcome is Outcome.FAILED else GOOD_SHAPE,
    )


def exchanges(url: str, offset: float, phases: Phases, status: int) -> Iterator[Exchange]:
    """One that found nobody, and a second attempt over another address, with a certificate that ends."""
    refused = Failure(FailureKind.CONNECT, "the connection was refused: nothing listens there")
    found_nobody = Phases(dns=0.004, connect=0.011, total=0.015)
    yield Exchange(ExchangePurpose.REQUEST, "POST", url, offset, found_nobody, failure=refused)
    yield Exchange(
        ExchangePurpose.RETRY,
        "POST",
        url,
        offset + 0.02,
        phases,
        status,
        "[2001:db8:85a3::8a2e:370:7334]:443",
        "HTTP/2",
        attempt=2,
        fallback=True,
        certificate_until=at(86400.0 * 8),
    )


def result(name: str, region: str, slot: datetime, failure: Failure | None = None) -> RunResult:
    """A run of three steps whose last one ended with that failure."""
    wobble = (slot.minute * 7 + len(region)) % 11 / 100
    last = 2.1 if failure is SLOW else 0.31 + wobble
    steps = (
        step("log-in", 0.0, 0.12 + wobble),
        step("add-to-basket", 0.2, 0.08 + wobble),
        step("pay", 0.45, last, failure),
    )
    return RunResult(
        RunKey("shop", name, region, slot),
        slot,
        0.45 + last,
        steps[-1].outcome,
        steps,
        failures=steps[-1].failures,
        failed_step="pay" if failure else None,
        latency=0.45 + last,
        latency_budget=3.0,
        probe_hash="0" * 64,
        trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    )


def history() -> Iterator[RunResult]:
    for name in ("checkout", "search", "login", "partner-contact-synchronisation"):
        for region in REGIONS:
            for index in range(1, 145):
                slot = at(-EVERY * index - len(region))
                yield result(name, region, slot, _failure(name, region, slot))


def _failure(name: str, region: str, slot: datetime) -> Failure | None:
    if name == "checkout" and region != "ap-south" and slot >= BEGAN:
        return BROKEN
    if name == "login" and at(-7210) <= slot < at(-6600):
        return BROKEN
    if name == "search" and slot >= at(-3600):
        return SLOW
    if name == "partner-contact-synchronisation" and region == "us-east":
        return OURS
    return None


def fill(store: Store) -> None:
    """Everything above, and what the judge made of it."""
    results = list(history())
    store.keep(results)
    store.record_versions([_version(made) for made in PROBES.values()], at(-90000))
    newest = {(one.key.probe, one.key.region): one for one in sorted(results, key=lambda one: one.key.slot)}
    cause = newest["checkout", "eu-central"]
    outage, slow = _outage(cause), _slow(newest["search", "eu-central"])
    store.apply(
        Decision(
            watermark=store.gather().watermark,
            states=tuple(_state(one) for one in newest.values()),
            incidents=(outage, slow, _over(), *_own()),
            events=(
                IncidentEvent(outage.id, outage.opened_at, "opened", f"{outage.reason} (judged on 3 of 3 regions)"),
                IncidentEvent(outage.id, at(-900), "withheld", f"nobody is told for now: {QUIETS[0].reason}"),
                IncidentEvent(outage.id, at(-600), "escalated", "nobody has taken it on for 15 min: told ops-mail"),
                IncidentEvent(outage.id, at(-500), "reminded", "it still goes on after 20 min"),
                IncidentEvent(outage.id, at(-1500), "spread", "now also in us-east (judged on 3 of 3 regions)"),
            ),
            notifications=tuple(_owed(outage, channel) for channel in outage.channels),
            health=(
                *(change(at(-86000), Health.UP, "runs pass", name) for name in ("checkout", "search", "login")),
                change(BEGAN, Health.DOWN, 'step "Pay" answered 500, expected 201'),
                change(at(-7200), Health.DOWN, 'step "Pay" answered 500, expected 201', "login"),
                change(at(-6600), Health.UP, "runs pass", "login"),
                change(at(-3600), Health.DEGRADED, 'slow: step "Pay": took 2.10 s, budget 1.00 s', "search"),
                change(at(-80000), Health.UNKNOWN, "no run has judged it", "partner-contact-synchronisation"),
            ),
        )
    )
    for quiet in QUIETS:
        store.keep_quiet(quiet)
    store.annotate(
        outage.id, IncidentEvent(outage.id, at(-1400), "note", "Called the acquirer: they see it too.", "Ada")
    )
    store.annotate(outage.id, IncidentEvent(outage.id, at(-700), "cause", "An expired certificate there.", "Ada"))
    for when, said in ((-1300, "Paying by card fails at times. We are on it."), (-600, "The acquirer mends it.")):
        store.annotate(outage.id, IncidentEvent(outage.id, at(when), "public", said, "Ada"))
    store.delivered(_owed(outage, "pagerduty").id, at(-1700))
    store.postpone(_owed(outage, "slack-shop").id, at(60), "the receiver answered 503")


def _outage(cause: RunResult) -> Incident:
    note = RunNote(
        cause.id, BEGAN, "eu-central", "pay", "Pay", FailureKind.STATUS, BROKEN.message, BROKEN.expected, BROKEN.actual
    )
    return incident(
        BEGAN,
        environment="shop",
        probe_title="Customer can check out",
        regions=("eu-central", "us-east"),
        cause=note,
        channels=("pagerduty", "slack-shop"),
        owner="team-payments",
        runbook="https://wiki.shop.example/runbooks/payment",
    )


def _slow(cause: RunResult) -> Incident:
    return incident(
        at(-3600),
        environment="shop",
        probe="search",
        probe_title="Search finds what is in stock",
        track=Track.SLOW,
        severity=Severity.TICKET,
        reason='slow: step "Pay": took 2.10 s, budget 1.00 s',
        cause=RunNote(cause.id, at(-3600), "eu-central", "pay", "Pay", FailureKind.BUDGET, SLOW.message),
        channels=(),
    )


def _over() -> Incident:
    ended = incident(at(-7200), environment="shop", probe="login", probe_title="Customer can log in")
    return replace(
        ended, resolved_at=at(-6600), resolved_because="2 good runs in a row", status=IncidentStatus.RESOLVED
    )


def _own() -> tuple[Incident, ...]:
    """synthmon's own troubles: a pager that drops what it accepts, and a database that was away in the night."""
    lost = "it accepted the test message of 2026-03-02 09:00:02 UTC, and 3 min later it is not there"
    common = {"environment": "shop", "severity": Severity.TICKET, "regions": (), "alert": "synthmon itself"}
    canary = incident(
        at(-10620),
        **common,
        probe="pagerduty/canary",
        probe_title="channel pagerduty",
        track=Track.NOTIFY,
        reason=f"not taking messages: {lost}",
        cause=RunNote("", at(-10620), "", message=lost),
        channels=("slack-shop",),
        told=("slack-shop",),
    )
    away = incident(
        at(-36000),
        **{**common, "severity": Severity.PAGE},
        probe="synthmon",
        probe_title="synthmon",
        track=Track.SYNTHMON,
        reason="in trouble: results cannot be kept: the disk is full",
        cause=RunNote("", at(-36000), "", message="results cannot be kept: the disk is full"),
        channels=("pagerduty",),
        told=("pagerduty",),
        resolved_at=at(-35280),
        resolved_because="it has not been so for half a minute",
        status=IncidentStatus.RESOLVED,
    )
    return canary, away


def _state(newest: RunResult) -> RegionState:
    phases = {Outcome.FAILED: RegionPhase.DOWN, Outcome.ERROR: RegionPhase.BLIND}
    slow = RegionPhase.DOWN if newest.outcome is Outcome.DEGRADED else RegionPhase.UP
    return RegionState(
        newest.key.probe,
        newest.key.region,
        {
            Track.DOWN: TrackState(phases.get(newest.outcome, RegionPhase.UP)),
            Track.SLOW: TrackState(slow),
        },
        last_slot=newest.key.slot,
        last_outcome=newest.outcome.value,
        last_run_id=newest.id,
    )


def _owed(about: Incident, channel: str) -> Notification:
    message = Message(
        title=f"{about.probe} is {about.reason}",
        summary="",
        probe=about.probe,
        probe_title=about.probe_title,
        environment="shop",
        track=about.track,
        severity=about.severity,
        occasion=Occasion.TRIGGER,
        began_at=about.began_at,
        decided_at=about.opened_at,
        regions=about.regions,
        basis="judged on 3 of 3 regions",
        incident_id=about.id,
    )
    return Notification(about.id, 1, Occasion.TRIGGER, channel, about.dedup_key, about.opened_at, message)


def _version(made: Probe) -> ProbeVersion:
    return ProbeVersion(
        made.name, made.content_hash, at(-90000), None, made.title, made.interval, 10.0, REGIONS, made.yaml
    )
