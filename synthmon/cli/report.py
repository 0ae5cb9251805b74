"""`synthmon report`: availability reports of a day, a week, a month or any days, for people and for programs."""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click

from synthmon.app import clock
from synthmon.app.looking import Window
from synthmon.app.reporting import Chosen
from synthmon.cli import report_delivery
from synthmon.cli.common import CONFIG, DATA, SETTINGS
from synthmon.cli.report_delivery import Post
from synthmon.cli.window import window_of
from synthmon.language.suggest import did_you_mean
from synthmon.nouns import dataclass
from synthmon.reports import document, html, table, text, wording
from synthmon.reports.archive import write_page
from synthmon.reports.figures.period import Period, day, days, month, week
from synthmon.reports.figures.report import Report
from synthmon.reports.scope import Scope

_WORDS = {"today": 0, "yesterday": 1}  # days back
_FORMS: dict[str, tuple[str, Callable[[Report], str]]] = {
    "html": ("html", html.render),
    "text": ("txt", text.render),
    "json": ("json", document.render),
    "figures": ("figures.csv", table.render),
}
_SHEET = "csv"
BY_HAND = "by-hand"  # beside the archive, whose reports are never overwritten
_ODD = re.compile(r"[^A-Za-z0-9._-]")

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for besides the period."""

    form: str
    names: tuple[str, ...]
    tags: tuple[str, ...]
    owners: tuple[str, ...]
    output: Path | None
    only_if: bool
    show: bool
    to: tuple[str, ...] = ()
    channel: str | None = None
    archive: bool = False

    @property
    def chosen(self) -> Chosen | None:
        some = self.names or self.tags or self.owners
        return Chosen(frozenset(self.names), frozenset(self.tags), frozenset(self.owners)) if some else None

    @property
    def scope(self) -> Scope:
        """The same as what is kept and sent is about; raises `click.UsageError` for more than one of a kind."""
        return report_delivery.scope_of(self.names, self.tags, self.owners)


@click.group(context_settings=SETTINGS)
def report() -> None:
    """Write an availability report."""


def _day_option(help_: str) -> Callable[[F], F]:
    return click.option(
        "--date",
        "chosen_day",
        metavar="DAY",
        default="today",
        show_default=True,
        callback=lambda _context, _option, text_: _known(text_),
        help=help_,
    )


def _shared(command: F) -> F:
    """The options that every report has."""
    for option in reversed(
        (
            click.option(
                "--format",
                "form",
                type=click.Choice([*_FORMS, _SHEET]),
                default="html",
                show_default=True,
                help="html for people, text for terminals and mail, json for programs; figures: as a table; csv: runs.",
            ),
            click.option("--probe", "names", metavar="NAME", multiple=True, help="Only this probe; may be repeated."),
            click.option("--tag", "tags", multiple=True, help="Only probes with this tag; may be repeated."),
            click.option("--owner", "owners", multiple=True, help="Only probes of this owner; may be repeated."),
            click.option(
                "--output",
                metavar="FILE",
                type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
                help="Where to (default: a file in reports/by-hand/ of the data directory; - is the standard output).",
            ),
            click.option(
                "--send", "to", metavar="ADDRESS", multiple=True, help="Send it there by e-mail, now; may be repeated."
            ),
            click.option("--channel", metavar="NAME", help="The e-mail channel whose server sends it."),
            click.option("--only-if-something-happened", "only_if", is_flag=True, help="Write nothing if all is fine."),
            click.option("--open", "show", is_flag=True, help="Open it in the browser."),
            DATA,
            CONFIG,
        )
    ):
        command = option(command)
    return command


_ARCHIVE = click.option(
    "--archive", is_flag=True, help="Keep it in the archive, as the daemon does with each period that is over."
)


@report.command(short_help="The report of one day.")
@_day_option("YYYY-MM-DD, today or yesterday.")
@_shared
@_ARCHIVE
def daily(chosen_day: str, **options: Any) -> None:
    """Write the report of one day; a day that is not over is marked as in progress."""
    _write(lambda zone, today: day(_date(chosen_day, today), zone), options)


@report.command(short_help="The report of a week, Monday to Sunday.")
@_day_option("A day of the week: YYYY-MM-DD, today or yesterday.")
@_shared
@_ARCHIVE
def weekly(chosen_day: str, **options: Any) -> None:
    """Write the report of a week, Monday to Sunday."""
    _write(lambda zone, today: week(_date(chosen_day, today), zone), options)


@report.command(short_help="The report of a calendar month.")
@_day_option("A day of the month: YYYY-MM-DD, today or yesterday.")
@_shared
@_ARCHIVE
def monthly(chosen_day: str, **options: Any) -> None:
    """Write the report of a calendar month."""
    _write(lambda zone, today: month(_date(chosen_day, today), zone), options)


@report.command("range", short_help="The report of any days.")
@click.option("--from", "first", metavar="DAY", required=True, help="The first day: YYYY-MM-DD, today or yesterday.")
@click.option(
    "--to", "last", metavar="DAY", default="today", show_default=True, help="The last day, which is part of it."
)
@_shared
def any_range(first: str, last: str, **options: Any) -> None:
    """Write the report of any days, both ends included."""
    for text_, option in ((first, "--from"), (last, "--to")):
        _known(text_, option)

    def period(zone: tzinfo, today: date) -> Period:
        try:
            return days(_date(first, today, "--from"), _date(last, today, "--to"), zone)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--from") from error

    _write(period, options)


def _write(period_of: Callable[[tzinfo, date], Period], options: dict[str, Any]) -> None:
    window = window_of(options.pop("config"), options.pop("data"))
    desk, wanted = window.desk(), Wanted(**options)
    _refuse_unknown(window, wanted)
    period = period_of(desk.zone, clock.now().astimezone(desk.zone).date())
    declared = {probe.name: probe for probe in window.loaded.probes}
    now = clock.now()
    made = desk.of(period, now, declared, wanted.chosen)
    if wanted.only_if and wording.all_fine(made):
        click.echo(f"{wording.subject(made)}; nothing was written", err=True)
        return
    if wanted.archive:
        click.echo(report_delivery.keep(window, period, wanted.scope))
    if wanted.to:
        form = "text" if wanted.form == "text" else "html"
        click.echo(report_delivery.send(window, period, wanted.scope, Post(wanted.to, wanted.channel, form)))
    if (wanted.archive or wanted.to) and wanted.output is None:
        return
    if wanted.form == _SHEET:
        ending, content = _SHEET, desk.sheet(period, now, declared, wanted.chosen)
    else:
        ending, render = _FORMS[wanted.form]
        content = render(made)
    if wanted.output == Path("-"):
        click.echo(content, nl=False)
        return
    path = write_page(wanted.output or desk.folder / BY_HAND / f"{_name(period, wanted)}.{ending}", content)
    click.echo(f"{wording.subject(made)}\n{path}")
    if wanted.show:
        webbrowser.open(path.absolute().as_uri())


def _name(period: Period, wanted: Wanted) -> str:
    """What its file is called; one of some probes never takes the place of that of all."""
    chosen = [*wanted.names, *wanted.tags, *wanted.owners]
    some = "-".join(_ODD.sub("_", one) for one in chosen)[:60]
    return f"{period.kind.value}-{period.name}" + (f"-{some}" if some else "")


def _refuse_unknown(window: Window, wanted: Wanted) -> None:
    """A misspelt name would give a report that says that all is fine."""
    probes = window.loaded.probes
    known = {
        "--probe": (wanted.names, {probe.name for probe in probes} | {one.probe for one in window.store.versions()}),
        "--tag": (wanted.tags, {tag for probe in probes for tag in probe.tags}),
        "--owner": (wanted.owners, {probe.owner for probe in probes if probe.owner}),
    }
    for option, (asked, there) in known.items():
        for one in asked:
            if one not in there:
                near = did_you_mean(one, there)
                hint = f"; did you mean {near}?" if near else ""
                what = "there is no probe" if option == "--probe" else "no probe has"
                raise click.BadParameter(f"{what} {one!r}{hint}", param_hint=option)


def _known(text_: str, option: str = "--date") -> str:
    """Refuse what is no date before anything is opened."""
    if text_ not in _WORDS:
        _date(text_, date.max, option)
    return text_


def _date(text_: str, today: date, option: str = "--date") -> date:
    if text_ in _WORDS:
        return today - timedelta(days=_WORDS[text_])
    try:
        chosen = datetime.strptime(text_, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise click.BadParameter(f"{text_!r} is not YYYY-MM-DD, today or yesterday", param_hint=option) from error
    if chosen > today:
        raise click.BadParameter(f"{text_} has not begun; today is {today}", param_hint=option)
    return chosen
