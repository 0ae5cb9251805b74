"""What everybody is told of a component: the worst of what is known, by days of the zone, and never rounded up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.incident import Health, HealthChange, IncidentEvent
from synthmon.reports.figures.health import Span, timeline
from synthmon.reports.figures.planned import Planned
from synthmon.web.public.counting import DAYS, begins, component, first_day, together, updates
from synthmon.web.public.model import PublicComponent, PublicDay, PublicGroup, PublicStatus, State, to_json, worst
from tests.making import NOON, at

BERLIN = ZoneInfo("Europe/Berlin")
START = begins(first_day(NOON, UTC), UTC)


def spans(*changes: tuple[datetime, Health], planned: Planned | None = None) -> tuple[Span, ...]:
    said = [HealthChange("secret-name", None, when, health, "secret reason") for when, health in changes]
    return timeline(said, START, NOON, planned or Planned())


ALWAYS_UP = spans((START, Health.UP))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ("up down degraded", State.DOWN),
        ("up maintenance", State.MAINTENANCE),
        ("up unknown", State.UP),
        ("unknown", State.UNKNOWN),
        ("", State.UNKNOWN),
    ],
)
def test_the_worst_of_what_is_known_speaks(states: str, found: State) -> None:
    assert found is worst(map(State, states.split()))


def test_a_component_is_down_while_one_of_its_probes_is() -> None:
    other = spans((START, Health.UP), (NOON - 3 * HOUR, Health.DOWN), (NOON - HOUR, Health.UP))
    assert [
        (START, NOON - 3 * HOUR, State.UP),
        (NOON - 3 * HOUR, NOON - HOUR, State.DOWN),
        (NOON - HOUR, NOON, State.UP),
    ] == together([ALWAYS_UP, other])
    made = component("Checkout", [ALWAYS_UP, other], NOON, UTC)
    assert (State.UP, DAYS, State.DOWN, 7200.0) == (made.state, len(made.days), made.days[-1].state, made.days[-1].down)
    assert "2 March 2026: down for 2 h" == made.days[-1].said


def test_days_are_those_of_the_zone_also_where_they_have_23_hours() -> None:
    now = datetime(2026, 3, 30, 10, tzinfo=UTC)
    begun = begins(first_day(now, BERLIN), BERLIN)
    up = timeline([HealthChange("p", None, begun, Health.UP, "")], begun, now)
    days = {day.day: day for day in component("x", [up], now, BERLIN).days}
    assert (23 * 3600.0, 24 * 3600.0) == (days[date(2026, 3, 29)].known, days[date(2026, 3, 28)].known)
    assert 12 * 3600.0 == days[date(2026, 3, 30)].known


def test_an_outage_across_midnight_is_in_both_days() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    fallen = spans((START, Health.UP), (midnight - HOUR, Health.DOWN), (midnight + 2 * HOUR, Health.UP))
    days = component("x", [fallen], NOON, UTC).days
    assert [3600.0, 7200.0] == [day.down for day in days[-2:]]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "100.00 %"), (1.0, "99.99 %"), (90 * 86_400 * 0.00005, "99.99 %"), (86_400.0, "98.88 %")],
)
def test_a_share_is_rounded_down_and_whole_only_if_nothing_was_down(seconds: float, said: str) -> None:
    days = [PublicDay(date(2026, 1, 1) + timedelta(days=n), State.UP, 0.0, 86_400.0) for n in range(89)]
    days.append(PublicDay(date(2026, 4, 1), State.DOWN, seconds, 86_400.0))
    assert said == PublicComponent("x", State.UP, tuple(days)).share(90)


def test_a_share_of_little_says_of_how_much() -> None:
    new = component("x", [spans((NOON - 2 * HOUR, Health.UP))], NOON, UTC)
    assert "not down in the 2 h that are known" == new.share(90)
    assert "not known yet" == component("x", [spans()], NOON, UTC).share(30)
    assert "not known yet" == component("x", [()], NOON, UTC).share(30)


def test_a_minute_of_which_nothing_is_known_makes_no_hundred_per_cent() -> None:
    known = (86_400.0 - 60.0 * (number == 7) for number in range(90))
    days = tuple(PublicDay(date(2026, 1, 1) + timedelta(days=n), State.UP, 0.0, one) for n, one in enumerate(known))
    assert "not down in the 89 d 23 h that are known" == PublicComponent("x", State.UP, days).share(90)


def test_maintenance_is_neither_good_nor_bad() -> None:
    window = Planned(((NOON - 2 * HOUR, NOON - HOUR),))
    made = component(
        "x",
        [spans((START, Health.UP), (NOON - 2 * HOUR, Health.DOWN), (NOON - HOUR, Health.UP), planned=window)],
        NOON,
        UTC,
    )
    assert (State.MAINTENANCE, 0.0, 11 * 3600.0) == (made.days[-1].state, made.days[-1].down, made.days[-1].known)
    assert "100.00 %" == made.share(90)


def test_only_what_was_written_for_everybody_since_the_last_withdrawal_is_told_the_newest_first() -> None:
    lines = [
        "public:old",
        "note:the password is 1234",
        "withdrawn:x",
        "public:We are on it.",
        "cause:a bug",
        "public:It is over.",
    ]
    said = [line.partition(":") for line in lines]
    events = [IncidentEvent("id", at(number), what, text, "Ada") for number, (what, _, text) in enumerate(said)]
    assert ["It is over.", "We are on it."] == [update.text for update in updates(reversed(events))]
    assert () == updates(events[:3])


@pytest.mark.parametrize(
    ("states", "heading"),
    [
        ("up up", "Everything works"),
        ("up unknown", "What is known works"),
        ("unknown unknown", "Nothing is known at the moment"),
        ("down up", "C0 is down"),
        ("down down", "Everything is down"),
        ("degraded down degraded", "C1 is down"),
        ("up maintenance", "C1 is in maintenance"),
        ("degraded degraded degraded degraded up", "C0, C1, C2, … are slow or partly disturbed"),
    ],
)
def test_one_sentence_says_how_everything_is(states: str, heading: str) -> None:
    made = tuple(PublicComponent(f"C{number}", State(state)) for number, state in enumerate(states.split()))
    status = PublicStatus("Status", NOON, (PublicGroup(None, made),))
    assert heading == status.heading
    assert status.state.value == to_json(status)["state"]
