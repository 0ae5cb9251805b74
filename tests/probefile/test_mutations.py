"""Whatever a file holds, reading it gives a probe or problems with a place: never an exception."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthmon.model.probe import Probe
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import FORMATS, Problem, render
from tests.depth import times
from tests.probefile import fuzz
from tests.probefile.installation import DATA, INSTALLATION

SEEDS = sorted((DATA / "good").glob("*.yaml")) + sorted((DATA / "bad").glob("*.yaml"))
TEXTS = [path.read_text(encoding="utf-8", errors="replace") for path in SEEDS]
LINES = sorted({line for text in TEXTS for line in text.splitlines() if len(line) < 200})
SHELF = SchemaShelf(DATA / "bad")
KEYS = (
    *(
        "name",
        "title",
        "interval",
        "regions",
        "vars",
        "secrets",
        "auth",
        "defaults",
        "steps",
        "cleanup",
        "redact",
        "slo",
    ),
    *("alerts", "base_url", "tags", "latency_budget", "synthmon", "request", "expect", "capture", "poll"),
)
SPECIAL = st.sampled_from(
    [
        "${{",
        "}}",
        "{",
        "}",
        "[",
        "]",
        ":",
        "- ",
        "\n",
        "\t",
        '"',
        "'",
        "&a ",
        "*a",
        "!!x ",
        "|",
        ">",
        "#",
        "~",
        "0",
        "\u2028",
        "‹text›",
        "[key]",
    ]
)


def _hold(content: bytes) -> tuple[Probe | None, tuple[Problem, ...]]:
    probe, problems = parse_probe(content, "probes/x.yaml", INSTALLATION, SHELF)
    assert probe is not None or any(problem.is_error for problem in problems)
    for form in FORMATS:
        text = render(problems, form)
        assert all(character.isprintable() or character == "\n" for character in text)
    for problem in problems:
        assert problem.source.line >= 1
        assert problem.source.column >= 1
    return probe, problems


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[Path] = SEEDS) -> str:
    """A file with a few lines deleted, doubled, replaced, moved sideways or broken."""
    texts = TEXTS if seeds is SEEDS else [path.read_text(encoding="utf-8") for path in seeds]
    lines = draw(st.sampled_from(texts)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        kind = draw(st.sampled_from(["delete", "double", "replace", "insert", "indent", "splice"]))
        if kind == "delete":
            del lines[at : at + draw(st.integers(1, 3))]
        elif kind == "double":
            lines[at:at] = lines[at : at + draw(st.integers(1, 5))]
        elif kind == "replace" and lines:
            lines[at] = draw(st.sampled_from(LINES))
        elif kind == "insert":
            lines.insert(at, draw(st.sampled_from(LINES)))
        elif kind == "indent" and lines:
            lines[at] = " " * draw(st.integers(0, 8)) + lines[at].lstrip()
        elif lines:
            cut = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:cut] + draw(SPECIAL) + lines[at][cut:]
    return "\n".join(lines) + "\n"


@settings(max_examples=times(100), deadline=None)
@given(mutated())
@example("synthmon: 1\nname: x\ninterval: 1m\nsteps:\n- id: a\n  request: ''\n")
@example("synthmon: 1\nsteps: 5\nregions: {}\nalerts: [1]\nslo: {}\n")
@example("a: &a {b: *a}\n")
def test_a_mutated_file_is_a_probe_or_problems(text: str) -> None:
    _hold(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=times(50), deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_are_problems(content: bytes) -> None:
    _hold(content)


@settings(max_examples=times(75), deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(KEYS),
)
def test_any_value_at_any_key_is_told_of(value: object, key: str) -> None:
    base: dict[str, object] = {"synthmon": 1, "name": "x", "interval": "1m", "base_url": "https://x.example.com"}
    step: dict[str, object] = {"id": "a", "request": "GET /x"}
    (step if key in {"request", "expect", "capture", "poll"} else base)[key] = value
    base.setdefault("steps", [step])
    _hold(json.dumps(base).encode())


def test_a_slice_of_the_long_run_fails_nowhere() -> None:
    """`make fuzz` reads 20,000 of them."""
    tally = fuzz.work(seed=1, numbers=iter(range(150)))
    assert tally.failed == []
    assert tally.files == 150
    assert 0 < tally.probes < 150


def test_the_long_run_itself_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("defect")

    monkeypatch.setattr(fuzz, "parse_probe", broken)
    [failure] = fuzz.work(seed=1, numbers=iter([3])).failed
    assert failure.startswith("file 3: ")
    assert "KeyError: 'defect'" in failure
    assert fuzz.mutant(1, 3) == fuzz.mutant(1, 3) != fuzz.mutant(1, 4)
