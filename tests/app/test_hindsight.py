"""Why somebody was, or was not, told at an instant of the past: from what was decided then, and nothing later."""

from __future__ import annotations

from datetime import datetime

import pytest

from synthmon.app.hindsight import look_back, tell
from synthmon.model.incident import (
    Decision,
    Health,
    Incident,
    IncidentEvent,
    IncidentStatus,
    Message,
    Notification,
    Occasion,
)
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.store.memory import MemoryStore
from tests.making import NOON, at, change, incident, probe

FOUND = incident(
    at(120), opened_at=at(180), status=IncidentStatus.RESOLVED, resolved_at=at(900), resolved_because="good runs"
)


def owed(one: Incident, occasion: Occasion, second: float) -> Notification:
    message = Message("t", "s", "checkout", "t", "test", one.track, one.severity, occasion, NOON, NOON, (), "b", one.id)
    return Notification(one.id, 1, occasion, "pager", one.dedup_key, at(second), message)


def happened(*events: tuple[float, str, str], told_at: float | None = None, actor: str | None = None) -> MemoryStore:
    """Up at 0, failing from 120, down for sure at 180, up again at 900; what else happened is said."""
    store = MemoryStore()
    lines = [IncidentEvent(FOUND.id, at(second), what, text, actor) for second, what, text in events]
    beliefs = (change(at(0), Health.UP), change(at(180), Health.DOWN, "pay failed"), change(at(900), Health.UP))
    trigger = owed(FOUND, Occasion.TRIGGER, told_at) if told_at is not None else None
    notes = (trigger,) if trigger else ()
    store.apply(Decision(0, incidents=(FOUND,), events=tuple(lines), notifications=notes, health=beliefs))
    if trigger and told_at is not None:
        store.claim(at(told_at), 60.0)
        store.delivered(trigger.id, at(told_at + 2))
    return store


def said(store: MemoryStore, when: datetime) -> list[str]:
    return list(tell(look_back(store, "checkout", probe(), when)))


def answer(store: MemoryStore, second: float) -> str:
    return said(store, at(second))[0].partition("UTC: ")[2]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (-60, "nobody was told: nothing was known, and silence opens nothing"),
        (60, "nobody was told: it was up"),
        (150, "nobody was told yet: it had begun to fail, and was sure 2026-03-02 12:03:00 UTC"),
        (181, "pager were owed a message that none had accepted yet"),
        (182, "pager had been told"),
        (899, "pager had been told"),
        (900, "nobody was told: it was up"),
    ],
)
def test_the_answer_at_each_moment_of_an_outage(second: float, expected: str) -> None:
    assert expected == answer(happened(told_at=180), second)


def test_that_somebody_took_it_on_is_said_once_with_the_name() -> None:
    store, open_one = MemoryStore(), incident(at(120), opened_at=at(180))
    store.apply(Decision(0, incidents=(open_one,)))
    assert store.acknowledge(open_one.id, "zoe", at(200))

    [line] = [line for line in said(store, at(300)) if "acknowledged:" in line]
    assert line.count("zoe") == 1


def test_what_was_kept_back_is_told_with_its_reason_until_it_was_released() -> None:
    reason = 'maintenance by ada until then: "disks"'
    store = happened((180, "withheld", f"nobody is told for now: {reason}"), (600, "released", "told now"), told_at=600)
    assert f"nobody was told: {reason}" == answer(store, 300)
    assert "pager had been told" == answer(store, 602)


def test_that_further_messages_are_kept_back_is_told_with_its_reason() -> None:
    store = happened((300, "withheld", "nobody is told for now: it is flapping"), told_at=180)
    assert "pager had been told, and further messages were kept back: it is flapping" == answer(store, 400)


def test_an_acknowledgement_keeps_reminders_back_until_it_expires() -> None:
    store = happened((300, "acknowledged", "by ada"), (600, "expired", "it has expired"), told_at=180, actor="ada")
    assert "pager had been told" == answer(store, 250)
    assert "pager had been told, and ada had taken it on: nobody was reminded" == answer(store, 400)
    assert "pager had been told" == answer(store, 650)


def test_silences_in_force_then_are_named_and_those_lifted_or_of_others_are_not() -> None:
    store = happened(told_at=180)
    for name, start, end in (("checkout", 200, 400), ("login", 200, 400)):
        store.keep_quiet(Quiet(QuietKind.SILENCE, Selection(name), at(start), at(end), f"about {name}", "ada"))
    lines = said(store, at(300))
    assert lines[0].endswith("pager had been told, and further messages were kept back")
    assert [line for line in lines if line.startswith("in force")] == [
        "in force: silence of probe checkout until 2026-03-02 12:06:40 UTC, by ada: about checkout"
    ]
    store.lift_quiet(store.quiets(at(300), at(301))[0].id, "ada", at(250))
    store.lift_quiet(store.quiets(at(300), at(301))[0].id, "ada", at(250))
    assert "in force" not in " ".join(said(store, at(300)))


def test_nothing_that_came_later_is_told() -> None:
    store = happened((180, "opened", "it opened"), (700, "note", "found it"), told_at=180)
    text = "\n".join(said(store, at(300)))
    assert "it opened" in text
    assert "found it" not in text
    assert "resolved" not in text
    assert "it was down since 2026-03-02 12:03:00 UTC: pay failed" in text


def test_a_message_that_is_accepted_later_was_not_accepted_then() -> None:
    store = happened(told_at=180)
    assert "  2026-03-02 12:03:00 UTC trigger to pager: not accepted until 2026-03-02 12:03:02 UTC" in said(
        store, at(181)
    )


def test_bad_health_without_an_incident_is_put_down_to_the_rules() -> None:
    store = MemoryStore()
    store.apply(Decision(0, health=(change(at(0), Health.DEGRADED, "slow"),)))
    assert "nobody was told: no alert rule was met" == answer(store, 60)


def test_the_incident_before_is_named() -> None:
    assert said(happened(told_at=180), at(1000))[-1] == "the incident before had ended 2026-03-02 12:15:00 UTC"
