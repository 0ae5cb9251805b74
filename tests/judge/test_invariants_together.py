"""What must hold of probes and regions together: silence, stuck probes, cut off regions and outages, in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from synthmon.judge.own import decide_own
from synthmon.judge.silent import Hearing, Voice
from synthmon.judge.upkeep import EVERYWHERE, Seen, look_after
from synthmon.model.incident import Decision, Incident, IncidentStatus, Occasion
from synthmon.model.probe import Severity, Track
from synthmon.model.run import Failure, FailureKind, RunResult
from synthmon.wire import incident_to_json
from tests.depth import times
from tests.judge.test_suspect import on
from tests.judge.world import World, run
from tests.making import at, probe

NAMES, PLACES = "abcd", ("eu", "us", "ap")
PAIRS = [(name, place) for name in NAMES for place in PLACES]
LIMIT = 2 * 60 + 10 + 5  # seconds without a slot until it is missed
AWAY = 1200  # seconds
STEP = 30  # seconds; every other one has a slot
CALM = 45  # steps at the end, in which all is well: longer than flapping and every limit

unhurried = settings(deadline=None, max_examples=times(4), suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Weather:
    """How it is for so many steps. From places that are cut off no target is reached; `broken` ones answer with 500.

    `away`: before it begins, no centre is there for a while, and nothing runs.
    """

    steps: int
    silent: frozenset[str] = frozenset()
    cut: frozenset[str] = frozenset()
    stuck: frozenset[tuple[str, str]] = frozenset()
    broken: frozenset[str] = frozenset()
    away: bool = False


weathers = st.lists(
    st.builds(
        Weather,
        st.integers(1, 30),
        st.frozensets(st.sampled_from(PLACES)),
        st.frozensets(st.sampled_from(PLACES), max_size=2),
        st.frozensets(st.sampled_from(PAIRS), max_size=5),
        st.frozensets(st.sampled_from(NAMES), max_size=2),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)
FINE = Weather(CALM)
EU, ALL = frozenset({"eu"}), frozenset(PLACES)
STUCK = frozenset({("a", "eu")})
AT_FIRST_ALONE = [Weather(8, silent=EU), Weather(8, silent=ALL)]
SILENT_MEANWHILE = [Weather(8, silent=EU), Weather(3, silent=EU, away=True)]
STUCK_MEANWHILE = [Weather(12, stuck=STUCK), Weather(3, stuck=STUCK, away=True)]
CUT_AND_SILENT = [Weather(6, cut=EU), Weather(16, cut=EU, silent=EU)]


class Country(World):
    """Four probes in three regions, the judge of probes and the judge of ourselves, as the centre joins them."""

    def __init__(self, *, restarts: bool = False) -> None:
        super().__init__(*map(on, NAMES))
        self.restarts = restarts
        self.heard = dict.fromkeys(PLACES, 0)
        self.slots = dict.fromkeys(PAIRS, 0)
        self.at = self.since = 0
        self.decided: list[Decision] = []
        self.judged: list[RunResult] = []

    def live(self, weather: Weather) -> Iterator[None]:
        """Step by step."""
        if weather.away:
            self.at += AWAY
            self.since = self.at
        for _ in range(weather.steps):
            self._step(weather)
            yield

    def _step(self, weather: Weather) -> None:
        """What happened is heard of and judged, then everything is looked after."""
        if self.restarts:
            self.restart()
        for place in set(PLACES) - weather.silent:
            self.heard[place] = self.at
        self.judged = self._runs(weather) if self.at % 60 == 0 else []
        self.slots |= {(one.key.probe, one.key.region): self.at for one in self.judged}
        self.decided = [self.turn(self.judged, at(self.at + 1))] if self.judged else []
        now = at(self.at + 2)
        voices = {place: Voice(at(heard), at(heard)) for place, heard in self.heard.items()}
        states, incidents = self.states, tuple(self.incidents.values())
        found = look_after(Seen(self.probes, states, incidents, Hearing(at(self.since), voices), {}, now))
        self.suspect, self.silent = dict(found.suspect), dict(found.silent)
        self.decided.append(self.sweep(now))
        every = list(self.incidents.values())
        own = decide_own(found.troubles, found.healed, every, ("pager",), self.policy, now)
        self.incidents |= {one.id: one for one in own.incidents}
        self.notifications += own.notifications
        self.decided.append(own)
        self.at += STEP

    def _runs(self, weather: Weather) -> list[RunResult]:
        return [
            self._run(name, place, weather)
            for name, place in PAIRS
            if place not in weather.silent and (name, place) not in weather.stuck
        ]

    def _run(self, name: str, place: str, weather: Weather) -> RunResult:
        bad = place in weather.cut or name in weather.broken
        made = run(at(self.at), "F" if bad else "P", place, name=name)
        if place not in weather.cut:
            return made
        failure = Failure(FailureKind.CONNECT, "no answer")
        return replace(made, failures=(failure,), steps=(replace(made.steps[0], failures=(failure,)),))

    def of(self, track: Track, subject: str) -> Incident | None:
        return next((one for one in self.current if (one.track, one.probe) == (track, subject)), None)


@given(weathers)
@example(AT_FIRST_ALONE)
@example(SILENT_MEANWHILE)
@example(STUCK_MEANWHILE)
@example(CUT_AND_SILENT)
@unhurried
def test_nothing_ends_because_nothing_is_heard(happened: list[Weather]) -> None:
    """I1, of outages and of our own troubles."""
    country = Country()
    for weather in [*happened, FINE]:
        for _ in country.live(weather):
            for decision in country.decided:
                for ended in decision.incidents:
                    if ended.status is IncidentStatus.RESOLVED:
                        assert is_evident(country, ended), ended


def is_evident(country: Country, ended: Incident) -> bool:
    spoke = {place for place in PLACES if country.at - STEP - country.heard[place] <= 90}
    if ended.track is Track.DOWN:
        return any(one.key.probe == ended.probe and one.outcome.good for one in country.judged)
    if ended.track is Track.SYNTHMON:
        return all(country.heard[place] - country.slots[ended.probe, place] <= LIMIT for place in PLACES)
    return bool(spoke) if ended.probe == EVERYWHERE else ended.probe in spoke


@given(weathers)
@example(CUT_AND_SILENT)
@unhurried
def test_who_was_told_of_a_beginning_is_told_of_its_end_once_all_is_well(happened: list[Weather]) -> None:
    """I4, and I9: nothing is told twice."""
    country = Country()
    for weather in [*happened, FINE]:
        for _ in country.live(weather):
            pass

    assert [] == country.current
    ids = Counter(owed.id for owed in country.notifications)
    assert max(ids.values(), default=1) == 1
    told = {(one.incident_id, one.channel) for one in country.notifications if one.occasion is Occasion.TRIGGER}
    ended = [(one.incident_id, one.channel) for one in country.notifications if one.occasion is Occasion.RESOLVE]
    assert sorted(told) == sorted(ended)


@given(weathers)
@unhurried
def test_what_is_decided_is_whole_and_of_each_trouble_there_is_one_incident(happened: list[Weather]) -> None:
    """I3 and I6: whatever is owed or told of an incident is committed with it; a key is open once."""
    country = Country()
    for weather in happened:
        for _ in country.live(weather):
            keys = Counter(one.dedup_key for one in country.current)
            assert max(keys.values(), default=1) == 1
            for decision in country.decided:
                known = {one.id: one for one in decision.incidents}
                assert {event.incident_id for event in decision.events} <= known.keys()
                assert {owed.incident_id for owed in decision.notifications} <= known.keys()
                triggers = [one for one in decision.notifications if one.occasion is Occasion.TRIGGER]
                assert all(one.channel in known[one.incident_id].told for one in triggers)


@given(weathers)
@unhurried
def test_a_restart_after_every_step_changes_nothing(happened: list[Weather]) -> None:
    """I7: whatever is waited for is an instant that is kept."""
    steady, restarted = Country(), Country(restarts=True)
    for weather in [*happened, FINE]:
        for _ in zip(steady.live(weather), restarted.live(weather), strict=True):
            pass

    assert said(steady) == said(restarted)
    assert story(steady) == story(restarted)


def said(country: Country) -> list[tuple[str, datetime, str]]:
    return [(one.id, one.created_at, one.message.title) for one in country.notifications]


def story(country: Country) -> list[object]:
    """Incidents as they are kept: what was measured is rounded there."""
    return [incident_to_json(one) for one in country.incidents.values()]


@given(weathers)
@unhurried
def test_an_outage_that_somebody_could_see_wakes_somebody(happened: list[Weather]) -> None:
    """I5: whatever else is the matter, a target that is broken is paged while two regions that are heard of look."""
    country = Country()
    for weather in [*happened, Weather(16, broken=frozenset("a"))]:
        for _ in country.live(weather):
            pass

    outage = country.of(Track.DOWN, "a")
    assert outage is not None
    assert outage.told


@given(weathers, st.sampled_from(PLACES))
@unhurried
def test_what_fails_from_one_region_alone_wakes_somebody_after_ten_minutes(happened: list[Weather], cut: str) -> None:
    """I5: it is held back for ten minutes, and no longer."""
    country = Country()
    for weather in [*happened, FINE, Weather(30, cut=frozenset({cut}))]:
        for _ in country.live(weather):
            pass

    place = country.of(Track.REGION, cut)
    assert place is not None
    assert (place.severity, place.told) == (Severity.PAGE, ("pager",))
    held = [one for one in country.current if one.track is Track.DOWN]
    assert {one.probe for one in held} == set(NAMES)
    assert not any(one.told for one in held)


@given(st.lists(st.frozensets(st.sampled_from(PLACES)), min_size=1, max_size=4), st.integers(4, 40))
@unhurried
def test_a_region_that_falls_silent_is_one_message_however_many_probes_run_there(
    silent: list[frozenset[str]], steps: int
) -> None:
    """I9: of the probes nothing is said."""
    country = Country()
    for places in silent:
        for _ in country.live(Weather(steps, silent=places)):
            pass

    assert {one.message.track for one in country.notifications} <= {Track.REGION}
    began = [one for one in country.notifications if one.occasion is Occasion.TRIGGER]
    assert len(began) <= len(silent) * (len(PLACES) + 1)


def test_a_thousand_probes_that_are_not_heard_of_are_one_incident() -> None:
    """I9, at its largest."""
    probes = {f"p{number}": probe(f"p{number}") for number in range(1000)}
    voices = {"local": Voice(at(0), at(0))}
    seen = Seen(probes, {}, (), Hearing(at(0), voices), {}, at(0) + timedelta(seconds=100))

    assert len(look_after(seen).troubles) == 1
