"""An incident as a story: events and messages in one line of time, and what each region saw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from synthmon.model.incident import Delivery, DeliveryStatus, IncidentEvent, Message, Notification, Occasion
from synthmon.model.probe import Severity, Track
from synthmon.model.run import Outcome
from synthmon.web.incident_story import TOGETHER_SHOWN, by_region, entries, together
from tests.making import NOON, at, incident, row

FOUND = incident(NOON, regions=("eu", "us"))


def owed(channel: str, created: datetime, occasion: Occasion = Occasion.TRIGGER) -> Notification:
    message = Message(
        "t", "", "checkout", "t", "test", Track.DOWN, Severity.PAGE, occasion, NOON, NOON, (), "", FOUND.id
    )
    return Notification(FOUND.id, 1, occasion, channel, "key", created, message)


def told(events: Sequence[IncidentEvent], *deliveries: Delivery) -> list[tuple[datetime, str, str, str | None]]:
    return [(one.at, one.what, one.text, one.who) for one in entries(events, deliveries)]


def test_messages_stand_among_the_events_when_they_were_accepted() -> None:
    events = [
        IncidentEvent(FOUND.id, at(6), "opened", "2 in a row"),
        IncidentEvent(FOUND.id, at(90), "note", "x", "Ada"),
    ]
    accepted = Delivery(owed("pager", at(6)), DeliveryStatus.SENT, 3, None, None, at(40))
    assert [
        (at(6), "opened", "2 in a row", None),
        (at(40), "told", "pager: trigger accepted after 3 attempts", None),
        (at(90), "note", "x", "Ada"),
    ] == told(events, accepted)


def test_what_was_not_accepted_stands_where_it_was_owed_with_its_attempts_and_why() -> None:
    waits = Delivery(owed("slack", at(6)), DeliveryStatus.PENDING, 1, at(60), "it answered 503")
    dead = Delivery(owed("mail", at(7), Occasion.RESOLVE), DeliveryStatus.DEAD, 8, None, "no such address")
    new = Delivery(owed("teams", at(8)))
    assert [
        (at(6), "not told", "slack: trigger not accepted yet, 1 attempt: it answered 503", None),
        (at(7), "not told", "mail: resolve given up, 8 attempts: no such address", None),
        (at(8), "not told", "teams: trigger not accepted yet, 0 attempts", None),
    ] == told([], new, dead, waits)


def test_what_waits_for_its_channels_minute_says_so_and_until_when() -> None:
    held = Delivery(owed("pager", at(6)), next_at=at(60))
    due = Delivery(owed("slack", at(7)), next_at=at(7))
    reason = "waits until 2026-03-02 12:01:00 UTC to go with others: the channel has heard enough this minute"
    assert [
        (at(6), "not told", f"pager: trigger {reason}", None),
        (at(7), "not told", "slack: trigger not accepted yet, 0 attempts", None),
    ] == told([], held, due)


def test_tests_of_channels_are_no_part_of_it() -> None:
    assert [] == told([], Delivery(owed("pager", at(6), Occasion.TEST)), Delivery(owed("pager", at(6), Occasion.LOOK)))


def test_each_region_says_how_often_where_and_since_when() -> None:
    rows = [
        row(at(60), Outcome.FAILED, region="us", failed_step="pay"),
        row(at(0), Outcome.FAILED, region="us", failed_step="log-in"),
        row(at(120), Outcome.FAILED, region="us", failed_step="pay"),
        row(at(180), Outcome.DEGRADED, region="us"),
        row(at(0), Outcome.ERROR, region="ap"),
    ]
    eu, us, sa, ap = by_region(FOUND, rows, ("us", "sa"))
    assert ("eu", True, 0, None) == (eu.region, eu.named, eu.judged, eu.last)
    assert ("us", True, 4, 3, 1) == (us.region, us.named, us.judged, us.failed, us.slow)
    assert [("pay", 2), ("log-in", 1)] == list(us.steps.items())
    assert us.first_bad is not None
    assert us.last is not None
    assert (at(0), at(180)) == (us.first_bad.slot, us.last.slot)
    assert ("sa", False, None) == (sa.region, sa.named, sa.last)
    assert ("ap", False, 0, None) == (ap.region, ap.named, ap.judged, ap.first_bad)


def test_what_began_at_about_the_same_time_is_named_the_nearest_first() -> None:
    near = [incident(at(seconds), probe=f"p{seconds}") for seconds in (500, -30, 610, 3)]
    assert ["p3", "p-30", "p500"] == [one.probe for one in together(FOUND, [FOUND, *near], ())]
    assert ["p-30", "p500"] == [one.probe for one in together(FOUND, near, [near[3].id])]
    storm = [incident(at(seconds), probe=f"p{seconds}") for seconds in range(1, 60)]
    assert TOGETHER_SHOWN == len(together(FOUND, storm, ()))
