"""A report as one self-contained page: no script, no outside resource, a strict content security policy."""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from hashlib import sha256
from typing import Any

from jinja2 import PackageLoader
from markupsafe import Markup

from synthmon.heap.briefly import left_alone
from synthmon.model.run import Outcome
from synthmon.reports import drawn, wording
from synthmon.reports.figures.phases import happened
from synthmon.reports.figures.report import CARDS, ProbeFigures, Report
from synthmon.reports.palette import light_on_paper
from synthmon.reports.templating import make_environment

_OUTCOMES = (Outcome.PASSED, Outcome.DEGRADED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.MISSED)

ROOM = 3_500_000  # bytes for the cards of probes
LISTED = 12  # probes of a list that are not folded away
UNFOLDED = 10  # probes up to which nothing is folded in their cards
INCIDENTS_SHOWN, INCIDENTS_KEPT = 25, 400

_loader = PackageLoader("synthmon.reports")
_templates = make_environment(_loader)


def render(report: Report) -> str:
    """The page. The same report gives the same bytes, and never many more of them than `ROOM` and the lists take."""
    with left_alone():
        return _rendered(report)


def _rendered(report: Report) -> str:
    style = light_on_paper(stylesheet())
    words = words_of(report)
    cards = _cards(report, words)
    shown = {probe.name for probe in report.probes[: len(cards)]}
    return _templates.get_template("report.html").render(
        **words,
        cards=cards,
        shown=shown,
        style=Markup(style),  # noqa: S704 - our own stylesheet, hashed into the policy
        style_hash=f"sha256-{b64encode(sha256(style.encode()).digest()).decode()}",
    )


def words_of(report: Report) -> dict[str, Any]:
    """What sections may use besides the globals of every template; pages that show sections give it to them too."""
    return {
        "report": report,
        "subject": wording.subject(report),
        "subject_good": wording.all_fine(report),
        "groups": wording.groups(report),
        "day": report.period.title,
        "stretch": wording.stretch(report),
        "zone": str(report.period.zone),
        "local": partial(wording.local, report),
        "strip_of": partial(drawn.states, report),
        "drawings_of": partial(drawn.drawings, report),
        "unfolded": partial(_unfolded, report),
        "happened": happened,
        "outcomes": _OUTCOMES,
        "unjudged": (Outcome.ERROR, Outcome.SKIPPED),
        "failed": Outcome.FAILED,
        "excused": {incident for probe in report.probes for incident in probe.excused},
        "listed": LISTED,
        "incidents_shown": INCIDENTS_SHOWN,
        "incidents_kept": INCIDENTS_KEPT,
    }


def _cards(report: Report, words: dict[str, Any]) -> list[Markup]:
    """The probes one by one, worst first, as far as there is room."""
    template, left = _templates.get_template("sections/probe.html"), ROOM
    cards: list[Markup] = []
    for probe in report.probes[:CARDS]:
        card = template.render(**words, probe=probe)
        left -= len(card.encode())
        if left < 0 and cards:
            break
        cards.append(Markup(card))  # noqa: S704 - a template's, which escaped what it was given
    return cards


def _unfolded(report: Report, probe: ProbeFigures) -> bool:
    """Of few probes everything is seen at once, of many what is wrong with those that are not well."""
    return len(report.probes) <= UNFOLDED or not probe.fine


def stylesheet() -> str:
    """What reports look like; pages add their own to it."""
    names = ("report.css", "figures.css", "charts.css")
    return "".join(_loader.get_source(_templates, name)[0] for name in names)
