"""From the start of an outage to the page, and from the decision to page until the receiver has accepted it.

    python benchmarks/paging.py [--outages 2000] [--pages 12] [--seed 7]

The first by simulation (`tests/simulation/steady.py`: the judge itself, runs and confirmations as agents make them, in
virtual time): probes once a minute with a timeout of ten seconds and the rule that is there by default (`failures: 2`),
in three regions and in one; outages begin at a random instant, half of them answer 500 and half hang until the timeout.
The same outages are seen by a naive monitor: three failures in a row, no confirmation, in whichever region has them
first. Nothing is lost or late in these worlds; that is for `make simulate`.

The second with everything real: `synthmon up` in this process, one probe and one channel for each page so that none is
held back, targets that break one after the other, a webhook on loopback. The decision is the instant in the incident's
notification, accepted the one that the sender marked after the receiver had answered.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._contenders import quiet
from benchmarks._figures import goal, quantile, table
from synthmon.model.incident import Delivery, Notification, Occasion
from synthmon.schedule import phase
from tests.alerting.receivers import Receiver
from tests.app.installation import Installation, Target, until
from tests.simulation.steady import BOUND, INTERVAL, REGIONS, TIMEOUT, Court, declared, tell

TAKES = (0.2, TIMEOUT)  # seconds that a run lasts which meets an outage: it answers 500, or it hangs
IN_A_ROW = 3


def naive(name: str, regions: Sequence[str], begins: float, takes: float) -> float:
    """Seconds until the first of the regions has seen so many failures in a row."""
    firsts = []
    for region in regions:
        slot = phase(name, region, INTERVAL)
        while slot < begins:
            slot += INTERVAL
        firsts.append(slot)
    return min(firsts) + (IN_A_ROW - 1) * INTERVAL + takes - begins


def until_paged(regions: Sequence[str], outages: int, seed: int) -> tuple[list[float], list[float]]:
    """Ours and the naive monitor's, of the same outages; one that is never told counts as endless."""
    chance, ours, theirs = Random(seed), list[float](), list[float]()
    for number in range(outages):
        name, takes = f"probe-{seed}-{number}", TAKES[number % len(TAKES)]
        begins = 2 * INTERVAL + chance.random() * INTERVAL
        told = tell(Court(declared(name, regions)), begins, takes)
        ours.append(float("inf") if told is None else told)
        theirs.append(naive(name, regions, begins, takes))
    return ours, theirs


def until_accepted(pages: int, seed: int) -> list[float]:
    """Seconds from each decision to page until the receiver had accepted it."""
    chance = Random(seed)
    with tempfile.TemporaryDirectory() as folder, closing(Target()) as target, closing(Receiver()) as receiver, quiet():
        names = [f"shop-{number}" for number in range(pages)]
        installation = Installation(Path(folder), target.url)
        installation.configure({name: {"webhook": {"url": receiver.url}} for name in names})
        for name in names:
            installation.add(name, f"/{name}", f"    notify: [{name}]\n")
        with installation.daemon() as daemon:
            for name in names:
                target.wait_for(f"/{name}", 2)
            for number, name in enumerate(names):
                target.statuses[f"/{name}"] = 500
                receiver.wait_for(number + 1)
                time.sleep(chance.uniform(0.0, 0.5))
            sent = until(lambda: _sent(daemon.store.deliveries(), pages))
    return [(at - told.created_at).total_seconds() for told, at in sent if told.occasion is Occasion.TRIGGER]


def _sent(deliveries: Sequence[Delivery], fewest: int) -> list[tuple[Notification, datetime]]:
    """Those that were accepted, and when, once there are so many."""
    found = [(one.notification, one.sent_at) for one in deliveries if one.sent_at is not None]
    return found if len(found) >= fewest else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outages", type=int, default=2000, help="in three regions, and as many in one")
    parser.add_argument("--pages", type=int, default=12, help="of a daemon, to see how soon they are accepted")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    rows, worst = list[tuple[str, ...]](), dict[str, tuple[float, float]]()
    for place, regions in (("three regions", REGIONS), ("one region", REGIONS[:1])):
        ours, theirs = until_paged(regions, asked.outages, asked.seed)
        for who, seconds in (("synthmon", ours), (f"{IN_A_ROW} failures in a row", theirs)):
            figures = [quantile(seconds, share) for share in (0.5, 0.99, 1.0)]
            rows.append((f"{who}, {place}", *(f"{figure:.1f}" for figure in figures)))
            if who == "synthmon":
                worst[place] = (figures[0], figures[1])
    print(f"{asked.outages:,} outages each, seed {asked.seed}; every {INTERVAL:g} s, timeout {TIMEOUT:g} s:")
    table(("seconds from outage to page", "p50", "p99", "worst"), rows)
    accepted = until_accepted(asked.pages, asked.seed)
    shares = [f"{1000 * quantile(accepted, share):.0f}" for share in (0.5, 0.99, 1.0)]
    table(("ms from decision to accepted", "p50", "p99", "worst"), [(f"{len(accepted)} pages by webhook", *shares)])
    goal("outage to page, p50, three regions", worst["three regions"][0], 45, "s")
    goal("outage to page, p99, three regions", worst["three regions"][1], BOUND, "s")
    goal("outage to page, p99, one region", worst["one region"][1], BOUND, "s")
    goal("decision to accepted, worst", quantile(accepted, 1.0), 1, "s")


if __name__ == "__main__":
    main()
