"""How a problem is shown."""

from __future__ import annotations

import json

import pytest

from synthmon.model.text import Source
from synthmon.probefile.excerpt import excerpt, quoted, visible
from synthmon.probefile.problem import Problem, Severity, render

UNKNOWN = Problem(
    "unknown-key",
    "unknown key `finally`",
    Source("probes/checkout.yaml", 84, 1),
    7,
    "did you mean `cleanup`?",
    excerpt=excerpt("finally:", 1, 7),
)


def test_text_has_a_code_frame_with_carets_and_help() -> None:
    assert render([UNKNOWN]) == (
        "error[unknown-key]: unknown key `finally`\n"
        "  --> probes/checkout.yaml:84:1\n"
        "   |\n"
        "84 | finally:\n"
        "   | ^^^^^^^ help: did you mean `cleanup`?"
    )


def test_a_problem_without_a_line_has_no_frame() -> None:
    problem = Problem("x", "no folder", Source("probes", 0, 0), help="make it", severity=Severity.WARNING)

    assert render([problem]) == "warning[x]: no folder\n  --> probes\n   = help: make it"


def test_json_names_everything() -> None:
    assert json.loads(render([UNKNOWN], "json")) == [
        {
            "code": "unknown-key",
            "severity": "error",
            "message": "unknown key `finally`",
            "help": "did you mean `cleanup`?",
            "path": "probes/checkout.yaml",
            "line": 84,
            "column": 1,
            "length": 7,
        }
    ]
    assert render([], "json") == "[]"


def test_an_annotation_cannot_be_broken_out_of() -> None:
    hostile = Problem("x", "50% of\n::error::all", Source("a,b:c.yaml", 1, 2), 3, "a\r\nb")

    assert render([hostile], "github") == (
        "::error file=a%2Cb%3Ac.yaml,title=synthmon x,line=1,col=2,endColumn=5::"
        "50%25 of%0A::error::all%0Ahelp: a%0D%0Ab"
    )


def test_carets_stand_under_wide_characters() -> None:
    shown = render([Problem("x", "m", Source("p", 1, 5), 2, excerpt=excerpt("a: 世界 x", 4, 2))])

    assert shown.splitlines()[-2:] == ["1 | a: 世界 x", "  |    ^^^^"]


def test_a_long_line_shows_the_place_only() -> None:
    found = excerpt("a" * 500 + "HERE" + "b" * 500, 501, 4)

    assert found.marked == "HERE"
    assert found.text.startswith("…aaa")
    assert found.text.endswith("bbb…")
    assert len(found.text) < 200


def test_a_place_past_the_end_of_a_line_is_still_marked() -> None:
    assert render([Problem("x", "m", Source("p", 1, 9), 5, excerpt=excerpt("abc", 9, 5))]).endswith("  |    ^")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb", "a→b"),
        ("\x1b[2J", "␛[2J"),
        ("a\x7f", "a␡"),
        ("\u202e", "\\u{202e}"),
        ("\x9b", "\\u{9b}"),
        ("é世", "é世"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert shown == visible(text)


def test_a_quoted_value_is_bounded() -> None:
    assert quoted("x" * 100) == "`" + "x" * 59 + "…`"


@pytest.mark.parametrize(
    ("column", "length", "shown"),
    [(1, 8, "password: ‹hidden›, b"), (11, 3, "password: ‹hidden›, b"), (13, 2, "password: ‹hidden›, b")],
)
def test_a_hidden_part_is_named_once_wherever_the_place_is(column: int, length: int, shown: str) -> None:
    assert excerpt("password: hunter2, b", column, length, [(10, 17)]).text == shown
