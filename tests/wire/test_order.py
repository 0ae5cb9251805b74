"""Orders and notices come back as they went, and hold nothing that a target or a person would have to fear for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.errors import MalformedDocument
from synthmon.model.order import Notice, Order, What
from synthmon.model.run import Outcome, RunKey, RunKind
from synthmon.wire import dumps, loads, notice_from_json, notice_to_json, order_from_json, order_to_json
from tests.making import NOON, key
from tests.wire.strategies import identifiers, instants, maybe, seconds

orders = st.builds(
    Order,
    key=st.builds(RunKey, identifiers, identifiers, identifiers, instants, st.sampled_from(RunKind), st.integers(0, 3)),
    probe_hash=identifiers,
    until=instants,
    reply_to=st.just("synthmon.replies.test.eu-west.agent-1"),
)
notices = st.builds(
    Notice,
    what=st.sampled_from([What.TAKEN, What.DECLINED, What.ECHO]),
    run_id=identifiers,
    worker=identifiers,
    why=maybe(identifiers),
) | st.builds(
    Notice,
    what=st.just(What.DONE),
    run_id=identifiers,
    worker=identifiers,
    outcome=st.sampled_from(Outcome),
    started_at=instants,
    duration=seconds,
)


@given(orders)
def test_every_order_comes_back_as_it_went(order: Order) -> None:
    assert order == order_from_json(loads(dumps(order_to_json(order))))


@given(notices)
def test_every_notice_comes_back_as_it_went(notice: Notice) -> None:
    assert notice == notice_from_json(loads(dumps(notice_to_json(notice))))


def test_an_order_holds_these_names_and_no_others() -> None:
    order = Order(key(), "0" * 64, NOON, "synthmon.replies.test.local.one")
    assert "environment format kind n probe probe_hash region reply_to slot until" == " ".join(
        sorted(order_to_json(order))
    )
    assert len(json.dumps(order_to_json(order))) < 500


def test_what_is_done_has_an_outcome() -> None:
    with pytest.raises(MalformedDocument, match="outcome"):
        notice_from_json({"format": 1, "what": "done", "run": "x"})
