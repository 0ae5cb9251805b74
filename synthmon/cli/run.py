"""`synthmon run`: one probe, once, now."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.status import Status

from synthmon import wire
from synthmon.app.oneshot import OneShot, Wanted
from synthmon.cli.common import CONFIG, SETTINGS, console, origin, print_json
from synthmon.cli.junit import to_junit
from synthmon.cli.show import show_run
from synthmon.model.run import Outcome, RunResult
from synthmon.probefile.problem import render

EXIT = {Outcome.FAILED: 1, Outcome.ERROR: 3, Outcome.SKIPPED: 3}


@click.command(context_settings=SETTINGS)
@click.argument("probe")
@click.option("--region", metavar="NAME", help="The region to run as (default: the probe's first).")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable; may be given often.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, as it is kept, and nothing else.")
@click.option(
    "--junit", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JUnit XML, too."
)
@CONFIG
def run(
    probe: str, region: str | None, variables: tuple[str, ...], as_json: bool, junit: Path | None, config: Path | None
) -> None:
    """Run PROBE, a file or a name, once and show what it found.

    Nothing is stored and nobody is told. Exits 0 when it passed or is only slow, 1 when it failed, 2 when a file or an
    option is wrong, 3 when it could not be judged.
    """
    if junit is not None and not junit.absolute().parent.is_dir():  # better said before a long run than after it
        raise click.BadParameter(f"there is no folder {str(junit.parent)!r}", param_hint="--junit")
    shot = OneShot(origin(config), Wanted(probe, region, _pairs(variables)))
    if shot.warnings:
        click.echo(render(shot.warnings) + "\n", err=True)
    result = _watched(shot)
    if as_json:
        print_json(wire.to_json(result))
    else:
        show_run(console(), result, shot.probe.title)
    if junit is not None:  # last: where it cannot be written, the result is shown all the same
        junit.write_text(to_junit(result), "utf-8")
    sys.exit(EXIT.get(result.outcome, 0))


def _watched(shot: OneShot) -> RunResult:
    """Say that it goes on, where somebody is watching."""
    errors = console(stderr=True)
    if not errors.is_terminal:
        return shot.run()
    with Status(f"running {shot.probe.name} …", console=errors) as status:
        return shot.run(lambda passed: status.update(f"running {shot.probe.name} … {passed:.0f} s"))


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, sign, _ in pairs:
        if not sign or not name:
            raise click.BadParameter(f"{name!r} is not NAME=VALUE", param_hint="--var")
    return {name: value for name, _, value in pairs}
