"""Documents of runs as they are kept: small, read back whole, and one that is broken keeps nobody back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from synthmon.errors import MalformedDocument, StoreError
from synthmon.model.incident import Decision
from synthmon.model.run import Outcome, RunResult
from synthmon.store.document import Dictionaries
from synthmon.store.sql import SqlStore
from tests.store.conftest import Ask, Opener
from tests.store.values import DAY, MIDNIGHT, run


def test_runs_of_one_version_of_a_probe_share_a_dictionary_over_restarts(open_sql: Opener, ask: Ask) -> None:
    for number in range(3):
        store = open_sql()
        store.keep([run(number)])
        store.close()
    assert [1, 1, 1] == ask("SELECT dictionary FROM runs")
    assert ["a" * 64] == ask("SELECT probe_hash FROM dictionaries")


def test_another_version_of_the_probe_has_a_dictionary_of_its_own(sql: SqlStore, ask: Ask) -> None:
    changed = replace(run(60), probe_hash="b" * 64)
    sql.keep([run(0), changed])
    assert [1, 2] == ask("SELECT dictionary FROM runs ORDER BY slot")
    assert [run(0), changed] == list(sql.runs(MIDNIGHT, MIDNIGHT + DAY))


def test_a_dictionary_is_made_from_a_good_run_only(sql: SqlStore, ask: Ask) -> None:
    failed, good, again = run(0, outcome=Outcome.FAILED), run(60), run(120, outcome=Outcome.FAILED)
    for result in (failed, good, again):
        sql.keep([result])
    assert [0, 1, 1] == ask("SELECT dictionary FROM runs ORDER BY slot")
    assert [failed, good, again] == list(sql.runs(MIDNIGHT, MIDNIGHT + DAY))


def test_a_dictionary_makes_documents_several_times_smaller(sql: SqlStore, ask: Ask) -> None:
    sql.keep([replace(run(0), probe_hash=""), run(60)])
    alone, shared = ask("SELECT length(document) FROM runs ORDER BY slot")
    assert isinstance(alone, int)
    assert isinstance(shared, int)
    assert alone > 3 * shared


@pytest.mark.parametrize("values", [90, 200])  # longer than a window, and than what a sample may have
def test_a_run_longer_than_the_window_is_read_back_whole(sql: SqlStore, values: int) -> None:
    template, captured = run(0), {str(n): f"value {n}" * 20 for n in range(values)}
    long = replace(template, steps=tuple(replace(step, captured=captured) for step in template.steps))
    other = replace(long, key=run(60).key)
    sql.keep([long])
    sql.keep([other])
    assert [long, other] == list(sql.runs(MIDNIGHT, MIDNIGHT + DAY))


def test_a_run_that_is_built_as_the_first_good_one_is_kept_as_its_figures(sql: SqlStore, ask: Ask) -> None:
    alike, otherwise = run(60), run(120, outcome=Outcome.FAILED)
    sql.keep([run(0), alike, otherwise])
    few, some = ask("SELECT length(document) FROM runs WHERE arrival > 1 ORDER BY slot")
    assert isinstance(few, int)
    assert isinstance(some, int)
    assert few < some
    assert [run(0), alike, otherwise] == list(sql.runs(MIDNIGHT, MIDNIGHT + DAY))


@pytest.mark.parametrize(
    ("damaged", "what"),
    [
        (lambda content: content + b" ", "the document is damaged, or of another sample"),
        (lambda _: b"{}", "its sample 1 cannot be read"),
        (lambda _: "a text", "its dictionary 1 is damaged"),
    ],
)
def test_a_run_whose_sample_is_damaged_says_so(damaged: Callable[[bytes], Any], what: str) -> None:
    made: dict[str, tuple[int, bytes]] = {}

    def make(samples: Mapping[str, bytes]) -> Mapping[str, tuple[int, bytes]]:
        made.update({hashed: (1, content) for hashed, content in samples.items()})
        return made

    documents = Dictionaries(lambda _: {}, make, lambda _: None)
    documents.prepare([run(0)])
    ((_, content),) = made.values()
    elsewhere = Dictionaries(lambda _: {}, lambda _: {}, lambda _: damaged(content))
    with pytest.raises(MalformedDocument, match=what):
        elsewhere.unpack(*documents.pack(run(60)))


def test_a_sample_that_is_damaged_keeps_no_new_run_from_being_kept() -> None:
    damaged: dict[str, tuple[int, Any]] = {run(0).probe_hash: (1, "a text")}
    documents = Dictionaries(lambda _: damaged, lambda _: damaged, lambda _: None)
    documents.prepare([run(0)])
    assert documents.unpack(*documents.pack(run(0))) == run(0)


@pytest.fixture
def with_a_broken_run(open_sql: Opener, ask: Ask) -> SqlStore:
    """Three runs, the document of the second of which is damaged."""
    store = open_sql()
    store.keep([run(0), run(60), run(120)])
    store.close()
    ask("UPDATE runs SET document = '' WHERE arrival = 2")
    return open_sql()


def _good() -> list[RunResult]:
    return [run(0), run(120)]


def test_a_run_that_cannot_be_read_keeps_no_other_back(with_a_broken_run: SqlStore) -> None:
    store = with_a_broken_run
    assert _good() == list(store.runs(MIDNIGHT, MIDNIGHT + DAY))
    assert 3 == len(store.run_rows())


def test_a_run_that_cannot_be_read_does_not_stop_the_judge(with_a_broken_run: SqlStore) -> None:
    store = with_a_broken_run
    gathered = store.gather()
    assert tuple(_good()) == gathered.runs
    store.apply(Decision(gathered.watermark))
    assert () == store.gather().runs


def test_asking_for_a_run_that_cannot_be_read_says_so(with_a_broken_run: SqlStore) -> None:
    with pytest.raises(StoreError, match="what is kept cannot be read"):
        with_a_broken_run.run(run(60).id)


def test_a_run_whose_dictionary_is_gone_says_so(open_sql: Opener, ask: Ask) -> None:
    store = open_sql()
    store.keep([run(0)])
    store.close()
    ask("DELETE FROM dictionaries")
    with pytest.raises(StoreError, match="its dictionary 1 is not kept"):
        open_sql().run(run(0).id)


def test_text_that_no_database_takes_is_kept_in_the_document_and_made_visible_in_the_row(sql: SqlStore) -> None:
    template = run(0, outcome=Outcome.FAILED)
    hostile = replace(template, failures=(replace(template.failures[0], message="NUL \0 half \ud800 e\u0301"),))
    sql.keep([hostile])
    assert hostile == sql.run(hostile.id)
    assert ["NUL \ufffd half \ufffd e\u0301"] == [row.message for row in sql.run_rows()]
