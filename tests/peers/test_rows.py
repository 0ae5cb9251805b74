"""Defects of other monitors that concern knowing and telling, and for each the tests that would notice it here."""

from __future__ import annotations

from tests.rows import lost

QUORUM, LIFE, HISTORY = "judge/test_quorum.py", "judge/test_life.py", "peers/test_history_stays.py"
END, OWN = "peers/test_telling_until_the_end.py", "peers/test_the_monitors_own_trouble.py"
PERIOD = "peers/test_the_right_period.py"

ROWS = {
    "Gatus: the alert blames a step that was skipped for what a step run in any case did": [
        f"{END}::test_the_page_names_the_step_that_failed_though_skipped_and_always_run_steps_follow",
    ],
    "Gatus: a slow mail server stalls probing": [
        f"{OWN}::test_a_channel_that_never_comes_back_delays_no_run_of_any_probe",
        "app/test_undisturbed.py::test_a_channel_that_hangs_delays_no_run_and_no_other_channel",
    ],
    "Gatus: the alert is forgotten at its end even when the provider refused to hear of it": [
        f"{END}::test_an_end_that_is_refused_is_owed_until_it_is_taken_over_every_restart",
    ],
    "healthchecks: marked as told before it was": [
        "alerting/test_crash.py::test_a_process_killed_between_sending_and_marking_pages_again_under_the_same_key",
        "alerting/test_crash_anywhere.py::test_wherever_it_dies_every_beginning_is_told",
    ],
    "Cloudprober: a page that failed counts as sent; chat and mail never hear of the end": [
        f"{END}::test_a_page_that_failed_does_not_count_as_sent",
        "judge/test_invariants.py::test_noise_is_bounded_and_every_resolve_follows_its_trigger",
        "alerting/test_sender.py::test_a_backup_hears_of_the_end_though_the_channel_never_recovers",
    ],
    "Uptime Kuma: trouble with its own database turns every target red": [
        f"{OWN}::test_a_database_that_is_away_makes_no_target_red_and_what_was_seen_meanwhile_is_kept",
        "judge/test_invariants.py::test_our_own_errors_change_nothing",
    ],
    "Uptime Kuma: retries count as downtime that nobody can see": [
        f"{HISTORY}::test_a_run_that_passed_only_after_a_retry_is_counted_as_flaky",
        f"{HISTORY}::test_a_failure_that_its_confirmation_did_not_find_again_pages_nobody_and_is_still_seen",
    ],
    "Uptime Kuma: two hundred mails at once": [
        "alerting/test_storms.py::test_a_thousand_at_once_are_three_pages_that_name_every_one_of_them",
        "app/test_storm.py::test_a_thousand_outages_at_once_are_few_messages_and_all_of_them_are_on_the_pages",
    ],
    "openstatus: half of the regions are enough for a recovery, and what a region said never ages": [
        f"{QUORUM}::test_a_resolve_needs_half_of_the_regions_known_and_every_one_of_them_up",
        f"{QUORUM}::test_half_a_recovery_still_counts_as_down",
        f"{QUORUM}::test_when_every_region_is_silent_nothing_opens_and_nothing_resolves",
    ],
    "blackbox_exporter, Kuma, Checkly: what a silent region did not say just vanishes": [
        "judge/test_silent.py::test_a_region_is_silent_after_ninety_seconds_and_since_its_last_word",
        "centre/test_lookout.py::test_what_passed_while_no_process_was_there_says_so",
    ],
    "Prometheus: an alert that fires is pending again after a restart": [
        "centre/test_centre.py::test_a_restart_goes_on_from_what_was_kept",
        f"{LIFE}::test_a_restart_between_two_reminders_changes_nothing",
        "judge/test_hours.py::test_a_restart_between_the_shifts_changes_nothing",
    ],
    "Alertmanager: ends get lost": [
        "alerting/test_alertmanager.py::test_a_resolve_ends_the_alert_under_every_severity_it_may_have_had",
        "alerting/test_around_the_sender.py::test_an_alert_at_alertmanager_is_never_repeated_after_its_end",
    ],
    "Grafana: false alarms one, two and three weeks after a gap in the data": [
        f"{HISTORY}::test_a_gap_in_the_data_alarms_nobody_when_it_ends_nor_weeks_later",
    ],
    "upptime: outages of less than a quarter of an hour are deleted": [
        f"{HISTORY}::test_an_outage_of_seconds_is_kept_and_reported",
    ],
    "healthchecks: a report about the wrong period": [
        f"{PERIOD}::test_each_morning_tells_of_yesterday_where_its_readers_live_also_when_clocks_change",
        f"{PERIOD}::test_mornings_that_nobody_was_there_are_made_up_for_and_none_is_written_twice",
    ],
    "k6: an objective without a sample is met": [
        f"{HISTORY}::test_an_objective_without_a_single_run_is_not_met",
    ],
    "Checkly: an alert for each region and check of one outage": [
        f"{QUORUM}::test_a_majority_pages_at_once",
        "judge/test_invariants.py::test_at_most_one_incident_of_a_probe_and_track_is_open_and_began_before_it_opened",
    ],
    "Kuma, Alertmanager: nobody can take it on, nobody is told next": [
        f"{LIFE}::test_what_nobody_takes_on_climbs_and_everybody_hears_of_the_end",
        f"{LIFE}::test_what_somebody_has_taken_on_does_not_climb",
    ],
    "Checkly: maintenance that stops measuring": [
        "judge/test_quiet.py::test_what_is_still_wrong_when_the_silence_ends_is_told_then_once",
        "reports/test_maintenance.py::test_failed_runs_in_maintenance_are_neither_bad_nor_due",
    ],
}


def test_every_row_is_held_by_tests_that_are_there() -> None:
    assert [] == lost(ROWS)
