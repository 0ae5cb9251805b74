"""Probe files written in a few lines inside a test."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from synthmon.model.probe import Probe
from synthmon.probefile.assembly.installation import Installation
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import Problem, render
from tests.probefile.installation import DATA, INSTALLATION

_HEAD = {"synthmon:": "1", "name:": "shop", "interval:": "1m", "base_url:": "https://shop.example.com"}


def whole(text: str) -> str:
    """The text with what every probe needs in front of it, unless it has that itself."""
    body = dedent(text).strip("\n")
    present = {line.split(" ")[0] for line in body.splitlines()}
    present |= {"interval:"} if "cron:" in present else set()
    return "".join(f"{key} {value}\n" for key, value in _HEAD.items() if key not in present) + body + "\n"


def parse(
    text: str, installation: Installation = INSTALLATION, folder: Path = DATA / "good"
) -> tuple[Probe | None, tuple[Problem, ...]]:
    return parse_probe(whole(text).encode(), "shop.yaml", installation, SchemaShelf(folder))


def probe_of(text: str, installation: Installation = INSTALLATION) -> Probe:
    """The probe of a file without any problem."""
    probe, problems = parse(text, installation)
    assert render(problems) == ""
    assert probe is not None
    return probe


def codes(text: str) -> list[str]:
    return [problem.code for problem in parse(text)[1]]
