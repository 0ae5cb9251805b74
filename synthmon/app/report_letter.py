"""The mail in which a report reaches people, made again from what is kept whenever it is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage

from synthmon.alerting.mail import DOMAIN
from synthmon.app.reporting import ReportDesk
from synthmon.model.mailing import Mailing
from synthmon.model.probe import Probe
from synthmon.model.run import to_millis
from synthmon.nouns import dataclass
from synthmon.reports import html, table
from synthmon.reports.archive import Archive
from synthmon.reports.figures.period import Period, PeriodKind
from synthmon.reports.mail import Attachment, Envelope, compose, plain, write
from synthmon.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class LetterWriter:
    """`base` is the address of the pages, if people can reach them."""

    desk: ReportDesk
    probes: Callable[[], Mapping[str, Probe]]
    base: Callable[[], str | None]
    now: Callable[[], datetime]

    def __call__(self, mailing: Mailing, sender: str) -> EmailMessage:
        """The mail for those who do not have it yet, the report as of when it was kept."""
        scope = Scope(mailing.covers)
        period = Period(mailing.start, mailing.end, self.desk.zone, PeriodKind(mailing.kind))
        report = self.desk.of(period, mailing.as_of, self.probes(), None if scope.everything else scope)
        # The page has everything, also for whoever cannot reach ours; the table is for whoever reckons on.
        page = Attachment(f"{mailing.report}.html", "text/html", html.render(report).encode())
        figures = Attachment(f"{mailing.report}.csv", "text/csv", table.render(report).encode())
        envelope = Envelope(sender, mailing.waiting, self.now(), message_id(mailing))
        if mailing.form == "text":
            return plain(write(report, self._link(mailing)), envelope)
        return compose(write(report, self._link(mailing), [figures, page]), envelope)

    def _link(self, mailing: Mailing) -> str | None:
        """Where it is kept; of one that was sent by hand and not kept there is no place."""
        base, edition = self.base(), Archive(self.desk.folder).newest(mailing.report)
        if base is None or edition is None:
            return None
        return f"{base.rstrip('/')}/reports/{edition.name}.html"


def message_id(mailing: Mailing) -> str:
    """The same whenever it is tried again, so that nobody who got it twice sees it twice."""
    return f"<report-{mailing.id}-{to_millis(mailing.as_of)}@{DOMAIN}>"
