"""`synthmon prove`: which faults of its target a probe would not notice."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
from rich.status import Status

from synthmon.app.oneshot import Wanted
from synthmon.app.proving import NoGoodRun, Proving
from synthmon.cli.common import CONFIG, SETTINGS, Number, console, origin, pairs, print_json
from synthmon.cli.guard import complain
from synthmon.cli.show_proof import as_json, show_proof
from synthmon.language.suggest import did_you_mean
from synthmon.nouns import dataclass
from synthmon.probefile.problem import render
from synthmon.prove.mutations import IDS
from synthmon.prove.proof import Proof
from synthmon.prove.proving import Choice

TOO_LOW = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The options."""

    region: str | None
    variables: tuple[str, ...]
    only: tuple[str, ...]
    seed: int
    record: Path | None
    replay: Path | None
    fail_under: float | None
    everything: bool
    as_document: bool


@click.command(context_settings=SETTINGS)
@click.argument("probe")
@click.option("--region", metavar="NAME", help="The region to run as (default: the probe's first).")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable; may be given often.")
@click.option("--only", multiple=True, metavar="WHAT", help="Only this mutation, or this step; may be given often.")
@click.option("--seed", type=int, default=0, show_default=True, help="Picks the items that stand for their lists.")
@click.option(
    "--record", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Keep the recording, masked."
)
@click.option(
    "--replay", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Prove by a kept recording."
)
@click.option("--fail-under", metavar="PERCENT", type=Number(0, 100), help="Exit 1 if fewer faults are noticed.")
@click.option("--all", "everything", is_flag=True, help="Show what is noticed and what does not apply, too.")
@click.option("--json", "as_document", is_flag=True, help="Print it as JSON, and nothing else.")
@CONFIG
def prove(probe: str, config: Path | None, **options: Any) -> None:
    """Say which faults PROBE, a file or a name, would not notice.

    Runs the probe once, really, and replays that good run offline with one fault at a time. Exits 0, 1 when the score
    is below --fail-under or the run was not good, 2 when a file or an option is wrong.
    """
    asked = Asked(**options)
    if asked.record is not None and asked.replay is not None:
        raise click.UsageError("--record keeps a run that is made now, and with --replay none is")
    proving = Proving(origin(config), Wanted(probe, asked.region, pairs(asked.variables)), asked.replay)
    choice = _choice(asked, proving)
    if proving.warnings:
        click.echo(render(proving.warnings) + "\n", err=True)
    try:
        proof = _watched(proving, choice, asked.record)
    except NoGoodRun as error:
        sys.exit(complain(str(error), error.hint, TOO_LOW))
    if asked.as_document:
        print_json(as_json(proof))
    else:
        show_proof(console(), proof, everything=asked.everything)
    if asked.fail_under is not None and proof.score * 100 < asked.fail_under:
        sys.exit(TOO_LOW)


def _choice(asked: Asked, proving: Proving) -> Choice:
    """What `--only` names are mutations and steps; both together mean these faults of those steps."""
    journey = proving.probe.journey
    steps = [step.id for step in (*journey.steps, *journey.cleanup)]
    only = frozenset(asked.only)
    for word in asked.only:
        if word not in IDS and word not in steps:
            close = did_you_mean(word, [*IDS, *steps])
            hint = f"did you mean {close!r}?" if close else "docs/proving.md lists the mutations"
            raise click.BadParameter(
                f"{word!r} is no mutation and no step of {proving.probe.name}: {hint}", param_hint="--only"
            )
    return Choice(only & frozenset(IDS), only & frozenset(steps), asked.seed)


def _watched(proving: Proving, choice: Choice, record: Path | None) -> Proof:
    """Say that it goes on, where somebody is watching."""
    errors, name = console(stderr=True), proving.probe.name
    with Status(f"running {name} …", console=errors) if errors.is_terminal else nullcontext() as status:

        def told(what: str) -> None:
            if status is not None:
                status.update(what)

        stage = proving.record(lambda passed: told(f"running {name} … {passed:.0f} s"))
        if record is not None:
            proving.keep(stage, record)
            click.echo(f"kept in {record}: secrets and redacted values in it are stand-ins", err=True)
        return proving.prove(stage, choice, lambda done, of: told(f"replaying {name} … {done} of {of} faults"))
