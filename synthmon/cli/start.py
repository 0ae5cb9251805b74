"""`synthmon init`: a first configuration and probe."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from synthmon.cli.common import SETTINGS
from synthmon.errors import ConfigurationError
from synthmon.probefile.schema import block_schema, probe_schema
from synthmon.settings.schema import config_schema

PROBE = """\
# yaml-language-server: $schema=../.synthmon/probe.schema.json
synthmon: 1
name: homepage
title: The home page answers
owner: my-team

interval: 1m
timeout: 20s

base_url: https://example.com          # put the address of your system here

steps:
  - id: open_home_page
    name: Open the home page
    request: GET /
    latency_budget: 800ms
    expect:
      status: 200
      text: {contains: Example Domain}

slo:
  - {name: availability, objective: 99.9%, window: 30d}

alerts:
  - name: The home page is down
    when: {failures: 2}
    severity: page
"""

CONFIGURATION = """\
# yaml-language-server: $schema=.synthmon/config.schema.json
synthmon_config: 1
environment: production                # part of every run id and deduplication key

# People are told on the console until a channel is named here:
# channels:
#   oncall:
#     slack: {webhook_url: "${{ secrets.slack_oncall }}"}     # from SYNTHMON_SECRET_SLACK_ONCALL

reports:
  timezone: UTC
  daily: {at: "07:30"}
"""


EDITOR = """\
{
  "yaml.schemas": {
    ".synthmon/probe.schema.json": ["probes/**/*.yaml", "!probes/blocks/**", "!probes/schemas/**"],
    ".synthmon/block.schema.json": "probes/blocks/**/*.yaml",
    ".synthmon/config.schema.json": "synthmon.yaml"
  },
  "[yaml]": {"editor.insertSpaces": true, "editor.tabSize": 2}
}
"""

SCHEMAS = """\
# Schemas

JSON Schemas (2020-12) of answers, which probes name relative to the probes folder:

    expect:
      schema: schemas/order.schema.json

Files here are no probes.
"""


@click.command(context_settings=SETTINGS)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--editor", is_flag=True, help="Only what gives editors completion, for a folder that has probes.")
def init(folder: Path, editor: bool) -> None:
    """Write a first configuration and probe into FOLDER, and what gives editors completion and checks while one types.

    Nothing that is there is overwritten; only the schemas for editors, which synthmon itself makes, are made anew.
    """
    files = {
        folder / "synthmon.yaml": CONFIGURATION,
        folder / "probes" / "homepage.yaml": PROBE,
        folder / "probes" / "schemas" / "README.md": SCHEMAS,
    }
    there = [] if editor else _there(folder, files)
    if there:
        hint = "name another folder: `synthmon init FOLDER`; `--editor` writes what editors need, and no probe"
        raise ConfigurationError(f"{', '.join(map(str, there))}: there already", hint=hint)
    for path, text in {**({} if editor else files), **_made(folder)}.items():
        _write(path, text)
    settings = folder / ".vscode" / "settings.json"
    if settings.exists():
        click.echo(f"kept  {settings}; for completion, add this to it:\n{EDITOR}")
    else:
        _write(settings, EDITOR)
    _say_what_is_next(folder, editor=editor)


def _there(folder: Path, files: Iterable[Path]) -> list[Path]:
    """What would be overwritten, or be a second beginning: an example is no good beside probes that watch something."""
    probes = sorted((folder / "probes").glob("*.y*ml"))
    return list(dict.fromkeys([*(path for path in files if path.exists()), *probes[:1]]))


def _made(folder: Path) -> dict[Path, str]:
    """The schemas for editors: generated, so there is nothing in them to lose."""
    schemas = {"probe": probe_schema(), "block": block_schema(), "config": config_schema()}
    return {
        folder / ".synthmon" / f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False)
        for name, schema in schemas.items()
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    click.echo(f"wrote {path}")


def _say_what_is_next(folder: Path, *, editor: bool) -> None:
    click.echo("\nEditors with a YAML language server complete and check from now on; elsewhere, begin a probe with")
    click.echo("# yaml-language-server: $schema=../.synthmon/probe.schema.json")
    into = "" if folder == Path() else f"`cd {folder}`, "
    more = "`synthmon validate`" if editor else "`synthmon validate`, `synthmon run homepage`, `synthmon up`"
    click.echo(f"\nNext: {into}{more}.")
