"""Probe files that must be refused, or warned of, each with the exact text that a person sees.

`SYNTHMON_TESTS_REWRITE=1 pytest tests/probefile/test_bad_files.py` writes the texts anew; read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import Severity, render
from tests.probefile.installation import DATA, INSTALLATION

BAD = DATA / "bad"
FILES = sorted(BAD.glob("*.yaml"))


def _text(path: Path) -> str:
    _, problems = parse_probe(path.read_bytes(), f"probes/{path.name}", INSTALLATION, SchemaShelf(BAD))
    return render(problems) + "\n"


@pytest.fixture(autouse=True)
def _beside_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are shown from where one stands."""
    monkeypatch.chdir(BAD)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bad_file_is_told_of_in_exactly_these_words(path: Path) -> None:
    expected = path.with_suffix(".txt")
    text = _text(path)
    if os.environ.get("SYNTHMON_TESTS_REWRITE"):
        expected.write_text(text, encoding="utf-8")
    assert expected.read_text(encoding="utf-8") == text


def test_a_bad_file_gives_no_probe() -> None:
    found = {path.stem: parse_probe(path.read_bytes(), path.name, INSTALLATION, SchemaShelf(BAD)) for path in FILES}

    refused = {stem for stem, (_, problems) in found.items() if any(one.severity is Severity.ERROR for one in problems)}
    assert {stem for stem, (probe, _) in found.items() if probe is None} == refused
    assert [stem for stem, (_, problems) in found.items() if not problems] == []


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 45
    assert {path.stem for path in BAD.glob("*.txt")} == {path.stem for path in FILES}


def test_no_text_shows_a_secret_or_obeys_a_control_character() -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in BAD.glob("*.txt"))

    for secret in ("hunter2", "correct-horse", "battery", "staple", "t0psecret", "0123456789abcdef", "abc.def.ghi"):
        assert secret not in shown
    assert all(character.isprintable() or character == "\n" for character in shown)
