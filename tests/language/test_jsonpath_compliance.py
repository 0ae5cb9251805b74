"""JSON paths held against the compliance suite of RFC 9535; where it comes from stands beside it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from synthmon.language.jsonpath import compile_path

FOLDER = Path(__file__).parents[1] / "data" / "jsonpath"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "cts.json").read_text(encoding="utf-8"))["tests"]
TO_REFUSE = [case for case in CASES if case.get("invalid_selector")]
TO_FOLLOW = [case for case in CASES if not case.get("invalid_selector")]

KNOWN_FAILURES: dict[str, str] = {}  # name of a case: why it cannot be met


def _differences(case: dict[str, Any]) -> str | None:
    """What is found in place of every nodelist the suite accepts; None where one of them is found."""
    nodes = compile_path(case["selector"]).find(case["document"])
    found = [(node.path, json.dumps(node.value)) for node in nodes]
    accepted = zip(
        case.get("results_paths") or [case["result_paths"]], case.get("results") or [case["result"]], strict=True
    )
    for paths, values in accepted:
        if found == list(zip(paths, map(json.dumps, values), strict=True)):
            return None
    return f"{case['selector']}: found {found}"


def _refusal(selector: str) -> str:
    try:
        return f"accepted: {compile_path(selector).text}"
    except ValueError as error:
        return str(error)


def test_every_path_of_the_suite_finds_its_nodes_with_their_normalised_paths() -> None:
    broken = {case["name"]: said for case in TO_FOLLOW if (said := _differences(case))}
    assert set(KNOWN_FAILURES) == set(broken), broken


def test_every_path_that_the_suite_calls_invalid_is_refused_with_a_reason() -> None:
    said = {case["name"]: _refusal(case["selector"]) for case in TO_REFUSE}
    assert [] == [name for name, words in said.items() if not words.startswith(("not a JSONPath", "a JSONPath begins"))]


def test_a_path_that_the_suite_calls_ambiguous_or_many_is_never_taken_for_singular() -> None:
    for case in TO_FOLLOW:
        path = compile_path(case["selector"])
        if path.singular:
            assert len(path.find(case["document"])) <= 1, case["selector"]


def test_the_suite_is_whole_and_as_it_was_copied() -> None:
    digest = sha256((FOLDER / "cts.json").read_bytes()).hexdigest()
    assert digest in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert (703, 456, 247) == (len(CASES), len(TO_FOLLOW), len(TO_REFUSE))


@pytest.mark.parametrize("case", TO_FOLLOW[:1], ids=lambda case: str(case["name"]))
def test_the_comparison_itself_tells_a_wrong_node_from_a_right_one(case: dict[str, Any]) -> None:
    assert _differences(case) is None
    assert _differences({**case, "result": ["something else"]}) is not None
    assert _differences({**case, "result_paths": ["$[1]"]}) is not None
