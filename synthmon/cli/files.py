"""`synthmon validate` and `synthmon schema`: probe files and the configuration, checked and described."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from synthmon.cli.common import CONFIG, SETTINGS, origin, print_json
from synthmon.model.text import Source
from synthmon.probefile.builder import load_file, load_probes, shown
from synthmon.probefile.problem import FORMATS, Problem, render
from synthmon.settings import load_settings
from synthmon.settings.public import unknown_probes


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted(FORMATS)),
    default="text",
    show_default=True,
    help="text for people, json for programs, github for annotations of a pull request, sarif for code scanners.",
)
@CONFIG
def validate(paths: tuple[Path, ...], form: str, config: Path | None) -> None:
    """Check PATHS, or everything that the configuration names, and print every problem with its place.

    Exits 0 when there are probe files and no error (warnings are no errors), 2 otherwise.
    """
    here = origin(config)
    settings, of_settings = load_settings(here.environ, here.config_path, here.cwd)
    looked_into = paths or (settings.probes,)
    of_probes: tuple[Problem, ...] = ()
    files = 0
    for path in looked_into:
        folder = path.is_dir() or not paths  # a missing one that the configuration names is told of as a folder
        loaded = (load_probes if folder else load_file)(path, settings.installation)
        of_probes, files = (*of_probes, *loaded.problems), files + loaded.files
        if not paths and not any(problem.is_error for problem in loaded.problems):
            names = [probe.name for probe in loaded.probes]
            of_settings = (*of_settings, *unknown_probes(settings.web.public, names))
    if not files:
        of_probes = (*of_probes, *(_nothing_in(path) for path in looked_into if path.is_dir()))
    problems = (*of_settings, *of_probes)
    if problems or form != "text":
        click.echo(render(problems, form))
    click.echo(("\n" if problems else "") + _summary(of_settings, of_probes, files), err=form != "text")
    sys.exit(2 if any(problem.is_error for problem in problems) else 0)


def _nothing_in(folder: Path) -> Problem:
    """Nothing to check is no success: whoever asks in the wrong folder would believe that all is well."""
    help_ = "name another: `synthmon validate FOLDER`, `probes:` in synthmon.yaml, or SYNTHMON_PROBES"
    return Problem("no-probe", "there is no probe file in this folder", Source(shown(folder), 0, 0), help=help_)


def _summary(of_settings: Sequence[Problem], of_probes: Sequence[Problem], files: int) -> str:
    """What is wrong, counted where it is: `synthmon.yaml: 1 error; 2 probe files: no problem`."""
    places = dict.fromkeys(problem.source.path for problem in of_settings)
    said = [f"{place}: {_counted([one for one in of_settings if one.source.path == place])}" for place in places]
    probes = f"{files} probe file{'s' if files != 1 else ''}" if files else "no probe file"
    return "; ".join([*said, f"{probes}: {_counted(of_probes)}"])


def _counted(problems: Sequence[Problem]) -> str:
    errors = sum(problem.is_error for problem in problems)
    counts = ((errors, "error"), (len(problems) - errors, "warning"))
    return " and ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count) or "no problem"


@click.command(context_settings=SETTINGS)
@click.option("--config", "of_config", is_flag=True, help="The schema of synthmon.yaml instead.")
@click.option("--block", "of_block", is_flag=True, help="The schema of a block instead.")
def schema(of_config: bool, of_block: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of a probe file, which gives editors completion.

    Put `# yaml-language-server: $schema=probe.schema.json` at the top of a file.
    """
    # Here, because schemas are made by pydantic, which checking a file that is right does not need.
    from synthmon.probefile.schema import block_schema, probe_schema
    from synthmon.settings.schema import config_schema

    print_json(config_schema() if of_config else block_schema() if of_block else probe_schema())
