"""Every command tells what it takes; nothing is promised that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from synthmon import __version__
from synthmon.cli import COMMANDS, function_of
from tests.cli.typed import Said, Terminal, assert_golden


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and command of a group, by the words that one types."""
    for name, (module, _) in COMMANDS.items():
        command = getattr(import_module(f"synthmon.cli.{module}"), function_of(name))
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", below) for inner, below in command.commands.items())


ALL = dict(commands())


def test_the_first_help_names_every_command(terminal: Terminal) -> None:
    said = terminal.types("--help")
    assert said.code == 0
    assert_golden("help.txt", said.out)
    assert [line.split()[0] for line in said.out.splitlines() if line.startswith("  ")] == list(COMMANDS)


@pytest.mark.parametrize("words", [(), ("-h",), ("help",)])
def test_who_asks_for_help_in_another_way_gets_the_same(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal.types(*words) == terminal.types("--help")


@pytest.mark.parametrize("path", ALL)
def test_the_help_of_a_command_is_what_it_was(terminal: Terminal, path: str) -> None:
    terminal.patch.setenv("COLUMNS", "80")
    said = terminal.types(*path.split(), "--help")
    assert (said.code, said.err) == (0, "")
    assert_golden(f"help-{path.replace(' ', '-')}.txt", said.out)


@pytest.mark.parametrize("path", ALL)
def test_every_option_says_what_it_does(path: str) -> None:
    silent = [one.name for one in ALL[path].params if isinstance(one, click.Option) and not one.help]
    assert silent == []
    assert ALL[path].help


@pytest.mark.parametrize("words", [("run", "-h"), ("help", "run"), ("-h", "run")])
def test_help_of_a_command_is_found_from_either_side(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal.types(*words) == terminal.types("run", "--help")


def test_the_version_is_one_line(terminal: Terminal) -> None:
    assert terminal.types("--version") == Said(0, f"synthmon {__version__}\n", "")
