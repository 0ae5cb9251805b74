"""Defects of other monitors and test tools in how a journey goes, and for each the tests that would notice it here."""

from __future__ import annotations

from tests.rows import lost

WALK, FLOW, LEFT = "engine/test_walk.py", "engine/test_flow.py", "engine/test_leftovers.py"
SENT, TIMING = "peers/test_what_is_sent.py", "model/test_timing.py"

ROWS = {
    "Gatus: the time of a suite is over, and its later steps run on": [
        f"{WALK}::test_the_journeys_timeout_stops_its_steps_and_cleanup_still_runs",
        f"{WALK}::test_a_step_that_the_journeys_timeout_leaves_no_time_for_is_not_started",
        f"{FLOW}::test_our_own_error_and_the_end_of_the_run_are_not_excused",
    ],
    "Gatus: a captured text of digits becomes a number, and a large number loses its digits": [
        "engine/test_capture.py::test_a_capture_keeps_its_type",
        f"{SENT}::test_a_text_that_looks_like_a_number_stays_the_text_it_is_wherever_it_is_sent",
        f"{SENT}::test_a_number_is_sent_on_as_it_came_and_never_rounded_or_put_into_powers",
    ],
    "newman: after a log-in that failed, an order is placed with a null token": [
        f"{WALK}::test_a_missing_capture_stops_the_journey_so_nothing_is_ordered_with_a_null_token",
        f"{FLOW}::test_what_needs_a_capture_of_a_skipped_step_is_skipped_and_says_so",
        f"{FLOW}::test_a_step_that_may_fail_does_not_fail_the_run_and_is_shown",
    ],
    "Tavern: a log-in that failed is told as a variable that the cleanup lacks": [
        f"{WALK}::test_a_failed_login_is_reported_as_such_and_not_as_a_missing_variable_of_the_cleanup",
    ],
    "Step CI, newman: a key that nobody knows passes": [
        "peers/test_misspelt_keys.py::test_a_key_that_nobody_knows_is_refused_wherever_it_stands",
    ],
    "Elastic, blackbox_exporter: the phases of redirects are added up, or dropped": [
        "engine/transport/test_redirects.py::test_each_hop_is_an_exchange_of_its_own",
    ],
    "blackbox_exporter: a certificate that has expired is not shown any more": [
        "engine/transport/test_tls.py::test_an_expired_certificate_is_refused_and_shown_with_its_dates",
    ],
    "Monika: an answer is kept for minutes": [
        f"{SENT}::test_an_answer_that_may_be_cached_for_a_year_is_asked_for_in_every_step_and_every_run",
    ],
    "Hurl, Karate: what a test created stays when the test breaks": [
        f"{WALK}::test_cleanup_steps_run_in_order_each_whatever_became_of_the_one_before",
        f"{LEFT}::test_what_could_not_be_cleaned_up_is_tried_again_by_the_next_run",
        f"{LEFT}::test_a_process_that_is_killed_owes_its_cleanup_to_the_next_one",
    ],
    "APScheduler: in a cron expression 1-5 means Tuesday to Saturday": [
        f"{TIMING}::test_days_of_the_week_are_those_of_everybody",
    ],
    "croniter: clocks that change lose a run, or double it": [
        f"{TIMING}::test_clocks_that_leap_lose_nothing_and_double_nothing",
    ],
}


def test_every_row_is_held_by_tests_that_are_there() -> None:
    assert [] == lost(ROWS)
