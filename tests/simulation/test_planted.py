"""The simulation is worth what it finds: each planted defect is found by some world, and by an invariant's name."""

from __future__ import annotations

import pytest

from tests.simulation.defects import DEFECTS
from tests.simulation.defects_conditions import CONDITIONS
from tests.simulation.living import live

BUDGET = 60  # worlds
FOUND_BY = {
    "resolve_overtakes": 6,
    "gives_up_soon": 8,
    "best_outcome_wins": 2,
    "absence_resolves": 4,
    "late_results_count": 3,
    "order_by_arrival": 2,
    "watermark_first": 5,
    "backup_is_never_told": 17,
    "outbox_in_a_second_transaction": 26,
    "backup_is_not_told_of_the_end": 10,
    "backlog_is_news": 72,
    **dict.fromkeys(
        (
            "mark_before_send",
            "resolve_on_error",
            "counters_lost_at_restart",
            "quorum_over_assigned",
            "one_region_is_recovery_enough",
            "one_good_run_ends_it",
            "half_a_recovery_outlasts_silence",
            "confirm_ignored",
            "manual_runs_count",
            "trigger_twice",
            "raised_without_a_word",
        ),
        1,
    ),
}


PLANTED = {**DEFECTS, **CONDITIONS}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`FOUND_BY` only saves time: the worlds after it are tried if it finds nothing any more."""
    PLANTED[name](monkeypatch)

    seeds = [FOUND_BY.get(name, 0), *range(BUDGET)]
    found = next((life for life in map(live, seeds) if life.broken), None)
    assert found is not None
    assert not found.crashed, found.broken
