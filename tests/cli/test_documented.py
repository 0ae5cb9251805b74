"""docs/commands.md tells of every command and option, and of none that is not there."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from synthmon.cli import guard
from synthmon.cli.common import SETTINGS
from tests.cli.test_help import ALL
from tests.docs.pages import page

PAGE = page("commands.md")
EXAMPLES = [
    line.removeprefix("$ synthmon ")
    for block in PAGE.blocks
    for line in block.text.splitlines()
    if line.startswith("$ synthmon ")
]
SHOWN_AS_A_MISTAKE = ["validat"]


def what_it_takes(command: click.Command) -> list[str]:
    """Options by their long name, arguments as the help shows them."""
    return [
        parameter.opts[0] if isinstance(parameter, click.Option) else (parameter.name or "").upper()
        for parameter in command.params
    ]


def test_the_page_has_a_section_for_exactly_the_commands_that_there_are() -> None:
    sections = [heading.removeprefix("synthmon ") for heading in PAGE.headings if heading.startswith("synthmon ")]
    assert sorted(sections) == sorted(ALL)


@pytest.mark.parametrize("path", ALL)
def test_a_section_tells_of_exactly_what_its_command_takes(path: str) -> None:
    told = [key for key in PAGE.keys(f"synthmon {path}") if key.startswith("--") or key.isupper()]
    assert sorted(told) == sorted(what_it_takes(ALL[path]))


def test_no_option_is_named_that_no_command_has() -> None:
    known = {name for command in ALL.values() for name in what_it_takes(command)} | {"--help"}
    ours = re.sub(r"\ncurl .*?```", "", PAGE.text, flags=re.DOTALL)  # what is printed for cURL has its options
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", ours)) - known == set()


def test_every_command_has_an_example() -> None:
    groups = {path.split()[0] for path in ALL if " " in path}
    shown = {path for path in ALL if any(f"{example} ".startswith(f"{path} ") for example in EXAMPLES)}
    assert set(ALL) - shown - (groups - {"demo", "incidents"}) == set()


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one not in SHOWN_AS_A_MISTAKE])
def test_an_example_is_what_its_command_takes(example: str) -> None:
    words = shlex.split(example.partition(" >")[0])
    path = max((path for path in ALL if words[: len(path.split())] == path.split()), key=len)
    with click.Context(
        ALL[path.split()[0]], info_name="synthmon", help_option_names=SETTINGS["help_option_names"]
    ) as above:  # as it would be called
        ALL[path].make_context(path, words[len(path.split()) :], parent=above)


@pytest.mark.parametrize("code", [0, 1, guard.BAD_INPUT, guard.OUR_FAULT, guard.INTERRUPTED, guard.READER_GONE])
def test_the_page_tells_what_every_exit_code_means(code: int) -> None:
    section = PAGE.text.partition("## Exit codes")[2].partition("## synthmon")[0]
    assert f"\n| {code} | " in section
