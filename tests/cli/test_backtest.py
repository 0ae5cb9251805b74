"""`synthmon backtest` over what a daemon has kept."""

from __future__ import annotations

import json

from tests.cli.conftest import Watched
from tests.cli.typed import Terminal


def test_the_policy_that_was_in_force_tells_what_was_told(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("backtest", "--for", "1d", "--data", watched.data, "--json")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert found["runs"] > 0
    assert [pair["then"]["probe"] for pair in found["incidents"]] == ["search"]
    assert [pair["now"]["probe"] for pair in found["incidents"]] == ["search"]


def test_it_is_readable_and_summed_up(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("backtest", "--for", "1d", "--data", watched.data)
    assert said.code == 0
    assert "runs judged again" in said.out
    assert "1 incident then, 1 now: 0 would not have been, 0 would be new." in said.out


def test_a_page_is_written_where_it_is_asked_for(terminal: Terminal, watched: Watched) -> None:
    page = terminal.folder / "backtest.html"
    said = terminal.types("backtest", "--for", "1d", "--data", watched.data, "--html", page)
    assert (said.code, said.out) == (0, f"{page}\n")
    assert "What would have been told" in page.read_text("utf-8")


def test_mistakes_are_said(terminal: Terminal, watched: Watched) -> None:
    unknown = terminal.types("backtest", "nothing", "--data", watched.data)
    assert (unknown.code, unknown.out) == (2, "")
    assert "there is no probe 'nothing'" in unknown.err
    assert "a duration is a number with a unit" in terminal.types("backtest", "--for", "long").err
    assert "there is no database" in terminal.types("backtest").err
