"""A report as one self-contained page: no script, no outside resource, a strict content security policy."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from hashlib import sha256

from jinja2 import PackageLoader
from markupsafe import Markup

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
    return _templates.get_template("report.html").render(
        report=report,
        subject=subject,
        subject_good=wording.all_fine(report),
        groups=wording.groups(report),
        day=report.period.title,
        stretch=wording.stretch(report),
        zone=str(report.period.zone),
        local=partial(wording.local, report),
        strip_of=partial(_strip, report),
        outcomes=_OUTCOMES,
        failed=Outcome.FAILED,
        excused={incident for probe in report.probes for incident in probe.excused},
        style=Markup(style),  # noqa: S704 - our own stylesheet, hashed into the policy
        style_hash=f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}",
    )


def stylesheet() -> str:
    """What reports look like; pages add their own to it."""
    return "".join(_loader.get_source(_templates, name)[0] for name in ("report.css", "charts.css"))


def _strip(report: Report, probe: ProbeFigures) -> Strip:
    return strip(probe.spans, report.period)
