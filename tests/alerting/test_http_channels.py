"""Webhook, Slack and PagerDuty against receivers that check what arrives and refuse in every way."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from synthmon.alerting.channel import Channel
from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.errors import DeliveryError
from synthmon.model.incident import Occasion
from synthmon.model.probe import Severity
from tests.alerting.receivers import HOSTILE, SECRETS, Asked, Receiver, Reply, context, notification
from tests.making import at

Open = Callable[..., Receiver]
TOKEN = "T0KENT0KENT0KEN"
ACCEPTED = Reply(202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": "x"}))


def channel(kind: str, url: str, **options: Any) -> Channel:
    """A channel whose address holds a token, as real ones do."""
    settings: dict[str, dict[str, Any]] = {
        "webhook": {"url": "${{ secrets.hook }}", "secret": "${{ secrets.signing_key }}"},
        "slack": {"webhook_url": "${{ secrets.hook }}"},
        "pagerduty": {"routing_key": "${{ secrets.routing_key }}", "url": "${{ secrets.hook }}"},
        "alertmanager": {"url": "${{ secrets.hook }}", "token": "${{ secrets.token }}"},
        "jira_service_management": {"api_key": "${{ secrets.api_key }}", "url": "${{ secrets.hook }}"},
        "teams": {"webhook_url": "${{ secrets.hook }}"},
    }
    model = CHANNEL_OPTIONS[kind].model_validate({**settings[kind], **options})
    return build_channel(kind, "pager", model, context(hook=f"{url}/services/{TOKEN}"))


def signed(asked: Asked, key: str) -> bool:
    """The check as docs/channels.md tells receivers to make it."""
    fields = dict(part.split("=", 1) for part in asked.headers["synthmon-signature"].split(","))
    expected = hmac.new(key.encode(), f"{fields['t']}.".encode() + asked.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, fields["v1"]) and int(fields["t"]) == int(at(70).timestamp())


KINDS = ["webhook", "slack", "pagerduty", "alertmanager", "jira_service_management", "teams"]
TAKEN = Reply(202, json.dumps({"result": "Request will be processed", "took": 0.1, "requestId": "43a29c5c"}))
ok = {
    "webhook": Reply(204, ""),
    "slack": Reply(),
    "pagerduty": ACCEPTED,
    "alertmanager": Reply(200, ""),
    "jira_service_management": TAKEN,
    "teams": Reply(202, ""),
}
MINE = {
    "webhook": (TOKEN, SECRETS["signing_key"]),
    "slack": (TOKEN,),
    "pagerduty": (TOKEN, SECRETS["routing_key"]),
    "alertmanager": (TOKEN, SECRETS["token"]),
    "jira_service_management": (TOKEN, SECRETS["api_key"]),
    "teams": (TOKEN,),
}


def test_a_webhook_carries_everything_and_a_signature_that_can_be_checked(receiver: Open) -> None:
    there = receiver(Reply(204, ""))
    told = notification()
    assert "accepted with 204" == channel("webhook", there.url).send(told)

    (asked,) = there.asked
    assert signed(asked, SECRETS["signing_key"])
    assert not signed(asked, "another key")
    assert (f"/services/{TOKEN}", told.id) == (asked.path, asked.headers["idempotency-key"])
    body = asked.json
    expected = {
        "version": 1,
        "id": told.id,
        "dedup_key": "synthmon/production/down/checkout",
        "generation": 1,
        "occasion": "trigger",
        "severity": "page",
        "probe": "checkout",
        "step": "pay",
        "step_name": "Pay",
        "cause_kind": "status",
        "cause": "answered 500, expected 201",
        "expected": "201",
        "actual": "500",
        "regions": ["eu-west"],
        "basis": "judged on 1 of 3 regions",
        "began_at": "2026-03-02T12:00:00.000Z",
        "link": told.message.link,
    }
    assert expected == {name: body[name] for name in expected}


def test_a_webhook_without_a_key_is_not_signed(receiver: Open) -> None:
    there = receiver()
    channel("webhook", there.url, secret=None).send(notification())
    assert "synthmon-signature" not in there.asked[0].headers


def test_a_pagerduty_event_says_what_is_down_where_and_how_bad(receiver: Open) -> None:
    there = receiver(ACCEPTED)
    channel("pagerduty", there.url).send(notification())

    event = there.asked[0].json
    assert (SECRETS["routing_key"], "trigger", "synthmon/production/down/checkout") == (
        event["routing_key"],
        event["event_action"],
        event["dedup_key"],
    )
    payload = event["payload"]
    assert 'checkout is down: step "Pay" answered 500, expected 201 [eu-west]' == payload["summary"]
    assert ("critical", "eu-west", "checkout", "production", "down", "2026-03-02T12:00:00+00:00") == (
        payload["severity"],
        payload["source"],
        payload["component"],
        payload["group"],
        payload["class"],
        payload["timestamp"],
    )
    assert "status: answered 500, expected 201" == payload["custom_details"]["cause"]
    assert ["More in synthmon", "Runbook"] == [link["text"] for link in event["links"]]


@pytest.mark.parametrize(
    ("occasion", "action"),
    [(Occasion.TRIGGER, "trigger"), (Occasion.ACKNOWLEDGE, "acknowledge"), (Occasion.RESOLVE, "resolve")],
)
def test_one_pagerduty_incident_lives_from_trigger_to_resolve_under_one_key(
    receiver: Open, occasion: Occasion, action: str
) -> None:
    there = receiver(ACCEPTED)
    channel("pagerduty", there.url).send(notification(occasion))
    event = there.asked[0].json
    assert (action, "synthmon/production/down/checkout") == (event["event_action"], event["dedup_key"])
    assert (occasion is Occasion.TRIGGER) == ("payload" in event)


def test_a_ticket_does_not_wake_anybody(receiver: Open) -> None:
    there = receiver(ACCEPTED)
    channel("pagerduty", there.url).send(notification(severity=Severity.TICKET))
    assert "warning" == there.asked[0].json["payload"]["severity"]


def test_a_runbook_that_is_a_sentence_is_no_link(receiver: Open) -> None:
    there = receiver(ACCEPTED)
    channel("pagerduty", there.url).send(notification(runbook="javascript:alert(1)", link=None))
    event = there.asked[0].json
    assert ([], False) == (event["links"], "client_url" in event)


def test_slack_shows_the_first_line_the_facts_and_a_link(receiver: Open) -> None:
    there = receiver()
    channel("slack", there.url).send(notification())
    body = there.asked[0].json
    assert 'checkout is down: step "Pay" answered 500, expected 201 [eu-west]' == body["text"]
    head, facts, link = (block["text"]["text"] for block in body["blocks"])
    assert head.startswith(":red_circle: *checkout is down")
    assert "*regions*  eu-west (judged on 1 of 3 regions)" in facts
    assert "*since*  2026-03-02 12:00:00 UTC" in facts
    assert "*runbook*  <https://wiki.example.com/runbooks/checkout>" in facts
    assert link.startswith("<https://synthmon.example.com/incidents/")
    channel("slack", there.url).send(notification(Occasion.RESOLVE))
    assert there.asked[1].json["blocks"][0]["text"]["text"].startswith(":large_green_circle: *RESOLVED checkout")


def test_what_a_target_sent_mentions_nobody_and_steers_nothing_in_slack(receiver: Open) -> None:
    there = receiver()
    channel("slack", there.url).send(notification(cause=HOSTILE, actual=HOSTILE, title=HOSTILE))
    body = there.asked[0].json
    shown = json.dumps(body)
    assert "<!channel" not in shown
    assert "<script" not in shown
    assert "\\u001b" not in shown
    assert all(block["text"]["verbatim"] for block in body["blocks"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_huge_message_is_cut_the_same_way_each_time_and_stays_within_the_receivers_limits(
    receiver: Open, kind: str
) -> None:
    there = receiver(ok[kind])
    told = notification(cause="&<>\ud800" * 50_000, regions=tuple(f"region-{n}" for n in range(10_000)))
    for _ in range(2):
        channel(kind, there.url).send(told)
    first, second = there.asked
    assert first.body == second.body
    if kind == "slack":
        assert all(len(block["text"]["text"]) <= 3000 for block in first.json["blocks"])
    if kind == "pagerduty":
        assert len(first.body) < 512 * 1024
        assert len(first.json["payload"]["summary"]) <= 1024
        assert first.json["payload"]["summary"].endswith("[10000 regions]")
    if kind == "jira_service_management":
        assert len(first.json["message"]) <= 130
        assert len(first.json["description"]) <= 15_000
    if kind == "teams":
        assert len(first.body) < 28 * 1024


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_refusal_for_good_is_not_tried_again(receiver: Open, kind: str, status: int) -> None:
    there = receiver(Reply(status, "no such key", {"Retry-After": "5"}))
    with pytest.raises(DeliveryError, match=f"^the receiver answered {status}: no such key$") as caught:
        channel(kind, there.url).send(notification())
    assert (True, None) == (caught.value.permanent, caught.value.retry_after)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 302])
def test_trouble_that_passes_is_tried_again(receiver: Open, kind: str, status: int) -> None:
    there = receiver(Reply(status, "later", {"Location": "http://127.0.0.1:1/portal"}))
    with pytest.raises(DeliveryError) as caught:
        channel(kind, there.url).send(notification())
    assert not caught.value.permanent
    assert 1 == len(there.asked)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Mon, 02 Mar 2026 12:03:10 GMT", 120.0),
        ("Mon, 02 Mar 2020 12:03:10 GMT", None),
        ("-5", None),
        ("soon", None),
        ("²", None),
        ("31536000", 31536000.0),
    ],
)
def test_what_a_busy_receiver_asks_for_is_understood(receiver: Open, header: str, seconds: float | None) -> None:
    there = receiver(Reply(429, "", {"Retry-After": header.encode().decode("latin-1")}))
    with pytest.raises(DeliveryError) as caught:
        channel("webhook", there.url).send(notification())
    assert seconds == caught.value.retry_after


@pytest.mark.parametrize(
    ("status", "body", "permanent"),
    [
        (200, "invalid_payload", True),
        (200, '{"ok": false, "error": "channel_is_archived"}', True),
        (200, "<html>Please log in</html>", False),
        (200, "", False),
    ],
)
def test_slack_saying_anything_but_ok_is_a_failure(receiver: Open, status: int, body: str, permanent: bool) -> None:
    there = receiver(Reply(status, body))
    with pytest.raises(DeliveryError, match="Slack did not take it") as caught:
        channel("slack", there.url).send(notification())
    assert permanent == caught.value.permanent


@pytest.mark.parametrize(
    "reply",
    [Reply(200, ACCEPTED.body), Reply(202, "<html>Please log in</html>"), Reply(202, '{"status": "queued"}')],
)
def test_pagerduty_has_accepted_only_what_it_says_it_accepted(receiver: Open, reply: Reply) -> None:
    there = receiver(reply)
    with pytest.raises(DeliveryError, match="PagerDuty did not accept it") as caught:
        channel("pagerduty", there.url).send(notification())
    assert not caught.value.permanent


def test_no_compressed_answer_is_asked_for(receiver: Open) -> None:
    there = receiver()
    channel("slack", there.url).send(notification())
    assert "identity" == there.asked[0].headers["accept-encoding"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("reply", [Reply(hang=True), Reply(drip=True)], ids=["hangs", "drips"])
def test_a_receiver_that_never_ends_is_given_up_in_time(receiver: Open, reply: Reply) -> None:
    there = receiver(reply)
    with pytest.raises(DeliveryError, match=r"did not answer within 500 ms|took too long") as caught:
        channel("webhook", there.url).send(notification())
    assert not caught.value.permanent


def test_nobody_listening_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DeliveryError, match=r"^the receiver was not reached: connection refused$") as caught:
            channel("webhook", url).send(notification())
    assert not caught.value.permanent


def test_a_receiver_nobody_vouches_for_hears_nothing_and_one_with_a_known_authority_does(
    receiver: Open, authority: trustme.CA, tmp_path: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    there = receiver(tls=tls)
    with pytest.raises(DeliveryError, match="its certificate is not trusted") as caught:
        channel("webhook", there.url).send(notification())
    assert (False, []) == (caught.value.permanent, there.asked)

    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    channel("webhook", there.url, ca_file=str(bundle)).send(notification())
    assert 1 == len(there.asked)


def test_a_file_of_authorities_that_is_not_there_is_named_as_the_trouble(receiver: Open) -> None:
    with pytest.raises(DeliveryError, match="file of authorities"):
        channel("webhook", receiver().url, ca_file="/nowhere.pem").send(notification())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 500])
def test_no_secret_is_in_an_error_even_if_the_receiver_repeats_it(receiver: Open, kind: str, status: int) -> None:
    echoed = f"bad key {' '.join(MINE[kind])} at /services/{TOKEN} " + "x" * 300
    there = receiver(Reply(status, echoed))
    with pytest.raises(DeliveryError) as caught:
        channel(kind, there.url).send(notification())
    assert [] == [secret for secret in MINE[kind] if secret in str(caught.value)]


@pytest.mark.parametrize("kind", KINDS)
def test_no_token_is_in_any_log_even_if_everything_is_logged(
    receiver: Open, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    there = receiver(ok[kind])
    with caplog.at_level(logging.DEBUG):
        channel(kind, there.url).send(notification())
    assert [] == [secret for secret in (TOKEN, *SECRETS.values()) if secret in caplog.text]


@pytest.mark.parametrize("kind", ["webhook", "slack", "teams"])
def test_no_secret_is_in_what_is_sent(receiver: Open, kind: str) -> None:
    there = receiver(ok[kind])
    channel(kind, there.url).send(notification())
    (asked,) = there.asked
    sent = asked.body.decode() + json.dumps(asked.headers)
    assert [] == [secret for secret in (TOKEN, *SECRETS.values()) if secret in sent]


@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1/x", "http://", "http://[::1"])
def test_an_address_that_is_none_is_an_error_without_the_address(address: str) -> None:
    made = build_channel(
        "webhook", "hook", CHANNEL_OPTIONS["webhook"](url="${{ secrets.hook }}"), context(hook=address)
    )
    with pytest.raises(DeliveryError) as caught:
        made.send(notification())
    assert address not in str(caught.value)
