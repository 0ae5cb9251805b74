"""A misspelt key is an error wherever it stands, never an assertion or a method that is silently not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import Problem
from tests.probefile.installation import DATA, INSTALLATION

GOOD = DATA / "good"
Path_ = tuple[str | int, ...]

# Mappings whose keys are names that the author chooses, or JSON Schema's own: anything may stand there.
FREE = {"vars", "headers", "json", "form", "params", "capture", "auth", "cookies", "regions", "multipart", "schema"}


def _problems(document: object) -> tuple[Problem, ...]:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return parse_probe(text.encode(), "shop.yaml", INSTALLATION, SchemaShelf(GOOD))[1]


def _mappings(value: object, path: Path_ = ()) -> Iterator[Path_]:
    """Every mapping of the format itself; what an author names or a body holds is left out."""
    if isinstance(value, dict):
        if not (path and path[-1] in FREE):
            yield path
        for key, inner in value.items():
            if not (path and path[-1] in {"json", "form", "params", "headers", "vars", "schema"}):
                yield from _mappings(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _mappings(inner, (*path, index))


def _document(name: str) -> Any:
    return yaml.safe_load((GOOD / name).read_text())


PLACES = [(name, place) for name in ("login.yaml", "partner.yaml") for place in _mappings(_document(name))]


@pytest.mark.parametrize(("name", "place"), PLACES, ids=lambda value: "-".join(map(str, value)) or "top")
def test_a_key_that_nobody_knows_is_refused_wherever_it_stands(name: str, place: Path_) -> None:
    """Guards against tools that skip keys they do not know, so that a misspelt assertion asserts nothing."""
    document = _document(name)
    target = document
    for part in place:
        target = target[part]
    target["stauts_quo"] = 418
    errors = [problem for problem in _problems(document) if problem.is_error]
    assert errors
    assert any("stauts_quo" in problem.message for problem in errors)


@pytest.mark.parametrize(
    ("step", "meant"),
    [
        ({"id": "a", "request": "GET /x", "expect": {"stauts": 418}}, "status"),
        ({"id": "a", "request": {"metod": "POST", "url": "/x"}}, "method"),
        ({"id": "a", "request": "GET /x", "expct": {"status": 200}}, "expect"),
        ({"id": "a", "request": "GET /x", "latency_bugdet": "1s"}, "latency_budget"),
    ],
)
def test_a_slip_of_the_finger_is_told_with_what_was_meant(step: dict[str, Any], meant: str) -> None:
    """`stauts: 418` passes in Step CI (#253), and `"metod": "POST"` is sent as a GET by newman."""
    head = {"synthmon": 1, "name": "shop", "interval": "1m", "base_url": "https://shop.example.com"}
    errors = [problem for problem in _problems({**head, "steps": [step]}) if problem.is_error]
    assert [problem.code for problem in errors] == ["unknown-key"]
    assert meant in (errors[0].help or "")
