"""Writes the reports that are due, owes them to whoever is to read them, and writes anew what came too late for them.

What was written is remembered in the store, so that a restart and another leader go on where this one was. Of a report
that is wanted for the first time only the newest is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from synthmon.app.reporting import ReportDesk
from synthmon.centre.lookout import looked_until
from synthmon.errors import StoreError, SynthmonError
from synthmon.events import Events
from synthmon.model.mailing import Mailing, MailingStatus
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass
from synthmon.reports import wording
from synthmon.reports.archive import Archive, Edition, base_name, base_of
from synthmon.reports.document import render as as_json
from synthmon.reports.figures.due import Moment, around, due_at, newest_due, owed
from synthmon.reports.figures.period import Period, PeriodKind
from synthmon.reports.figures.report import Report
from synthmon.reports.scope import Scope
from synthmon.settings.values import ReportOrder

_log = Events()

WRITTEN, ARRIVAL, LATE = "reports.written", "reports.arrival", "reports.late"
PATIENCE = timedelta(minutes=10)  # that a report waits for slots without a run to be noted
SETTLED = timedelta(minutes=15)  # what comes late comes in bursts: one edition for all of it
KINDS = (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH)
_LOOK_BACK = timedelta(days=62)  # for results that are late for a report
NOTHING_HAPPENED, NO_PROBE = "nothing happened", "no probe was in force"


@dataclass(frozen=True, slots=True)
class ClerkPorts:
    """`orders` are the reports that are wanted besides those of all probes; `probes` what is declared."""

    desk: ReportDesk
    orders: Callable[[], Sequence[ReportOrder]]
    probes: Callable[[], Mapping[str, Probe]]
    now: Callable[[], datetime]


class ReportClerk:
    """`turn` does what is due, as the leader of a term."""

    def __init__(self, ports: ClerkPorts) -> None:
        self._ports, self._desk, self._store = ports, ports.desk, ports.desk.store
        self.archive = Archive(ports.desk.folder)
        self._begun = ports.now()
        self._looked_for: set[str] = set()

    def turn(self, epoch: int | None = None) -> None:
        now = self._ports.now()
        orders = self._ports.orders()
        work: list[tuple[str, Callable[[], None]]] = [
            (f"{kind.value}, {scope}", partial(self._write, kind, scope, now, epoch)) for kind, scope in wanted(orders)
        ]
        work += [
            (f"{order.kind.value} to {order.channel}", partial(self._owe, order, now, epoch))
            for order in orders
            if order.channel is not None
        ]
        each([*work, ("late results", partial(self._mind_what_is_late, now, epoch))])

    # Writing

    def _write(self, kind: PeriodKind, scope: Scope, now: datetime, epoch: int | None) -> None:
        orders = self._ports.orders()
        key = f"{kind.value} {scope.slug}".rstrip()
        written = _dates(self._store.notes().get(WRITTEN))
        moment = moment_of(kind, scope, orders)
        for period in owed(kind, moment, written.get(key), now, self._desk.zone):
            if not self._is_settled(period, moment, now):
                return
            edition = self.keep(period, scope, now)
            if edition is not None:
                _log.info("report.written", report=str(edition.name), verdict=edition.subject)
            written = _dates(self._store.notes().get(WRITTEN)) | {key: period.first}
            self._store.note(WRITTEN, json.dumps({name: day.isoformat() for name, day in written.items()}), epoch)
        if key in written:
            self._make_up(kind, scope, now)

    def _make_up(self, kind: PeriodKind, scope: Scope, now: datetime) -> None:
        """The newest report where the folder lacks it that another leader, or this one on another disk, has written.

        It is made once in a process's life, as of the instant at which it was sent, if it was.
        """
        period = newest_due(kind, moment_of(kind, scope, self._ports.orders()), now, self._desk.zone)
        base = base_name(period, scope)
        if base in self._looked_for or self.archive.newest(base) is not None:
            return
        self._looked_for.add(base)
        sent = self._store.mailings(reports=[base], limit=1)
        if (edition := self.keep(period, scope, sent[0].as_of if sent else now)) is not None:
            _log.info("report.made_up_for", report=str(edition.name))

    def _is_settled(self, period: Period, moment: Moment, now: datetime) -> bool:
        """Whether slots of it that passed without a run are known: after an absence they are noted at first."""
        looked = looked_until(self._store.notes())
        return looked is None or looked >= period.end or now - max(due_at(period, moment), self._begun) >= PATIENCE

    def keep(self, period: Period, scope: Scope, now: datetime) -> Edition | None:
        """Keep a report, or what is kept of it; None where no probe was in force."""
        arrival = self._store.arrived()  # before: what comes meanwhile may be in it, and is looked at again
        report = self._report(period, scope, now)
        if not report.probes:
            return None
        return self.archive.newest(base_of(report, scope)) or self.archive.keep(report, scope, arrival)

    def keep_again(self, period: Period, scope: Scope, now: datetime) -> tuple[Edition | None, bool]:
        """The newest edition, and whether it is a new one: what is kept differs from what is known now."""
        arrival = self._store.arrived()
        report = self._report(period, scope, now)
        before = self.archive.newest(base_of(report, scope))
        if not report.probes or (before is not None and self._is_as_kept(before, period, scope)):
            return before, False
        return self.archive.keep(report, scope, arrival), True

    def _is_as_kept(self, edition: Edition, period: Period, scope: Scope) -> bool:
        """Made again as of then, it is the same to the byte."""
        return self.archive.read(f"{edition.name}.json") == as_json(self._report(period, scope, edition.as_of))

    def _report(self, period: Period, scope: Scope, as_of: datetime) -> Report:
        return self._desk.of(period, as_of, self._ports.probes(), None if scope.everything else scope)

    # Owing

    def _owe(self, order: ReportOrder, now: datetime, epoch: int | None) -> None:
        """The newest report to those who were not sent it yet, whatever list they stand on."""
        scope = Scope(order.covers)
        moment = Moment(order.weekday, order.at)
        period = newest_due(order.kind, moment, now, self._desk.zone)
        if not self._is_settled(period, moment, now):
            return
        base = base_name(period, scope)
        had = {address for mailing in self._store.mailings(reports=[base]) for address in mailing.to}
        to = tuple(address for address in order.to if address not in had)
        if to and order.channel is not None:
            self._store.owe_mail([self._mailing(order, order.channel, period, base, to, now)], epoch)

    def _mailing(
        self, order: ReportOrder, channel: str, period: Period, base: str, to: tuple[str, ...], now: datetime
    ) -> Mailing:
        edition = self.archive.newest(base)
        mailing = Mailing(
            report=base,
            kind=period.kind.value,
            start=period.start,
            end=period.end,
            covers=order.covers,
            channel=channel,
            form=order.form,
            to=to,
            waiting=to,
            as_of=edition.as_of if edition else now,
            created_at=now,
            next_at=now,
        )
        why = self._why_not(order, edition, period, now)
        if why is None:
            return mailing
        return replace(mailing, status=MailingStatus.LEFT_OUT, why=why, waiting=(), ended_at=now)

    def _why_not(self, order: ReportOrder, edition: Edition | None, period: Period, now: datetime) -> str | None:
        """Why nobody is sent it. It may be kept where another leader writes: then it is made again."""
        report = self._report(period, Scope(order.covers), now) if edition is None else None
        if report is not None and not report.probes:
            return NO_PROBE
        fine = edition.fine if edition is not None else report is not None and wording.all_fine(report)
        return NOTHING_HAPPENED if order.only_if and fine else None

    # What came late

    def _mind_what_is_late(self, now: datetime, epoch: int | None) -> None:
        notes = self._store.notes()
        arrived = self._store.arrived()
        late = {name: datetime.fromisoformat(at) for name, at in json.loads(notes.get(LATE, "{}")).items()}
        known = dict(late)
        if ARRIVAL in notes and arrived > int(notes[ARRIVAL]):
            late |= dict.fromkeys(self._late_for(int(notes[ARRIVAL]), now), now)
        for base in [base for base, at in late.items() if now - at >= SETTLED]:
            self._write_again(base, now)
            del late[base]
        if late != known:
            self._store.note(LATE, json.dumps({name: at.isoformat() for name, at in late.items()}), epoch)
        if notes.get(ARRIVAL) != str(arrived):
            self._store.note(ARRIVAL, str(arrived), epoch)

    def _late_for(self, after: int, now: datetime) -> Iterator[str]:
        """The reports that are kept and that runs which arrived since belong to."""
        today = around(PeriodKind.DAY, now, self._desk.zone)
        found = self._store.late_probes(after, today.start - _LOOK_BACK, today.start)
        if not found:
            return
        first, last = min(one[1] for one in found), max(one[2] for one in found)
        recent = [name for name in self.archive.names() if name.first >= (today.start - _LOOK_BACK).date()]
        for base, name in {name.base: name for name in reversed(recent)}.items():  # the newest edition comes last
            edition = self.archive.about(name)
            if edition is not None and edition.start <= last and first < edition.end:
                yield base

    def _write_again(self, base: str, now: datetime) -> None:
        """Another edition, if what came late changed anything."""
        edition = self.archive.newest(base)
        if edition is None or (scope := self._scope_of(base)) is None:
            return
        period = around(edition.name.kind, edition.start, self._desk.zone)
        if (period.start, period.end) == (edition.start, edition.end):
            made, is_new = self.keep_again(period, scope, now)
            if made is not None and is_new:
                _log.info("report.written_again", report=str(made.name), verdict=made.subject)

    def _scope_of(self, base: str) -> Scope | None:
        """Only of what is wanted still: of another scope the slug alone is known."""
        scopes = [Scope(), *(Scope(order.covers) for order in self._ports.orders())]
        slug = base.partition("+")[2]
        return next((scope for scope in scopes if scope.slug == slug), None)


def each(work: Sequence[tuple[str, Callable[[], None]]]) -> None:
    """One report that cannot be written keeps no other from being; a database that is away keeps all."""
    failed = []
    for name, do in work:
        try:
            do()
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - an isolation boundary between reports
            _log.exception("report.not_written", report=name)
            failed.append(f"{name} ({type(error).__name__})")
    if failed:
        raise SynthmonError(f"these could not be written, the log says why: {'; '.join(failed)}")


def wanted(orders: Sequence[ReportOrder]) -> list[tuple[PeriodKind, Scope]]:
    """Each kind of all probes, and what was ordered besides; each once."""
    everything = [(kind, Scope()) for kind in KINDS]
    return list(dict.fromkeys([*everything, *((order.kind, Scope(order.covers)) for order in orders)]))


def moment_of(kind: PeriodKind, scope: Scope, orders: Sequence[ReportOrder]) -> Moment:
    """When it is written: at the first of the moments at which somebody wants it."""
    moments = [Moment(one.weekday, one.at) for one in orders if (one.kind, one.covers) == (kind, scope.covers)]
    return min(moments, default=Moment())


def _dates(note: str | None) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in json.loads(note or "{}").items()}
