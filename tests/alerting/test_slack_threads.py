"""Slack with an app's token, against a small imitation of its Web API: threads, states, refusals, restarts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from synthmon.alerting.slack import Slack, SlackOptions
from synthmon.errors import DeliveryError
from synthmon.model.incident import Occasion
from tests.alerting.receivers import SECRETS, Asked, Receiver, Reply, context, notification


class Workspace(Receiver):
    """Keeps messages as Slack does: each has a time stamp, replies have that of their thread."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: dict[str, dict[str, Any]] = {}
        self.refusals: dict[str, str] = {}  # by method: the error it answers
        self.portal = False  # something on the way answers in its place

    def answer(self, asked: Asked) -> Reply:
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            if self.portal:
                return Reply(200, "<html>Please log in</html>")
            method = asked.path.removeprefix("/api/")
            if asked.headers.get("authorization") != f"Bearer {SECRETS['token']}":
                return Reply(200, '{"ok": false, "error": "invalid_auth"}')
            if error := self.refusals.get(method):
                return Reply(200, json.dumps({"ok": False, "error": error}))
            return Reply(200, json.dumps({"ok": True, **self.do(method, asked)}))

    def do(self, method: str, asked: Asked) -> dict[str, Any]:
        if method == "conversations.history":
            assert ["C1"] == parse_qs(asked.body.decode())["channel"]
            return {"messages": [message for message in self.messages.values() if "thread_ts" not in message]}
        body = asked.json
        stamp = body.get("ts") or f"1772452800.{len(self.messages):06}"
        assert method == ("chat.update" if "ts" in body else "chat.postMessage")
        self.messages[stamp] = {**self.messages.get(stamp, {}), **body, "ts": stamp}
        return {"channel": "C1", "ts": stamp}

    @property
    def shown(self) -> list[tuple[str, str | None]]:
        return [(message["text"].split(":")[0], message.get("thread_ts")) for message in self.messages.values()]


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    made = Workspace()
    yield made
    made.close()


def slack(workspace: Workspace, token: str = "token") -> Slack:
    given = {"token": "${{ secrets." + token + " }}", "channel": "C1", "url": f"{workspace.url}/api"}
    options = SlackOptions.model_validate(given)
    return Slack("team", options, context())


FIRST = "1772452800.000000"
TRIGGER, RESOLVE = notification(), notification(Occasion.RESOLVE)


def test_an_incident_is_a_thread_and_its_first_message_tells_how_it_ended(workspace: Workspace) -> None:
    channel = slack(workspace)
    assert "posted" == channel.send(TRIGGER)
    assert [("checkout is down", None)] == workspace.shown
    assert "posted in its thread" == channel.send(RESOLVE)
    up = "RESOLVED checkout is up again after 12 min"
    assert [(up, None), (up, FIRST)] == workspace.shown


def test_an_acknowledgement_and_a_risen_severity_stay_in_the_thread(workspace: Workspace) -> None:
    channel = slack(workspace)
    channel.send(TRIGGER)
    channel.send(notification(sequence=1))
    channel.send(notification(Occasion.ACKNOWLEDGE, title="checkout: acknowledged by maria"))
    assert [None, FIRST, FIRST] == [thread for _, thread in workspace.shown]


def test_after_a_restart_the_thread_is_found_again_by_what_is_written_in_its_message(workspace: Workspace) -> None:
    slack(workspace).send(TRIGGER)
    slack(workspace).send(notification(incident_id="another"))
    slack(workspace).send(RESOLVE)
    assert [None, None, FIRST] == [thread for _, thread in workspace.shown]
    assert workspace.messages[FIRST]["text"].startswith("RESOLVED")


@pytest.mark.parametrize("error", ["missing_scope", "internal_error"])
def test_where_the_thread_is_not_found_the_end_is_a_message_of_its_own(workspace: Workspace, error: str) -> None:
    slack(workspace).send(TRIGGER)
    workspace.refusals["conversations.history"] = error
    assert "posted" == slack(workspace).send(RESOLVE)
    assert [None, None] == [thread for _, thread in workspace.shown]


def test_a_first_message_that_cannot_be_changed_costs_no_message(workspace: Workspace) -> None:
    channel = slack(workspace)
    channel.send(TRIGGER)
    workspace.refusals["chat.update"] = "cant_update_message"
    assert "posted in its thread" == channel.send(RESOLVE)


@pytest.mark.parametrize(
    ("error", "permanent"), [("channel_not_found", True), ("is_archived", True), ("internal_error", False)]
)
def test_ok_false_is_a_failure_for_good_unless_it_is_trouble_of_slack(
    workspace: Workspace, error: str, permanent: bool
) -> None:
    workspace.refusals["chat.postMessage"] = error
    with pytest.raises(DeliveryError, match=error) as caught:
        slack(workspace).send(TRIGGER)
    assert permanent == caught.value.permanent


def test_a_wrong_token_is_refused_for_good_and_not_shown(workspace: Workspace) -> None:
    with pytest.raises(DeliveryError, match="invalid_auth") as caught:
        slack(workspace, "api_key").send(TRIGGER)
    assert caught.value.permanent
    assert SECRETS["api_key"] not in str(caught.value)


def test_the_page_of_a_proxy_is_tried_again(workspace: Workspace) -> None:
    workspace.portal = True
    with pytest.raises(DeliveryError, match="not JSON") as caught:
        slack(workspace).send(TRIGGER)
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "options", [{}, {"token": "x"}, {"channel": "C1"}, {"webhook_url": "x", "token": "y", "channel": "C1"}]
)
def test_slack_is_reached_in_exactly_one_way(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="by a webhook, or by a token and a channel"):
        SlackOptions.model_validate(options)
