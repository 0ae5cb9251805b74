"""Texts with `${{ }}` in them: taken apart once when a file is read, rendered without ever being scanned again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from synthmon.errors import TemplateError
from synthmon.language.compute import bounded
from synthmon.language.expression import ExpressionProblem, Scope, Value, compile_expression
from synthmon.language.functions import text_of
from synthmon.language.show import describe
from synthmon.language.taint import tainted
from synthmon.model.secret import Secret
from synthmon.model.text import Expression, Source, Template, Text, Tree

Place: TypeAlias = "tuple[str, str]"
"""A root and a name, of a value that is looked up without anything being evaluated."""

_SIMPLE = frozenset({"captures", "secrets"})
_OPEN, _CLOSE, _LITERAL = "${{", "}}", "$${{"


def parse_text(raw: str, source: Source) -> Text:
    """The text itself when there is no expression in it, else a template; raises `ExpressionProblem`.

    `$${{` stands for a literal `${{`. Offsets of problems count from the start of `raw`; `source` is where it begins.
    """
    if _OPEN not in raw:
        return raw
    parts: list[str | Expression] = []
    literal, at = "", 0
    while at < len(raw):
        if raw.startswith(_LITERAL, at):
            literal, at = literal + _OPEN, at + len(_LITERAL)
        elif raw.startswith(_OPEN, at):
            end = _end_of(raw, at + len(_OPEN))
            expression = _checked(raw[at + len(_OPEN) : end], at + len(_OPEN), raw, source)
            parts += [literal, expression] if literal else [expression]
            literal, at = "", end + len(_CLOSE)
        else:
            following = raw.find("$", at + 1)
            following = len(raw) if following < 0 else following
            literal, at = literal + raw[at:following], following
    if literal:
        parts.append(literal)
    if any(isinstance(part, Expression) for part in parts):
        return Template(tuple(parts))
    return literal


def as_written(text: Text) -> str:
    """What `parse_text` makes the text of again."""
    if isinstance(text, str):
        return text.replace(_OPEN, _LITERAL)
    parts = (part if isinstance(part, str) else f"{_OPEN}{part.text}{_CLOSE}" for part in text.parts)
    return "".join(
        part.replace(_OPEN, _LITERAL) if isinstance(own, str) else part
        for own, part in zip(text.parts, parts, strict=True)
    )


def _end_of(raw: str, start: int) -> int:
    """Where the closing braces stand that are not inside a quoted text."""
    quote = ""
    at = start
    while at < len(raw):
        char = raw[at]
        if quote:
            at += 1 if char == "\\" else 0
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif raw.startswith(_CLOSE, at):
            return at
        at += 1
    raise ExpressionProblem(
        "`${{` is never closed", start - len(_OPEN), "close it with `}}`; `$${{` writes it literally"
    )


def _checked(text: str, offset: int, raw: str, source: Source) -> Expression:
    try:
        compile_expression(text)
    except ExpressionProblem as problem:
        raise ExpressionProblem(problem.message, offset + problem.offset, problem.hint) from problem
    column = source.column + offset if "\n" not in raw[:offset] else source.column
    return Expression(text, Source(source.path, source.line, column))


def render_text(text: Text, scope: Scope) -> Value:
    """The value of a text: of one whole expression with its type, of a mixed one as text, or as a secret text.

    Raises `TemplateError` when null, an object or a list stands amid text, or the whole is longer than 1 MiB.
    """
    if isinstance(text, str):
        return text
    if (whole := text.whole) is not None:
        return compile_expression(whole.text).evaluate(scope)
    rendered: list[str] = []
    secrets: list[Secret] = []
    for part in text.parts:
        value = part if isinstance(part, str) else compile_expression(part.text).evaluate(scope)
        if isinstance(value, Secret):
            secrets.append(value)
            value = value.reveal()
        rendered.append(value if isinstance(part, str) else _embedded(value, part))
    return tainted(bounded("".join(rendered)), secrets)


def _embedded(value: Any, expression: Expression) -> str:
    if isinstance(value, str | int | float):
        return text_of(value)
    compiled = compile_expression(expression.text)
    message = f"${{{{ {compiled.text} }}}} is {describe(value)} and cannot stand amid text"
    raise TemplateError(message, captured=compiled.captured, hint=f"use ${{{{ json({compiled.text}) }}}}")


def place_of(text: Text) -> Place | None:
    """The place, of a text that is nothing but `${{ captures.NAME }}` or `${{ secrets.NAME }}`."""
    whole = text.whole if isinstance(text, Template) else None
    if whole is None:
        return None
    compiled = compile_expression(whole.text)
    for one in compiled.references:
        if one.root in _SIMPLE and compiled.text == f"{one.root}.{one.path[0]}":
            return one.root, str(one.path[0])
    return None


def render_tree(tree: Tree, scope: Scope) -> Value:
    """The tree with every template rendered: dicts, lists, scalars, and `Secret`s as leaves."""
    if isinstance(tree, Template):
        return render_text(tree, scope)
    if isinstance(tree, tuple):
        return [render_tree(item, scope) for item in tree]
    if isinstance(tree, str) or not isinstance(tree, Mapping):  # to ask for a mapping takes longest
        return tree
    return {key: render_tree(value, scope) for key, value in tree.items()}


def expressions_in(tree: Tree) -> tuple[Expression, ...]:
    """Every expression of a tree, in order."""
    if isinstance(tree, Template):
        return tree.expressions
    if isinstance(tree, Mapping):
        return tuple(found for value in tree.values() for found in expressions_in(value))
    if isinstance(tree, tuple):
        return tuple(found for item in tree for found in expressions_in(item))
    return ()
