"""`synthmon notify`: what is printed, and how it exits, against receivers that take and refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.alerting.receivers import Receiver, Reply
from tests.cli.typed import Terminal

CONFIGURATION = """\
synthmon_config: 1
environment: production
channels:
  pager:
    pagerduty: {routing_key: "${{ secrets.routing_key }}", url: "URL"}
    backup: hook
    canary: daily
  hook: {webhook: {url: "${{ secrets.hook }}"}}
  lost: {webhook: {url: "${{ secrets.nobody_has_it }}"}}
"""
ACCEPTED = Reply(202, '{"status": "success"}')


@pytest.fixture
def there() -> Iterator[Receiver]:
    made = Receiver(ACCEPTED)
    yield made
    made.close()


@pytest.fixture
def declared(terminal: Terminal, there: Receiver, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal.write("synthmon.yaml", CONFIGURATION.replace("URL", there.url))
    monkeypatch.setenv("SYNTHMON_SECRET_ROUTING_KEY", "R0UTINGKEY0123456789")
    monkeypatch.setenv("SYNTHMON_SECRET_HOOK", there.url)
    return terminal


def test_a_test_says_what_the_receiver_answered_and_closes_what_it_opened(declared: Terminal, there: Receiver) -> None:
    said = declared.types("notify", "test", "pager", "--page")
    assert (0, "pager: accepted\npager: accepted (what the test opened is closed)\n") == (said.code, said.out)
    opened, closed = (asked.json for asked in there.asked)
    assert ("trigger", "resolve") == (opened["event_action"], closed["event_action"])
    assert opened["dedup_key"] == closed["dedup_key"]
    assert opened["dedup_key"].startswith("synthmon/production/test/pager/")
    assert ("TEST channel pager works: nothing is wrong", "critical") == (
        opened["payload"]["summary"],
        opened["payload"]["severity"],
    )


def test_a_test_can_be_left_open_and_is_no_page_unless_that_is_asked_for(declared: Terminal, there: Receiver) -> None:
    assert 0 == declared.types("notify", "test", "pager", "--keep-open").code
    (opened,) = there.asked
    assert "warning" == opened.json["payload"]["severity"]


def test_a_channel_without_keys_gets_one_message(declared: Terminal, there: Receiver) -> None:
    assert "hook: accepted with 202\n" == declared.types("notify", "test", "hook").out
    assert ["test"] == [asked.json["occasion"] for asked in there.asked]


@pytest.mark.parametrize(("status", "again"), [(404, "not be tried again"), (503, "be tried again")])
def test_a_refusal_is_told_with_its_reason_and_exits_1(
    declared: Terminal, there: Receiver, status: int, again: str
) -> None:
    there.replies[:] = [Reply(status, "no such key R0UTINGKEY0123456789")]
    said = declared.types("notify", "test", "pager")
    assert (1, "") == (said.code, said.out)
    assert f"pager: the receiver answered {status}: no such key" in said.err
    assert again in said.err
    assert "R0UTINGKEY" not in said.err


def test_a_channel_that_is_not_declared_or_lacks_its_secret_exits_2(declared: Terminal) -> None:
    said = declared.types("notify", "test", "pagr")
    assert (2, True) == (said.code, "did you mean `pager`?" in said.err)
    said = declared.types("notify", "test", "lost")
    assert (2, True) == (said.code, "nobody_has_it" in said.err)


def test_the_console_is_always_there(terminal: Terminal) -> None:
    said = terminal.types("notify", "test", "console")
    assert 0 == said.code
    assert "TEST channel console works: nothing is wrong" in said.out


def test_the_list_names_every_channel_its_backup_and_its_canary(declared: Terminal) -> None:
    said = declared.types("notify", "list")
    assert 0 == said.code
    assert ["pager", "pagerduty", "hook", "daily"] == said.out.splitlines()[2].split()
    assert {"channel": "lost", "kind": "webhook", "backup": None, "canary": None} in json.loads(
        declared.types("notify", "list", "--json").out
    )


def test_a_canary_is_daily_or_as_often_as_is_said(terminal: Terminal) -> None:
    terminal.write("synthmon.yaml", "synthmon_config: 1\nchannels:\n  a: {console: {}, canary: 1h}\n")
    assert ["a", "console", "none", "1h"] == terminal.types("notify", "list").out.splitlines()[-1].split()


ASKED = '"${{ secrets.routing_key }}", url: "URL", api_token: "${{ secrets.api_token }}", api_url: "URL"'


@pytest.fixture
def asking(declared: Terminal, there: Receiver, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    text = CONFIGURATION.replace('"${{ secrets.routing_key }}", url: "URL"', ASKED)
    declared.write("synthmon.yaml", text.replace("URL", there.url))
    monkeypatch.setenv("SYNTHMON_SECRET_API_TOKEN", "u+REST-T0KEN-1234")
    monkeypatch.setattr("synthmon.cli.notify.LOOK_EVERY", 0.01)
    monkeypatch.setattr("synthmon.cli.notify.PATIENCE", 0.05)
    return declared


def test_a_test_also_says_whether_it_arrived_where_the_receiver_can_be_asked(asking: Terminal, there: Receiver) -> None:
    there.replies[:] = [ACCEPTED, Reply(200, '{"incidents": []}'), Reply(200, '{"incidents": [{}]}'), ACCEPTED]
    said = asking.types("notify", "test", "pager")
    assert (0, ["pager: accepted", "pager: it arrived"]) == (said.code, said.out.splitlines()[:2])


def test_what_was_accepted_and_dropped_exits_1_and_is_closed_all_the_same(asking: Terminal, there: Receiver) -> None:
    there.replies[:] = [ACCEPTED, *[Reply(200, '{"incidents": []}')] * 6, ACCEPTED]
    said = asking.types("notify", "test", "pager")
    assert (1, "pager: accepted, and not there after 0 s\n") == (said.code, said.err)
    assert "resolve" == there.asked[-1].json["event_action"]


def test_a_token_that_is_refused_is_said_and_not_shown(asking: Terminal, there: Receiver) -> None:
    there.replies[:] = [ACCEPTED, Reply(401, "no: u+REST-T0KEN-1234"), ACCEPTED]
    said = asking.types("notify", "test", "pager")
    assert 1 == said.code
    assert "looking for it failed: the receiver answered 401" in said.err
    assert "REST-T0KEN" not in said.err + said.out
