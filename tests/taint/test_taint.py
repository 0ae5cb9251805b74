"""No secret comes out anywhere, whatever a target does; and the search would find it if one did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest

from synthmon.engine import context
from synthmon.model.secret import Scrubber, Secret
from tests.taint.day import Day
from tests.taint.search import Search, forms
from tests.taint.shapes import SHAPES, made
from tests.taint.target import FAULTS


def test_no_secret_comes_out_anywhere_in_a_day_of_faults(tmp_path: Path) -> None:
    """The whole of it, with 200 secrets and a run every five minutes for a day, is `make taint`."""
    day = Day(tmp_path, secrets=40, slots=40)
    assert Search(day.secrets).hits(day.outputs()) == []
    assert day.runs == 160
    assert len(FAULTS) == 10


def test_a_planted_leak_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(Scrubber):
        """Knows everything but what looks like a number."""

        def __init__(self, secrets: Iterable[Secret]) -> None:
            super().__init__(one for one in secrets if "numbers" not in one.name)

    monkeypatch.setattr(context, "Scrubber", Forgetful)
    day = Day(tmp_path, secrets=10, slots=12)
    hits = Search(day.secrets).hits(day.outputs())
    assert {hit.split(" as ")[0] for hit in hits} == {name for name in day.secrets if "numbers" in name}
    places = " ".join(hits)
    for where in ("the JSON of", "the kept run", "the page /runs/", "the spool", "what is printed"):
        assert where in places, where


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_search_finds_every_form_of_every_shape(shape: Callable[[Random], str]) -> None:
    number = SHAPES.index(shape)
    secrets = {name: value for name, value in made(10, Random(3)).items() if name.endswith(str(number))}
    search = Search(secrets)
    for name, value in secrets.items():
        for encoding, form in forms(value):
            assert any(f"{name} as " in hit for hit in search.hits([("a file", b"before" + form + b"after")])), encoding
        assert search.hits([("a file", str(Secret(name, value)).encode())]) == []
