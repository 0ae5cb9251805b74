"""Typing a command in this process, and comparing what it says with what is kept under golden/."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from synthmon.cli import typed

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


@dataclass
class Terminal:
    """A folder that somebody stands in, with no terminal behind the output: a pipe."""

    folder: Path
    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]

    def types(self, *words: str | Path) -> Said:
        self.patch.setattr(sys, "argv", ["synthmon", *map(str, words)])
        self.captured.readouterr()
        with pytest.raises(SystemExit) as end:
            typed()
        said = self.captured.readouterr()
        assert "Traceback" not in said.err
        return Said(int(end.value.code or 0), said.out, said.err)

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


_VOLATILE = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "INSTANT"),
    (re.compile(r"(phases  ).*"), r"\1PHASES"),
)
_SECONDS = re.compile(r"(of |at most |budget )?( *)\b\d+(?:\.\d+)? m?s\b")


def steady(text: str) -> str:
    """Without what differs from run to run: times (but not those declared), ports, ids."""
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return _SECONDS.sub(lambda found: found[0] if found[1] else " TIME", text)


def assert_golden(name: str, text: str) -> None:
    """`WRITE_GOLDEN=1` writes the file anew; read the difference before committing it."""
    file = GOLDEN / name
    if os.environ.get("WRITE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8").splitlines() == text.splitlines()
