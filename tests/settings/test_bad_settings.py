"""Settings that must be refused, each with the exact text that a person sees.

`SYNTHMON_TESTS_REWRITE=1 pytest tests/settings/test_bad_settings.py` writes the texts anew; read the difference.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from synthmon.probefile.problem import render
from synthmon.settings import load_settings

BAD = Path(__file__).parent.parent / "data" / "bad_settings"
FILES = sorted(BAD.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bad_settings_are_told_of_in_exactly_these_words(path: Path, tmp_path: Path) -> None:
    shutil.copy(path, tmp_path / "synthmon.yaml")
    expected = path.with_suffix(".txt")

    _, problems = load_settings({}, None, tmp_path)

    text = render(problems) + "\n"
    if os.environ.get("SYNTHMON_TESTS_REWRITE"):
        expected.write_text(text, encoding="utf-8")
    assert expected.read_text(encoding="utf-8") == text
    assert any(problem.is_error for problem in problems)


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 20
    assert {path.stem for path in BAD.glob("*.txt")} == {path.stem for path in FILES}


def test_no_text_shows_a_credential() -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in BAD.glob("*.txt"))

    assert [
        word for word in ("hunter2", "correct-horse", "0123456789abcdef", "battery", "abcdef123") if word in shown
    ] == []
