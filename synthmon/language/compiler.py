"""The tree of an expression turned into closures; what is not on the list of nodes is a problem when a file is read.

Nothing can be called, looped over or reached that is not named here. `.name` means a key, never an attribute. An
operation whose operands are all literals is tried at once, so that `1 / 0` or `random_int(5, 1)` never reaches a run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

from synthmon.errors import TemplateError
from synthmon.language.compute import LARGEST_NUMBER, bounded, compared, computed, item, negative, truth
from synthmon.language.functions import FUNCTIONS, Function, Secrecy, impure_functions
from synthmon.language.suggest import did_you_mean
from synthmon.language.taint import revealed, secrets_in, tainted
from synthmon.language.terms import ROOTS, SIGNED, THEIRS, ExpressionProblem, MissingKey, Reference, Scope, Value
from synthmon.nouns import dataclass
from synthmon.patterns import regular

Evaluate: TypeAlias = Callable[[Scope], Value]

DEEPEST = 40  # nested nodes
_ANSWER = ("status", "headers", "cookies", "json", "text")
_KEYS = {"region": ("name",), "run": ("id", "started_at"), "response": _ANSWER, "request": SIGNED}
_EXAMPLES = {"region": "name", "run": "id", "response": "status", "request": "method"}
_WITH_PARTS = frozenset({"headers", "cookies", "json"})  # of an answer
_NUMBERS = frozenset({"status", "timestamp", "timestamp_ms"})
_CONSTANTS = {"true": True, "false": False, "null": None}
_SPELLED: Mapping[object, str] = {True: "true", False: "false", None: "null"}
_UNARY: Mapping[type[ast.unaryop], Callable[[Value], Value]] = {
    ast.Not: lambda value: not truth(value),
    ast.USub: negative,
}
_ARITHMETIC: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_LISTS = ("there are no lists in an expression", "declare one under `vars`")
_REFUSED: Mapping[type[ast.expr], tuple[str, str | None]] = {
    ast.IfExp: ("there is no `a if b else c`", "`default(a, b)` takes b where a is null"),
    ast.Lambda: ("there are no functions of one's own", None),
    ast.List: _LISTS,
    ast.Tuple: _LISTS,
    ast.Dict: ("there are no objects in an expression", "declare one under `vars`"),
    ast.Set: ("there are no braces in an expression", "write `${{ … }}`, with two braces"),
    ast.ListComp: ("there are no loops", None),
    ast.SetComp: ("there are no loops", None),
    ast.DictComp: ("there are no loops", None),
    ast.GeneratorExp: ("there are no loops", None),
    ast.NamedExpr: ("nothing can be assigned in an expression", "declare it under `vars`"),
}
# Names by which other tools reach what is reached otherwise here.
_ELSEWHERE = {
    "steps": "capture the value in its step, then write captures.NAME",
    "env": "list it under `secrets:`, or declare it under `vars:`",
}
_HYPHENATED = regular(r"([A-Za-z_][\w.\[\]]*)\.([A-Za-z_]\w*(?:-[A-Za-z_]\w*)+)")


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled node. `captured`: a capture takes part in it. `constant`: it is made of literals alone."""

    evaluate: Evaluate
    captured: bool = False
    constant: bool = False


class _NoChance:
    """Chance for a rehearsal: always the first that is possible."""

    def randrange(self, start: int, stop: int) -> int:  # noqa: ARG002 - the shape of `Chance`
        return start

    def randbytes(self, n: int) -> bytes:
        return bytes(n)


_REHEARSAL = Scope(functions=impure_functions(lambda: datetime(2000, 1, 1, tzinfo=UTC), _NoChance()))


