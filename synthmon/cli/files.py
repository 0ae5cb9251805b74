"""`synthmon validate` and `synthmon schema`: probe files and the configuration, checked and described."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from synthmon.cli.common import CONFIG, SETTINGS, origin, print_json
from synthmon.probefile.builder import load_file, load_probes
from synthmon.probefile.problem import FORMATS, Problem, render
from synthmon.probefile.schema import probe_schema
from synthmon.settings import load_settings
from synthmon.settings.schema import config_schema


@click.command(context_settings=SETTINGS)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted(FORMATS)),
    default="text",
    show_default=True,
    help="text for people, json for programs, github for annotations of a pull request.",
)
@CONFIG
def validate(paths: tuple[Path, ...], form: str, config: Path | None) -> None:
    """Check PATHS, or everything that the configuration names, and print every problem with its place.

    Exits 0 when there is no error (warnings are no errors), 2 otherwise.
    """
    here = origin(config)
    settings, problems = load_settings(here.environ, here.config_path, here.cwd)
    files = 0
    for path in paths or (settings.probes,):
        folder = path.is_dir() or not paths  # a missing one that the configuration names is told of as a folder
        loaded = (load_probes if folder else load_file)(path, settings.installation)
        problems, files = (*problems, *loaded.problems), files + loaded.files
    if problems or form != "text":
        click.echo(render(problems, form))
    errors = sum(problem.is_error for problem in problems)
    click.echo(("\n" if problems else "") + _summary(files, errors, problems), err=form != "text")
    sys.exit(2 if errors else 0)


def _summary(files: int, errors: int, problems: tuple[Problem, ...]) -> str:
    warnings = len(problems) - errors
    counts = ((errors, "error"), (warnings, "warning"))
    said = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count]
    if not files and not said:
        return "no probe file was found"
    return f"{files} probe file{'s' if files != 1 else ''}: {' and '.join(said) or 'no problem'}"


@click.command(context_settings=SETTINGS)
@click.option("--config", "of_config", is_flag=True, help="The schema of synthmon.yaml instead.")
def schema(of_config: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of a probe file, which gives editors completion.

    Put `# yaml-language-server: $schema=probe.schema.json` at the top of a file.
    """
    print_json(config_schema() if of_config else probe_schema())
