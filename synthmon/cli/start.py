"""`synthmon init`: a first configuration and probe."""

from __future__ import annotations

import json
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


@click.command(context_settings=SETTINGS)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Write a first configuration and probe into FOLDER, and the schemas that give editors completion."""
    files = {
        folder / "synthmon.yaml": CONFIGURATION,
        folder / "probes" / "homepage.yaml": PROBE,
    }
    there = [str(path) for path in files if path.exists()]
    if there:
        raise ConfigurationError(
            f"{', '.join(there)}: there already", hint="name another folder: `synthmon init FOLDER`"
        )
    schemas = {
        folder / ".synthmon" / "probe.schema.json": json.dumps(probe_schema(), indent=2, ensure_ascii=False),
        folder / ".synthmon" / "block.schema.json": json.dumps(block_schema(), indent=2, ensure_ascii=False),
        folder / ".synthmon" / "config.schema.json": json.dumps(config_schema(), indent=2, ensure_ascii=False),
    }
    for path, text in (files | schemas).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        click.echo(f"wrote {path}")
    into = "" if folder == Path() else f"`cd {folder}`, "
    click.echo(f"\nNext: {into}`synthmon validate`, `synthmon run homepage`, `synthmon up`.")
