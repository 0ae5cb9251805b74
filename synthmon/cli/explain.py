"""`synthmon explain`: a probe in plain sentences."""

from __future__ import annotations

from pathlib import Path

import click

from synthmon.app.finding import find_probe, refuse
from synthmon.cli.common import CONFIG, SETTINGS, console, origin, print_json
from synthmon.cli.layout import hang
from synthmon.judge.chance import FLAKES
from synthmon.probefile.explain.probe import Explanation, as_json
from synthmon.probefile.explain.probe import explain as explained
from synthmon.settings import load_settings


@click.command(context_settings=SETTINGS)
@click.argument("probe")
@click.option("--flakes", metavar="PERCENT", help="Runs assumed to go wrong by chance (default: 0.1%).")
@click.option("--json", "as_program", is_flag=True, help="Print the sentences as JSON.")
@CONFIG
def explain(probe: str, flakes: str | None, as_program: bool, config: Path | None) -> None:
    """Say in plain sentences what PROBE, a file or a name, does: when, where, each step, what follows from it.

    Nothing is asked of the network, and secrets stand as their names.
    """
    share = FLAKES if flakes is None else _share(flakes)
    here = origin(config)
    settings, problems = load_settings(here.environ, here.config_path, here.cwd)
    refuse(problems)
    declared, _ = find_probe(settings, here, probe)
    told = explained(declared, share)
    if as_program:
        print_json(as_json(told))
    else:
        _show(told)


def _share(text: str) -> float:
    try:
        share = float(text.strip().removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0 < share < 1 or not text.strip().endswith("%"):
        raise click.BadParameter(f"{text!r} is no percentage above 0 and below 100: write 0.1%", param_hint="--flakes")
    return share


def _show(told: Explanation) -> None:
    out = console()
    hang(out, "", told.title)
    for line in told.opening:
        hang(out, "  ", line)
    for section in told.sections:
        out.print()
        hang(out, "", section.heading)
        for number, item in enumerate(section.items, 1):
            head = f"  {number}. " if section.numbered else "  "
            hang(out, head, item.text)
            for detail in item.details:
                hang(out, " " * (len(head) + 2), detail)
