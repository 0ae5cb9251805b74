"""How the agents are: each as it last said, and what is wrong with those of a region, in sentences."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.centre.shards import heard_shards, said_of, unheard
from synthmon.centre.standstill import MOST_SAID
from synthmon.errors import MalformedDocument
from synthmon.events import Events
from synthmon.model import words
from synthmon.model.agent import Heartbeat
from synthmon.model.probe import Probe
from synthmon.model.run import Json
from synthmon.model.shard import Shard
from synthmon.nouns import dataclass
from synthmon.store.interface import Store
from synthmon.wire.agent import heartbeat_from_json

_log = Events()

SILENT_AFTER = timedelta(seconds=60)
GONE_AFTER = timedelta(minutes=10)  # such an agent is no longer held against the others of its region
DRIFT_FOR = timedelta(minutes=2)  # how long agents may take to read changed files
CLOCK_WARNING = 2.0  # seconds
LONGEST_TEXT, MOST_TROUBLES = 200, 20
_MOST = 2**53


@dataclass(frozen=True, slots=True)
class Presence:
    """One agent. `remarks` are worth a look; `silent`: nothing was heard of it for a minute."""

    heartbeat: Heartbeat
    silent: bool
    same_configuration: bool
    remarks: tuple[str, ...]


class RollCall:
    """Hears heartbeats and looks at them together. `config_hash` is that of what the centre has declared.

    `here` are the regions that this very process runs as well, with its share of their probes.
    """

    def __init__(
        self,
        store: Store,
        probes: Callable[[], Mapping[str, Probe]],
        config_hash: Callable[[], str],
        now: Callable[[], datetime],
        here: Callable[[], Mapping[str, Shard]] = dict,
    ) -> None:
        self._store, self._probes, self._config_hash, self._now = store, probes, config_hash, now
        self._here = here
        self._lock = threading.Lock()
        self._differing: dict[str, datetime] = {}  # region -> since when its agents differ
        self._warned: set[tuple[str, str]] = set()
        self._names: tuple[Mapping[str, Probe], Mapping[str, Sequence[str]]] = {}, {}
        self._missing: dict[
            str, tuple[Mapping[str, Probe], frozenset[Shard], list[str]]
        ] = {}  # found last, and of what

    def hear(self, region: str, body: Json) -> Heartbeat:
        """Keep what an agent said of itself, under its token's region; raises `MalformedDocument`, `StoreError`."""
        said = heartbeat_from_json(body)
        if not 0 < len(said.instance) <= LONGEST_TEXT or len(said.spool or "") > LONGEST_TEXT:
            raise MalformedDocument(f"instance, spool: expected names of at most {LONGEST_TEXT} characters")
        heard = replace(
            said,
            region=region,
            at=self._now(),
            instance=words.printable(said.instance, LONGEST_TEXT),
            version=words.printable(said.version, 40),
            config_hash=words.printable(said.config_hash, 80),
            shard=words.printable(said.shard, 20),
            troubles=tuple(words.printable(text, LONGEST_TEXT) for text in said.troubles[:MOST_TROUBLES]),
            standstills=said.standstills[-MOST_SAID:],
        )
        if any(not 0 <= number < _MOST for number in _numbers(heard)):
            raise MalformedDocument("a number of the heartbeat cannot be")
        self._store.hear(heard)
        self._mind_clock(heard)
        return heard

    def _mind_clock(self, heard: Heartbeat) -> None:
        who = (heard.region, heard.instance)
        off = _off(heard) > CLOCK_WARNING
        with self._lock:
            told = who in self._warned
            (self._warned.add if off else self._warned.discard)(who)
        if off and not told:
            _log.warning("agent.clock", region=heard.region, instance=heard.instance, seconds=heard.offset)

    def present(self) -> list[Presence]:
        """Every agent of late, by region and instance."""
        now, ours = self._now(), self._config_hash()
        return [
            Presence(one, now - one.at > SILENT_AFTER, one.config_hash == ours, tuple(_remarks(one, ours, now)))
            for one in self._store.heartbeats()
        ]

    def troubles(self) -> Mapping[str, str]:
        """Per region what somebody has to mend: a shard that is missing, agents that disagree, a clock far off."""
        now = self._now()
        by_region: dict[str, list[Heartbeat]] = {}
        for one in self._store.heartbeats():
            if now - one.at < GONE_AFTER:
                by_region.setdefault(one.region, []).append(one)
        found = {}
        for region, agents in by_region.items():
            said = [
                *self._shards(region, agents, now),
                *self._drift(region, agents, now),
                *self._clocks(region, agents),
            ]
            if said:
                found[region] = "; ".join(said)
        return found

    def _shards(self, region: str, agents: Sequence[Heartbeat], now: datetime) -> list[str]:
        heard = heard_shards(agents, now)
        if not heard:
            return []  # the region is silent, which is said otherwise
        here, probes = self._here(), self._probes()
        shards = heard | {here[region]} if region in here else heard
        known = self._missing.get(region)
        if known is None or known[0] is not probes or known[1] != shards:  # to hash every name takes a while
            known = self._missing[region] = probes, shards, said_of(unheard(shards, self._names_in(region, probes)))
        return known[2]

    def _names_in(self, region: str, probes: Mapping[str, Probe]) -> Sequence[str]:
        """The probes of a region: put together for all regions at once, as agents come one by one after a start."""
        if self._names[0] is not probes:
            found: dict[str, list[str]] = {}
            for probe in probes.values():
                for one in probe.regions:
                    found.setdefault(one.name, []).append(probe.name)
            self._names = probes, found
        return self._names[1].get(region, ())

    def _drift(self, region: str, agents: Sequence[Heartbeat], now: datetime) -> list[str]:
        hashes = {one.config_hash: one.instance for one in agents}
        with self._lock:
            if len(hashes) < 2:
                self._differing.pop(region, None)
                return []
            since = self._differing.setdefault(region, now)
        if not now - since >= DRIFT_FOR:
            return []
        named = ", ".join(f"{instance} has {hash_[:12]}" for hash_, instance in sorted(hashes.items()))
        return [f"its agents run with different configurations (config_drift): {named}"]

    def _clocks(self, region: str, agents: Sequence[Heartbeat]) -> list[str]:
        if all(_off(one) <= 0 for one in agents):
            return []  # as nearly always
        intervals = [probe.interval for probe in self._probes().values() if probe.region(region) is not None]
        limit = min(intervals, default=120.0) / 2
        return [
            f"the clock of {one.instance} is {words.seconds(abs(one.offset))} {'ahead' if one.offset > 0 else 'behind'}"
            for one in agents
            if one.offset is not None and _off(one) > limit
        ]


def _off(one: Heartbeat) -> float:
    """How far its clock is off at least, in seconds."""
    return abs(one.offset or 0.0) - (one.round_trip or 0.0) / 2


def _remarks(one: Heartbeat, ours: str, now: datetime) -> list[str]:
    said = []
    if now - one.at > SILENT_AFTER:
        said.append("not heard of for a minute")
    if one.config_hash != ours:
        said.append("its configuration is not the centre's")
    if one.offset is not None and _off(one) > CLOCK_WARNING:
        said.append(f"its clock is {words.seconds(abs(one.offset))} {'ahead' if one.offset > 0 else 'behind'}")
    if one.dropped:
        said.append(f"{one.dropped} results were dropped for want of room")
    if one.refused:
        said.append(f"{one.refused} results were refused")
    return [*said, *one.troubles]


def _numbers(one: Heartbeat) -> list[float]:
    """All that must be a number of this world, and not negative."""
    counts: list[float | None] = [one.spool_depth, one.waiting, one.dropped, one.refused, one.due, one.started]
    counts += [one.finished, one.probes, one.lateness_p99, one.lag_p99, one.memory, one.descriptors, one.round_trip]
    return [number for number in [*counts, abs(one.offset or 0.0)] if number is not None]
