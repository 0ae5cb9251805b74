"""What declared probes need, by values: runs and steps a day, workers, and how many agents share it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthmon.app.measuring import Able
from synthmon.app.needs import a_day, needs
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.timing import Cron
from tests.making import probe

QUICK = Able(seconds_a_step=0.001, kept=1000.0, bytes_a_step=150.0)


def in_regions(name: str, *regions: str, interval: float = 60.0, timeout: float = 10.0, steps: int = 1) -> Probe:
    made = probe(name, interval=interval, regions=tuple(map(ProbeRegion, regions)))
    return replace(made, journey=replace(made.journey, steps=made.journey.steps * steps, timeout=timeout))


def test_each_region_needs_what_its_probes_do_there() -> None:
    west, east = needs([in_regions("a", "west", "east", steps=4), in_regions("b", "east", interval=300.0)])
    assert (west.region, west.probes, west.runs, west.steps) == ("west", 1, 1440, 5760)
    assert (east.region, east.probes, east.runs, east.steps) == ("east", 2, 1440 + 288, 5760 + 288)
    assert east.at_worst == pytest.approx(10 / 60 + 10 / 300)
    assert east.cores(QUICK) == pytest.approx((5760 + 288) / 86_400 * 0.001)
    keeping = replace(QUICK, seconds_to_keep=0.002)
    assert east.cores(keeping) == pytest.approx(((5760 + 288) * 0.001 + (1440 + 288) * 0.002) / 86_400)


@pytest.mark.parametrize(
    ("expression", "runs"),
    [("*/5 * * * *", 288), ("0 8 * * *", 1), ("0 8 * * 1-5", 5 / 7)],
    ids=["every-five-minutes", "once-a-day", "on-weekdays"],
)
def test_a_cron_expression_counts_by_the_mean_of_its_days(expression: str, runs: float) -> None:
    assert a_day(Cron(expression, "UTC")) == pytest.approx(runs, rel=0.01)


@pytest.mark.parametrize(
    ("timeout", "seconds_a_step", "probes", "shards"),
    [
        (10.0, 0.001, 100, 1),
        (60.0, 0.001, 512, 1),  # as many at once as there may be workers
        (60.0, 0.001, 513, 2),
        (10.0, 0.42, 100, 1),  # 100 steps a minute: 0.7 of a core
        (10.0, 0.43, 100, 2),
    ],
    ids=["little", "all-workers", "one-more", "all-of-the-core", "a-little-more"],
)
def test_a_region_is_shared_where_one_process_would_be_late(
    timeout: float, seconds_a_step: float, probes: int, shards: int
) -> None:
    (need,) = needs(in_regions(f"p{number}", "west", timeout=timeout) for number in range(probes))
    assert need.shards(replace(QUICK, seconds_a_step=seconds_a_step)) == shards
