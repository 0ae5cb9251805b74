"""Command lines are taken apart as a shell takes them apart."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.importer.curl.words import commands
from synthmon.importer.draft import NotImportable
from tests.depth import times

# Without what our splitter gives a meaning that shlex does not know: `$` and backquotes, ends of commands, comments.
PLAIN = st.text(st.characters(blacklist_characters="$`\n\r;&|<>#\0", blacklist_categories=["Cs"]), max_size=30)
HARD = st.text(alphabet="ab '\"\\-=é", max_size=14)


def split(text: str) -> list[str]:
    found = commands(text, lambda name, default: f"<{name}{f':{default}' if default else ''}>")
    return [word for command in found for word in command.words]


@given(
    st.lists(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=20), max_size=5)
)
@settings(max_examples=80, deadline=None)
def test_what_a_shell_would_quote_comes_back_as_it_was(words: list[str]) -> None:
    assert split(shlex.join(words)) == words


@given(HARD | PLAIN)
@settings(max_examples=times(50), deadline=None)
def test_quotes_and_backslashes_mean_what_they_mean_to_shlex(text: str) -> None:
    """Spaces other than blank and tab are none to a shell, so both are given only these."""
    text = "".join(char if not char.isspace() or char in " \t" else "x" for char in text)
    try:
        expected = shlex.split(text)
    except ValueError:
        with pytest.raises(NotImportable):
            split(text)
    else:
        assert split(text) == expected


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (r"$'a\nb\'c\x41é'", ["a\nb'cAé"]),
        ('"a\\$b\\`c\\\\d\\e"', ["a$b`c\\d\\e"]),
        ("one \\\n  two", ["one", "two"]),
        ("one \\\r\n  two", ["one", "two"]),
        ("$TOKEN-x '$TOKEN' \"${HOST:-shop}\"", ["<TOKEN>-x", "$TOKEN", "<HOST:shop>"]),
        ("a # b", ["a"]),
        ("a#b", ["a#b"]),
        ("a 2>/dev/null > out.txt b", ["a", "b"]),
        ("a$", ["a$"]),
        ("''", [""]),
    ],
    ids=[
        "ansi",
        "double",
        "continued",
        "continued-windows",
        "variables",
        "comment",
        "no-comment",
        "output",
        "dollar",
        "empty",
    ],
)
def test_a_word_is_read_as_a_shell_reads_it(written: str, words: list[str]) -> None:
    assert split(written) == words


def test_commands_end_at_line_breaks_and_operators_and_a_pipe_takes_the_rest_of_its_line() -> None:
    found = commands("# all\na b; c && d\ne | jq . \\; f\n\ng", lambda name, _: name)
    assert [(one.line, one.words, one.piped) for one in found] == [
        (2, ("a", "b"), ""),
        (2, ("c",), ""),
        (2, ("d",), ""),
        (3, ("e",), "| jq . \\; f"),
        (5, ("g",), ""),
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("curl 'a", "line 1, column 6: the quote ' is never closed"),
        ('curl x\ncurl "a', 'line 2, column 6: the quote " is never closed'),
        ("curl $'a", r"line 1, column 6: the quote \$' is never closed"),
        ("curl $(cat x)", "line 1, column 6: a command inside the command is not executed"),
        ("curl `id`", "line 1, column 6: a command inside the command is not executed"),
        ("curl \\", "line 1, column 6: a backslash stands at the end"),
    ],
    ids=["single", "double", "ansi", "substitution", "backquotes", "backslash"],
)
def test_what_cannot_be_read_is_refused_with_its_place(written: str, message: str) -> None:
    with pytest.raises(NotImportable, match=message):
        split(written)
