"""A backtest as a page: for each probe two strips, what was told above what would have been."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from jinja2 import PackageLoader
from markupsafe import Markup

from synthmon.judge.compare import Pair, pages, told_first
from synthmon.model.incident import Health, Incident
from synthmon.model.probe import Probe, Track
from synthmon.nouns import dataclass
from synthmon.reports.charts import Strip, strip
from synthmon.reports.figures.health import Span
from synthmon.reports.figures.period import Period
from synthmon.reports.html import stylesheet
from synthmon.reports.palette import light_on_paper
from synthmon.reports.templating import make_environment

_templates = make_environment(PackageLoader("synthmon.reports"))


@dataclass(frozen=True, slots=True)
class Row:
    """A probe, its pairs, and the strips of both."""

    probe: Probe
    pairs: tuple[Pair, ...]
    then: Strip
    now: Strip


def render(start: datetime, end: datetime, runs: int, probes: Sequence[Probe], pairs: Sequence[Pair]) -> str:
    """The page; self-contained, without scripts, the same bytes for the same figures."""
    period = Period(start, end, UTC)
    style = light_on_paper(stylesheet())
    rows = [_row(probe, [pair for pair in pairs if pair.incident.probe == probe.name], period) for probe in probes]
    then = [pair.then for pair in pairs if pair.then is not None]
    now = [pair.now for pair in pairs if pair.now is not None]
    return _templates.get_template("backtest.html").render(
        start=start,
        end=end,
        runs=runs,
        rows=sorted(rows, key=lambda row: (not row.pairs, row.probe.name)),
        incidents=(len(then), len(now)),
        pages=(pages(then), pages(now)),
        told_first=told_first,
        style=Markup(style),  # noqa: S704 - our own stylesheet, hashed into the policy
        style_hash=f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}",
    )


def _row(probe: Probe, pairs: Sequence[Pair], period: Period) -> Row:
    then = (pair.then for pair in pairs if pair.then is not None)
    now = (pair.now for pair in pairs if pair.now is not None)
    return Row(probe, tuple(pairs), _drawn("was told", then, period), _drawn("would be told", now, period))


def _drawn(heading: str, incidents: Iterable[Incident], period: Period) -> Strip:
    spans = _spans(incidents, period)
    drawing = strip(spans, period)
    return replace(drawing, summary=f"{heading}: {drawing.summary if spans else 'nothing'}")


def _spans(incidents: Iterable[Incident], period: Period) -> tuple[Span, ...]:
    """From the moment at which people were told to the end; where two overlap, the outage is drawn over slowness."""
    spans = []
    for one in sorted(incidents, key=lambda one: (one.track is Track.DOWN, one.opened_at)):
        first, last = max(told_first(one), period.start), min(one.resolved_at or period.end, period.end)
        if one.told and last > first:
            health = Health.DOWN if one.track is Track.DOWN else Health.DEGRADED
            spans.append(Span(first, last, health, one.reason))
    return tuple(spans)
