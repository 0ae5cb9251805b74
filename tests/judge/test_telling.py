"""What a person reads: complete, in words, and harmless whatever the target sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthmon.judge import Policy, Route
from synthmon.judge.telling import Ground, acknowledge, cause_text, owed, resolve, trigger
from synthmon.model.incident import Incident, RunNote
from synthmon.model.probe import AlertRule, Probe, Severity, Track
from synthmon.model.run import FailureKind
from tests.judge.world import World
from tests.making import NOON, at, probe

GROUND = Ground(at(66), "judged on 1 of 1 region", last_good_at=at(-60), link_base="https://synthmon.example.com")


def incident(**cause: object) -> Incident:
    world = World(probe(title="Customer can buy something", owner="team-payments", runbook="https://run.book/pay"))
    world.hear("P Ff")
    (found,) = world.current
    return replace(found, cause=replace(found.cause, **cause))  # type: ignore[arg-type]


def test_a_trigger_says_what_since_when_where_why_and_when_it_was_last_well() -> None:
    message = trigger(incident(), GROUND)

    assert 'checkout is down: step "Pay" answered 500, expected 201' == message.title
    assert [
        "Customer can buy something: down since 2026-03-02 12:01:00 UTC in local (judged on 1 of 1 region).",
        'Step "Pay" answered 500, expected 201.',
        "Time: dns 1 ms, connect 2 ms, send 1 ms, first byte 180 ms, transfer 3 ms, total 200 ms.",
        "Last good run: 2026-03-02 11:59:00 UTC.",
    ] == message.summary.splitlines()
    assert ("team-payments", "https://run.book/pay") == (message.owner, message.runbook)
    assert f"https://synthmon.example.com/incidents/{message.incident_id}" == message.link
    assert ("pay", "Pay", "status", "201", "500") == (
        message.step,
        message.step_name,
        message.cause_kind,
        message.expected,
        message.actual,
    )


def test_a_resolve_says_how_long_it_lasted_and_what_it_was() -> None:
    ended = replace(incident(), resolved_at=at(60 + 750), resolved_because="2 good runs in a row")

    message = resolve(ended, GROUND)
    assert "checkout is up again after 12 min 30 s" == message.title
    assert 'It had been: step "Pay" answered 500, expected 201.' == message.summary.splitlines()[-1]
    assert "2 good runs in a row (judged on 1 of 1 region)." == message.summary.splitlines()[1].lower()


def test_an_acknowledgement_says_who() -> None:
    assert "checkout: acknowledged by maria" == acknowledge(incident(), "maria", GROUND).title


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (
            {"kind": FailureKind.TIMEOUT, "message": "no answer within 10 s"},
            'step "Pay": no answer within 10 s',
        ),
        (
            {"kind": FailureKind.BUDGET, "message": "took 5.20 s, budget 1.00 s, first byte took 5.1 s"},
            'step "Pay": took 5.20 s, budget 1.00 s, first byte took 5.1 s',
        ),
        (
            {"kind": FailureKind.STATUS, "expected": "$.state equals paid", "message": "status 403 while polling"},
            'step "Pay": status 403 while polling',
        ),
        ({"kind": FailureKind.DNS, "step": None, "step_name": None, "message": "no such host"}, "no such host"),
        ({"kind": None, "message": "", "step_name": None}, 'step "pay": no details were recorded'),
    ],
)
def test_each_cause_reads_as_a_sentence(cause: dict[str, object], text: str) -> None:
    assert text == cause_text(incident(**cause).cause)


def test_what_the_target_sent_cannot_break_a_line_or_a_terminal() -> None:
    hostile = incident(kind=FailureKind.BODY, message="got \x1b[31m\r\nX: y\u202e" + "A" * 10_000, actual="\x00" * 9999)

    message = trigger(hostile, GROUND)
    assert message.title.isprintable()
    assert all(line.isprintable() for line in message.summary.splitlines())
    assert len(message.title) <= 200
    assert len(message.cause or "") <= 500
    assert len(message.actual or "") <= 300
    assert len(message.summary) < 3000


def test_something_degraded_that_is_not_slow_is_not_called_slow() -> None:
    early = replace(
        incident(kind=FailureKind.AUTH, message="the token was rejected early"), track=Track.SLOW, reason="degraded: x"
    )

    assert "degraded since" in trigger(early, GROUND).summary
    assert "no longer degraded" in resolve(replace(early, resolved_at=at(99)), GROUND).title


def test_without_an_address_of_the_pages_there_is_no_link() -> None:
    assert trigger(incident(), replace(GROUND, link_base=None)).link is None


def test_a_channel_named_twice_is_told_once() -> None:
    one = incident()
    notifications = owed(one, ("pager", "chat", "pager"), trigger(one, GROUND))

    assert ["pager", "chat"] == [notification.channel for notification in notifications]
    assert ["synthmon/test/down/checkout"] * 2 == [notification.dedup_key for notification in notifications]
    assert at(66) == notifications[0].created_at


def tagged() -> Probe:
    return probe(tags=("tier-1",), owner="team-payments")


POLICY = Policy(
    "test",
    default_channels=("mail",),
    routes=(
        Route(("pager",), tag="tier-1", severity=Severity.PAGE),
        Route(("chat",), owner="team-payments"),
        Route(("login-chat",), probe="login"),
    ),
)


@pytest.mark.parametrize(
    ("declared", "severity", "channels"),
    [
        (tagged(), Severity.PAGE, ("pager",)),
        (tagged(), Severity.TICKET, ("chat",)),
        (probe("login"), Severity.PAGE, ("login-chat",)),
        (probe(), Severity.PAGE, ("mail",)),
    ],
)
def test_the_first_route_that_matches_says_who_is_told(
    declared: Probe, severity: Severity, channels: tuple[str, ...]
) -> None:
    rule = AlertRule("down", Track.DOWN, 2, 2, severity=severity)

    assert channels == POLICY.route(declared, rule, NOON)


def test_a_rule_that_names_its_channels_needs_no_route() -> None:
    assert ("mine",) == POLICY.route(tagged(), AlertRule("down", Track.DOWN, 2, 2, notify=("mine",)), NOON)


def test_a_note_without_anything_still_makes_a_message() -> None:
    bare = replace(incident(), cause=RunNote("run", NOON, "local"))

    assert "No details were recorded." in trigger(bare, replace(GROUND, last_good_at=None)).summary
