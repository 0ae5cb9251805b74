"""Quotes that nobody closed, among quotes, apostrophes and lines that are right."""

from __future__ import annotations

import pytest

from synthmon.probefile.quotes import open_quote
from synthmon.probefile.reader import read


def _found(text: str) -> str | None:
    """The rest of the line at which the quote opens."""
    at = open_quote(text, len(text))
    return None if at is None else text[at:].splitlines()[0]


@pytest.mark.parametrize(
    "text",
    [
        'a: "x\nb: "y"\n',
        "a: 'x\nb: 'y'\n",
        'a: "x\nb: ["y"]\n',
        'a: "x\n- "y"\n',
        'a: "x\r\nb: "y"\r\n',
        'a: "x\nb: ""\n',
        "a: 'x\nb: it's\n",
        'a: "x\nb: 1\n',
        '- a: |\n    it\'s "\n  b: "x\n  c: "y"\n',
        '- |\n  it\'s\n  "\n- "x\n- "y"\n',
        'a: >-  # folded\n  "one\n\n  two\nb: "x\nc: "y"\n',
        'a: {b: it\'s, c: "x}\nd: "y"\n',
    ],
)
def test_the_quote_that_opens_and_is_not_closed_is_found(text: str) -> None:
    assert str(_found(text)).lstrip("\"'").startswith(("x", "x}"))


@pytest.mark.parametrize(
    "text",
    [
        'a: "one\n  two"\nb: 1\n',
        "a: 'one\n\n  two: three'\nb: 1\n",
        'a: "one\n  b: two" three\n'.replace("b: ", "b "),
        'a: ["one\n  - two", "three"]\n',
        'a: "x \\"\n  b: y\\" z"\n',
        "a: 'x ''\n  b: y'' z'\n",
        "a: it's\nb: don't \"\nc: x\"y\n",
        "a: 1  # it's\nb: 2\n",
        "a: |\n  'x\nb: y\n",
        "a: {b: it's, c: [d's, e]}\nf: g\n",
        "",
    ],
)
def test_a_quote_that_is_closed_later_on_is_left_alone(text: str) -> None:
    assert _found(text) is None


def test_what_comes_behind_the_place_where_the_parser_gave_up_is_not_looked_at() -> None:
    assert open_quote('a: [\nb: "x\nc: "y"\n', 4) is None


def test_quoted_texts_of_several_lines_are_read() -> None:
    reading = read(b"a: \"one\n  b: two\"\nc: 'three\n\n  - four'\n", "probe.yaml")

    assert reading.document is not None
    assert reading.document.data == {"a": "one b: two", "c": "three\n- four"}
