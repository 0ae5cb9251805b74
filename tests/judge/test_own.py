"""synthmon's own troubles are told by those channels that work, and end when they are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthmon.judge import Policy
from synthmon.judge.own import Healed, Subject, Trouble, decide_own
from synthmon.judge.situation import Situation
from synthmon.judge.turn import decide
from synthmon.model.incident import Decision, Incident
from synthmon.model.probe import Severity, Track
from tests.making import at, probe

POLICY = Policy("test", default_channels=("mail",), link_base="https://synthmon.example.com/")
ALL = ("mail", "pager", "chat")
KEPT: Subject = (Track.SYNTHMON, "synthmon")
MAIL: Subject = (Track.NOTIFY, "mail")


def away(since: float = 0) -> Trouble:
    return Trouble(*KEPT, "synthmon", "results cannot be kept: the disk is full", at(since))


def refusing(channel: str = "mail", since: float = 0) -> Trouble:
    return Trouble(Track.NOTIFY, channel, f"channel {channel}", "the receiver answered 401", at(since))


class World:
    """Decides, and remembers the incidents."""

    def __init__(self, channels: Sequence[str] = ALL, policy: Policy = POLICY) -> None:
        self.channels, self.policy = channels, policy
        self.incidents: dict[str, Incident] = {}
        self.said: list[str] = []

    def turn(self, now: float, *troubles: Trouble, well: Sequence[tuple[Subject, float]] = ()) -> Decision:
        healed = [Healed(key, at(since)) for key, since in well]
        known = list(self.incidents.values())
        decision = decide_own(troubles, healed, known, self.channels, self.policy, at(now))
        self.incidents |= {incident.id: incident for incident in decision.incidents}
        self.said += [f"{owed.occasion} {owed.channel}" for owed in decision.notifications]
        return decision


def test_what_passes_within_half_a_minute_is_not_worth_a_word() -> None:
    world = World()
    world.turn(29, away())
    assert world.incidents == {}

    world.turn(30, away())
    assert world.said == ["trigger mail"]
    (incident,) = world.incidents.values()
    assert (incident.dedup_key, incident.severity) == ("synthmon/test/synthmon/synthmon", Severity.PAGE)
    assert incident.began_at == at(0)


def test_the_message_says_what_is_wrong_and_speaks_of_no_region() -> None:
    decision = World().turn(30, away())

    message = decision.notifications[0].message
    assert message.title == "synthmon is in trouble: results cannot be kept: the disk is full"
    assert message.summary.splitlines()[0] == "synthmon: in trouble since 2026-03-02 12:00:00 UTC."
    assert "good run" not in message.summary


def test_a_channel_that_refuses_is_told_of_by_the_others() -> None:
    world = World()
    decision = world.turn(40, refusing())

    assert world.said == ["trigger pager", "trigger chat"]
    assert decision.notifications[0].message.title == "channel mail is not taking messages: the receiver answered 401"
    assert decision.incidents[0].severity is Severity.TICKET


def test_of_a_channel_that_refuses_all_the_others_hear_and_not_only_the_usual_ones() -> None:
    world = World()
    world.policy = replace(world.policy, default_channels=("chat",))
    world.turn(40, refusing())

    assert ["trigger pager", "trigger chat"] == world.said


def test_while_no_channel_takes_anything_it_is_at_least_on_the_pages() -> None:
    world = World(channels=("mail",))
    decision = world.turn(40, refusing())

    assert world.said == []
    assert "nobody: no channel takes anything" in decision.events[0].text


def test_it_ends_when_it_has_been_well_for_half_a_minute() -> None:
    world = World()
    world.turn(40, away())
    world.turn(70, well=[(KEPT, 60)])
    assert world.said == ["trigger mail"]

    world.turn(90, well=[(KEPT, 60)])
    assert world.said == ["trigger mail", "resolve mail"]
    assert world.turn(120, well=[(KEPT, 60)]) == Decision(0)


def test_of_what_nothing_is_known_nothing_changes() -> None:
    world = World()
    world.turn(40, refusing())

    assert world.turn(10_000) == Decision(0)


def test_it_is_opened_once_and_people_are_reminded() -> None:
    world = World()
    for second in range(30, 4000, 30):
        world.turn(second, away())

    assert world.said == ["trigger mail", "remind mail", "remind mail"]
    assert len(world.incidents) == 1


def test_soon_after_its_end_it_is_the_same_story() -> None:
    world = World()
    world.turn(40, away())
    world.turn(100, well=[(KEPT, 60)])
    world.turn(200, away(160))

    assert sorted(incident.generation for incident in world.incidents.values()) == [1, 2]


def test_both_kinds_are_apart_and_each_channel_is() -> None:
    world = World()
    world.turn(40, away(), refusing("mail"), refusing("chat"))

    assert {incident.dedup_key for incident in world.incidents.values()} == {
        "synthmon/test/synthmon/synthmon",
        "synthmon/test/notify/mail",
        "synthmon/test/notify/chat",
    }
    assert set(world.said) == {"trigger pager"}


def test_the_judge_of_probes_leaves_them_alone_even_where_a_probe_has_the_channels_name() -> None:
    own = World().turn(40, refusing("checkout")).incidents
    situation = Situation(probes={}, incidents=own, sweep=True)
    assert decide(situation, POLICY, at(100)) == Decision(0)

    named_alike = Situation(probes={"checkout": probe()}, incidents=own, sweep=True)
    assert decide(named_alike, POLICY, at(100)).incidents == ()
