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


def in_regions(
    name: str, *regions: str, interval: float = 60.0, timeout: float = 10.0, steps: int = 1, host: str = "shop.example"
) -> Probe:
    made = probe(name, interval=interval, regions=tuple(map(ProbeRegion, regions)))
    (step,) = made.journey.steps
    there = replace(step, request=replace(step.request, url=f"https://{host}/"))
    return replace(made, journey=replace(made.journey, steps=(there,) * steps, timeout=timeout))


def many(number: int, host: str, **more: float) -> list[Probe]:
    return [in_regions(f"{host}-{each}", "west", host=host, **more) for each in range(number)]  # type: ignore[arg-type]


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


@pytest.mark.parametrize(("seconds_a_step", "shards"), [(0.42, 1), (0.43, 2)], ids=["all-of-the-core", "a-little-more"])
def test_a_region_is_shared_where_the_core_of_one_process_would_be_busy(seconds_a_step: float, shards: int) -> None:
    (need,) = needs(many(100, "shop.example"))  # 100 steps a minute: 0.42 s of each are 0.7 of a core
    assert need.shards(replace(QUICK, seconds_a_step=seconds_a_step)) == shards


def test_where_all_wait_for_one_target_nothing_else_is_kept_waiting() -> None:
    (need,) = needs(many(1000, "shop.example", timeout=60.0))
    assert need.at_once == pytest.approx(1000 / 60)
    assert need.hangs is None
    assert need.at_worst == 1000
    assert need.shards(QUICK) == 1


def test_while_the_largest_target_hangs_the_others_need_workers_as_well() -> None:
    (need,) = needs([*many(480, "shop.example", timeout=60.0), *many(120, "blog.example", timeout=60.0, steps=4)])
    assert need.at_once == pytest.approx(480 + 120 * 4 / 60)
    assert need.hangs == "shop.example"
    assert need.at_worst == 600
    assert need.shards(QUICK) == 1

    (more,) = needs([*many(510, "shop.example", timeout=60.0), *many(120, "blog.example", timeout=60.0, steps=4)])
    assert more.shards(QUICK) == 2
