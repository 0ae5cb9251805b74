"""A report as one self-contained page: no script, no outside resource, a strict content security policy."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import partial
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from synthmon import __version__
from synthmon.model import words
from synthmon.model.run import Outcome
from synthmon.reports import wording
from synthmon.reports.charts import strip
from synthmon.reports.figures.report import ProbeFigures, Report

_OUTCOMES = (Outcome.PASSED, Outcome.DEGRADED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.MISSED)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("synthmon.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        say=wording,
        span=words.span,
        seconds=words.seconds,
        printable=words.printable,
        outcomes=_OUTCOMES,
        failed=Outcome.FAILED,
        version=__version__,
    )
    return environment


_templates = _environment()


def render(report: Report) -> str:
    """The page. The same report gives the same bytes."""
    style = _style()
    subject = wording.subject(report)
    return _templates.get_template("daily.html").render(
        report=report,
        subject=subject,
        subject_good=subject.endswith("no outage"),
        groups=wording.groups(report),
        day=_day(report),
        zone=str(report.period.zone),
        local=partial(_local, report),
        strip_of=partial(_strip, report),
        style=Markup(style),  # noqa: S704 - our own stylesheet, hashed into the policy
        style_hash=f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}",
    )


def _style() -> str:
    loader = _templates.loader
    assert loader is not None
    return loader.get_source(_templates, "report.css")[0]


def _day(report: Report) -> str:
    return f"{report.period.local(report.period.start):%A, %-d %B %Y}"


def _local(report: Report, instant: datetime) -> str:
    """A time of the report's day, with its date where that is another."""
    local, start = report.period.local(instant), report.period.local(report.period.start)
    return f"{local:%H:%M:%S}" if local.date() == start.date() else f"{local:%Y-%m-%d %H:%M:%S}"


def _strip(report: Report, probe: ProbeFigures) -> object:
    return strip(probe.spans, report.period)
