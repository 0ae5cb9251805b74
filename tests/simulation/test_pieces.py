"""A stream that is shared out, or stopped and taken up again, comes to the same as one that is not."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.simulation import pieces


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "RUNS", 60)
    monkeypatch.setattr(pieces, "OUTAGES", 2)


@pytest.fixture
def pool() -> Executor:
    return ThreadPoolExecutor(1)


def test_a_longer_stream_begins_with_a_shorter_one() -> None:
    assert pieces.flakes(0.1, 120) == pieces.flakes(0.1, 180)[:2]


def test_what_was_judged_before_a_stop_is_not_judged_again(
    tmp_path: Path, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [*pieces.flakes(0.2, 120), *pieces.outages(0.2, 4)]
    keep, whole = tmp_path / "kept.jsonl", pieces.work_off(some, pool, None)
    pieces.work_off(some[:3], pool, keep)
    keep.write_text(keep.read_text() + '\n{"judge": "cut off')
    anew: list[pieces.Piece] = []
    before = pieces.lay

    def lay(piece: pieces.Piece) -> pieces.Result:
        anew.append(piece)
        return before(piece)

    monkeypatch.setattr(pieces, "lay", lay)

    assert whole == pieces.work_off(some, pool, keep)
    assert some[3:] == anew


def test_what_another_judge_came_to_does_not_count(
    tmp_path: Path, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, keep = pieces.flakes(0.2, 60), tmp_path / "kept.jsonl"
    first = pieces.work_off(some, pool, keep)
    keep.write_text(keep.read_text().replace('"pages": 0', '"pages": 1').replace('"runs": ', '"runs": 1'))
    monkeypatch.setattr(pieces, "judge_digest", lambda: "another one")

    assert first == pieces.work_off(some, pool, keep)
