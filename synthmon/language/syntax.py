"""The text of an expression looked at before Python's parser sees it, and its refusals put into our words.

The parser takes more than the language has (comments, raw texts, `1_000`, escapes of its own) and warns where we must
refuse, so everything beneath the grammar is settled here.
"""

from __future__ import annotations

import ast
import re
import unicodedata

from synthmon.language.terms import ExpressionProblem
from synthmon.patterns import regular

_ESCAPE = regular(r"\\(?:[\\'\"nrtbf]|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})")
_PREFIX = regular(r"(?i)\b(?:[rub]|f|br|rb|fr|rf)\Z")
_NUMBER = regular(r"(?<![\w.])(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])")
_DIGITS = regular(r"(?<![\w.\])])\.?[0-9][\w.]*")
_FOREIGN_LETTERS = regular(r"\w*[^\x00-\x7f\s](?:\w|[^\x00-\x7f\s])*")
_INSIDE = "\x01"  # stands for what is inside quotes

# What people write who come from other languages, looked for where the parser gave up.
_FOREIGN: tuple[tuple[re.Pattern[str], str, str | None], ...] = (
    (regular(r"\{\{|\}\}"), "an expression holds no braces", None),
    (regular(r"&&|\|\||!(?!=)"), "write `and`, `or`, `not` instead of `&&`, `||`, `!`", None),
    (regular(r"\?"), "there is no `a ? b : c`", "`default(a, b)` takes b where a is null"),
    (regular(r"[=!]=="), "write `==` and `!=`", None),
    (regular(r"(?<![=!<>])=(?!=)"), "write `==` to compare", None),
    (regular(r"<>"), "write `!=` for not equal", None),
    (regular(r"\|"), "there are no filters with `|`", "functions stand in front: `upper(vars.name)`"),
    (regular(r"\$"), "a JSONPath cannot stand in an expression", "capture the value, then write captures.NAME"),
    (regular(r"\.[0-9]"), "an item of a list is written in brackets", "write `[0]`"),
    (
        regular(r"(?i)\b(?:if|else|for|lambda|while|import|def)\b"),
        "an expression has no statements and no loops",
        None,
    ),
)
_KEYWORD_KEY = regular(
    r"\.(False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global"
    r"|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b"
)


def parse(body: str, start: int) -> tuple[ast.expr, str]:
    """The tree of an expression and the text it was read from, as long as `body`; raises `ExpressionProblem`.

    `start`: where `body` begins in the text people wrote. The tree counts its columns in UTF-8 bytes of the text read.
    """
    outline = _outline(body, start)
    _check_numbers(outline, start)
    _check_letters(outline, start)
    # A line break means no more than a space here, but would end a Python expression.
    source = "".join(" " if mark.isspace() else char for char, mark in zip(body, outline, strict=True))
    try:
        return ast.parse(source, mode="eval").body, source
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        at = getattr(error, "offset", None) or len(body)  # counted from 1; 0 where something is missing at the end
        message, hint = _why(outline)
        raise ExpressionProblem(message, start + min(at, len(body)) - 1, hint) from error


def _outline(body: str, start: int) -> str:
    """The body with everything inside quotes blanked; refuses quotes and escapes that are not ours."""
    marks: list[str] = []
    at = 0
    while at < len(body):
        if body[at] in "\"'":
            if at and "".join(marks).rstrip().endswith(("'", '"')):
                hint = "put texts together in the template: `${{ a }}${{ b }}`"
                raise ExpressionProblem("two texts stand side by side", start + at, hint)
            end = _closing(body, at, start)
            marks += [body[at], *(_INSIDE * (end - at - 1)), body[at]]
            at = end + 1
        else:
            _check_outside(body, at, start)
            marks.append(body[at])
            at += 1
    return "".join(marks)


def _closing(body: str, opening: int, start: int) -> int:
    """Where the text that opens there is closed."""
    quote = body[opening]
    prefix = _PREFIX.search(body[:opening])
    if prefix:
        raise _prefixed(prefix[0], start + prefix.start())
    if body.startswith(quote * 3, opening):
        raise ExpressionProblem("a text has one quote at each end", start + opening)
    at = opening + 1
    while at < len(body) and body[at] != quote:
        if body[at] == "\\":
            escape = _ESCAPE.match(body, at)
            if escape is None:
                hint = r"write `\\` for a backslash; beside it there are \" \' \n \r \t \b \f \xHH \uHHHH"
                raise ExpressionProblem(f"unknown escape `{body[at : at + 2]}`", start + at, hint)
            at = escape.end()
        elif body[at] in "\r\n":
            raise ExpressionProblem("a text ends on the line it begins on", start + opening, r"write `\n`")
        else:
            at += 1
    if at >= len(body):
        raise ExpressionProblem("this text is never closed", start + opening, f"close it with {quote}")
    return at


def _prefixed(prefix: str, offset: int) -> ExpressionProblem:
    if "f" in prefix.lower():
        hint = "put texts together in the template: `x-${{ vars.name }}`"
        return ExpressionProblem("there are no f-strings", offset, hint)
    return ExpressionProblem(f"`{prefix}` in front of a quote means nothing here", offset, "leave it out")


def _check_outside(body: str, at: int, start: int) -> None:
    if body[at] == "#":
        raise ExpressionProblem("there are no comments in an expression", start + at)
    if body[at] == "\\":
        raise ExpressionProblem("a backslash stands in quoted text only", start + at)


def _check_numbers(outline: str, start: int) -> None:
    for found in _DIGITS.finditer(outline):
        if _NUMBER.match(outline, found.start()):
            continue
        if re.fullmatch(r"0[0-9]+", found[0]):
            hint = f'write {found[0].lstrip("0") or "0"}, or "{found[0]}" if it is a text'
            raise ExpressionProblem("a number has no zeros in front", start + found.start(), hint)
        hint = "numbers are written like 1000, 1.5 or 2e3"
        raise ExpressionProblem(f"`{found[0]}` is not a number", start + found.start(), hint)


def _check_letters(outline: str, start: int) -> None:
    """The parser takes letters that look alike for one another, and so would find another key than the one written."""
    for found in _FOREIGN_LETTERS.finditer(outline):
        if unicodedata.normalize("NFKC", found[0]) != found[0]:
            message = f"`{found[0]}` has letters that cannot be written outside quotes"
            raise ExpressionProblem(message, start + found.start(), 'write a key as ["key"]')


def _why(outline: str) -> tuple[str, str | None]:
    """What is wrong with an expression that Python's parser refused."""
    key = _KEYWORD_KEY.search(outline)
    if key:
        return f"the key `{key[1]}` is a word of the language", f'write ["{key[1]}"]'
    for pattern, message, hint in _FOREIGN:
        if pattern.search(outline):
            return message, hint
    return "this is not an expression", None
