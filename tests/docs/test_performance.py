"""docs/performance.md: its blocks name every benchmark, and take what one prints without what names the machine."""

from __future__ import annotations

import os
import re
import socket
from multiprocessing.connection import Connection
from pathlib import Path
from pkgutil import resolve_name

import pytest

from benchmarks import _figures, _page, journey, punctuality
from tests.docs.pages import page

PAGE = page("performance.md")
SMALL = """\
before
<!-- bench: python benchmarks/a.py --x 1 -->
old
<!-- /bench -->
after
<!-- bench-big: machine -->
<!-- /bench -->
"""


def test_every_benchmark_has_its_block_and_every_block_its_benchmark() -> None:
    assert _page.problems(PAGE.text, _page.ROOT / "benchmarks") == []


def test_a_script_without_a_block_and_a_block_without_a_script_are_told(tmp_path: Path) -> None:
    (tmp_path / "b.py").touch()
    (tmp_path / "_shared.py").touch()
    assert _page.problems(SMALL, tmp_path) == [
        "no block names benchmarks/b.py",
        "python benchmarks/a.py --x 1: no script",
    ]


def test_what_was_printed_goes_between_the_marks_of_its_block() -> None:
    first, second = _page.blocks(SMALL)
    assert ("bench", "a.py", "bench-big", "") == (first.kind, first.script, second.kind, second.script)
    assert _page.put(SMALL, first, "new\n") == SMALL.replace("old\n", "new\n")
    assert _page.put(SMALL, second, "new\n") == SMALL.replace("machine -->\n", "machine -->\nnew\n")


def test_goals_of_all_blocks_become_a_table_the_worse_of_two_and_what_is_not_reached_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _figures.goal("p99 at 1,000 requests a second", 0.5123, 1.5, "ms")
    _figures.goal("runs kept", 4200, 5000, "a second", at_least=True)
    _figures.goal("CPU: to Hurl", None, 1, "times")
    _figures.goal("runs kept", 6000, 5000, "a second", at_least=True)
    printed = capsys.readouterr().out
    assert printed == (
        "* goal p99 at 1,000 requests a second <= 1.5 ms: 0.512 ms, reached\n"
        "* goal runs kept >= 5,000 a second: 4,200 a second, not reached\n"
        "* goal CPU: to Hurl <= 1 times: absent\n"
        "* goal runs kept >= 5,000 a second: 6,000 a second, reached\n"
    )
    assert _page.goals(f"before\n{printed}after\n").splitlines()[2:] == [
        "| runs kept | >= 5,000 a second | 4,200 a second | not reached |",
        "| CPU: to Hurl | <= 1 times | absent | absent |",
        "| p99 at 1,000 requests a second | <= 1.5 ms | 0.512 ms | reached |",
    ]


def test_what_names_the_machine_or_a_place_on_it_is_refused() -> None:
    assert _page.anonymous("| bare loop | 0.2 |") == "| bare loop | 0.2 |"
    with pytest.raises(_page.Broken, match="names this machine"):
        _page.anonymous(f"made in {_page.ROOT}/benchmarks")


def test_the_page_says_of_no_machine_which_it_was() -> None:
    assert socket.gethostname() not in re.findall(r"[\w.-]+", PAGE.text)
    assert re.findall(r"(?<![\w.])/(?:home|root|tmp|work|Users)/", PAGE.text) == []


@pytest.mark.parametrize("name", [*journey.OWN, *journey.WITHIN])
def test_a_part_of_a_journey_is_told_by_functions_that_there_are(name: str) -> None:
    assert resolve_name(name) is not None  # a property too: where the interpreter stands has its name


def test_a_contender_that_dies_is_noticed() -> None:
    with pytest.raises(SystemExit, match=r"dies ended by itself \(with 3\)"):
        punctuality.of_one_core(dies, "", 1, 1.0, lambda _pid, _line: None)


def dies(line: Connection, _url: str, _probes: int, _interval: float) -> None:
    line.send("runs")
    os._exit(3)
