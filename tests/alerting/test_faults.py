"""What can go wrong with telling, row by row: what then has to be true, and which tests hold it.

The tests below send through real channels to real servers, by a clock of their own; `ROWS` names the others.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.alerting import wording
from synthmon.alerting.channel import Channel
from synthmon.alerting.ports import ChannelState
from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.model.incident import DeliveryStatus, Notification, Occasion
from synthmon.store.memory import MemoryStore
from tests.alerting.receivers import Receiver, Reply, context, notification
from tests.alerting.test_sender import BUSY, Most, Scripted
from tests.making import at
from tests.rows import lost

HTTP, SENDER, MAIL = "alerting/test_http_channels.py", "alerting/test_sender.py", "alerting/test_mail.py"
CALLS = "alerting/test_crash_at_calls.py"
CRASH, ANYWHERE = "alerting/test_crash.py", "alerting/test_crash_anywhere.py"
STORMS, CANARY, SLACK = "alerting/test_storms.py", "alerting/test_canary.py", "alerting/test_slack_threads.py"
HERE = "alerting/test_faults.py"

ROWS = {
    "N1 refused twenty times with 500, then taken: told once, in order, after bounded waits": [
        f"{HERE}::test_twenty_refusals_delay_a_page_and_neither_lose_nor_double_nor_reorder_it",
        f"{SENDER}::test_the_waits_double_up_to_a_minute",
    ],
    "N2 no answer after it was heard: sent again with the same key": [
        f"{HERE}::test_what_was_heard_and_not_answered_is_sent_again_as_the_very_same",
        f"{HTTP}::test_a_receiver_that_never_ends_is_given_up_in_time",
    ],
    "N3 429 with Retry-After as seconds, a date, garbage, negative, a year: honoured, a quarter of an hour at most": [
        f"{HERE}::test_a_busy_receiver_is_asked_again_when_it_wishes_within_reason",
        f"{HTTP}::test_what_a_busy_receiver_asks_for_is_understood",
    ],
    "N4 refused for good (400 401 403 404 410 413): given up, the backup told, an incident told through the others": [
        f"{HERE}::test_a_refusal_for_good_is_given_up_and_told_to_the_backup_and_of_the_channel",
        f"{HTTP}::test_a_refusal_for_good_is_not_tried_again",
        "app/test_selfwatch.py::test_a_channel_that_refuses_is_told_of_by_another_and_shown",
    ],
    "N5 no name, nobody listening, a bad certificate, a portal that answers 200: tried again": [
        f"{HERE}::test_a_name_that_does_not_resolve_is_tried_again",
        f"{HTTP}::test_nobody_listening_is_tried_again",
        f"{HTTP}::test_a_receiver_nobody_vouches_for_hears_nothing_and_one_with_a_known_authority_does",
        f"{HTTP}::test_pagerduty_has_accepted_only_what_it_says_it_accepted",
    ],
    "N6 200 with an error in its body: a failure": [
        f"{HTTP}::test_slack_saying_anything_but_ok_is_a_failure",
        f"{SLACK}::test_ok_false_is_a_failure_for_good_unless_it_is_trouble_of_slack",
    ],
    "N7 one channel of three hangs: the others are told within five seconds": [
        f"{HERE}::test_one_channel_of_three_that_hangs_keeps_the_others_waiting_for_nothing",
        f"{SENDER}::test_a_channel_that_hangs_delays_no_other_and_is_never_asked_more_than_four_times_at_once",
        "app/test_undisturbed.py::test_a_channel_that_hangs_delays_no_run_and_no_other_channel",
    ],
    "N8 a thousand at once: few messages that name all of them, every incident on the pages": [
        f"{STORMS}::test_a_thousand_at_once_are_three_pages_that_name_every_one_of_them",
        f"{STORMS}::test_a_thousand_over_a_minute_are_still_three_pages_a_minute_and_all_are_told_within_another",
        f"{STORMS}::test_pages_tickets_and_ends_together_stay_below_ten_messages_a_minute_and_nothing_is_lost",
        "app/test_storm.py::test_a_thousand_outages_at_once_are_few_messages_and_all_of_them_are_on_the_pages",
    ],
    "N9 SMTP: greylisted, unknown, TLS stripped, slow to greet, some recipients refused": [
        f"{MAIL}::test_a_greylisting_server_is_tried_again",
        f"{MAIL}::test_when_every_recipient_is_refused_for_good_it_is_for_good",
        f"{MAIL}::test_where_tls_was_stripped_no_password_and_no_mail_goes_out",
        f"{MAIL}::test_a_server_that_never_greets_is_given_up_in_time",
        f"{MAIL}::test_one_unknown_recipient_keeps_the_mail_from_no_other",
        f"{MAIL}::test_who_has_the_mail_does_not_get_it_again_while_another_is_greylisted",
    ],
    "N10 killed between the answer and its mark: once more at most, under the same key": [
        f"{CRASH}::test_a_process_killed_between_sending_and_marking_pages_again_under_the_same_key",
        f"{CALLS}::test_wherever_it_was_killed_both_were_told_in_order_and_twice_at_most_by_the_same_key",
        f"{ANYWHERE}::test_wherever_it_dies_every_beginning_is_told",
        f"{ANYWHERE}::test_wherever_it_dies_what_was_opened_is_closed_and_stays_so",
        f"{ANYWHERE}::test_one_crash_says_one_thing_twice_at_most",
    ],
    "N11 the end never overtakes the beginning, and no beginning comes after its end": [
        f"{HERE}::test_whatever_a_receiver_refuses_and_whenever_we_restart_it_hears_in_order",
        f"{SENDER}::test_a_resolve_never_overtakes_its_trigger",
        f"{SENDER}::test_a_page_of_a_reopened_incident_does_not_wait_for_the_resolve_before_it_to_get_through",
    ],
    "N12 the channel is removed, or its key is another one, while an end is owed": [
        f"{HERE}::test_an_end_that_is_owed_when_the_key_is_replaced_goes_out_with_the_new_one",
        f"{SENDER}::test_a_page_that_is_owed_to_a_channel_declared_no_more_goes_to_whom_is_told_instead",
        "judge/test_hours.py::test_routes_that_are_taken_away_or_changed_leave_the_end_to_those_who_were_told",
    ],
    "N13 a message that cannot be rendered is sent in plain words": [
        f"{HERE}::test_a_message_that_cannot_be_rendered_is_sent_in_plain_words_under_the_same_key",
        f"{HERE}::test_a_channel_that_cannot_say_even_that_is_a_failure_like_any_other",
    ],
    "N14 too long, not Unicode, written from right to left, ten thousand regions: cut, the same way each time": [
        f"{HTTP}::test_a_huge_message_is_cut_the_same_way_each_time_and_stays_within_the_receivers_limits",
        f"{STORMS}::test_a_group_stays_within_what_its_receiver_takes",
        f"{MAIL}::test_a_mail_is_seven_bit_whatever_is_in_it",
        "alerting/test_other_channels.py::test_what_a_target_sent_is_printable_in_every_fact",
    ],
    "N15 accepted and dropped: a canary is looked for at the receiver": [
        f"{CANARY}::test_a_canary_that_was_accepted_and_dropped_is_told_of_once_the_time_is_up_and_again_when_one_arrives",
        "app/test_canary_story.py::test_a_pager_that_accepts_and_drops_is_an_incident_that_is_told_through_the_others",
    ],
}


def test_every_row_is_held_by_tests_that_are_there() -> None:
    assert [f"N{number}" for number in range(1, 16)] == [row.split(" ", 1)[0] for row in ROWS]
    assert [] == lost(ROWS)


def pagerduty(url: str, key: str = "R0UTINGKEY0123456789") -> Channel:
    options = CHANNEL_OPTIONS["pagerduty"](routing_key="${{ secrets.routing_key }}", url=url)
    return build_channel("pagerduty", "pager", options, context(routing_key=key))


def webhook(url: str, name: str = "mail") -> Channel:
    return build_channel("webhook", name, CHANNEL_OPTIONS["webhook"](url="${{ secrets.hook }}"), context(hook=url))


class Desk:
    """Real channels, and a clock that goes from one due instant to the next."""

    def __init__(self, *channels: Channel, backups: dict[str, str] | None = None) -> None:
        self.now, self.store = at(66), MemoryStore()
        self.channels = {channel.name: channel for channel in channels}
        self.said: list[ChannelState] = []
        self.backups = backups or {}
        self.restart()

    def restart(self) -> None:
        ports = SenderPorts(
            outbox=self.store,
            channels=lambda: self.channels,
            backups=lambda: self.backups,
            now=lambda: self.now,
            chance=Most(),
            trouble=self.said.append,
        )
        self.sender = Sender(ports)

    def pass_time(self, seconds: float) -> None:
        end = self.now + timedelta(seconds=seconds)
        while True:
            while batches := self.sender.gather():
                for batch in batches:
                    self.sender.deliver_together(batch)
            due = self.store.next_delivery_at()
            if due is None or due > end:
                self.now = end
                return
            self.now = max(due, self.now)


TRIGGER, RESOLVE = notification(), notification(Occasion.RESOLVE, decided_at=at(67))
ACCEPTED = Reply(202, '{"status": "success"}')
Open = Callable[..., Receiver]


def test_twenty_refusals_delay_a_page_and_neither_lose_nor_double_nor_reorder_it(receiver: Open) -> None:
    there = receiver(*[Reply(500)] * 20, ACCEPTED)
    desk = Desk(pagerduty(there.url))
    desk.store.owe([TRIGGER, RESOLVE])
    began = desk.now
    desk.pass_time(21 * 60)
    assert ["trigger"] * 21 + ["resolve"] == [asked.json["event_action"] for asked in there.asked]
    assert {TRIGGER.dedup_key} == {asked.json["dedup_key"] for asked in there.asked}
    assert 0 == desk.store.owed()
    (sent,) = (row.sent_at for row in desk.store.deliveries() if row.notification == TRIGGER)
    assert sent is not None
    assert sent - began <= timedelta(seconds=1 + 2 + 4 + 8 + 16 + 32 + 14 * 60)


def test_what_was_heard_and_not_answered_is_sent_again_as_the_very_same(receiver: Open, impatient: None) -> None:
    there = receiver(Reply(hang=True), Reply(202))
    desk = Desk(webhook(there.url, "pager"))
    desk.store.owe([TRIGGER])
    desk.pass_time(60)
    first, again = there.asked
    assert (first.body, first.headers["idempotency-key"]) == (again.body, again.headers["idempotency-key"])
    assert 0 == desk.store.owed()


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("120", 120),
        ("Mon, 02 Mar 2026 12:03:10 GMT", 120),  # the channel's clock stands at 12:01:10
        ("soon", 1),
        ("-5", 1),
        ("31536000", 900),
    ],
)
def test_a_busy_receiver_is_asked_again_when_it_wishes_within_reason(receiver: Open, header: str, waits: int) -> None:
    there = receiver(Reply(429, "", {"Retry-After": header}), ACCEPTED)
    desk = Desk(pagerduty(there.url))
    desk.store.owe([TRIGGER])
    desk.pass_time(waits - 0.5)
    assert 1 == len(there.asked)
    desk.pass_time(1)
    assert (2, 0) == (len(there.asked), desk.store.owed())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_refusal_for_good_is_given_up_and_told_to_the_backup_and_of_the_channel(receiver: Open, status: int) -> None:
    there, other = receiver(Reply(status, "no")), receiver(Reply(202))
    desk = Desk(pagerduty(there.url), webhook(other.url), backups={"pager": "mail"})
    desk.store.owe([TRIGGER])
    desk.pass_time(3600)
    assert (1, ["trigger"]) == (len(there.asked), [asked.json["occasion"] for asked in other.asked])
    assert {"pager": DeliveryStatus.DEAD, "mail": DeliveryStatus.SENT} == {
        row.notification.channel: row.status for row in desk.store.deliveries()
    }
    assert ("pager", True, f"the receiver answered {status}: no") in [
        (state.channel, state.given_up, state.error) for state in desk.said
    ]


def test_a_name_that_does_not_resolve_is_tried_again(receiver: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    there = receiver(ACCEPTED)
    known = socket.getaddrinfo

    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    desk = Desk(pagerduty(there.url.replace("127.0.0.1", "localhost")))
    desk.store.owe([TRIGGER])
    desk.pass_time(0)
    (row,) = desk.store.deliveries()
    assert "its name does not resolve" in (row.last_error or "")
    monkeypatch.setattr(socket, "getaddrinfo", known)
    desk.pass_time(60)
    assert (1, 0) == (len(there.asked), desk.store.owed())


def test_one_channel_of_three_that_hangs_keeps_the_others_waiting_for_nothing(receiver: Open) -> None:
    stuck, one, other = receiver(Reply(hang=True)), receiver(Reply(202)), receiver(Reply(202))
    desk = Desk(webhook(stuck.url, "stuck"), webhook(one.url, "one"), webhook(other.url, "other"))
    for name in ("stuck", "one", "other"):
        desk.store.owe([notification(channel=name)])
    desk.sender.start()
    stuck.wait_for(1)
    one.wait_for(1, seconds=5)
    other.wait_for(1, seconds=5)  # both while the first is asked still: it gets ten seconds
    assert 1 == len(stuck.asked)
    stuck.ending.set()
    desk.sender.stop(15)


class Fickle(Scripted):
    """Refuses as it is told, and remembers in which order it took what."""


@settings(max_examples=60, deadline=None)
@given(
    refusals=st.lists(st.sampled_from([None, BUSY, BUSY, BUSY]), max_size=30),
    restarts=st.sets(st.integers(0, 40), max_size=8),
    ends=st.lists(st.integers(0, 90), min_size=1, max_size=3),
)
def test_whatever_a_receiver_refuses_and_whenever_we_restart_it_hears_in_order(
    refusals: list[Exception | None], restarts: set[int], ends: list[int]
) -> None:
    pager = Fickle("pager")
    script = iter(refusals)

    def send(told: Notification) -> str:
        if (trouble := next(script, None)) is not None:
            raise trouble
        pager.taken.append(told)
        return "ok"

    pager.send = send  # type: ignore[method-assign] # scripted
    desk = Desk(pager)
    for number, _ in enumerate(ends):
        desk.store.owe([replace(TRIGGER, incident_id=f"incident-{number}", dedup_key=f"key-{number}")])
    for turn in range(100):
        if turn in restarts:
            desk.restart()
        for number, end in enumerate(ends):
            if end == turn:
                told = replace(RESOLVE, incident_id=f"incident-{number}", dedup_key=f"key-{number}")
                desk.store.owe([replace(told, created_at=desk.now)])
        desk.pass_time(10)
    desk.pass_time(3600)
    for number, _ in enumerate(ends):
        heard = [told.occasion for told in pager.taken if told.dedup_key == f"key-{number}"]
        assert [Occasion.TRIGGER, Occasion.RESOLVE] == heard


def test_an_end_that_is_owed_when_the_key_is_replaced_goes_out_with_the_new_one(receiver: Open) -> None:
    there = receiver(ACCEPTED, Reply(503), ACCEPTED)
    desk = Desk(pagerduty(there.url, key="OLD0123456789"))
    desk.store.owe([TRIGGER])
    desk.pass_time(0)
    desk.store.owe([RESOLVE])
    desk.pass_time(1.5)
    desk.channels["pager"] = pagerduty(there.url, key="NEW0123456789")
    desk.pass_time(60)
    sent = [(asked.json["event_action"], asked.json["routing_key"][:3]) for asked in there.asked]
    assert [("trigger", "OLD"), ("resolve", "OLD"), ("resolve", "NEW")] == sent
    assert 1 == len({asked.json["dedup_key"] for asked in there.asked})


def test_a_message_that_cannot_be_rendered_is_sent_in_plain_words_under_the_same_key(
    receiver: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: Any) -> str:
        raise ZeroDivisionError if message.phases else AssertionError("asked without phases")

    def facts(message: Any, limit: int = 500) -> list[tuple[str, str]]:
        return [("time", broken(message))] if message.phases else [("probe", message.probe)]

    monkeypatch.setattr(wording, "facts", facts)
    there = receiver(ACCEPTED)
    desk = Desk(pagerduty(there.url))
    desk.store.owe([TRIGGER])
    desk.pass_time(0)
    (asked,) = there.asked
    assert ("trigger", TRIGGER.dedup_key) == (asked.json["event_action"], asked.json["dedup_key"])
    assert 'checkout is down: step "Pay" answered 500, expected 201' == asked.json["payload"]["summary"]
    assert "critical" == asked.json["payload"]["severity"]
    assert 0 == desk.store.owed()


def test_a_channel_that_cannot_say_even_that_is_a_failure_like_any_other(receiver: Open) -> None:
    other = receiver(Reply(202))
    broken = Scripted("pager", [RuntimeError("T0KEN")] * 10_000)
    desk = Desk(broken, webhook(other.url), backups={"pager": "mail"})
    desk.store.owe([TRIGGER])
    desk.pass_time(120)
    assert ["trigger"] == [asked.json["occasion"] for asked in other.asked]
    (row,) = (row for row in desk.store.deliveries() if row.notification.channel == "pager")
    assert (DeliveryStatus.PENDING, "the channel broke: RuntimeError") == (row.status, row.last_error)
