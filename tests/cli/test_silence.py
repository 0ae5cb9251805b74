"""`synthmon silence` beside a daemon that runs: what is asked for, listed, and ended early."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Watched
from tests.cli.typed import Said, Terminal, steady

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def beside(terminal: Terminal, watched: Watched) -> Iterator[Terminal]:
    """Somebody beside the daemon, who ends at last whatever was asked for."""
    terminal.patch.setenv("USER", "ada")
    yield terminal
    for name in ID.findall(terminal.types("silence", "list", "--data", watched.data).out):
        terminal.types("silence", "lift", name, "--data", watched.data)


def add(terminal: Terminal, watched: Watched, *said: str) -> Said:
    return terminal.types("silence", "add", "--data", watched.data, *said)


def test_a_silence_says_at_once_what_it_is_about_and_what_it_keeps_back(beside: Terminal, watched: Watched) -> None:
    said = add(beside, watched, "--probe", "sea*", "--for", "2h", "--reason", "new [red]disks\x1b[2J")
    assert (said.code, said.err) == (0, "")
    lines = steady(said.out).splitlines()
    assert lines[:3] == ["silence of probe sea*", "  ID", "  INSTANT to INSTANT, 2 h"]
    assert lines[3:5] == ["  ada: new [red]disks\\x1b[2J", "  is about search"]
    assert re.fullmatch(r'  keeps back search is down: step "Open the page" .* \(quiet had heard of it\)', lines[5])


def test_bytes_that_are_no_text_are_shown_as_such(beside: Terminal, watched: Watched) -> None:
    said = add(beside, watched, "--probe", "search", "--for", "2h", "--reason", "new \udcff disks")
    assert (said.code, said.err) == (0, "")
    assert "  ada: new \ufffd disks\n" in said.out


def test_a_name_that_no_probe_has_is_doubted(beside: Terminal, watched: Watched) -> None:
    said = add(beside, watched, "--probe", "serch", "--for", "10m", "--reason", "x")
    assert "  no probe that is declared now is meant; did you mean `search`?\n" in said.out


def test_what_is_wrong_is_said_and_exits_2(beside: Terminal, watched: Watched) -> None:
    said = add(beside, watched, "--probe", "search", "--for", "31d", "--reason", "x")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("synthmon: nothing is kept back: it may last 30 days at most")
    assert "--reason" in add(beside, watched, "--probe", "search", "--for", "1h").err
    assert "say what is meant" in add(beside, watched, "--for", "1h", "--reason", "x").err


def test_without_a_daemon_nothing_is_kept_back(terminal: Terminal) -> None:
    said = terminal.types("silence", "add", "--probe", "x", "--for", "1h", "--reason", "x")
    assert said.code == 2
    assert "no daemon is running" in said.err


def test_it_is_listed_while_it_holds_and_afterwards_on_demand(beside: Terminal, watched: Watched) -> None:
    data = ("--data", str(watched.data))
    add(beside, watched, "--tag", "web", "--for", "1h", "--reason", "moving", "--maintenance", "--by", "bob")
    add(
        beside, watched, "--owner", "eve", "--from", "2999-01-01T00:00", "--for", "1h", "--reason", "far", "--by", "eve"
    )
    lines = beside.types("silence", "list", *data).out.splitlines()
    assert "in force: maintenance of tag web" in lines
    assert "  bob: moving" in lines
    name = lines[lines.index("in force: maintenance of tag web") + 1].strip()

    assert beside.types("silence", "lift", name[:8], *data) == Said(0, "maintenance of tag web: lifted\n", "")
    assert "tag web" not in beside.types("silence", "list", *data).out
    past = beside.types("silence", "list", "--all", *data).out
    assert "over: maintenance of tag web" in past
    assert re.search(r"  lifted .* UTC by ada\n", past)


def test_lifting_what_is_not_there_is_refused(beside: Terminal, watched: Watched) -> None:
    said = beside.types("silence", "lift", "ffff", "--data", watched.data)
    hint = "`synthmon silence list` lists them; what recurs is ended in synthmon.yaml"
    assert said == Said(2, "", f"synthmon: 'ffff' is none that is in force or coming\n  help: {hint}\n")


def test_status_says_of_a_quiet_probe_that_it_is(beside: Terminal, watched: Watched) -> None:
    before = beside.types("status", "--data", watched.data).out
    assert "silenced" not in before
    add(beside, watched, "--probe", "homepage", "--for", "1h", "--reason", "x")
    line = next(one for one in beside.types("status", "--data", watched.data).out.splitlines() if "homepage" in one)
    assert "silenced until " in line
