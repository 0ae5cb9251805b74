"""What can go wrong with agents and the centre, row by row: what then has to be true, and which tests hold it.

`OPEN` says of a row what no test tries.
"""

from __future__ import annotations

from tests.rows import lost

STORY, SPOOL, CALLS = "regions/test_story.py", "spool/test_spool.py", "spool/test_strace.py"
THOUSAND, FIRST, FORMER = "agent/test_thousand.py", "app/test_first_process.py", "spool/test_former.py"
LOOP, DELIVERY, SIGNALS = "agent/test_loop.py", "agent/test_delivery.py", "app/test_signals.py"
TIMETABLE = "agent/test_timetable.py"
STORE, WRITER = "store/test_strace.py", "store/test_writer.py"
POSTGRES, AWAY = "store/test_postgres_faults.py", "store/test_postgres_away.py"
TOGETHER, NO_FILES = "store/test_postgres_together.py", "store/test_descriptors.py"
ROLLCALL, API, CHAOS = "centre/test_rollcall.py", "web/test_agents_api.py", "chaos/test_slice.py"
BROKEN, IMAGE, UNDISTURBED = "app/test_broken_files.py", "image/test_daemon.py", "app/test_undisturbed.py"
LEAPS, STOPPED, LACKING = "app/test_clock_leaps.py", "regions/test_stopped.py", "app/test_surroundings.py"

