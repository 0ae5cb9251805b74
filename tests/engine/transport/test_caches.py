"""Answers that a cache gave, and clocks of targets that are wrong: passed, and the former is told."""

from __future__ import annotations

import httpx
import pytest

from synthmon.engine.client import from_cache
from synthmon.model.run import Outcome
from tests.engine.transport.raw import answer, saying
from tests.engine.transport.visit import visit

pytestmark = pytest.mark.usefixtures("either_way")


@pytest.mark.parametrize(
    ("header", "cached"),
    [
        ("Age: 120", True),
        ("Age: 0", False),
        ("Age: 00", False),
        ("Age: -1", False),
        ("Age: soon", False),
        ("Age: ٣", False),
        ("Cache-Status: edge; hit", True),
        ("Cache-Status: edge; fwd=miss, origin; hit; ttl=30", True),
        ("Cache-Status: edge; fwd=uri-miss", False),
        ("X-Cache: HIT", True),
        ("X-Cache: Hit from cloudfront", True),
        ("X-Cache: MISS, HIT", True),
        ("X-Cache: MISS", False),
        ("X-Other: hit", False),
    ],
)
def test_what_a_cache_says_of_itself_is_understood(header: str, cached: bool) -> None:
    name, _, value = header.partition(": ")
    assert from_cache(httpx.Response(200, headers=[(name.encode(), value.encode())])) is cached


def test_a_cached_answer_passes_and_is_marked() -> None:
    seen = visit(saying(answer(b"{}", "Age: 86400", "Date: Mon, 23 Nov 2026 08:00:00 GMT")))
    assert (seen.outcome, seen.exchanges[0].cached) == (Outcome.PASSED, True)


@pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 GMT", "Tue, 19 Jan 2038 03:14:08 GMT", "yesterday", ""])
def test_a_target_whose_clock_is_wrong_passes(date: str) -> None:
    seen = visit(saying(answer(b"{}", f"Date: {date}")))
    assert (seen.outcome, seen.exchanges[0].cached) == (Outcome.PASSED, False)
