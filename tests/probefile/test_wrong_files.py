"""Mistakes that people make, each told of at its place with words that help: those of tests/data/wrong/mistakes.txt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import Problem, render
from tests.probefile.installation import DATA, INSTALLATION

WRONG = DATA / "wrong"
BASE = (WRONG / "shop.yaml").read_text("utf-8")
_OPEN, _CLOSE = "«", "»"
MOST = 5  # problems that follow from one slip


@dataclass(frozen=True, slots=True)
class Mistake:
    """`text` is the whole file, `at` the index of the place that the problem must point to."""

    line: int
    text: str
    at: int
    code: str
    words: tuple[str, ...]

    @property
    def place(self) -> tuple[int, int]:
        before = self.text[: self.at]
        return before.count("\n") + 1, self.at - before.rfind("\n")


def _plain(text: str) -> str:
    return text.replace("⏎", "\n").replace("⇥", "\t")


def _mistake(number: int, line: str) -> Mistake:
    edit, code, words = (part.strip(" ") if at else part for at, part in enumerate(line.split(" ::")))
    old, new = map(_plain, edit.split(" => "))
    assert BASE.count(old) == 1, f"line {number}: {old!r} stands {BASE.count(old)} times in shop.yaml"
    code, _, where = code.partition(" @ ")
    text = BASE.replace(old, new.replace(_OPEN, "").replace(_CLOSE, ""), 1)
    if where:
        assert text.count(_plain(where)) == 1, f"line {number}: {where!r}"
        at = text.index(_plain(where))
    else:
        at = BASE.index(old) + new.index(_OPEN)
    return Mistake(number, text, at, code, tuple(word.strip() for word in words.split(";") if word.strip()))


def mistakes(path: Path = WRONG / "mistakes.txt") -> list[Mistake]:
    lines = path.read_text("utf-8").split("\n")
    return [_mistake(at, line) for at, line in enumerate(lines, 1) if " => " in line and not line.startswith("#")]


MISTAKES = mistakes()


def problems_of(text: str) -> tuple[Problem, ...]:
    return parse_probe(text.encode(), "shop.yaml", INSTALLATION, SchemaShelf(WRONG))[1]


def test_the_file_without_a_mistake_is_good() -> None:
    assert render(problems_of(BASE)) == ""


def test_a_mistake_is_told_of_at_its_place_with_words_that_help() -> None:
    amiss = {f"line {one.line}": found for one in MISTAKES if (found := what_is_amiss(one, problems_of(one.text)))}
    assert amiss == {}


def what_is_amiss(mistake: Mistake, problems: tuple[Problem, ...]) -> str:
    """What is not as the line of the mistake has it, with all that was told; nothing if all is."""
    told = [problem for problem in problems if problem.code == mistake.code]
    places = [(problem.source.line, problem.source.column) for problem in told]
    said = " ".join(f"{problem.message} {problem.help or ''}" for problem in told)
    missing = [word for word in mistake.words if word not in said]
    if told and mistake.place in places and not missing and len(problems) <= MOST:
        return ""
    return f"{mistake.code} at {mistake.place} with {missing}, and at most {MOST}: {render(problems)}"


def test_what_is_amiss_is_seen() -> None:
    good = next(one for one in MISTAKES if one.words)
    problems = problems_of(good.text)
    assert what_is_amiss(good, problems) == ""
    for bad in (replace(good, code="none"), replace(good, at=good.at + 1), replace(good, words=("no such word",))):
        assert what_is_amiss(bad, problems)
    assert what_is_amiss(good, problems * (MOST + 1))


def test_there_are_three_hundred_of_them_with_the_golden_ones() -> None:
    assert len(MISTAKES) + len(list((DATA / "bad").glob("*.yaml"))) >= 300
    assert len({mistake.text for mistake in MISTAKES}) == len(MISTAKES)
