"""What can go wrong with a target, row by row: what then has to be true, and which tests hold it.

`OPEN` says of a row what no test tries.
"""

from __future__ import annotations

from tests.rows import lost

WIRE = "engine/transport"
CONNECTING, CONNECTIONS, DEADLINES = (
    f"{WIRE}/test_connecting.py",
    f"{WIRE}/test_connections.py",
    f"{WIRE}/test_deadlines.py",
)
NETWORK, REACH, CERTIFICATES = f"{WIRE}/test_network.py", f"{WIRE}/test_reach.py", f"{WIRE}/test_certificates.py"
TLS, SIZES, DECODING = f"{WIRE}/test_tls.py", f"{WIRE}/test_sizes.py", f"{WIRE}/test_decoding.py"
REDIRECTS, PROTOCOL, ANSWERS = f"{WIRE}/test_redirects.py", f"{WIRE}/test_protocol.py", f"{WIRE}/test_answers.py"
RETRIES, CACHES, RESOLVER = f"{WIRE}/test_retries.py", f"{WIRE}/test_caches.py", f"{WIRE}/test_resolver.py"
RETRYING, RENDER, COOKIES = "engine/test_retrying.py", "engine/test_render.py", "engine/test_cookies.py"
BODY, WALK, ASSERTION, AUTH = (
    "engine/test_body.py",
    "engine/test_walk.py",
    "engine/test_assertion.py",
    "engine/test_auth.py",
)

