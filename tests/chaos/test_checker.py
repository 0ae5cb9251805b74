"""The checker of the chaos finds what it is there to find: each kind of harm is done to a database by hand."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from tests.chaos.checker import Bounds, Findings, check
from tests.chaos.outside import Heard, Outage, Run
from tests.store.values import run

BOUNDS = Bounds(page=20.0, resolve=30.0)
NOW = 1_000_000.0


def message(occasion: str, probe: str = "shop", at: float = NOW - 100, **more: object) -> Heard:
    said = {
        "occasion": occasion,
        "probe": probe,
        "track": "down",
        "severity": "page",
        "began_at": "1970-01-12T13:45:00+00:00",  # NOW - 100
        "incident": "i",
        "generation": 1,
        "id": "n",
    }
    return Heard(at, {**said, **more})


@pytest.fixture
def kept(postgres_empty: str) -> tuple[str, set[Run]]:
    """The address of a database with two runs, and their keys."""
    upgrade(postgres_empty)
    store = open_store(postgres_empty)
    results = [run(0, probe="shop"), run(1, probe="shop")]
    store.keep(results)
    store.close()
    keys = {
        (one.key.probe, one.key.region, round(one.key.slot.timestamp() * 1000), one.key.kind.value, one.key.n)
        for one in results
    }
    return postgres_empty.replace("+psycopg", ""), keys


Look = Callable[..., Findings]


@pytest.fixture
def look(kept: tuple[str, set[Run]]) -> Look:
    def looked(outages: list[Outage], heard: list[Heard], acknowledged: set[Run] | None = None) -> Findings:
        return check(kept[0], kept[1] if acknowledged is None else acknowledged, outages, heard, BOUNDS, NOW)

    return looked


def test_all_is_well_when_what_was_acknowledged_is_kept_and_what_broke_was_paged_and_resolved(look: Look) -> None:
    outages = [Outage("shop", NOW - 101, NOW - 60)]
    assert [] == look(outages, [message("trigger"), message("resolve", at=NOW - 50)]).problems


def test_an_acknowledged_result_that_is_not_kept_is_found(look: Look, kept: tuple[str, set[Run]]) -> None:
    found = look([], [], kept[1] | {("shop", "local", 5, "scheduled", 0)})
    assert "1 acknowledged results are lost" in found.problems[0]


def test_a_slot_that_is_both_kept_and_missed_is_found(look: Look, kept: tuple[str, set[Run]]) -> None:
    with psycopg.connect(kept[0]) as connection:
        connection.execute("INSERT INTO missed SELECT probe, region, slot, 'no_result' FROM runs LIMIT 1")
    assert ["1 slots are both kept and missed"] == look([], []).problems


def test_a_page_without_an_outage_is_found(look: Look) -> None:
    found = look([Outage("shop", NOW - 50, NOW - 40)], [message("trigger"), message("resolve")])
    assert "when its shop was well" in found.problems[0]


def test_one_incident_that_was_paged_twice_is_found(look: Look) -> None:
    heard = [message("trigger"), message("trigger", id="m"), message("resolve")]
    assert "was paged as ['m', 'n']" in look([Outage("shop", NOW - 101, NOW - 60)], heard).problems[0]


def test_the_same_message_sent_twice_is_no_second_page(look: Look) -> None:
    heard = [message("trigger"), message("trigger"), message("resolve")]
    assert [] == look([Outage("shop", NOW - 101, NOW - 60)], heard).problems


def test_an_outage_that_lasts_and_was_not_paged_is_found(look: Look) -> None:
    assert "nobody was paged" in look([Outage("shop", NOW - 100)], []).problems[0]
    assert [] == look([Outage("shop", NOW - 10)], []).problems


def test_a_page_that_was_never_resolved_is_found(look: Look) -> None:
    found = look([Outage("shop", NOW - 101, NOW - 60)], [message("trigger")])
    assert ["shop is up again, and its page was never resolved"] == found.problems
