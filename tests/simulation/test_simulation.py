"""A slice of the worlds that `make simulate` lives, on every test run."""

from __future__ import annotations

import pytest

from tests.simulation import steady
from tests.simulation.living import live

SEEDS = (1, 2, 3, 5, 7)  # most planted defects are found in these, which have to be clean without them


@pytest.mark.parametrize("seed", SEEDS)
def test_in_every_world_all_that_was_promised_holds(seed: int) -> None:
    assert None is live(seed).broken


def test_the_same_seed_lives_the_same_history() -> None:
    life = live(0)
    assert life.broken is None
    assert life == live(0)


def test_other_seeds_live_other_histories() -> None:
    assert live(1).digest != live(4).digest


def test_flakes_alone_page_no_more_often_than_the_rules_themselves_allow() -> None:
    seen = steady.flakes(0.1, 3000, seed=1)

    assert seen.pages <= seen.expected + 4 * seen.expected**0.5 + 2


def test_the_rules_allow_half_a_false_page_in_ten_million_runs() -> None:
    assert steady.expected_pages(0.01) * 10_000_000 < 0.5


@pytest.mark.parametrize("takes", [0.2, steady.TIMEOUT])
def test_every_outage_is_told_within_its_bound(takes: float) -> None:
    found = steady.outages(40, seed=1, takes=takes)

    assert 0 == found.missed
    assert found.seconds[-1] <= steady.BOUND
