"""What can go wrong with a report, row by row: what then has to be true, and which tests hold it."""

from __future__ import annotations

from tests.rows import lost

PERIODS, OUTAGES, LARGE, ALIKE = (f"reports/test_{name}.py" for name in ("periods", "outages", "large", "alike"))
HTML, FORMS, COUNTING, COMPARE = (f"reports/test_{name}.py" for name in ("html", "forms", "counting", "compare"))
RECOUNT, CHANGES, MAIL = (f"reports/test_{name}.py" for name in ("recount", "changes_within_a_day", "mail"))
DESK, AWAY = "app/test_report_desk.py", "app/test_reports_without_a_database.py"
DELIVERY = "app/test_report_delivery.py"

ROWS = {
    "R1 no data at all: it is said, and every figure is none": [
        f"{HTML}::test_a_day_without_probes_says_that_there_is_nothing_to_report",
        f"{HTML}::test_a_probe_without_data_is_hatched_and_never_green",
        f"{PERIODS}::test_without_anything_at_all_every_figure_is_none",
        f"{ALIKE}::test_what_there_is_no_figure_of_is_a_dash_null_or_an_empty_cell",
        f"{DESK}::test_an_installation_that_knows_nothing_yet_says_nothing_of_a_report",
    ],
    "R2 empty days: missing and not fine, and nothing is compared with them": [
        f"{PERIODS}::test_days_without_anything_in_a_week_are_missing_and_not_fine",
        "reports/test_past.py::test_a_day_of_which_nothing_is_known_is_empty",
        f"{COMPARE}::test_without_enough_on_both_sides_nothing_is_said",
    ],
    "R3 a day of our own errors only: no availability, and no hundred per cent": [
        f"{CHANGES}::test_a_day_of_nothing_but_our_own_errors_is_no_day_of_a_hundred_per_cent",
        f"{COUNTING}::test_nothing_judged_is_not_a_hundred_per_cent",
        f"{COUNTING}::test_an_error_owns_no_time_and_spends_no_budget_but_lowers_coverage",
    ],
    "R4 a region that comes or goes within the period: counted for the time that it was there": [
        f"{CHANGES}::test_a_region_counts_from_when_to_when_it_was_there",
        f"{COUNTING}::test_due_slots_are_counted_against_the_version_in_force_at_the_time",
    ],
    "R5 a probe that gets another title or file is the same, one that gets another name is another": [
        f"{DESK}::test_a_probe_that_changed_its_file_and_its_title_is_one_probe_in_the_report",
        f"{PERIODS}::test_a_probe_that_got_another_name_is_told_of_under_both_each_for_its_time",
        f"{HTML}::test_a_removed_probe_is_told_of_up_to_its_removal",
    ],
    "R6 days of 23, 25 and 23.5 hours, without midnight, leap days, ends of years, week 53, another zone": [
        f"{PERIODS}::test_the_five_states_add_up_to_the_period_to_the_second",
        f"{PERIODS}::test_longer_periods_are_as_long_as_their_days",
        f"{PERIODS}::test_in_another_zone_days_are_cut_elsewhere_and_nothing_is_lost",
        f"{COUNTING}::test_days_are_cut_at_local_midnight_also_when_clocks_change",
        f"{COUNTING}::test_a_day_without_a_midnight_begins_at_its_first_instant",
        f"{RECOUNT}::test_it_equals_what_is_counted_again_from_the_table",
    ],
    "R7 very many probes: the summary first, at most five megabytes": [
        f"{LARGE}::test_the_page_of_a_thousand_probes_has_less_than_five_megabytes_and_names_all",
        f"{LARGE}::test_long_lists_are_folded_and_very_long_ones_counted",
        f"{LARGE}::test_the_text_of_a_thousand_probes_tells_of_the_worst",
        f"{MAIL}::test_a_report_of_a_thousand_probes_is_still_a_mail",
    ],
    "R8 hostile text anywhere: text": [
        f"{HTML}::test_hostile_text_adds_no_element_no_attribute_and_nothing_invisible",
        f"{HTML}::test_hostile_text_in_synthmons_own_troubles_is_as_harmless",
        f"{FORMS}::test_the_text_says_the_verdict_first_and_holds_no_character_that_moves_a_cursor",
        f"{FORMS}::test_a_cell_that_a_spreadsheet_would_reckon_is_text",
        f"{MAIL}::test_hostile_text_changes_neither_the_page_nor_a_header",
        "hostile/test_texts.py::test_a_report_is_made_of_the_same",
        "hostile/test_texts.py::test_a_report_as_text_shows_what_cannot_be_seen",
        "hostile/test_texts.py::test_a_report_as_json_says_what_was_said",
        "hostile/test_texts.py::test_no_cell_of_a_table_is_a_formula",
        "hostile/test_texts.py::test_a_mail_has_the_same_headers_and_elements",
        "hostile/test_pages.py::test_a_word_of_a_million_characters_is_shown_bounded_or_whole_but_never_breaks_a_page",
    ],
    "R9 outages that overlap, that are not over, that cross midnight, a change of clocks, the end of a month": [
        f"{OUTAGES}::test_time_in_which_two_outages_overlap_counts_once",
        f"{OUTAGES}::test_an_outage_that_is_open_at_the_end_counts_up_to_there_and_in_no_repair",
        f"{OUTAGES}::test_of_a_day_in_progress_an_open_outage_counts_up_to_what_is_known",
        f"{OUTAGES}::test_an_outage_across_midnight_counts_once_at_its_beginning_and_once_at_its_end",
        f"{OUTAGES}::test_an_outage_over_a_whole_day_lasts_as_long_as_that_day_does",
        f"{OUTAGES}::test_an_outage_across_the_end_of_a_month_is_cut_there",
        f"{DESK}::test_outages_that_overlap_are_each_told_of_and_no_second_is_counted_twice",
    ],
    "R10 results that arrive after a report: it says as of when it is, and the same data give the same bytes": [
        f"{HTML}::test_the_same_data_give_the_same_bytes",
        f"{HTML}::test_the_order_in_which_probes_are_handed_in_changes_nothing",
        f"{HTML}::test_the_header_names_the_day_its_zone_and_from_when_until_when",
        f"{ALIKE}::test_the_same_report_gives_the_same_bytes",
        "app/test_alike_from_rollups.py::test_rollups_and_runs_give_the_same_report",
        f"{DELIVERY}::test_results_that_come_later_make_another_edition_beside_the_first",
        f"{DELIVERY}::test_made_again_from_the_same_data_it_is_the_same_to_the_byte",
        f"{DELIVERY}::test_a_result_that_changes_nothing_makes_no_edition",
    ],
    "R11 data of a clock that is wrong or a machine that stood still: not taken for latencies, nor for results": [
        f"{PERIODS}::test_runs_of_an_agent_whose_clock_is_ahead_wait_for_their_time",
        f"{PERIODS}::test_what_a_stalled_machine_measured_counts_in_no_latency",
    ],
    "R12 a database that goes away meanwhile: an error that says so, and no half of a report": [
        f"{AWAY}::test_a_database_that_fails_over_meanwhile_is_said_and_leaves_no_page",
        f"{AWAY}::test_the_report_is_owed_until_the_database_is_there_again",
        f"{DESK}::test_a_page_that_cannot_be_put_in_its_place_leaves_nothing_behind",
        f"{DELIVERY}::test_one_report_that_cannot_be_written_keeps_no_other",
        "web/test_pages.py::test_when_the_database_is_away_the_page_says_so_plainly",
    ],
    "R13 99.995 is not 100": [
        f"{PERIODS}::test_a_hundred_per_cent_is_printed_only_if_nothing_is_bad_and_nothing_missing",
        f"{CHANGES}::test_five_seconds_of_outage_in_a_day_is_not_a_hundred_per_cent",
        f"{CHANGES}::test_without_a_failure_but_with_a_run_missing_it_is_no_hundred_per_cent_either",
    ],
    "R14 page, text, document and tables say the same": [
        f"{ALIKE}::test_page_and_text_say_the_same",
        f"{ALIKE}::test_the_document_has_them_unrounded",
        f"{ALIKE}::test_the_table_has_a_line_for_every_figure_of_the_document",
        f"{RECOUNT}::test_it_equals_what_is_counted_again_from_the_table",
        f"{MAIL}::test_the_text_is_the_whole_report",
        "browser/test_printing.py::test_what_is_folded_is_printed",
    ],
    "R15 reports that are made at once: each is whole, and programs that ask wait for their turn": [
        f"{DESK}::test_reports_that_are_made_at_once_are_each_whole",
        "web/test_api.py::test_only_so_many_periods_are_counted_at_once",
    ],
}


def test_every_row_is_held_by_tests_that_are_there() -> None:
    assert [f"R{number}" for number in range(1, 16)] == [row.split(" ", 1)[0] for row in ROWS]
    assert [] == lost(ROWS)
