"""`synthmon run`: one probe, once, now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from synthmon import wire
from synthmon.app.oneshot import OneShot, Wanted
from synthmon.cli.common import CONFIG, SETTINGS, console, origin, pairs, print_json
from synthmon.cli.curl import to_script
from synthmon.cli.plain import Plain, may_be_watched, output
from synthmon.cli.show import show_run
from synthmon.model.run import Outcome, RunResult
from synthmon.nouns import dataclass
from synthmon.probefile.problem import render

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

EXIT = {Outcome.FAILED: 1, Outcome.ERROR: 3, Outcome.SKIPPED: 3}
MOST = 1000


@click.command(context_settings=SETTINGS)
@click.argument("probe")
@click.option("--region", metavar="NAME", help="The region to run as (default: the probe's first).")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable; may be given often.")
@click.option("--step", metavar="ID", help="Stop after this step; the cleanup runs all the same.")
@click.option("--repeat", type=click.IntRange(1, MOST), metavar="N", help="Run it so often, and sum up what came.")
@click.option("--curl", "as_curl", is_flag=True, help="Print what was sent as cURL commands, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, as it is kept, and nothing else.")
@click.option(
    "--junit", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JUnit XML, too."
)
@CONFIG
def run(  # noqa: PLR0913 - one parameter for each option, as click hands them over
    probe: str,
    *,
    region: str | None,
    variables: tuple[str, ...],
    step: str | None,
    repeat: int | None,
    as_curl: bool,
    as_json: bool,
    junit: Path | None,
    config: Path | None,
) -> None:
    """Run PROBE, a file or a name, once and show what it found.

    Nothing is stored and nobody is told. Exits 0 when it passed or is only slow, 1 when it failed, 2 when a file or an
    option is wrong, 3 when it could not be judged.
    """
    if as_curl and (as_json or repeat):
        other = "--json" if as_json else "--repeat"
        raise click.UsageError(f"--curl prints commands and nothing else, so {other} has no place beside it")
    if junit is not None and not junit.absolute().parent.is_dir():  # better said before a long run than after it
        raise click.BadParameter(f"there is no folder {str(junit.parent)!r}", param_hint="--junit")
    shot = OneShot(origin(config), Wanted(probe, region, pairs(variables), step))
    if shot.warnings:
        click.echo(render(shot.warnings) + "\n", err=True)
    form, out = _Form(as_json, as_curl, repeat is not None), output()
    results = _watched(shot, repeat or 1, form, out)
    _print(shot, results, form, out)
    if junit is not None:  # last: where it cannot be written, the result is shown all the same
        from synthmon.cli.junit import to_junit  # here, because it loads Python's XML

        junit.write_text(to_junit(results), "utf-8")
    sys.exit(max((EXIT.get(result.outcome, 0) for result in results), key=_worst, default=0))


def _worst(code: int) -> int:
    """A failed run says more than one that could not be judged."""
    return (0, 3, 1).index(code)


@dataclass(frozen=True, slots=True)
class _Form:
    json: bool
    curl: bool
    several: bool


def _print(shot: OneShot, results: Sequence[RunResult], form: _Form, out: Console | Plain) -> None:
    if form.curl:
        click.echo(to_script(results[0], shot.probe.title, shot.commands))
    elif form.json:
        print_json(_of_several(results) if form.several else wire.to_json(results[0]))
    elif form.several:
        from synthmon.cli.repeat import show_summary  # here, because few runs are repeated

        show_summary(out, results, shot.probe.title)
    else:
        show_run(out, results[0], shot.probe.title)


def _of_several(results: Sequence[RunResult]) -> dict[str, object]:
    from synthmon.cli.repeat import to_json  # as above

    return to_json(results)


def _lines(out: Console | Plain) -> Callable[[int, RunResult], None]:
    from synthmon.cli.repeat import show_ended  # as above

    return partial(show_ended, out)


def _watched(shot: OneShot, times: int, form: _Form, out: Console | Plain) -> list[RunResult]:
    """Say that it goes on, where somebody is watching."""
    ended = _lines(out) if form.several and not form.json else None
    watched = may_be_watched(sys.stderr) and console(stderr=True).is_terminal
    with _status(shot.probe.name) if watched else nullcontext() as status:

        def waiting(passed: float) -> None:
            if status is not None:
                status.update(f"running {shot.probe.name} … {passed:.0f} s")

        return shot.repeat(times, ended, waiting, tell_commands=form.curl)


def _status(name: str) -> AbstractContextManager[Status]:
    # Here, because in a pipeline, where this command waits for its own start, nobody is watching.
    from rich.status import Status

    return Status(f"running {name} …", console=console(stderr=True))