ROWS = {
    "T1 a name that does not exist: failed, the name and the resolver are told": [
        f"{NETWORK}::test_a_name_that_does_not_exist_is_the_targets_failure_and_told_with_its_resolver",
        f"{CONNECTING}::test_a_name_that_does_not_exist_is_the_targets_failure",
        f"{RESOLVER}::test_who_is_at_fault_is_told_with_the_name_and_the_resolver",
    ],
    "T2 a name server that fails, or answers garbage or more than fits: told as that, fetched over TCP": [
        f"{NETWORK}::test_a_name_whose_servers_fail_is_the_targets_failure",
        f"{NETWORK}::test_an_answer_over_tcp_serves_as_well",
        f"{CONNECTING}::test_where_the_system_does_not_say_why_its_resolvers_are_asked",
        f"{CONNECTING}::test_a_resolver_that_fails_is_our_error",
        f"{RESOLVER}::test_an_answer_too_large_for_a_datagram_is_fetched_over_tcp",
        f"{RESOLVER}::test_no_packet_does_more_than_being_refused",
    ],
    "T3 name servers that are silent: our error": [
        f"{NETWORK}::test_a_resolver_that_is_silent_is_our_error_and_never_an_outage",
        f"{CONNECTING}::test_a_resolver_that_stays_silent_until_the_time_is_over_is_our_error",
        f"{RESOLVER}::test_a_resolver_that_fails_for_everything_is_our_fault",
    ],
    "T4 a slow name server: its time is a phase of its own": [
        f"{NETWORK}::test_a_slow_look_up_passes_and_its_time_is_seen_and_counted",
        f"{CONNECTIONS}::test_phases_are_those_that_happened_and_add_up_to_the_whole",
    ],
    "T5 the first address dead, the second alive: passed, soon": [
        f"{NETWORK}::test_the_first_of_many_addresses_being_dead_costs_little_and_is_remarked_on",
        f"{NETWORK}::test_a_family_that_is_dead_costs_little",
        f"{RESOLVER}::test_a_family_whose_answer_never_comes_costs_next_to_nothing",
    ],
    "T6 a name that changes its address, to the metadata service for one: judged at each connection, nothing sent": [
        f"{REACH}::test_a_name_that_changes_its_address_from_run_to_run_is_judged_each_time",
        f"{REACH}::test_a_name_is_judged_by_the_address_it_turns_out_to_have",
        f"{REACH}::test_a_redirect_leads_to_no_place_that_could_not_be_asked_directly",
        f"{REACH}::test_an_override_of_a_host_is_no_way_round",
    ],
    "T7 refused: at once, and no timeout": [
        f"{CONNECTING}::test_a_refused_connection_is_known_at_once_and_is_no_timeout",
        f"{RETRIES}::test_a_connection_that_is_refused_is_tried_again_and_then_given_up",
    ],
    "T8 reset in the handshake or in the body: failed, with what had come": [
        f"{CONNECTING}::test_a_connection_reset_before_the_answer_is_the_targets_failure",
        f"{CONNECTING}::test_a_connection_reset_in_the_middle_of_the_body_says_how_much_had_come",
        f"{TLS}::test_a_connection_reset_during_the_handshake_is_no_secure_connection",
        f"{RETRIES}::test_a_post_with_a_key_is_sent_again_as_the_very_same",
        f"{RETRIES}::test_a_target_that_is_never_there_is_told_with_the_last_attempt",
    ],
    "T9 packets that nobody answers: failed when the time for connecting is over, others go on": [
        f"{CONNECTING}::test_a_target_that_swallows_connections_fails_when_the_time_for_connecting_is_over",
        f"{RETRYING}::test_each_attempt_has_a_timeout_and_a_budget_of_its_own",
    ],
    "T10 accepted and never answered: failed at the step's timeout": [
        f"{CONNECTING}::test_a_target_that_accepts_and_never_answers_fails_at_the_steps_timeout",
    ],
    "T11 a certificate that has expired or is not valid yet: refused, with its dates": [
        f"{TLS}::test_an_expired_certificate_is_refused_and_shown_with_its_dates",
        f"{TLS}::test_a_certificate_that_is_not_valid_yet_is_refused",
    ],
    "T12 a certificate of another host, of nobody, of an unknown authority: refused": [
        f"{TLS}::test_a_certificate_for_another_host_is_refused",
        f"{TLS}::test_a_self_signed_certificate_is_refused",
        f"{TLS}::test_a_certificate_of_an_authority_that_is_not_trusted_is_refused_and_its_issuer_shown",
        f"{TLS}::test_verification_knows_the_machines_authorities_only_unless_told_of_others",
        f"{CERTIFICATES}::test_a_step_that_does_not_verify_says_so_with_its_reason",
        f"{CERTIFICATES}::test_authorities_of_ones_own_are_trusted_instead_of_the_machines",
    ],
    "T13 a handshake that stalls, plain text, an alert, old versions, a client certificate asked for: no connection": [
        f"{TLS}::test_a_handshake_that_stalls_ends_with_its_own_limit",
        f"{TLS}::test_plain_http_where_tls_is_expected_says_that_no_tls_is_spoken",
        f"{TLS}::test_an_alert_instead_of_a_handshake_is_no_secure_connection",
        f"{TLS}::test_a_server_that_speaks_only_old_versions_of_tls_is_refused",
        f"{TLS}::test_the_name_that_is_asked_for_goes_along_with_the_handshake",
        f"{TLS}::test_a_server_that_asks_for_a_client_certificate_is_told_as_that",
        f"{CERTIFICATES}::test_without_one_the_server_is_told_to_ask_for_it",
        f"{CERTIFICATES}::test_one_that_the_server_does_not_know_is_refused",
        f"{CERTIFICATES}::test_one_that_has_expired_is_our_own_fault",
    ],
    "T14 a certificate that ends within 14 days: degraded, with the day": [
        f"{CERTIFICATES}::test_a_certificate_that_ends_soon_degrades_and_tells_the_day",
        f"{CERTIFICATES}::test_fourteen_days_are_the_threshold_unless_told_otherwise",
        f"{CERTIFICATES}::test_one_certificate_is_remarked_on_once_in_a_run",
    ],
    "T15 the first byte just in time, or too late": [
        f"{DEADLINES}::test_a_first_byte_just_in_time_passes",
        f"{DEADLINES}::test_a_first_byte_beyond_the_budget_degrades_and_names_the_wait",
        f"{DEADLINES}::test_a_first_byte_too_late_fails",
    ],
    "T16 byte by byte: the whole time counts, not the pauses": [
        f"{DEADLINES}::test_an_answer_that_comes_byte_by_byte_ends_at_the_total_time",
    ],
    "T17 a body that never ends: broken off at the limit, in little memory": [
        f"{SIZES}::test_an_endless_body_is_broken_off_at_the_limit",
        f"{SIZES}::test_a_body_exactly_as_large_as_allowed_is_read",
    ],
    "T18 a gigabyte announced and never sent: a timeout, and no memory": [
        f"{DEADLINES}::test_a_gigabyte_that_is_announced_and_never_sent_is_a_timeout",
    ],
    "T19 headers without end or number: too large": [
        f"{SIZES}::test_an_endless_header_is_broken_off_at_the_limit",
        f"{SIZES}::test_a_hundred_thousand_header_fields_are_refused_by_their_number",
    ],
    "T20 a body that unfolds without measure, nested codings, empty members: broken off": [
        f"{SIZES}::test_a_body_that_unfolds_without_measure_is_broken_off",
        f"{SIZES}::test_a_body_that_is_encoded_more_than_once_is_refused",
        f"{SIZES}::test_ten_codings_in_ten_headers_are_refused",
    ],
    "T21 corrupt, cut, or labelled wrongly: it does not decode": [
        f"{DECODING}::test_a_body_that_is_not_what_its_label_says_is_refused",
        f"{DECODING}::test_whatever_comes_is_decoded_or_refused",
    ],
    "T22 redirects in a loop, too many, elsewhere, downwards, to other schemes, nowhere: refused, no credentials": [
        f"{REDIRECTS}::test_a_loop_of_redirects_ends",
        f"{REDIRECTS}::test_a_redirect_to_nowhere_good_is_refused",
        f"{REDIRECTS}::test_a_redirect_whose_address_is_larger_than_a_header_may_be_is_too_large",
        f"{REDIRECTS}::test_credentials_do_not_follow_a_redirect_to_another_origin",
        f"{REDIRECTS}::test_credentials_do_not_follow_from_a_secure_to_an_open_address",
        f"{REDIRECTS}::test_what_shows_who_asks_does_not_follow_either",
        f"{REDIRECTS}::test_a_header_that_holds_a_secret_does_not_follow_whatever_its_name",
        f"{REDIRECTS}::test_a_body_that_holds_a_secret_is_not_sent_to_another_origin",
        f"{REDIRECTS}::test_a_redirect_is_an_answer_like_any_other_when_none_is_to_be_followed",
    ],
    "T23 no JSON, nothing, a page with status 200: failed, with place and excerpt": [
        f"{ANSWERS}::test_a_body_that_is_no_json_fails_and_says_why",
        f"{BODY}::test_what_is_not_plain_json_is_refused_with_its_place",
        f"{ASSERTION}::test_a_page_with_status_200_is_told_as_a_page_once_however_many_paths_were_asked_for",
        "engine/test_graphql.py::test_what_is_no_answer_of_graphql_fails",
    ],
    "T24 other encodings, marks, NULs, surrogates, escapes: failed or passed, stored and shown safely": [
        f"{ANSWERS}::test_a_byte_order_mark_is_passed_over",
        f"{ANSWERS}::test_a_body_with_escapes_for_terminals_is_kept_harmless",
        f"{BODY}::test_a_charset_is_believed_only_if_it_is_one_for_text",
        "engine/test_scrubbing.py::test_what_cannot_be_stored_is_replaced_and_what_is_endless_is_cut",
        "hostile/test_pages.py::test_the_page_of_a_run_is_made_of_the_same_with_a_step_for_every_string",
    ],
    "T25 NaN, keys given twice, numbers beyond all measure: refused": [
        f"{ANSWERS}::test_a_body_that_is_no_json_fails_and_says_why",
        f"{BODY}::test_nothing_that_looks_like_json_makes_the_reader_raise",
    ],
    "T26 JSON a million levels deep: refused": [
        f"{ANSWERS}::test_a_body_that_is_no_json_fails_and_says_why",
        f"{BODY}::test_what_is_not_plain_json_is_refused_with_its_place",
    ],
    "T27 chunks that are none, or are a hundred thousand": [
        f"{PROTOCOL}::test_chunks_that_are_none_are_a_failure_of_protocol",
        f"{PROTOCOL}::test_a_hundred_thousand_chunks_of_one_byte_are_read_without_a_fuss",
        f"{PROTOCOL}::test_an_endless_extension_of_a_chunk_ends_with_the_time",
        f"{PROTOCOL}::test_trailers_are_not_taken_for_headers",
    ],
    "T28 HTTP/1.0 without a length: the body ends with the connection": [
        f"{PROTOCOL}::test_a_body_without_a_length_ends_with_the_connection",
    ],
    "T29 a body where none may be, a flood of interim answers: ignored, refused, nothing poisoned": [
        f"{PROTOCOL}::test_a_body_where_none_may_be_is_ignored_and_poisons_nothing",
        f"{PROTOCOL}::test_interim_answers_are_passed_over",
        f"{PROTOCOL}::test_a_flood_of_interim_answers_is_refused",
        f"{PROTOCOL}::test_headers_of_an_interim_answer_are_not_those_of_the_answer",
    ],
    "T30 lengths that are wrong or contradict each other: refused, the connection is closed": [
        f"{PROTOCOL}::test_a_length_that_contradicts_itself_is_refused",
        f"{PROTOCOL}::test_a_body_shorter_than_its_length_is_refused",
        f"{PROTOCOL}::test_what_comes_beyond_the_length_is_ignored_and_the_connection_is_not_used_again",
    ],
    "T31 closed before the answer, or between steps: a GET once more, a POST never, unless `retry` says so": [
        f"{CONNECTIONS}::test_what_only_reads_is_sent_once_more_over_a_new_connection_and_that_is_shown",
        f"{CONNECTIONS}::test_what_changes_things_is_never_sent_twice",
        f"{CONNECTIONS}::test_a_new_connection_that_is_closed_without_an_answer_is_not_tried_again",
        f"{CONNECTIONS}::test_a_connection_closed_between_steps_is_nobodys_failure",
        f"{PROTOCOL}::test_a_server_that_closes_its_half_after_the_answer_has_answered",
        f"{RETRIES}::test_a_post_with_a_key_is_sent_again_as_the_very_same",
    ],
    "T32 an answer before the request is sent: it is the answer": [
        f"{PROTOCOL}::test_an_answer_that_comes_before_the_request_is_sent_is_the_answer",
        f"{DEADLINES}::test_a_target_that_does_not_read_the_request_holds_nobody_up",
    ],
    "T33 what is no HTTP, or of no version or status that there is: failed": [
        f"{PROTOCOL}::test_what_is_no_answer_is_a_failure_of_protocol",
        f"{PROTOCOL}::test_an_empty_reason_is_fine",
    ],
    "T34 401 in the middle of a run: failed, or renewed once and degraded; the token is never shown": [
        f"{ANSWERS}::test_a_rejection_is_told_as_the_credentials_and_never_shows_them",
        f"{ANSWERS}::test_a_token_rejected_early_is_renewed_once_and_degrades",
        f"{AUTH}::test_a_new_token_that_is_rejected_too_fails_without_another_renewal",
        f"{RETRYING}::test_a_rejected_token_is_renewed_once_and_no_attempt_is_spent_on_it",
        f"{RETRYING}::test_a_renewal_that_is_part_of_the_step_happens_once",
    ],
    "T35 429: failed, told as throttled with its Retry-After, and not hammered": [
        f"{ANSWERS}::test_a_target_that_throttles_fails_by_its_status_and_is_not_asked_again",
        f"{ASSERTION}::test_a_status_is_told_with_what_it_says_of_waiting",
        f"{RETRYING}::test_what_a_retry_after_asks_for",
        f"{RETRYING}::test_a_target_that_asks_to_wait_is_waited_for_as_far_as_the_run_has_time",
        f"{RETRIES}::test_a_target_that_throttles_is_never_asked_before_it_wishes",
    ],
    "T36 503 with Retry-After: failed": [
        f"{ANSWERS}::test_maintenance_with_a_retry_after_is_a_failure_of_status",
        f"{RETRYING}::test_a_target_in_maintenance_is_not_asked_again_before_its_time",
    ],
    "T37 a captured value that is missing, null, a list, immense, or holds a line end: failed, nothing is injected": [
        f"{ANSWERS}::test_a_value_that_is_not_there_cannot_be_captured",
        f"{ANSWERS}::test_a_captured_value_that_does_not_fit_into_an_address_is_not_sent",
        f"{ANSWERS}::test_a_captured_line_end_never_begins_another_header",
        f"{ANSWERS}::test_an_immense_value_is_not_captured",
        f"{RENDER}::test_no_captured_text_changes_where_a_request_goes",
        "engine/test_content.py::test_a_captured_line_end_never_begins_another_header_of_a_part",
    ],
    "T38 a flood of cookies, immense ones, those of others: passed, kept within limits, forgotten with the run": [
        f"{COOKIES}::test_a_flood_of_cookies_is_kept_within_limits",
        f"{COOKIES}::test_a_cookie_that_does_not_belong_there_is_not_sent",
        f"{COOKIES}::test_the_next_run_begins_without_cookies",
        f"{COOKIES}::test_probes_share_no_cookie_also_when_their_runs_go_on_at_the_same_time",
        f"{ASSERTION}::test_cookies_are_those_that_the_step_was_given_and_their_values_are_not_shown",
    ],
    "T39 the largest answer, the worst pattern: judged in time": [
        f"{ASSERTION}::test_a_pattern_that_would_backtrack_for_ever_is_answered_at_once",
        f"{ASSERTION}::test_the_largest_answer_that_is_judged_holds_nobody_up",
        "engine/test_bounded_judging.py::test_an_array_of_ten_megabytes_is_not_held_against_a_schema_at_all",
        "engine/test_bounded_judging.py::test_the_worst_pattern_over_the_longest_text_fails_in_time",
        "engine/test_bounded_judging.py::test_of_a_large_value_that_breaks_a_rule_everywhere_the_first_place_is_told",
        "engine/test_bounded_judging.py::test_a_schema_that_branches_at_each_level_of_a_deep_answer_holds_nobody_up",
        "engine/test_xml.py::test_an_xpath_that_goes_over_everything_for_everything_is_not_followed",
    ],
    "T40 a latency exactly at its budget: within it": [
        f"{WALK}::test_a_latency_budget_is_inclusive",
        "engine/test_timing.py::test_at_the_budget_nothing_is_too_slow",
        "engine/test_budgets.py::test_slower_is_degraded_and_slower_still_has_failed",
        "engine/test_budgets.py::test_a_run_at_its_budget_is_within_it",
    ],
    "T41 a clock that is wrong, an answer out of a cache: passed, the cache is told": [
        f"{CACHES}::test_a_cached_answer_passes_and_is_marked",
        f"{CACHES}::test_a_target_whose_clock_is_wrong_passes",
    ],
    "T42 IPv6 alone, zones, names beyond ASCII: reached, refused, shown as what they are, bounded": [
        f"{NETWORK}::test_a_target_of_ipv6_alone_is_reached",
        f"{NETWORK}::test_an_address_with_a_zone_is_link_local_and_not_reached_unasked",
        f"{NETWORK}::test_a_name_that_looks_like_another_is_shown_as_what_it_is",
        f"{NETWORK}::test_a_name_that_is_none_is_told_briefly_and_at_once",
    ],
}

OPEN = {
    "T36": "no answer is taken for announced maintenance: windows and silences say that",
}


def test_every_row_is_held_by_tests_that_are_there_or_is_open() -> None:
    held = {row.split(" ", 1)[0] for row in ROWS}
    assert [f"T{number}" for number in range(1, 43)] == sorted(held | OPEN.keys(), key=lambda row: int(row[1:]))
    assert [] == lost(ROWS)
