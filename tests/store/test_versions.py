"""What every store promises about versions of probes and small facts with a name."""

from __future__ import annotations

from dataclasses import replace

from synthmon.model.timing import Cron
from synthmon.store.interface import Store
from tests.store.values import at, version


def test_what_is_loaded_first_is_in_force_from_then_on(store: Store) -> None:
    store.record_versions([version(), version("login")], at(0))
    assert [version(), version("login")] == store.versions()


def test_loading_the_same_again_changes_nothing(store: Store) -> None:
    store.record_versions([version()], at(0))
    store.record_versions([replace(version(), since=at(500))], at(60))
    assert [version()] == store.versions()


def test_a_changed_probe_ends_one_version_and_begins_another(store: Store) -> None:
    store.record_versions([version()], at(0))
    store.record_versions([version(content="two")], at(60))
    assert [
        replace(version(), until=at(60)),
        replace(version(content="two"), since=at(60)),
    ] == store.versions()


def test_a_changed_interval_of_the_defaults_is_a_new_version_too(store: Store) -> None:
    store.record_versions([version()], at(0))
    store.record_versions([version(interval=30)], at(60))
    assert [60, 30] == [kept.interval for kept in store.versions()]


def test_a_probe_that_vanished_is_closed_as_removed(store: Store) -> None:
    store.record_versions([version(), version("login")], at(0))
    store.record_versions([version("login")], at(60))
    assert [replace(version(), until=at(60), removed=True), version("login")] == store.versions()


def test_a_probe_that_comes_back_has_a_gap(store: Store) -> None:
    store.record_versions([version()], at(0))
    store.record_versions([], at(60))
    store.record_versions([version()], at(120))
    assert [(at(0), at(60)), (at(120), None)] == [(kept.since, kept.until) for kept in store.versions()]


def test_those_in_force_at_some_instant_of_a_period_are_found(store: Store) -> None:
    store.record_versions([version()], at(0))
    store.record_versions([version(content="two")], at(60))
    store.record_versions([version(content="three")], at(120))
    assert ["one", "two"] == [kept.content_hash for kept in store.versions(at(0), at(61))]
    assert ["two"] == [kept.content_hash for kept in store.versions(at(60), at(120))]
    assert ["three"] == [kept.content_hash for kept in store.versions(start=at(120))]
    assert ["one"] == [kept.content_hash for kept in store.versions(end=at(60))]


def test_a_version_replaced_in_the_instant_of_its_loading_was_never_in_force(store: Store) -> None:
    store.record_versions([version()], at(0))
    store.record_versions([version(content="two")], at(0))
    assert ["two"] == [kept.content_hash for kept in store.versions()]


def test_a_version_with_a_cron_expression_comes_back_with_it(store: Store) -> None:
    cron = Cron("*/5 8-18 * * 1-5", "Europe/Berlin")
    store.record_versions([replace(version(), cron=cron, interval=cron.shortest)], at(0))

    (kept,) = store.versions()
    assert (kept.cron, kept.timing, kept.interval) == (cron, cron, 300.0)


def test_a_note_is_kept_and_replaced(store: Store) -> None:
    assert {} == store.notes()
    store.note("report.daily", "2026-11-22")
    store.note("report.daily", "2026-11-23")
    store.note("active", "now")
    assert {"report.daily": "2026-11-23", "active": "now"} == store.notes()
