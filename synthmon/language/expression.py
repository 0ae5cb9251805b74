"""Expressions: the small part of Python's grammar that may stand inside `${{ }}`, compiled once, evaluated often."""

from __future__ import annotations

from functools import lru_cache

from synthmon.errors import TemplateError
from synthmon.language.compiler import Compiler, Evaluate
from synthmon.language.compute import bounded
from synthmon.language.syntax import parse
from synthmon.language.terms import ROOTS, THEIRS, ExpressionProblem, MissingKey, Reference, Scope, Value
from synthmon.nouns import dataclass

__all__ = [
    "LONGEST",
    "ROOTS",
    "Compiled",
    "ExpressionProblem",
    "MissingKey",
    "Reference",
    "Scope",
    "Value",
    "compile_expression",
]

LONGEST = 500  # characters


@dataclass(frozen=True, slots=True)
class Compiled:
    """An accepted expression: what it refers to, what it calls, and how to evaluate it."""

    text: str
    references: tuple[Reference, ...]
    functions: frozenset[str]
    _evaluate: Evaluate

    @property
    def captured(self) -> bool:
        """Whether a value that a target sent takes part in it."""
        return any(reference.root in THEIRS for reference in self.references)

    def evaluate(self, scope: Scope) -> Value:
        """Its value; raises `TemplateError`, `captured` when a captured value took part in what went wrong."""
        try:
            return bounded(self._evaluate(scope))
        except TemplateError as error:
            raise TemplateError(f"${{{{ {self.text} }}}}: {error}", captured=error.captured, hint=error.hint) from error
        except RecursionError as error:  # a variable made of a variable, hundreds of times over
            raise TemplateError(f"${{{{ {self.text} }}}}: its variables are nested too deeply") from error


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Compiled:
    """An expression from its text, without the braces; raises `ExpressionProblem`."""
    if len(text) > LONGEST:
        raise ExpressionProblem(f"an expression has at most {LONGEST} characters, this one has {len(text)}")
    body = text.strip()
    if not body:
        raise ExpressionProblem("the expression is empty", hint="write `${{ vars.name }}`")
    start = len(text) - len(text.lstrip())
    tree, source = parse(body, start)
    compiler = Compiler(source, start)
    part = compiler.node(tree)
    return Compiled(body, tuple(compiler.references), frozenset(compiler.functions), part.evaluate)
