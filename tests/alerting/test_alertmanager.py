"""Alertmanager: what fires, for how long, under which labels, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from synthmon.alerting.alertmanager import Alertmanager, AlertmanagerOptions
from synthmon.model.incident import Occasion
from synthmon.model.probe import Severity, Track
from tests.alerting.receivers import Receiver, Reply, context, notification
from tests.making import at

Open = Callable[..., Receiver]


def manager(there: Receiver, now: float = 70, **options: Any) -> Alertmanager:
    model = AlertmanagerOptions.model_validate({"url": f"{there.url}/am/", **options})
    return Alertmanager("alerts", model, context(now=lambda: at(now)))


def test_an_alert_fires_from_the_first_bad_run_and_for_a_quarter_of_an_hour_without_being_repeated(
    receiver: Open,
) -> None:
    there = receiver(Reply(200, ""))
    assert "accepted with 200" == manager(there, labels={"team": "payments"}).send(notification())
    (asked,) = there.asked
    alert, other = asked.json
    assert "/am/api/v2/alerts" == asked.path
    assert {
        "team": "payments",
        "alertname": "synthmon_down",
        "environment": "production",
        "probe": "checkout",
        "severity": "page",
    } == alert["labels"]
    assert ("2026-03-02T12:00:00.000Z", "2026-03-02T12:16:10.000Z") == (alert["startsAt"], alert["endsAt"])
    assert 'checkout is down: step "Pay" answered 500, expected 201 [eu-west]' == alert["annotations"]["summary"]
    assert "https://wiki.example.com/runbooks/checkout" == alert["annotations"]["runbook"]
    assert notification().message.link == alert["generatorURL"]
    assert ("ticket", "2026-03-02T12:01:10.000Z") == (other["labels"]["severity"], other["endsAt"])


def test_a_resolve_ends_the_alert_under_every_severity_it_may_have_had(receiver: Open) -> None:
    there = receiver(Reply(200, ""))
    manager(there, now=800).send(notification(Occasion.RESOLVE))
    alerts = there.asked[0].json
    assert {"page", "ticket"} == {alert["labels"]["severity"] for alert in alerts}
    assert {"2026-03-02T12:12:00.000Z"} == {alert["endsAt"] for alert in alerts}
    assert {"2026-03-02T12:00:00.000Z"} == {alert["startsAt"] for alert in alerts}


def test_an_end_that_lies_ahead_of_the_clock_is_now_or_it_would_go_on_firing(receiver: Open) -> None:
    there = receiver(Reply(200, ""))
    manager(there, now=-10).send(notification(Occasion.RESOLVE))
    alert = there.asked[0].json[0]
    assert "2026-03-02T11:59:50.000Z" == alert["startsAt"] == alert["endsAt"]


def test_what_still_fires_is_repeated_in_one_request_with_new_ends_and_the_same_labels(receiver: Open) -> None:
    there = receiver(Reply(200, ""))
    slow = notification(track=Track.SLOW, severity=Severity.TICKET)
    manager(there).send(notification())
    manager(there, now=600).repeat([notification(), slow])
    first, again = there.asked[0].json[0], there.asked[1].json
    assert ["synthmon_down", "synthmon_slow"] == [alert["labels"]["alertname"] for alert in again]
    assert (first["labels"], first["startsAt"]) == (again[0]["labels"], again[0]["startsAt"])
    assert {"2026-03-02T12:25:00.000Z"} == {alert["endsAt"] for alert in again}


def test_it_is_repeated_more_often_than_an_alert_needs() -> None:
    assert Alertmanager.repeat_every * 4 < timedelta(minutes=15)


def test_an_acknowledgement_goes_on_firing_and_says_who_it_was(receiver: Open) -> None:
    there = receiver(Reply(200, ""))
    manager(there).send(notification(Occasion.ACKNOWLEDGE, title="checkout: acknowledged by maria"))
    alert = there.asked[0].json[0]
    assert ("checkout: acknowledged by maria", "2026-03-02T12:16:10.000Z") == (
        alert["annotations"]["summary"],
        alert["endsAt"],
    )


def test_it_is_asked_by_name_and_password_or_by_token(receiver: Open) -> None:
    there = receiver(Reply(200, ""))
    manager(there, username="synthmon", password="${{ secrets.mail_password }}").send(notification())
    manager(there, token="${{ secrets.token }}").send(notification())
    basic, bearer = (asked.headers["authorization"] for asked in there.asked)
    assert "Basic c3ludGhtb246Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5" == basic
    assert "Bearer xoxb-T0KEN-0123456789" == bearer