ROWS = {
    "A1 killed at any instant: what was acknowledged is there once": [
        f"{CALLS}::test_a_kill_at_a_system_call_around_spool_and_delivery_loses_nothing_taken",
        f"{STORY}::test_kills_at_random_instants_lose_nothing_that_was_taken",
        f"{STORY}::test_a_centre_killed_at_random_instants_costs_no_result",
        f"{STORE}::test_a_kill_in_the_midst_of_a_commit_loses_nothing_acknowledged",
        "store/test_kill.py::test_fifty_kills_lose_nothing_that_was_acknowledged",
    ],
    "A2 asked to end: nothing new starts, what runs has its time, exit 0; asked twice: at once": [
        f"{SIGNALS}::test_asked_to_end_it_lets_a_running_journey_end_and_clean_up_and_starts_no_other",
        f"{SIGNALS}::test_a_journey_that_does_not_end_in_time_is_our_fault_and_still_cleans_up",
        f"{SIGNALS}::test_asked_twice_it_ends_at_once",
        "broker/test_parts.py::test_a_worker_that_is_asked_to_end_gives_its_runs_their_time_and_leaves_nothing",
    ],
    "A3 the disk takes nothing: runs go on, it is said, and it goes on by itself": [
        f"{CALLS}::test_a_failing_disk_refuses_what_it_cannot_take_and_goes_on_when_it_can",
        f"{SPOOL}::test_a_disk_that_takes_nothing_is_told_and_it_goes_on_afterwards",
        f"{DELIVERY}::test_a_spool_that_takes_nothing_is_passed_by",
        f"{DELIVERY}::test_where_both_are_away_the_result_is_not_taken",
        "agent/test_keeper.py::test_what_does_not_fit_any_more_is_counted_and_said",
        "app/test_refusing.py::test_a_full_disk_stops_no_run_is_said_and_afterwards_everything_is_kept",
    ],
    "A4 the disk fails to sync: nothing is acknowledged before all is settled and checked": [
        f"{STORE}::test_after_a_failed_sync_all_is_settled_in_the_database_before_anything_is_acknowledged",
        f"{CALLS}::test_a_failing_disk_refuses_what_it_cannot_take_and_goes_on_when_it_can",
    ],
    "A5 power is lost: what was acknowledged had been synced": [
        f"{STORE}::test_the_log_is_synced_between_a_runs_last_byte_and_its_acknowledgement",
        f"{CALLS}::test_the_spool_is_synced_between_a_results_last_byte_and_its_acknowledgement",
        "store/test_power.py::test_whatever_the_disk_had_not_synced_all_that_was_acknowledged_is_there_once",
        "spool/test_power.py::test_whatever_the_disks_had_not_synced_all_that_was_taken_comes_to_the_centre_once",
    ],
    "A6 the file is locked by somebody else: refused in time, tried again, nothing lost": [
        f"{WRITER}::test_a_database_locked_by_another_process_is_an_error_until_it_is_let_go",
        f"{SPOOL}::test_a_disk_that_takes_nothing_is_told_and_it_goes_on_afterwards",
        "app/test_refusing.py::test_a_second_daemon_on_the_same_data_is_refused_and_the_first_runs_on",
    ],
    "A7 the file is gone, damaged, older or newer: refused, begun anew only when asked": [
        f"{SPOOL}::test_a_damaged_file_is_refused_and_kept_aside_when_that_is_asked_for",
        f"{SPOOL}::test_a_file_that_vanished_is_not_replaced_by_an_empty_one",
        f"{SPOOL}::test_a_spool_of_a_newer_version_is_refused_and_left_alone",
        f"{STORY}::test_a_damaged_spool_is_refused_until_somebody_says_to_begin_a_new_one",
        f"{WRITER}::test_a_file_that_was_deleted_is_not_written_to_as_though_it_were_there",
        "store/test_opening.py::test_flipped_bits_are_errors_of_the_store_or_harmless_but_never_anything_else",
        "store/test_opening.py::test_a_truncated_database_is_refused_as_damaged",
    ],
    "A8 the database is away (refused, silent, slow, read-only): spooled, told by the fallback, caught up with": [
        f"{STORY}::test_an_agent_goes_on_while_the_centre_is_away_and_delivers_it_all_afterwards",
        f"{DELIVERY}::test_a_backlog_is_delivered_without_a_pause_once_the_centre_is_back",
        "app/test_fallback.py::test_it_tells_after_five_minutes_once_and_of_the_end",
        f"{AWAY}::test_a_server_that_goes_and_comes_back_loses_nothing",
        f"{AWAY}::test_a_frozen_server_is_given_up_within_seconds",
        f"{POSTGRES}::test_a_server_set_to_read_only_refuses_writes_and_answers_questions",
        "app/test_on_postgres.py::test_runs_go_on_while_the_server_is_away_and_nothing_is_lost",
        f"{CHAOS}::test_nothing_is_lost_doubled_or_paged_for_nothing_whatever_is_killed_frozen_or_cut",
    ],
    "A9 the database comes back without its last commits: the agents go back to its mark": [
        f"{CHAOS}::test_a_standby_without_the_last_of_it_takes_the_place_of_a_database_that_died_and_nothing_is_lost",
        f"{STORY}::test_after_an_older_backup_was_restored_the_agent_sends_again_from_there",
        f"{DELIVERY}::test_a_lower_mark_rewinds_the_spool_and_nothing_is_left_out",
        f"{DELIVERY}::test_a_mark_that_is_put_back_while_a_batch_is_read_from_the_spool_leaves_nothing_out",
        f"{SPOOL}::test_what_is_delivered_stays_for_a_day_and_is_sent_again_when_the_mark_goes_back",
        "store/test_agents.py::test_a_database_that_is_behind_takes_nothing_and_says_from_where_to_send_again",
        f"{AWAY}::test_a_database_put_back_to_an_older_state_is_asked_anew_for_what_documents_need",
    ],
    "A10 a commit in doubt: handed in again, kept once": [
        f"{AWAY}::test_a_commit_whose_answer_was_lost_is_handed_in_again_and_nothing_doubles",
        f"{DELIVERY}::test_a_batch_in_doubt_is_sent_again_and_kept_once",
        "centre/test_leading.py::test_a_commit_in_doubt_is_not_done_again",
        "store/test_agents.py::test_taken_twice_it_is_kept_once",
    ],
    "A11 no free connection, a statement too slow, a deadlock, a conflict: tried again, so and so often": [
        f"{POSTGRES}::test_a_server_without_a_free_connection_is_tried_again_until_there_is_one",
        f"{POSTGRES}::test_a_statement_that_waits_too_long_is_refused_and_the_next_goes_through",
        f"{POSTGRES}::test_two_transactions_that_wait_for_each_other_both_end_well",
        f"{POSTGRES}::test_a_conflict_is_tried_again_a_bounded_number_of_times",
    ],
    "A12 the clock jumps: one run per probe, the rest missed, pages as ever": [
        f"{LEAPS}::test_a_clock_that_leaps_and_comes_back_costs_nothing_and_hides_no_outage",
        f"{LEAPS}::test_an_outage_that_begins_while_the_clock_is_wrong_is_paged",
        f"{LEAPS}::test_started_while_the_clock_is_wrong_it_goes_on_when_it_is_set_and_hides_no_outage",
        f"{LEAPS}::test_a_clock_that_is_slewed_to_and_fro_leaves_no_slot_out_and_runs_none_twice",
        "app/test_retention.py::test_a_clock_that_leapt_ahead_removes_nothing_until_it_is_right_again_or_a_day_has_passed",
        f"{UNDISTURBED}::test_after_the_clock_jumped_to_and_fro_the_slots_are_those_of_the_time_it_shows",
        f"{TIMETABLE}::test_after_a_leap_of_years_nothing_is_gone_through",
        f"{LOOP}::test_a_clock_that_jumped_back_does_not_keep_probes_waiting_for_the_old_time",
        "judge/test_clock.py::test_an_outage_after_the_clock_was_set_back_is_paged_as_ever",
        "agent/test_heart.py::test_a_clock_that_was_set_is_measured_anew",
    ],
    "A13 stopped and continued: no burst, and a former leader writes nothing": [
        f"{STOPPED}::test_an_agent_that_stood_still_makes_up_for_nothing_and_blames_nobody",
        f"{TIMETABLE}::test_a_slot_that_was_slept_through_is_left_out_unless_it_was_just_now",
        f"{TIMETABLE}::test_probes_that_slept_together_do_not_wake_together",
        "centre/test_leading.py::test_a_former_leader_that_goes_on_where_it_stopped_writes_nothing_and_steps_down",
        "app/test_centres.py::test_another_judges_within_the_promised_time_whatever_becomes_of_the_leader",
        f"{TOGETHER}::test_a_replica_that_stands_still_in_the_middle_of_a_transaction_keeps_no_other_from_writing",
    ],
    "A14 the interpreter stalls: what was measured meanwhile is held against nobody": [
        "engine/test_walk.py::test_latencies_measured_while_the_interpreter_lagged_are_not_held_against_budgets",
        "engine/test_walk.py::test_a_timeout_that_fired_during_a_stall_says_nothing_of_the_target",
        "engine/test_stall.py::test_a_lag_that_still_lasts_is_seen_by_the_run_that_wakes_first",
    ],
    "A15 no file descriptor is left: our error, no outage, and it goes on when there are some again": [
        "engine/transport/test_connecting.py::test_a_run_out_of_file_descriptors_is_our_error_and_not_an_outage",
        "engine/transport/test_connecting.py::test_runs_leave_the_last_file_descriptors_to_pages_and_notifications",
        "app/test_descriptors.py::test_where_runs_have_taken_nearly_all_of_them_pages_answer_and_messages_go_out",
        "app/test_descriptors.py::test_without_a_file_descriptor_nobody_is_blamed_and_afterwards_all_goes_on",
        f"{NO_FILES}::test_an_open_store_keeps_and_answers_without_any_descriptor",
        f"{NO_FILES}::test_a_writer_that_needs_a_new_connection_and_gets_none_refuses_and_goes_on_afterwards",
        "spool/test_descriptors.py::test_a_spool_that_cannot_be_opened_again_refuses_and_keeps_what_it_had",
    ],
    "A16 little memory: it lives within a bound, and ends visibly and starts again below it": [
        f"{IMAGE}::test_within_a_quarter_of_a_gigabyte_it_probes_on",
        f"{IMAGE}::test_a_memory_limit_that_is_far_too_small_ends_it_visibly",
        f"{API}::test_no_more_than_four_bodies_of_a_region_are_understood_at_once",
        f"{API}::test_a_body_that_does_not_inflate_or_is_too_large_is_refused",
    ],
    "A17 the surroundings lack something: it is said, or not needed": [
        f"{LACKING}::test_where_no_thread_can_be_started_it_says_so_and_ends",
        f"{LACKING}::test_threads_refused_for_a_while_cost_their_slots_and_no_page",
        f"{LACKING}::test_a_message_whose_thread_was_refused_is_sent_as_soon_as_there_is_one",
        f"{LACKING}::test_neither_a_home_nor_a_folder_for_temporary_files_is_needed",
        f"{LACKING}::test_without_a_database_of_time_zones_it_runs_by_utc_and_refuses_any_other",
        f"{IMAGE}::test_it_writes_to_its_data_and_to_nothing_else",
        "app/test_refusing.py::test_a_data_directory_that_is_a_file_is_refused_in_words",
        "image/test_image.py::test_a_folder_that_belongs_to_somebody_else_is_named_instead_of_a_traceback",
        "engine/transport/test_connections.py::test_a_password_file_in_the_home_signs_nobody_in",
    ],
    "A18 files that are broken: refused at the start with their place, and later what was in force stays": [
        f"{BROKEN}::test_a_broken_probe_file_changes_nothing_until_it_is_mended",
        f"{BROKEN}::test_a_configuration_that_is_gone_is_missed_and_nobody_loses_their_channel",
        f"{BROKEN}::test_runs_went_on_all_the_while_and_their_results_were_kept",
        "cli/test_process.py::test_the_daemon_refuses_what_it_cannot_read_with_every_place",
        "probefile/test_odd_folders.py::test_a_mounted_folder_whose_contents_are_swapped_by_a_link_is_read_again",
        "app/test_pulled.py::test_what_cannot_be_used_is_refused_and_what_was_there_stays",
    ],
    "A19 two agents alike, one with old files, one of a region that is gone or another's: harmless, said, refused": [
        "broker/test_parts.py::test_agents_that_share_a_region_run_each_its_own_and_twins_do_no_harm",
        "agent/test_shards.py::test_two_agents_with_the_same_shard_give_the_same_runs_the_same_ids",
        f"{ROLLCALL}::test_agents_with_different_configurations_are_a_trouble_once_it_lasts",
        f"{ROLLCALL}::test_a_token_of_a_region_that_is_gone_opens_nothing",
        f"{API}::test_an_agent_with_the_token_of_another_region_is_refused_as_a_whole",
        f"{STORY}::test_a_token_of_another_region_opens_nothing_for_this_one",
    ],
    "A20 a thousand due at once: spread, never two of one probe, what is too late is skipped with its reason": [
        f"{LOOP}::test_three_hundred_probes_are_scheduled_within_two_seconds_and_make_no_burst",
        f"{THOUSAND}::test_their_first_slots_are_spread_over_the_interval",
        f"{THOUSAND}::test_due_at_once_each_runs_once_says_how_late_it_was_and_waits_for_none_that_hangs",
        f"{LOOP}::test_a_slot_that_comes_while_the_run_before_it_goes_on_is_skipped_and_says_so",
        "agent/test_shards.py::test_an_agent_that_has_too_much_to_do_skips_what_is_its_own_and_nothing_else",
        "schedule/test_schedule.py::test_many_probes_are_spread_evenly_over_the_interval",
        f"{UNDISTURBED}::test_three_hundred_probes_are_all_scheduled_at_once_and_spread_over_their_interval",
    ],
    "A21 a secret's file is replaced, missing or wrong: seen, or our error": [
        "secretsources/test_secrets.py::test_a_rotated_file_is_seen",
        "secretsources/test_secrets.py::test_a_file_that_is_removed_is_no_longer_used",
        "secretsources/test_secrets.py::test_what_is_no_text_of_a_sane_size_is_refused",
        "engine/test_walk.py::test_a_missing_secret_is_our_error_with_the_hint_how_to_provide_it",
    ],
    "A22 the first process of a container: signals reach it, and what was left behind is no zombie": [
        f"{FIRST}::test_asked_to_end_the_first_process_ends_in_order",
        f"{FIRST}::test_a_command_that_asks_for_no_signal_ends_on_sigterm_all_the_same",
        f"{FIRST}::test_a_process_that_another_left_behind_does_not_stay_a_zombie",
        f"{FIRST}::test_what_ended_before_it_was_ready_does_not_stay_a_zombie_either",
        f"{FIRST}::test_only_demo_and_capacity_start_processes_so_that_no_exit_code_is_lost",
        f"{IMAGE}::test_it_is_the_first_process_so_that_signals_reach_it",
        f"{IMAGE}::test_sigterm_in_the_middle_of_runs_ends_it_in_order",
        "image/test_compose.py::test_each_role_ends_in_order",
    ],
    "A23 another version starts on a spool that is not empty: each record is read by its own format": [
        f"{FORMER}::test_a_spool_of_format_1_goes_on_from_its_mark_under_its_name",
        f"{FORMER}::test_everything_that_a_record_of_format_1_says_is_still_understood",
        f"{FORMER}::test_what_a_former_version_left_is_kept_by_the_centre",
        f"{SPOOL}::test_each_record_says_its_own_format",
        f"{SPOOL}::test_a_spool_of_a_newer_version_is_refused_and_left_alone",
        "wire/test_run.py::test_what_an_earlier_version_did_not_know_gets_its_default",
    ],
    "A24 nobody reads the log: no run waits for it": [
        f"{SIGNALS}::test_a_log_that_nobody_reads_any_more_stops_no_run",
        f"{SIGNALS}::test_a_log_whose_reader_stands_still_delays_no_run",
        "app/test_logs.py::test_what_a_reader_that_stands_still_does_not_take_is_counted_and_said_once_it_reads",
        "app/test_logs.py::test_what_is_written_when_the_reader_has_gone_is_counted",
    ],
}

OPEN = {
    "A5": "some dozens of crash images, not every legal one; no life so long that its log begins anew; SQLite only",
    "A12": "by a clock of the test in the daemon's process, not by the system's, on SQLite and in one region",
    "A13": "an agent stands still for seconds, not for minutes, and no virtual machine is paused",
    "A15": "of a daemon, `synthmon up` on SQLite only; looking names up takes descriptors of the reserve",
    "A17": "threads are refused by a patch, not by the system, and only some of them; no entropy wanting",
    "A20": "a thousand runs of an agent take no time or hang; only three hundred probes are walked by a whole daemon",
    "A22": "zombies are looked for in a namespace of process numbers, not in the image itself",
    "A23": "one format was ever written: no second one is read, and no former release is run",
}


def test_every_row_is_held_by_tests_that_are_there() -> None:
    assert [f"A{number}" for number in range(1, 25)] == [row.split(" ", 1)[0] for row in ROWS]
    assert [] == lost(ROWS)


def test_what_is_open_belongs_to_a_row() -> None:
    assert [] == [row for row in OPEN if row not in {named.split(" ", 1)[0] for named in ROWS}]
