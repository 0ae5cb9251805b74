"""`synthmon capacity`: what the declared probes need, and whether this machine can give it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from synthmon.app.configuration import Declared, read_or_refuse
from synthmon.app.measuring import STEPS, Able, measure
from synthmon.app.needs import DAY, ROOM, Need, needs
from synthmon.cli.common import CONFIG, DATA, SETTINGS, Number, console, origin, print_json
from synthmon.cli.layout import hang, put, table
from synthmon.model.workers import MOST_WORKERS

_HEADINGS = ("region", "probes", "runs a day", "steps a day", "at once", "at worst", "workers", "of a core", "")


@click.command(context_settings=SETTINGS)
@click.option("--seconds", type=Number(1, 600), default=10, show_default=True, help="How long to measure.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@DATA
@CONFIG
def capacity(seconds: float, as_json: bool, data: Path | None, config: Path | None) -> None:
    """Print what the declared probes need, and what this machine can do, measured for some seconds.

    Runs of four steps are made against a target of its own on loopback, and kept in a database of its own in the data
    directory, which is removed afterwards. A region fits into a process that is fast enough for all of its runs, and
    has a worker for each of them while its largest target hangs and the others answer. Exits 0 when every region does
    here, 1 when not.
    """
    declared = read_or_refuse(origin(config))
    wanted = needs(declared.probes.values())
    if not as_json:
        click.echo(f"Measuring for {seconds:g} seconds …", err=True)
    able = measure(data or declared.settings.data_dir, seconds)
    if as_json:
        print_json(_as_json(wanted, able))
    else:
        _print(console(), declared, wanted, able)
    sys.exit(0 if all(need.shards(able) == 1 for need in wanted) else 1)


def _print(out: Console, declared: Declared, wanted: Sequence[Need], able: Able) -> None:
    if wanted:
        table(out, _HEADINGS, [_row(need, able) for need in wanted])
        put(out, "")
    else:
        put(out, "No probe is declared.")
    for need in wanted:
        hang(out, Text(f"{need.region}: ", style="bold"), _verdict(need, able))
    if wanted:
        put(out, "")
    for line in (*_of_machine(able), *_of_database(declared, wanted, able), *_of_worst(wanted, able)):
        hang(out, "", line)


def _row(need: Need, able: Able) -> list[Text]:
    figures = (
        f"{need.probes:,}",
        f"{need.runs:,.0f}",
        f"{need.steps:,.0f}",
        f"{need.at_once:,.1f}",
        f"{need.at_worst:,.1f}",
        f"{need.workers:,}",
    )
    return [Text(text) for text in (need.region, *figures, _percent(need.cores(able)), "")]


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "< 0.1%"


def _of_machine(able: Able) -> Iterator[str]:
    milliseconds = able.seconds_a_step * 1000
    yield (
        f"This machine: a step costs {milliseconds:.2f} ms of processor time, so one process makes at most "
        f"{able.steps_a_second:,.0f} steps a second; its disk keeps {able.kept:,.0f} runs of {STEPS} steps a second, "
        f"each acknowledged when it is durable, which costs {able.seconds_to_keep * 1000:.2f} ms of it a run. "
        f"With these probes read a process holds {able.resident:,.0f} MiB of memory."
    )


def _of_database(declared: Declared, wanted: Sequence[Need], able: Able) -> Iterator[str]:
    """Room for runs; rollups and evidence of failures come on top."""
    steps, kept_for = sum(need.steps for need in wanted), declared.settings.retention.runs
    daily = steps * able.bytes_a_step / 1e6
    runs = sum(need.runs for need in wanted)
    yield (
        f"The database: {able.bytes_a_step:,.0f} bytes a step, {daily:,.1f} MB a day, {_size(daily, kept_for)} for the "
        f"{kept_for.days} days that runs are kept; evidence of failures and rollups come on top. Runs take "
        f"{_percent(runs / DAY / able.kept)} of what the disk keeps."
    )


def _size(daily: float, kept_for: timedelta) -> str:
    megabytes = daily * (kept_for / timedelta(days=1))
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes:,.0f} MB"


def _verdict(need: Need, able: Able) -> str:
    shards = need.shards(able)
    if shards == 1:
        room = min(ROOM / max(need.cores(able), 1e-9), MOST_WORKERS / max(need.at_once, 1e-9))
        return f"one process is enough; {room:,.0f} times as much would fit." if room >= 2 else "one process is enough."
    if not need.workers_suffice:
        why = f"{need.at_once:,.0f} runs are under way at once, and a process has {MOST_WORKERS} workers"
        if need.hangs:
            why = f"while {need.hangs} hangs, {why}, so that runs against other targets would be late"
    else:
        why = f"its runs take {_percent(need.cores(able))} of a core, and more than {ROOM:.0%} makes runs late"
    return (
        f"under-provisioned: {why}. Let {shards} agents share it (SYNTHMON_SHARD=1/{shards} to {shards}/{shards}), or "
        "lengthen intervals or shorten timeouts."
    )


def _of_worst(wanted: Sequence[Need], able: Able) -> Iterator[str]:
    """What the verdict does not judge by: it seldom happens, and costs nothing but runs against what hangs."""
    for need in wanted:
        room = need.shards(able) * MOST_WORKERS
        if need.at_worst > room:
            yield (
                f"At worst, should every target of {need.region} hang at once until the timeout of its runs, "
                f"{need.at_worst:,.0f} of them would want a worker and {room:,} would have one: the others begin late "
                "or are skipped, which is said. A `timeout` well below the interval spares them that."
            )


def _as_json(wanted: Sequence[Need], able: Able) -> dict[str, object]:
    return {
        "machine": {
            "seconds_a_step": able.seconds_a_step,
            "steps_a_second": able.steps_a_second,
            "seconds_to_keep_a_run": able.seconds_to_keep,
            "resident_mib": able.resident,
            "runs_kept_a_second": able.kept,
            "bytes_a_step": able.bytes_a_step,
        },
        "regions": [
            {
                "region": need.region,
                "probes": need.probes,
                "runs_a_day": need.runs,
                "steps_a_day": need.steps,
                "runs_at_once": need.at_once,
                "target_that_hangs": need.hangs,
                "runs_at_once_at_worst": need.at_worst,
                "workers": need.workers,
                "cores": need.cores(able),
                "agents_needed": need.shards(able),
            }
            for need in wanted
        ],
    }
