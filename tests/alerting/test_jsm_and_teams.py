"""Jira Service Management and Teams: what they are sent, and what counts as taken."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from synthmon.alerting.jsm import JiraServiceManagement, JiraServiceManagementOptions
from synthmon.alerting.teams import Teams, TeamsOptions
from synthmon.errors import DeliveryError
from synthmon.model.incident import Occasion
from synthmon.model.probe import Severity
from tests.alerting.receivers import HOSTILE, SECRETS, Receiver, Reply, context, notification

Open = Callable[..., Receiver]
TAKEN = Reply(202, json.dumps({"result": "Request will be processed", "took": 0.1, "requestId": "43a29c5c"}))


def jira(there: Receiver) -> JiraServiceManagement:
    given = {"api_key": "${{ secrets.api_key }}", "url": f"{there.url}/v2/alerts"}
    options = JiraServiceManagementOptions.model_validate(given)
    return JiraServiceManagement("oncall", options, context())


def teams(there: Receiver) -> Teams:
    return Teams("team", TeamsOptions(webhook_url="${{ secrets.hook }}"), context(hook=f"{there.url}/workflow"))


def test_a_trigger_creates_an_alert_whose_alias_is_the_deduplication_key(receiver: Open) -> None:
    there = receiver(TAKEN)
    assert "taken" == jira(there).send(notification())
    (asked,) = there.asked
    assert ("/v2/alerts", f"GenieKey {SECRETS['api_key']}") == (asked.path, asked.headers["authorization"])
    body = asked.json
    assert ("synthmon/production/down/checkout", "P1", "checkout") == (body["alias"], body["priority"], body["entity"])
    assert 'checkout is down: step "Pay" answered 500, expected 201 [eu-west]' == body["message"]
    assert "cause:       status: answered 500, expected 201" in body["description"]


@pytest.mark.parametrize(("occasion", "verb"), [(Occasion.ACKNOWLEDGE, "acknowledge"), (Occasion.RESOLVE, "close")])
def test_an_alert_is_acknowledged_and_closed_by_its_alias(receiver: Open, occasion: Occasion, verb: str) -> None:
    there = receiver(TAKEN)
    jira(there).send(notification(occasion))
    (asked,) = there.asked
    assert f"/v2/alerts/synthmon%2Fproduction%2Fdown%2Fcheckout/{verb}?identifierType=alias" == asked.path
    assert {"source", "note"} == set(asked.json)


def test_a_ticket_has_a_lower_priority(receiver: Open) -> None:
    there = receiver(TAKEN)
    jira(there).send(notification(severity=Severity.TICKET))
    assert "P3" == there.asked[0].json["priority"]


@pytest.mark.parametrize(
    "reply", [Reply(200, TAKEN.body), Reply(202, "<html>Please log in</html>"), Reply(202, '{"result": "?"}')]
)
def test_jira_has_taken_only_what_it_gave_a_request_id(receiver: Open, reply: Reply) -> None:
    with pytest.raises(DeliveryError, match="answered") as caught:
        jira(receiver(reply)).send(notification())
    assert not caught.value.permanent


def test_teams_shows_one_card_with_the_first_line_the_facts_and_links(receiver: Open) -> None:
    there = receiver(Reply(202, ""))
    assert "accepted with 202" == teams(there).send(notification())
    body = there.asked[0].json
    (attachment,) = body["attachments"]
    assert ("message", "application/vnd.microsoft.card.adaptive") == (body["type"], attachment["contentType"])
    title, facts = attachment["content"]["body"]
    assert (r'checkout is down: step "Pay" answered 500, expected 201 \[eu-west\]', "Attention") == (
        title["text"],
        title["color"],
    )
    assert {"title": "since", "value": "2026-03-02 12:00:00 UTC"} in facts["facts"]
    assert ["More in synthmon", "Runbook"] == [action["title"] for action in attachment["content"]["actions"]]


def test_a_resolve_is_good_news_in_teams(receiver: Open) -> None:
    there = receiver(Reply(202, ""))
    teams(there).send(notification(Occasion.RESOLVE))
    assert "Good" == there.asked[0].json["attachments"][0]["content"]["body"][0]["color"]


def test_what_a_target_sent_is_no_markup_and_mentions_nobody_in_teams(receiver: Open) -> None:
    there = receiver(Reply(202, ""))
    teams(there).send(notification(cause=HOSTILE + " [pay](https://evil.example) <at>all</at>", title=HOSTILE))
    shown = json.dumps(there.asked[0].json["attachments"][0]["content"]["body"])
    assert "[pay](" not in shown.replace("\\\\[", "").replace("\\\\]", "")
    assert "<at>" not in shown
    assert "<script" not in shown
    assert "entities" not in shown


def test_a_refusal_that_an_older_address_hides_in_a_200_is_a_failure(receiver: Open) -> None:
    there = receiver(Reply(200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned 429"))
    with pytest.raises(DeliveryError, match="Teams did not take it") as caught:
        teams(there).send(notification())
    assert not caught.value.permanent
