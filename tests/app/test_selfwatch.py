"""How synthmon minds itself: a channel that refuses is told of by another, a database that is away directly."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from synthmon.alerting.ports import ChannelState
from synthmon.app.selfwatch import SelfWatch
from synthmon.errors import DeliveryError
from synthmon.judge import Policy, own
from synthmon.model.incident import Notification
from synthmon.model.probe import Track
from tests.alerting.receivers import Receiver, Reply
from tests.app.installation import Installation, Target, get, until
from tests.making import NOON

POLICY = Policy("test", default_channels=("mail",))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Mail:
    """A channel that remembers what it was sent, and refuses while it is told to."""

    name = "mail"

    def __init__(self) -> None:
        self.sent: list[Notification] = []
        self.refuses = False

    def send(self, notification: Notification) -> str:
        if self.refuses:
            raise DeliveryError("no")
        self.sent.append(notification)
        return "taken"

    @property
    def said(self) -> list[str]:
        return [owed.occasion.value for owed in self.sent]


def lives(watch: SelfWatch, clock: Clock, mail: Mail, seconds: int, *troubles: str) -> None:
    for _ in range(0, seconds, 2):
        clock.passes(2)
        watch.look(troubles)
        watch.tell_directly(bool(troubles), "mail", {"mail": mail}, POLICY)


def test_while_the_database_is_away_the_fallback_is_told_once_and_of_the_end() -> None:
    clock, mail = Clock(), Mail()
    watch = SelfWatch(clock)
    lives(watch, clock, mail, 28, "results cannot be kept: the disk is full")
    assert mail.said == []

    lives(watch, clock, mail, 60, "results cannot be kept: the disk is full (9 are waiting)")
    assert mail.said == ["trigger"]
    assert mail.sent[0].dedup_key == "synthmon/test/synthmon/synthmon"
    assert "results cannot be kept" in mail.sent[0].message.title

    lives(watch, clock, mail, 60)
    assert mail.said == ["trigger", "resolve"]
    lives(watch, clock, mail, 600)
    assert mail.said == ["trigger", "resolve"]


def test_what_is_wrong_beside_the_database_is_left_to_incidents() -> None:
    clock, mail = Clock(), Mail()
    watch = SelfWatch(clock)
    for _ in range(60):
        clock.passes(2)
        watch.look(["morning report: no"])
        watch.tell_directly(False, "mail", {"mail": mail}, POLICY)

    assert mail.said == []
    decision = watch.decide([], ["mail"], POLICY, clock())
    assert [incident.track for incident in decision.incidents] == [Track.SYNTHMON]


def test_a_fallback_that_refuses_or_is_gone_stops_nothing() -> None:
    clock, mail = Clock(), Mail()
    mail.refuses = True
    watch = SelfWatch(clock)
    lives(watch, clock, mail, 60, "results cannot be kept")
    watch.tell_directly(True, "gone", {"mail": mail}, POLICY)

    assert mail.said == []


def test_a_channel_that_takes_messages_again_is_well_since_then() -> None:
    clock = Clock()
    watch = SelfWatch(clock)
    watch.channel_said(ChannelState("pager", clock(), "the receiver answered 401", given_up=True))
    clock.passes(40)
    opened = watch.decide([], ["mail", "pager"], POLICY, clock()).incidents
    assert [incident.dedup_key for incident in opened] == ["synthmon/test/notify/pager"]

    watch.channel_said(ChannelState("pager", clock()))
    clock.passes(40)
    (ended,) = watch.decide(opened, ["mail", "pager"], POLICY, clock()).incidents
    assert not ended.current


def test_a_lost_canary_is_over_when_one_arrives_and_not_when_something_else_is_accepted_also_over_a_restart() -> None:
    clock = Clock()
    watch = SelfWatch(clock)
    lost = ChannelState("pager", clock(), "it accepted the test message, and it is not there", canary=True)
    watch.channel_said(lost)
    clock.passes(40)
    decision = watch.decide([], ["mail", "pager"], Policy("test", default_channels=("pager",)), clock())
    assert [incident.dedup_key for incident in decision.incidents] == ["synthmon/test/notify/pager/canary"]
    assert [owed.channel for owed in decision.notifications] == ["mail"]  # not through the one that drops

    for later in (watch, SelfWatch(clock)):
        later.channel_said(ChannelState("pager", clock()))
        clock.passes(60)
        assert later.decide(decision.incidents, ["mail", "pager"], POLICY, clock()).incidents == ()
        later.channel_said(ChannelState("pager", clock(), canary=True))
        clock.passes(60)
        (ended,) = later.decide(decision.incidents, ["mail", "pager"], POLICY, clock()).incidents
        assert not ended.current


def test_reports_that_do_not_arrive_are_a_trouble_of_their_own_that_a_message_does_not_end() -> None:
    clock = Clock()
    watch = SelfWatch(clock)
    watch.reports({"post": "the report daily-2026-03-09 has not been sent: 451 later"}, ["post"])
    clock.passes(40)
    (opened,) = watch.decide([], ["mail", "post"], POLICY, clock()).incidents
    assert ("synthmon/test/notify/post/reports", ("mail",)) == (opened.dedup_key, opened.channels)
    assert "channel post, for reports," == opened.probe_title
    assert "the report daily-2026-03-09 has not been sent: 451 later" in opened.reason

    for later in (watch, SelfWatch(clock)):  # also over a restart
        later.reports({"post": "the report daily-2026-03-09 has not been sent: 451 later"}, ["post"])
        later.channel_said(ChannelState("post", clock()))
        later.channels(["mail", "post"], (), [opened.probe])
        clock.passes(60)
        assert all(one.current for one in later.decide([opened], ["mail", "post"], POLICY, clock()).incidents)
        later.reports({}, ["post"])
        clock.passes(60)
        (ended,) = later.decide([opened], ["mail", "post"], POLICY, clock()).incidents
        assert not ended.current


def test_who_leads_no_more_says_nothing_of_reports() -> None:
    clock = Clock()
    watch = SelfWatch(clock)
    watch.reports({"post": "given up"}, ["post"])
    watch.forget_reports()
    clock.passes(60)

    assert () == watch.words().words


@pytest.mark.parametrize(
    ("names", "canaries", "ends"),
    [(("mail", "pager"), ("pager",), False), (("mail", "pager"), (), True), (("mail",), ("pager",), True)],
)
def test_of_a_canary_that_is_declared_no_more_nothing_will_be_heard(
    names: tuple[str, ...], canaries: tuple[str, ...], ends: bool
) -> None:
    clock = Clock()
    watch = SelfWatch(clock)
    watch.channel_said(ChannelState("pager", clock(), "it is not there", canary=True))
    clock.passes(40)
    opened = watch.decide([], ["mail", "pager"], POLICY, clock()).incidents
    for restarted in (watch, SelfWatch(clock)):
        restarted.channels(names, canaries, [incident.probe for incident in opened])
        clock.passes(40)
        assert ends == bool(restarted.decide(opened, ["mail", "pager"], POLICY, clock()).incidents)


def test_a_channel_that_refuses_is_told_of_by_another_and_shown(
    installation: Installation, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "LASTING", timedelta(seconds=0.1))
    refusing, taking = Receiver(Reply(401)), Receiver(Reply(202, "{}"))
    installation.configure({"pager": {"webhook": {"url": refusing.url}}, "mail": {"webhook": {"url": taking.url}}})
    target.statuses["/shop"] = 500
    installation.add("shop", "/shop")
    with installation.daemon() as daemon:
        until(lambda: any(asked.json["track"] == "notify" for asked in taking.asked))
        (incident,) = [one for one in daemon.store.incidents(current=True) if one.track is Track.NOTIFY]
        page = get(f"{daemon.url}/incidents/{incident.id}")
        status = get(daemon.url)
    told = next(asked.json for asked in taking.asked if asked.json["track"] == "notify")
    assert told["title"].startswith("channel pager is not taking messages: ")
    assert "401" in told["title"]
    assert page.status_code == 200
    assert '/probes/pager"' not in page.text
    assert "channel pager is not taking messages" in status.text
    for receiver in (refusing, taking):
        receiver.close()


def test_time_in_which_this_process_stood_still_is_none_for_which_a_trouble_lasted() -> None:
    clock, mail = Clock(), Mail()
    watch = SelfWatch(clock)
    lives(watch, clock, mail, 4, "results cannot be kept")
    watch.channel_said(ChannelState("chat", clock.now, "the receiver answered 503"))
    clock.passes(600)
    lives(watch, clock, mail, 2, "results cannot be kept")
    assert [] == mail.said
    assert () == watch.decide((), ("mail", "chat"), POLICY, clock.now).incidents

    lives(watch, clock, mail, 30, "results cannot be kept")
    assert ["trigger"] == mail.said
    assert 2 == len(watch.decide((), ("mail", "chat"), POLICY, clock.now).incidents)
