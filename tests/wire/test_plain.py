"""The quick reader of kept documents reads what the careful one does, or leaves it to that."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import RunResult
from tests.depth import times
from tests.wire import strategies
from tests.wire.test_run import FAILED

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -3, 2**60, 2**70, 0.5, 1.5e-7, 2.0, 1e300, float("nan"), float("inf"), "", "x", "1"),
    *(
        "passed",
        "scheduled",
        "2026-11-23T08:14:11Z",
        "2026-11-23T08:14:11.250+01:00",
        "2026-11-23T08:14:11.250Z",
        "\ud800",
    ),
    *([], [1], [["a", "b"]], [["a"]], {}, {"a": "b"}, [None] * 10, [1] * 10, [0.5] * 10, [1, 2], [{}]),
)


def sent(result: RunResult) -> Any:
    return wire.loads(wire.dumps(wire.to_kept_json(result)))


def both(document: Any) -> tuple[RunResult | None, RunResult | str]:
    try:
        careful: RunResult | str = wire.from_json(document)
    except MalformedDocument as error:
        careful = str(error)
    return wire.plain_from_json(document), careful


@settings(max_examples=times(10), deadline=None)
@given(strategies.runs)
def test_what_synthmon_wrote_is_plain_but_for_half_characters(result: RunResult) -> None:
    document = sent(result)
    halves = re.search("[\ud800-\udfff]", json.dumps(document, ensure_ascii=False))
    plain, careful = both(document)
    assert result == careful
    assert result == plain or (plain is None and halves)
    assert result == wire.from_text(wire.dumps(document))


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in items for place in ((value, key), *places(one))]


@settings(max_examples=times(15), deadline=None)
@given(strategies.runs, st.integers(0, 2**32))
def test_what_somebody_changed_reads_the_same_or_is_left_to_the_careful_reader(result: RunResult, seed: int) -> None:
    chance, whole = Random(seed), sent(result)
    for _ in range(15):
        document = deepcopy(whole)
        holder, key = chance.choice(places(document))
        if isinstance(holder, dict) and chance.random() < 0.2:
            holder[chance.choice(("id", "new", "flaky", "reason", "message", "attempt", "failures"))] = chance.choice(
                ODD
            )
        elif isinstance(holder, dict) and chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = chance.choice(ODD)
        plain, careful = both(document)
        if plain is not None:
            assert plain == careful
            assert plain == wire.from_json(wire.loads(wire.dumps(document)))  # what is kept is what was read
            assert plain == wire.from_json(wire.loads(wire.dumps(wire.to_kept_json(plain))))  # and is no finer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flaky", 1),
        ("flaky", 1.0),
        ("format", 2.0),
        ("started_at", "9999-12-31T23:59:59.999-23:59"),
        ("slot", "0001-01-01T00:00:00.000+23:59"),
        ("probe", "half a pair \ud800"),
    ],
)
def test_what_only_looks_like_a_value_is_refused_in_the_words_of_the_careful_reader(name: str, value: Any) -> None:
    document = sent(FAILED) | {name: value}
    plain, careful = both(document)
    assert plain is None
    assert isinstance(careful, str)
    assert name in careful
    with pytest.raises(MalformedDocument, match=name):
        wire.from_text(wire.dumps(document))


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b'{"format":2}', b'{"format":2', b"\xff", b'{"format":3}', wire.dumps(wire.to_json(FAILED))],
)
def test_a_text_that_is_not_plain_is_read_or_refused_as_ever(text: bytes) -> None:
    def outcome(read: Any) -> Any:
        try:
            return read()
        except MalformedDocument as error:
            return str(error)

    assert outcome(lambda: wire.from_json(wire.loads(text))) == outcome(lambda: wire.from_text(text))


def test_of_two_fields_of_one_name_both_readers_take_the_last() -> None:
    text = wire.dumps(wire.to_kept_json(FAILED)).replace(b'"n":0', b'"n":0,"n":7')
    assert 7 == wire.from_text(text).key.n == wire.from_json(wire.loads(text)).key.n


def delivery(*documents: Any, **more: Any) -> bytes:
    records = [{"seq": number, "run": one} for number, one in enumerate(documents, 1)]
    return wire.dumps({"format": 1, "spool": "s1", "after": 0, "records": records} | more)


@settings(max_examples=times(10), deadline=None)
@given(strategies.runs, strategies.runs)
def test_what_an_agent_delivers_is_read_at_once_or_piece_by_piece_to_the_same_results(
    one: RunResult, other: RunResult
) -> None:
    text = delivery(sent(one), sent(other))
    read, careful = wire.delivery_from_text(text), wire.loads(text)
    runs = [wire.plain_from_json(record["run"]) for record in careful["records"]]
    if read is None:
        assert None in runs or re.search("[\ud800-\udfff]", json.dumps(careful, ensure_ascii=False))
    else:
        assert runs == [record["run"] for record in read["records"]]
        assert careful == read | {"records": careful["records"]}


@pytest.mark.parametrize(
    "text",
    [
        *(
            b"",
            b"[]",
            b"{",
            b"null",
            b"\xff",
            b'{"spool":"s1"}',
            delivery(None),
            delivery(7),
            delivery(sent(FAILED), {}),
        ),
        *(delivery(spool=1), delivery(after="x"), delivery(records=None), delivery(more=True), b"[" * 100_000),
        *(delivery(sent(FAILED) | {"duration": 1e-9}), delivery(sent(FAILED) | {"slot": "0001-01-01T00:00:00+23:59"})),
    ],
    ids=range(16),
)
def test_of_what_is_not_as_plain_nothing_is_said(text: bytes) -> None:
    assert wire.delivery_from_text(text) is None


def test_a_delivery_of_one_that_failed_is_plain() -> None:
    read = wire.delivery_from_text(delivery(sent(FAILED)))
    assert [{"seq": 1, "run": FAILED}] == read["records"]
