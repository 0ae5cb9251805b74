"""Minds how synthmon itself is: what is wrong since when, for incidents of its own; and says so past its own database.

While the database takes nothing, no incident can be written down. Then the fallback channel is told directly, once, and
of the end as well, under the key that the incident would have.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon import __version__
from synthmon.alerting.channel import Channel
from synthmon.alerting.ports import ChannelState
from synthmon.centre.standstill import Standstills
from synthmon.errors import DeliveryError
from synthmon.events import Events
from synthmon.judge import Policy
from synthmon.judge.own import LASTING, Healed, Subject, Trouble, decide_own
from synthmon.judge.silent import awake
from synthmon.judge.together import living, together
from synthmon.judge.upkeep import SELF as OURSELVES
from synthmon.judge.upkeep import Upkeep
from synthmon.model.incident import Decision, Incident
from synthmon.model.probe import Track
from synthmon.model.replica import Replica, Word

_log = Events()

SELF: Subject = (Track.SYNTHMON, OURSELVES)
AGENTS = "/agents"  # after a region's name
CANARY = "/canary"  # after a channel's name; no channel can be called so
REPORTS = "/reports"  # after a channel's name: the reports that go through it
_NOTHING_FOUND = Upkeep()
MOST_SAID = 300  # characters of all troubles together
_A_LOOK = timedelta(seconds=20)  # one comes every two seconds, unless what is looked at takes long


class SelfWatch:
    """Thread-safe. `look` is called every few seconds with what is wrong; `channel_said` whenever a channel changed."""

    def __init__(self, now: Callable[[], datetime], instance: str = "", *, alone: bool = True) -> None:
        self._now, self._instance, self._alone = now, instance, alone
        self._lock = threading.Lock()
        self._troubles: dict[Subject, Trouble] = {}
        self._well: dict[Subject, datetime] = {}
        self._mailing: frozenset[str] = frozenset()  # channels that reports go through
        self._told_directly: Incident | None = None
        self._standstills = Standstills(_A_LOOK, _A_LOOK)

    def look(self, troubles: Sequence[str]) -> None:
        """What is wrong with the daemon now, in sentences; nothing: it is well."""
        self._standstills.look(self._now())
        self._note(SELF, OURSELVES, "; ".join(troubles)[:MOST_SAID] if troubles else None)

    def channel_said(self, state: ChannelState) -> None:
        """A channel began to refuse, or takes messages again; or its canary was lost, or arrived.

        A canary is a subject of its own: that a message was accepted does not make it arrive.
        """
        subject = state.channel + (CANARY if state.canary else "")
        self._note((Track.NOTIFY, subject), f"channel {state.channel}", state.error)

    def _note(self, key: Subject, title: str, text: str | None) -> None:
        with self._lock:
            if text is None:
                self._troubles.pop(key, None)
                self._well.setdefault(key, self._now())
            else:
                self._well.pop(key, None)
                before = self._troubles.get(key)
                self._troubles[key] = Trouble(*key, title, text, before.since if before else self._now())

    def channels(self, names: Collection[str], canaries: Collection[str], spoken_of: Iterable[str]) -> None:
        """What there is to be told of: of what is declared no more nothing will be heard, so it counts as well."""
        declared = {*names, *(f"{name}{CANARY}" for name in canaries if name in names)}
        declared |= {f"{name}{REPORTS}" for name in self._mailing if name in names}
        with self._lock:
            known = [name for track, name in self._troubles if track is Track.NOTIFY]
        for subject in {*spoken_of, *known}:
            if subject not in declared:
                name = subject.removesuffix(CANARY).removesuffix(REPORTS)
                self._note((Track.NOTIFY, subject), f"channel {name}", None)

    def reports(self, troubles: Mapping[str, str], channels: Collection[str]) -> None:
        """By channel what keeps reports from arriving; of those known to send reports, the others are well."""
        self._mailing = frozenset({*troubles, *channels})
        for name in self._mailing:
            self._note((Track.NOTIFY, f"{name}{REPORTS}"), f"channel {name}, for reports,", troubles.get(name))

    def forget_reports(self) -> None:
        """They are the leader's to tell of."""
        self._mailing = frozenset()
        with self._lock:
            for known in (self._troubles, self._well):
                for key in [key for key in known if key[0] is Track.NOTIFY and key[1].endswith(REPORTS)]:
                    del known[key]

    def words(self) -> Replica:
        """What this process says of itself now."""
        with self._lock:
            bad = [Word(*one.key, one.since, one.text, one.title) for one in self._troubles.values()]
            well = [Word(*key, since) for key, since in self._well.items()]
        return Replica(self._instance, self._now(), __version__, (*bad, *well))

    def agents(self, troubles: Mapping[str, str], spoken_of: Iterable[str]) -> None:
        """What somebody has to mend about the agents of regions; those `spoken_of` of whom nothing is said are well."""
        subjects = {f"{region}{AGENTS}": (region, text) for region, text in troubles.items()}
        with self._lock:
            known = [name for track, name in self._troubles if track is Track.REGION]
        for subject in {*subjects, *(name for name in (*spoken_of, *known) if name.endswith(AGENTS))}:
            region, text = subjects.get(subject, (subject.removesuffix(AGENTS), None))
            self._note((Track.REGION, subject), f"agents of region {region}", text)

    def decide(
        self,
        incidents: Sequence[Incident],
        channels: Sequence[str],
        policy: Policy,
        now: datetime,
        found: Upkeep = _NOTHING_FOUND,
        others: Sequence[Replica] = (),
    ) -> Decision:
        """What changes about synthmon's own incidents; to be applied by whoever asked, who leads.

        `found`: what else there is. `others`: what the other processes of the centre say; this one speaks for itself.
        """
        there = [one for one in living(others, now) if one.instance != self._instance]
        troubles, healed = together([self.words(), *there])
        mine = self._settled(troubles, incidents, now)
        return decide_own([*mine, *found.troubles], [*healed, *found.healed], incidents, channels, policy, now)

    def _settled(self, troubles: Iterable[Trouble], incidents: Sequence[Incident], now: datetime) -> list[Trouble]:
        """Without those that are worth no word yet, as this process stood still for a part of the time they lasted."""
        told = {(one.track, one.probe) for one in incidents if one.current}
        asleep = self._standstills.stretches
        return [one for one in troubles if one.key in told or awake(asleep, one.since, now) >= LASTING]

    def _of_itself(self) -> tuple[list[Trouble], list[Healed]]:
        """Its own trouble, under a name of its own where others share the database: they may be well meanwhile."""
        mine = self.words()
        words = [one for one in mine.words if (one.track, one.subject) == SELF]
        if not self._alone:
            words = [replace(one, subject=f"{OURSELVES}@{self._instance}") for one in words]
        return together([replace(mine, words=tuple(words))])

    def tell_directly(self, away: bool, channel: str, channels: Mapping[str, Channel], policy: Policy) -> None:
        """While the database is away: tell the fallback channel once, and once more when it is over."""
        known = [self._told_directly] if self._told_directly is not None else []
        if not away and not known:
            return
        (troubles, healed), now = self._of_itself(), self._now()
        decision = decide_own(self._settled(troubles, known, now), healed, known, [channel], policy, now)
        own = [incident for incident in decision.incidents if incident.track is Track.SYNTHMON]
        for incident in own:
            self._told_directly = incident if incident.current else None
        for owed in decision.notifications:
            if owed.message.track is Track.SYNTHMON and channel in channels:
                try:
                    channels[channel].send(owed)
                except DeliveryError as error:
                    _log.error("notification.failed", channel=channel, probe=owed.message.probe, error=str(error))
