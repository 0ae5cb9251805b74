"""What is told of regions and of probes that are stuck: one incident for each trouble, and ends on evidence only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from synthmon.judge import Policy
from synthmon.judge.own import decide_own
from synthmon.judge.silent import Hearing, Voice
from synthmon.judge.upkeep import Seen, Upkeep, look_after
from synthmon.model.incident import Incident, RegionState
from synthmon.model.probe import AlertRule, Probe, Severity, Track
from tests.judge.world import regions
from tests.making import at, probe

POLICY = Policy("test", default_channels=("mail",), link_base="https://synthmon.example.com/")
ALL = ("mail", "pager", "chat")
PLACES = ("eu", "us")
TICKET = AlertRule("down", Track.DOWN, 2, 2, severity=Severity.TICKET)


def named(name: str, *places: str, wakes: bool = True) -> Probe:
    made = probe(name, regions=regions(*(places or PLACES)))
    return made if wakes else replace(made, alerts=(TICKET,))


class Post:
    """Looks, tells, and remembers; regions are heard of up to an instant, slots come up to an instant."""

    def __init__(self, *probes: Probe) -> None:
        self.probes = {one.name: one for one in probes}
        self.heard: dict[str, float] = {}
        self.slots: dict[tuple[str, str], float] = {}
        self.since = 0.0
        self.incidents: dict[str, Incident] = {}
        self.said: list[str] = []
        self.titles: list[str] = []

    def look(self, now: float) -> Upkeep:
        """The last that is known of whatever is not in `heard` or `slots` is the present."""
        heard = {name: self.heard.get(name, now) for name in PLACES}
        pairs = [(one.name, region.name) for one in self.probes.values() for region in one.regions]
        slots = {pair: min(self.slots.get(pair, now), heard[pair[1]]) for pair in pairs}
        hearing = Hearing(
            at(self.since), {name: Voice(at(last), at(last)) for name, last in heard.items() if last >= 0}
        )
        states = {pair: RegionState(*pair, heard_slot=at(last)) for pair, last in slots.items()}
        declared = dict.fromkeys(self.probes, at(0))
        seen = Seen(self.probes, states, tuple(self.incidents.values()), hearing, declared, at(now))
        found = look_after(seen)
        decision = decide_own(found.troubles, found.healed, seen.incidents, ALL, POLICY, at(now))
        self.incidents |= {one.id: one for one in decision.incidents}
        self.said += [
            f"{owed.occasion} {owed.message.severity} {owed.dedup_key[14:]}" for owed in decision.notifications
        ]
        self.titles += [owed.message.title for owed in decision.notifications]
        return found

    def watch(self, *instants: Iterable[float]) -> list[str]:
        """Look every few seconds; what was said."""
        before = len(self.said)
        for some in instants:
            for now in some:
                self.look(now)
        return self.said[before:]

    def restart(self, now: float) -> None:
        self.since = now

    @property
    def current(self) -> list[str]:
        return [f"{one.track} {one.probe}" for one in self.incidents.values() if one.current]


def test_a_silent_region_is_one_incident_however_many_probes_run_there() -> None:
    post = Post(*(named(f"p{number}") for number in range(50)))
    post.heard["eu"] = 100

    assert post.watch(range(100, 400, 5)) == ["trigger ticket region/eu"]
    assert post.titles == ["region eu is silent: nothing is heard of it since 2026-03-02 12:01:40 UTC"]
    assert next(iter(post.incidents.values())).opened_at == at(195)


def test_a_region_whose_probes_nobody_else_watches_wakes_somebody() -> None:
    post = Post(named("everywhere"), named("alone", "eu"))
    post.heard["eu"] = 100

    assert post.watch(range(100, 300, 5)) == ["trigger page region/eu"]
    assert post.titles[0].endswith("12:01:40 UTC, and nothing else watches alone")


def test_a_probe_that_would_wake_nobody_does_not_when_its_region_is_silent() -> None:
    post = Post(named("everywhere"), named("alone", "eu", wakes=False))
    post.heard["eu"] = 100

    assert post.watch(range(100, 300, 5)) == ["trigger ticket region/eu"]


def test_when_all_regions_are_silent_monitoring_is_blind_and_that_is_one_page() -> None:
    post = Post(*(named(f"p{number}") for number in range(50)))
    post.heard |= {"eu": 100, "us": 110}

    assert post.watch(range(100, 500, 5)) == ["trigger ticket region/eu", "trigger page region/*"]
    assert post.titles[1] == (
        "monitoring is blind: nothing is heard of any region (eu, us) since 2026-03-02 12:01:50 UTC"
    )


def test_one_region_that_speaks_again_ends_blindness_and_the_other_is_still_silent() -> None:
    post = Post(named("a"))
    post.heard |= {"eu": 100, "us": 100}
    assert post.watch(range(100, 300, 5)) == ["trigger page region/*"]
    del post.heard["us"]

    assert post.watch(range(300, 400, 5)) == ["trigger ticket region/eu", "resolve page region/*"]
    del post.heard["eu"]
    assert post.watch(range(400, 500, 5)) == ["resolve ticket region/eu"]
    assert post.titles[-1].startswith("region eu is heard of again after ")


def test_a_restart_ends_no_silence_and_is_no_silence_itself() -> None:
    post = Post(named("a"))
    post.heard["eu"] = 100
    post.watch(range(100, 300, 5))
    post.restart(300)

    assert post.watch(range(300, 500, 5)) == []
    assert post.current == ["region eu"]


def test_the_incident_of_a_region_that_no_probe_uses_any_more_ends_with_that_reason() -> None:
    post = Post(named("a"))
    post.heard["eu"] = 100
    post.watch(range(100, 300, 5))
    post.probes = {"a": named("a", "us")}

    assert post.watch([300]) == ["resolve ticket region/eu"]
    assert post.titles[-1] == "region eu is not watched any more: no probe runs there any more"


def test_a_probe_that_is_stuck_is_a_ticket_that_names_it_and_its_regions() -> None:
    post = Post(named("checkout"), named("login"))
    post.slots["checkout", "eu"] = 100

    assert post.watch(range(100, 600, 5)) == ["trigger ticket synthmon/checkout"]
    assert post.titles == [
        "probe checkout is stuck: no slot of it was heard of in eu since 2026-03-02 12:01:40 UTC, though the region was"
    ]
    post.slots["checkout", "us"] = 500
    assert post.watch(range(600, 900, 5)) == []
    (incident,) = post.incidents.values()
    assert incident.regions == ("eu", "us")


def test_it_ends_when_slots_come_again_in_all_its_regions() -> None:
    post = Post(named("checkout"))
    post.slots |= {("checkout", "eu"): 100, ("checkout", "us"): 100}
    post.watch(range(100, 600, 5))
    post.slots["checkout", "eu"] = 600
    assert post.watch(range(600, 640, 5)) == []
    post.slots["checkout", "us"] = 650

    assert post.watch(range(650, 690, 5)) == ["resolve ticket synthmon/checkout"]
    assert post.titles[-1].startswith("probe checkout runs again after ")


def test_a_restart_or_a_silent_region_is_no_evidence_that_slots_come_again() -> None:
    post = Post(named("checkout"))
    post.slots["checkout", "eu"] = 100
    post.watch(range(100, 600, 5))
    post.restart(600)
    assert post.watch(range(600, 700, 5)) == []
    post.heard["eu"] = 700
    post.watch(range(700, 2000, 5))

    assert sorted(post.current) == ["region eu", "synthmon checkout"]


def test_a_region_in_which_many_are_stuck_has_one_incident_for_all() -> None:
    post = Post(*(named(f"p{number:02}") for number in range(20)))
    post.slots = {(f"p{number:02}", "eu"): 100 for number in range(12)}

    assert post.watch(range(100, 600, 5)) == ["trigger ticket region/eu"]
    assert post.titles[0] == (
        "region eu is stuck: it is heard of, but no slot of 12 of its 20 probes is: "
        "p00, p01, p02, p03, p04, p05, p06, p07, p08, p09 and 2 more"
    )


def test_a_silent_regions_probes_are_not_stuck_as_well() -> None:
    post = Post(named("checkout"), named("login"))
    post.heard["eu"] = 100
    post.watch(range(100, 5000, 20))

    assert post.current == ["region eu"]


def test_the_incident_of_a_stuck_probe_ends_with_the_probe() -> None:
    post = Post(named("checkout"), named("login"))
    post.slots["checkout", "eu"] = 100
    post.watch(range(100, 600, 5))
    del post.probes["checkout"]

    assert post.watch([600]) == ["resolve ticket synthmon/checkout"]
    assert post.titles[-1] == "probe checkout is not watched any more: the probe was removed"


def test_a_probe_that_is_called_as_we_are_has_an_incident_of_its_own() -> None:
    post = Post(named("synthmon"))
    post.slots["synthmon", "eu"] = 100

    assert post.watch(range(100, 600, 5)) == ["trigger ticket synthmon/synthmon/probe"]
    del post.slots["synthmon", "eu"]
    assert post.watch(range(600, 700, 5)) == ["resolve ticket synthmon/synthmon/probe"]


def test_a_region_that_was_stuck_and_falls_silent_tells_its_news_under_the_same_key() -> None:
    post = Post(*(named(f"p{number}") for number in range(9)))
    post.slots = {(f"p{number}", "eu"): 100 for number in range(9)}
    post.watch(range(100, 300, 5))
    post.heard["eu"] = 300

    assert post.watch(range(300, 1000, 5)) == ["trigger ticket region/eu"]
    assert post.titles[-1].startswith("region eu is silent: ")
    assert len(post.incidents) == 1


def test_where_nobody_minds_who_is_heard_nothing_is_missed() -> None:
    seen = Seen({"a": named("a")}, {}, (), None, {}, at(90_000))

    assert look_after(seen) == Upkeep()
