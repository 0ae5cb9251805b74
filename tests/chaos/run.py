"""Trouble on purpose: every scenario on real processes, and a check from outside after each.

    python -m tests.chaos.run [--seed 7] [--kills 200] [--away 600] [--changes 100] [--only NAME ...]

Exits 1 when anything was lost, doubled, paged for nothing or not paged. It starts PostgreSQL from pip, two centres, an
agent in each of three regions, and a relay on every line between them; all on loopback, and all ended with it.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.chaos import scenarios
from tests.chaos.cluster import Cluster, Size
from tests.chaos.scenarios import Report

SMALL = Size()
LARGE = Size(probes=200, interval=20, timeout=5)

Scenario = tuple[Size, Callable[[Cluster], Report]]


def planned(asked: argparse.Namespace) -> Mapping[str, Scenario]:
    """The scenarios by name, each with the installation it is for."""
    return {
        "kills": (SMALL, lambda cluster: scenarios.kills(cluster, asked.kills)),
        "partition": (SMALL, lambda cluster: scenarios.partition(cluster, 60.0)),
        "half-open": (SMALL, lambda cluster: scenarios.half_open(cluster, 20)),
        "restored-backup": (SMALL, scenarios.restored_backup),
        "failover": (SMALL, scenarios.failover),
        "leader-changes": (SMALL, lambda cluster: scenarios.leader_changes(cluster, asked.changes)),
        **{
            f"database-{how}": (LARGE, lambda cluster, how=how: scenarios.database_away(cluster, how, asked.away))  # type: ignore[misc]
            for how in ("refused", "silent", "frozen")
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--away", type=float, default=600.0, help="seconds without a database, each way of it")
    parser.add_argument("--changes", type=int, default=100, help="leaders that are stopped")
    parser.add_argument("--only", nargs="*", default=None, metavar="NAME")
    parser.add_argument("--logs", type=Path, default=None, help="where the logs of a scenario that failed are kept")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended with it
    wanted = planned(asked)
    if unknown := set(asked.only or ()) - wanted.keys():
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}; there are {', '.join(wanted)}")
    failed = [name for name in asked.only or wanted if not run(name, wanted[name], asked.seed, asked.logs)]
    print("failed: " + ", ".join(failed) if failed else "nothing lost, nothing doubled, nobody paged for nothing")
    sys.exit(1 if failed else 0)


def run(name: str, scenario: Scenario, seed: int, logs: Path | None) -> bool:
    """One scenario in an installation of its own; prints what came of it, and says whether all was well."""
    size, troubled = scenario
    began = time.monotonic()
    with Cluster(size, seed) as cluster:
        try:
            report = troubled(cluster)
        except TimeoutError as error:
            report = Report({"stopped": str(error)}, cluster.check())
            report.findings.problems.append(str(error))
        if report.findings.problems and logs is not None:
            shutil.copytree(cluster.folder, logs / name, ignore=shutil.ignore_patterns("postgres"), dirs_exist_ok=True)
    print(f"{name} (seed {seed}, {time.monotonic() - began:.0f} s): {report}", flush=True)
    return not report.findings.problems


if __name__ == "__main__":
    main()
