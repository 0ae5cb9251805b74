"""The simulation is worth what it finds: each planted defect is found by some world, and by an invariant's name."""

from __future__ import annotations

import pytest

from tests.simulation.defects import DEFECTS
from tests.simulation.defects_conditions import CONDITIONS
from tests.simulation.living import live

BUDGET = 60  # worlds
FOUND_BY = {
    39: ("a_budget_nobody_minds",),
    203: ("unwatched_is_no_page",),
    1: (
        "nothing_is_usual",
        "our_own_slowness_is_theirs",
        "one_fast_run_is_fast",
        "silence_after_a_restart",
        "stuck_is_not_noticed",
        "stuck_ends_at_the_first_slot",
        "mark_before_send",
        "resolve_on_error",
        "quorum_over_assigned",
        "one_region_is_recovery_enough",
        "one_good_run_ends_it",
        "half_a_recovery_outlasts_silence",
        "confirm_ignored",
        "manual_runs_count",
        "trigger_twice",
        "silence_is_not_noticed",
        "silence_ends_by_itself",
        "a_backlog_is_stuck",
    ),
    2: (
        "cleanups_are_forgotten",
        "above_what_is_usual_at_all",
        "cleanups_we_could_not_do_are_done",
        "counters_lost_at_restart",
        "best_outcome_wins",
        "order_by_arrival",
        "raised_without_a_word",
        "outbox_in_a_second_transaction",
    ),
    3: (
        "missing_data_since_for_ever",
        "late_results_count",
    ),
    4: (
        "missing_data_is_not_missed",
        "absence_resolves",
    ),
    5: (
        "resolve_overtakes",
        "watermark_first",
    ),
    7: (
        "an_error_is_data",
        "suspect_for_ever",
        "silence_clears_the_suspect",
        "suspect_since_a_moment_ago",
        "nobody_is_suspect",
    ),
    8: ("gives_up_soon",),
    16: (
        "a_rate_of_one_run",
        "a_budget_of_few_runs",
    ),
    17: (
        "nobody_is_blind",
        "backup_is_never_told",
        "backup_is_not_told_of_the_end",
    ),
    18: ("rates_are_forgotten",),
    19: ("held_and_told_to_nobody",),
    22: ("backlog_is_news",),
    42: ("our_own_slowness_spends_budget",),
    45: ("a_budget_for_each_outage",),
    48: ("two_days_are_usual",),
}
SEEDS = {name: seed for seed, names in FOUND_BY.items() for name in names}
PLANTED = {**DEFECTS, **CONDITIONS}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`FOUND_BY` only saves time: the worlds after it are tried if it finds nothing any more."""
    PLANTED[name](monkeypatch)

    seeds = [SEEDS.get(name, 0), *range(BUDGET)]
    found = next((life for life in map(live, seeds) if life.broken), None)
    assert found is not None
    assert not found.crashed, found.broken
