"""What is counted up and told of the past: rollups, retention, error budgets, reports and their letters.

With many probes each of them has something to do nearly all the time, and nothing else shall wait for it: so they have
two threads of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from synthmon.alerting.channel import Channel
from synthmon.app import clock
from synthmon.app.beside import Surroundings
from synthmon.app.budgets import Budgets
from synthmon.app.figuring import figures_of
from synthmon.app.housekeeping import Chore, Housekeeping
from synthmon.app.probe_figures import ProbeFiguresDesk
from synthmon.app.report_clerk import ClerkPorts, ReportClerk
from synthmon.app.report_letter import LetterWriter
from synthmon.app.report_post import PostPorts, ReportPost
from synthmon.app.reporting import ReportDesk
from synthmon.app.retention import Retention
from synthmon.app.rolling import Rolling, Sources
from synthmon.judge import Policy
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass
from synthmon.settings import Settings
from synthmon.store.interface import Store

RETAIN_EVERY, ROLL_EVERY, COUNT_EVERY = 20.0, 10.0, 15.0
REPORTS_EVERY = 20.0


@dataclass(frozen=True, slots=True)
class BookPorts:
    """What is in force now, and how a chore becomes one of the leader's: in its term, or while it leads."""

    store: Store
    probes: Callable[[], Mapping[str, Probe]]
    settings: Callable[[], Settings]
    policy: Callable[[], Policy]
    channels: Callable[[], Mapping[str, Channel]]
    refused: Callable[[Mapping[str, str], Sequence[str]], None]
    in_term: Callable[[Callable[[int], object]], Callable[[], None]]
    as_leader: Callable[[Callable[[], object]], Callable[[], None]]


class Bookkeeping:
    """`start` once, `stop` once. What is not of now (zone, folder, environment) is as it was at the start."""

    def __init__(self, begun: Settings, ports: BookPorts) -> None:
        self._ports = ports
        store, probes = ports.store, ports.probes
        retention = Retention(store, lambda: ports.settings().retention, clock.now)
        zone = begun.reports.zone
        rolling = Rolling(Sources(store, probes, lambda: ports.settings().windows, self._kept_for, zone), clock.now)
        desk = ReportDesk(
            store,
            begun.environment,
            zone,
            begun.reports_folder,
            lambda: ports.settings().windows,
            self._kept_for,
            Surroundings(ports.policy, lambda: ports.settings().web.url, begun.web.trace_url),
        )
        self.figures = figures_of(desk, probes)
        self.budgets = Budgets(desk, probes, clock.now)
        self.report_of = ProbeFiguresDesk(desk, probes, clock.now).of
        clerk = ReportClerk(ClerkPorts(desk, lambda: ports.settings().reports.orders, probes, clock.now))
        letters = LetterWriter(desk, probes, lambda: ports.settings().web.url, clock.now)
        post = ReportPost(PostPorts(store, ports.channels, letters, clock.now, ports.refused))
        self._upkeep = Housekeeping(
            [
                Chore("rollups", ROLL_EVERY, ports.in_term(rolling.turn)),
                Chore("retention", RETAIN_EVERY, ports.as_leader(retention.turn)),
            ],
            "upkeep",
        )
        self._reports = Housekeeping(
            [
                Chore("reports", REPORTS_EVERY, ports.in_term(clerk.turn)),
                Chore("error budgets", COUNT_EVERY, self.budgets.turn),
                Chore("reports by mail", REPORTS_EVERY / 2, ports.in_term(post.turn)),
            ],
            "reports",
        )

    def _kept_for(self) -> timedelta:
        return self._ports.settings().retention.runs

    def start(self) -> None:
        self._reports.start()
        self._upkeep.start()

    def leave(self) -> None:
        """Begin nothing any more."""
        self._reports.leave()
        self._upkeep.leave()

    def stop(self) -> None:
        self.leave()
        self._reports.stop()
        self._upkeep.stop()

    @property
    def failing(self) -> Mapping[str, str]:
        """Chores that did not get done, and why."""
        return {**self._reports.failing, **self._upkeep.failing}

    @property
    def lives(self) -> Mapping[str, bool]:
        return {"reports": self._reports.lives, "upkeep": self._upkeep.lives}
