"""Files laid out alike: nothing is lost, nothing means something else, and twice is once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings

from synthmon.probefile.reader import read
from synthmon.probefile.tidy.tidy import comments, tidy
from tests.depth import times
from tests.docs.pages import ROOT
from tests.probefile.installation import DATA
from tests.probefile.test_mutations import mutated

GOOD = sorted((DATA / "good").glob("*.yaml")) + sorted((ROOT / "probes").glob("*.yaml"))
HEAD = "synthmon: 1\nname: x\ninterval: 1m\nbase_url: https://x.example.com\n"
STEP = "steps:\n  - id: a\n    request: GET /\n"


def tidied(text: str) -> str:
    found = tidy(text.encode(), "x.yaml")
    assert (found.problems, found.reason) == ((), None)
    return found.text


def holds(text: str) -> bool:
    """That it is laid out anew or left alone with a reason, and then says the same. Whether it was laid out."""
    found = tidy(text.encode("utf-8", "surrogatepass"), "x.yaml")
    if found.problems or found.reason is not None:
        assert found.reason or any(problem.is_error for problem in found.problems)
        return False
    one, other = (read(each.encode(), "x.yaml").document for each in (text, found.text))
    assert one is not None
    assert other is not None
    assert one.data == other.data
    assert repr(sorted_deeply(one.data)) == repr(sorted_deeply(other.data))
    assert comments(text.replace("\r\n", "\n")) == comments(found.text)
    assert tidied(found.text) == found.text
    return True


def sorted_deeply(data: object) -> object:
    if isinstance(data, dict):
        return sorted((name, sorted_deeply(child)) for name, child in data.items())
    return [sorted_deeply(child) for child in data] if isinstance(data, list) else data


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_good_file_keeps_its_meaning_and_its_comments(path: Path) -> None:
    assert holds(path.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted((ROOT / "probes").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_probes_of_the_demo_are_laid_out_so(path: Path) -> None:
    assert tidied(path.read_text("utf-8")) == path.read_text("utf-8")


@settings(max_examples=times(15), deadline=None)
@given(mutated(GOOD))
@example("a: 1\n")
@example(f"{HEAD}vars: {{a: 1.50, b: 0x1F, c: '007', d: no, e: \"no\", f: 1e3, g: ~}}\n{STEP}")
@example(f"{HEAD}vars:\n  a: |\n    # no comment\n    b: c  \n\n  d: >-\n    x\n    y # neither\n{STEP}")
@example(f"# one\n{STEP}# two\n{HEAD}# three\nvars: {{a: &a x, b: *a}}\n")
@example(f"{HEAD}{STEP}    expect:\n      json:\n        $.a: [1,   # inside\n          2]\n")
def test_a_mutated_file_is_never_changed_in_meaning(text: str) -> None:
    holds(text)


MOVED = """\
# the whole file
steps:
  # why first
  - request: GET /   # the door
    # its name
    id: a
    # the end of it
# for whom
owner: me
synthmon: 1
name: x
interval: 1m
base_url: https://x.example.com
# the end
"""
TIDY = """\
# the whole file
synthmon: 1
name: x
# for whom
owner: me
interval: 1m
base_url: https://x.example.com
steps:
  # why first
    # its name
  - id: a
    request: GET /   # the door
    # the end of it
# the end
"""


def test_keys_move_with_the_comments_above_them() -> None:
    assert tidied(MOVED) == TIDY


def test_a_block_has_an_order_too() -> None:
    text = "request: {method: POST, url: /sessions, json: {}}\nsynthmon_block: 1\n"
    assert tidied(text) == "synthmon_block: 1\nrequest: {method: POST, url: /sessions, json: {}}\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("a: 'x'", "a: x"),
        ('a: "x y"', "a: x y"),
        ("a: '5'", 'a: "5"'),
        ("a: 'true'", 'a: "true"'),
        ("a: 'no'", 'a: "no"'),
        ("a: '12:30'", 'a: "12:30"'),
        ("a: ''", 'a: ""'),
        ("a: 'x: y'", 'a: "x: y"'),
        ("a: '${{ run.id }}'", "a: ${{ run.id }}"),
        ("a: 'say \"hi\"'", 'a: say "hi"'),
        ("a:     x", "a: x"),
        ("a: [1,2,  3]", "a: [1, 2, 3]"),
        ("a: {b: 'c'}", "a: {b: c}"),
        ("a: {b: '${{ run.id }}'}", 'a: {b: "${{ run.id }}"}'),
        ("a: 1.50", "a: 1.50"),
        ("a: 0x1F", "a: 0x1F"),
    ],
)
def test_a_value_is_written_in_one_way(written: str, expected: str) -> None:
    assert f"\nvars:\n  {expected}\n" in tidied(f"{HEAD}vars:\n        {written}\n{STEP}")


def test_lists_stand_two_spaces_in_and_line_ends_are_one_sign() -> None:
    text = f"{HEAD}steps:\n- id: a\n  request: GET /\n".replace("\n", "\r\n")
    assert tidied(text) == HEAD + STEP


def test_a_file_with_an_error_is_left_alone_with_its_problems() -> None:
    found = tidy(f"{HEAD}wrong: 1\n{STEP}".encode(), "x.yaml")
    assert found.text == f"{HEAD}wrong: 1\n{STEP}"
    assert [problem.code for problem in found.problems] == ["unknown-key"]


def test_an_alias_never_comes_before_its_anchor() -> None:
    cleanup = "cleanup:\n  - id: b\n    request: GET /\n    auth: &nobody none\n"
    steps = "steps:\n  - id: a\n    request: GET /\n    auth: *nobody\n"
    assert tidied(HEAD + cleanup + steps) == HEAD + cleanup + steps
