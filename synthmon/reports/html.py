"""A report as one self-contained page: no script, no outside resource, a strict content security policy."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import partial
from hashlib import sha256

from jinja2 import PackageLoader
from markupsafe import Markup

from synthmon.model import words
from synthmon.model.run import Outcome
from synthmon.reports import wording
from synthmon.reports.charts import Strip, strip
from synthmon.reports.figures.report import ProbeFigures, Report
from synthmon.reports.templating import make_environment

_OUTCOMES = (Outcome.PASSED, Outcome.DEGRADED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.MISSED)

_loader = PackageLoader("synthmon.reports")
_templates = make_environment(_loader)


def render(report: Report) -> str:
    """The page. The same report gives the same bytes."""
    style = stylesheet()
    subject = wording.subject(report)
    return _templates.get_template("daily.html").render(
        report=report,
        subject=subject,
        subject_good=wording.all_fine(report),
        groups=wording.groups(report),
        day=_day(report),
        stretch=_stretch(report),
        zone=str(report.period.zone),
        local=partial(_local, report),
        strip_of=partial(_strip, report),
        outcomes=_OUTCOMES,
        failed=Outcome.FAILED,
        excused={incident for probe in report.probes for incident in probe.excused},
        style=Markup(style),  # noqa: S704 - our own stylesheet, hashed into the policy
        style_hash=f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}",
    )


def stylesheet() -> str:
    """What reports look like; pages add their own to it."""
    return _loader.get_source(_templates, "report.css")[0]


def _day(report: Report) -> str:
    return f"{report.period.local(report.period.start):%A, %-d %B %Y}"


def _stretch(report: Report) -> str:
    """`2026-03-29 00:00 (UTC+01:00) to 2026-03-30 00:00 (UTC+02:00), Europe/Berlin, 23 h: clocks change in it`."""
    start, end = report.period.local(report.period.start), report.period.local(report.period.end)
    changed = ": clocks change in it" if start.utcoffset() != end.utcoffset() else ""
    return f"{_dated(start)} to {_dated(end)}, {report.period.zone}, {words.span(report.period.seconds)}{changed}"


def _dated(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M} (UTC{local.isoformat()[-6:]})"


def _local(report: Report, instant: datetime) -> str:
    """A time of the report's day, with its date where that is another."""
    local, start = report.period.local(instant), report.period.local(report.period.start)
    return f"{local:%H:%M:%S}" if local.date() == start.date() else f"{local:%Y-%m-%d %H:%M:%S}"


def _strip(report: Report, probe: ProbeFigures) -> Strip:
    return strip(probe.spans, report.period)