class Compiler:
    """Walks one tree once. `body`: the text it was read from; `start`: where that begins in the text people wrote."""

    def __init__(self, body: str, start: int) -> None:
        self.references: list[Reference] = []
        self.functions: set[str] = set()
        self._body, self._start = body, start
        self._replaceable = 0  # how many `default(…)` have another value for what is looked at
        self._bytes = body.encode("utf-8", "surrogatepass")
        self._handlers: Mapping[type[ast.expr], Callable[[Any, int], Part]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._access,
            ast.Subscript: self._access,
            ast.Call: self._call,
            ast.Compare: self._compare,
            ast.BoolOp: self._logic,
            ast.UnaryOp: self._sign,
            ast.BinOp: self._arithmetic,
        }

    def node(self, node: ast.expr, depth: int = 0) -> Part:
        if depth > DEEPEST:
            raise self._refuse(node, "the expression is nested too deeply")
        handler = self._handlers.get(type(node))
        if handler is None:
            raise self._refuse(node, *_REFUSED.get(type(node), ("this is not allowed in an expression", None)))
        return handler(node, depth + 1)

    def _refuse(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionProblem:
        return ExpressionProblem(message, self._start + self._column(getattr(node, "col_offset", 0)), hint)

    def _column(self, offset: int) -> int:
        """Python's parser counts bytes, people and editors count characters."""
        return len(self._bytes[:offset].decode("utf-8", "replace"))

    def _operation(self, node: ast.expr, operands: Sequence[Part], apply: Callable[..., Value]) -> Part:
        """Operands put together by `apply(scope, *values)`; a fault knows whether a captured value took part."""
        captured = any(operand.captured for operand in operands)
        constant = all(operand.constant for operand in operands)
        evaluators = [operand.evaluate for operand in operands]

        def evaluate(scope: Scope) -> Value:
            values = [operand(scope) for operand in evaluators]
            try:
                return apply(scope, *values)
            except TemplateError as error:
                error.captured = captured
                raise
            except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
                raise TemplateError("it cannot be computed from these values", captured=captured) from error

        if constant:
            self._rehearse(node, evaluate)
        return Part(evaluate, captured, constant)

    def _rehearse(self, node: ast.expr, evaluate: Evaluate) -> None:
        try:
            evaluate(_REHEARSAL)
        except TemplateError as error:
            raise self._refuse(node, str(error), error.hint) from error

    # Literals and names

    def _constant(self, node: ast.Constant, _depth: int) -> Part:
        value = node.value
        if value is None or isinstance(value, bool):
            raise self._refuse(node, f"write `{_SPELLED[value]}` instead of `{value}`")
        if not isinstance(value, str | int | float):
            raise self._refuse(node, "a literal is a text or a number")
        if isinstance(value, int | float) and value > LARGEST_NUMBER:
            raise self._refuse(node, "the number is too large")
        return Part(lambda _scope: value, constant=True)

    def _name(self, node: ast.Name, _depth: int) -> Part:
        if node.id in _CONSTANTS:
            value = _CONSTANTS[node.id]
            return Part(lambda _scope: value, constant=True)
        if node.id in ROOTS:
            hint = f"name one, such as `{_example(node.id)}`"
            raise self._refuse(node, f"`{node.id}` alone has no value", hint)
        raise self._unknown(node)

    def _unknown(self, node: ast.Name) -> ExpressionProblem:
        name = node.id
        at = self._column(node.col_offset)
        for found in _HYPHENATED.finditer(self._body):
            if found.start() <= at < found.end():
                message = f"`{found[2]}` has a hyphen, which is read as minus"
                return ExpressionProblem(message, self._start + found.start(2), f'write {found[1]}["{found[2]}"]')
        return self._refuse(node, f"unknown name `{name}`", _hint_for(name))

    # Keys

    def _access(self, node: ast.Attribute | ast.Subscript, depth: int) -> Part:
        base, path = self._chain(node)
        if isinstance(base, ast.Name) and base.id in ROOTS:
            self._check_path(node, base.id, path)
            at = self._start + self._column(node.col_offset)
            self.references.append(Reference(base.id, path, at, optional=self._replaceable > 0))
            return Part(_reader(base.id, path), base.id in THEIRS)
        if not isinstance(base, ast.Call):
            self.node(base, depth)  # which refuses unknown names and what is no value at all
            raise self._refuse(node, "only values under a name have keys", "write it like vars.name")
        return self._operation(node, [self.node(base, depth)], partial(_followed, path))

    def _chain(self, node: ast.expr) -> tuple[ast.expr, tuple[str | int, ...]]:
        """What keys are looked up in, and the keys, from left to right."""
        path: list[str | int] = []
        while isinstance(node, ast.Attribute | ast.Subscript):
            path.append(self._key(node))
            node = node.value
        return node, tuple(reversed(path))

    def _key(self, node: ast.Attribute | ast.Subscript) -> str | int:
        if isinstance(node, ast.Attribute):
            return node.attr
        index = node.slice
        sign = 1
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
            sign, index = -1, index.operand
        if isinstance(index, ast.Constant):
            if isinstance(index.value, int) and not isinstance(index.value, bool):
                return sign * index.value
            if isinstance(index.value, str) and sign == 1:
                return index.value
        raise self._refuse(node, "brackets hold a whole number or a text", 'write `[0]` or `["key"]`')

    def _check_path(self, node: ast.expr, root: str, path: tuple[str | int, ...]) -> None:
        if not isinstance(path[0], str):
            raise self._refuse(node, f"`{root}` is named, not counted", f"write `{_example(root)}`")
        if root in _KEYS and path[0] not in _KEYS[root]:
            known = ", ".join(f"{root}.{key}" for key in _KEYS[root])
            raise self._refuse(node, f"there is no `{root}.{path[0]}`", f"there is {known}")
        if root == "secrets" and len(path) > 1:
            raise self._refuse(node, "a secret is a text and has no parts")
        if root in _KEYS and len(path) > 1 and path[0] not in _WITH_PARTS:
            what = "a number" if path[0] in _NUMBERS else "a text"
            raise self._refuse(node, f"`{root}.{path[0]}` is {what} and has no parts")

    # Calls

    def _call(self, node: ast.Call, depth: int) -> Part:
        name, function = self._called(node)
        self._check_arguments(node, name, function)
        self.functions.add(name)
        if name == "default":
            return self._default(*node.args, depth=depth)
        arguments = [self.node(argument, depth) for argument in node.args]
        part = self._operation(node, arguments, partial(_called, name, function))
        return part if function.body else Part(part.evaluate, part.captured, constant=False)

    def _default(self, first: ast.expr, second: ast.expr, *, depth: int) -> Part:
        self._replaceable += 1
        wanted = self.node(first, depth)
        self._replaceable -= 1
        return _default(wanted, self.node(second, depth))

    def _called(self, node: ast.Call) -> tuple[str, Function]:
        if not isinstance(node.func, ast.Name):
            hint = "functions stand in front: `upper(vars.name)`" if isinstance(node.func, ast.Attribute) else None
            raise self._refuse(node, "values have no methods", hint)
        name = node.func.id
        if name not in FUNCTIONS:
            close = did_you_mean(name, FUNCTIONS)
            hint = f"did you mean `{close}`?" if close else f"there are {', '.join(sorted(FUNCTIONS))}"
            raise self._refuse(node, f"unknown function `{name}`", hint)
        return name, FUNCTIONS[name]

    def _check_arguments(self, node: ast.Call, name: str, function: Function) -> None:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._refuse(node, f"`{name}` takes its arguments in order, without names")
        if not function.least <= len(node.args) <= function.most:
            raise self._refuse(node, f"`{name}` takes {_counted(function.least, function.most)}, not {len(node.args)}")
        if function.secrecy is Secrecy.REFUSES and any(map(_is_secret, node.args)):
            raise self._refuse(node, f"`{name}` would show a secret in the clear", "use it as the text that it is")

    # Signs

    def _compare(self, node: ast.Compare, depth: int) -> Part:
        unknown = [kind for kind in node.ops if type(kind) not in _COMPARISONS]
        if unknown:
            raise self._refuse(node, "write `==` and `!=` instead of `is` and `is not`")
        signs = tuple(_COMPARISONS[type(kind)] for kind in node.ops)
        operands = [self.node(operand, depth) for operand in (node.left, *node.comparators)]
        return self._operation(node, operands, lambda _scope, *values: compared(signs, values))

    def _logic(self, node: ast.BoolOp, depth: int) -> Part:
        """Each operand must be true or false by itself, and is looked at only if those before leave it open."""
        operands = [
            self._operation(operand, [self.node(operand, depth)], lambda _scope, value: truth(value))
            for operand in node.values
        ]
        decide = all if isinstance(node.op, ast.And) else any
        return Part(
            lambda scope: decide(operand.evaluate(scope) for operand in operands),
            any(operand.captured for operand in operands),
            all(operand.constant for operand in operands),
        )

    def _sign(self, node: ast.UnaryOp, depth: int) -> Part:
        if type(node.op) not in _UNARY:
            raise self._refuse(node, "this sign is not allowed in an expression")
        compute = _UNARY[type(node.op)]
        return self._operation(node, [self.node(node.operand, depth)], lambda _scope, value: compute(value))

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Part:
        if isinstance(node.op, ast.BitOr):
            raise self._refuse(node, "there are no filters with `|`", "functions stand in front: `upper(vars.name)`")
        if type(node.op) not in _ARITHMETIC:
            raise self._refuse(node, "an expression knows + - * / on numbers and nothing beyond")
        sign = _ARITHMETIC[type(node.op)]
        operands = [self.node(node.left, depth), self.node(node.right, depth)]
        return self._operation(node, operands, lambda _scope, left, right: computed(sign, left, right))


def _reader(root: str, path: tuple[str | int, ...]) -> Evaluate:
    name, rest = str(path[0]), path[1:]
    if root == "secrets":
        return lambda scope: scope.secret(name)

    def evaluate(scope: Scope) -> Value:
        try:
            value = item(getattr(scope, root), name, root)
            return _followed(rest, scope, value) if rest else value
        except MissingKey as error:
            error.captured = root in THEIRS
            raise

    return evaluate


def _followed(path: tuple[str | int, ...], _scope: Scope, value: Value) -> Value:
    for key in path:
        value = item(value, key)
    return value


def _default(first: Part, second: Part) -> Part:
    """The one function that evaluates its arguments itself: a missing key is no fault in its first."""

    def evaluate(scope: Scope) -> Value:
        try:
            value = first.evaluate(scope)
        except MissingKey:
            value = None
        return second.evaluate(scope) if value is None else value

    return Part(evaluate, first.captured or second.captured, first.constant and second.constant)


def _called(name: str, function: Function, scope: Scope, *arguments: Value) -> Value:
    body = function.body or scope.functions.get(name)
    if body is None:
        raise TemplateError(f"`{name}` cannot be called here")
    if function.secrecy is Secrecy.KEEPS:
        return body(*arguments)
    secrets = [secret for argument in arguments for secret in secrets_in(argument)]
    if secrets and function.secrecy is Secrecy.REFUSES:
        raise TemplateError(f"`{name}` would show {secrets[0].shown} in the clear")
    value = bounded(body(*map(revealed, arguments)))
    return tainted(value, secrets) if isinstance(value, str) else value


def _is_secret(node: ast.expr) -> bool:
    owner = node.value if isinstance(node, ast.Attribute | ast.Subscript) else None
    return isinstance(owner, ast.Name) and owner.id == "secrets"


def _hint_for(name: str) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    if name in FUNCTIONS:
        return f"`{name}` is a function: `{name}(…)`"
    close = did_you_mean(name, (*ROOTS, *_CONSTANTS))
    if close:
        return f"did you mean `{close}`?"
    return f'a text is quoted: "{name}"; values begin with {", ".join(ROOTS)}'


def _counted(least: int, most: int) -> str:
    if least == most:
        return {0: "no argument", 1: "one argument", 2: "two arguments"}[most]
    return f"{least} to {most} arguments"


def _example(root: str) -> str:
    return f"{root}.{_EXAMPLES.get(root, 'name')}"
