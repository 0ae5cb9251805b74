"""Expressions: the small part of Python's grammar that may stand inside `${{ }}`, compiled to closures.

Only nodes on a list are accepted; everything else is a problem when the file is read, so that nothing can be called,
looped over or reached that is not named here. `.name` means a key, never an attribute.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from synthmon.errors import TemplateError
from synthmon.language.functions import FUNCTIONS, LARGEST_TEXT
from synthmon.language.show import describe, type_name
from synthmon.language.suggest import did_you_mean
from synthmon.model.secret import Secret

Value: TypeAlias = Any  # a JSON value, or a Secret

LONGEST = 500  # characters
DEEPEST = 40  # nested nodes
LARGEST_NUMBER = 1e300

ROOTS = ("vars", "secrets", "captures", "region", "run")
_KEYS = {"region": ("name",), "run": ("id", "started_at")}
_CONSTANTS = {"true": True, "false": False, "null": None}
_COMPARISONS: Mapping[type[ast.cmpop], tuple[str, Callable[[Any, Any], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
_ARITHMETIC: Mapping[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
}


class ExpressionProblem(Exception):
    """An expression that cannot be accepted: what is wrong, where in its text, and how to mend it."""

    def __init__(self, message: str, offset: int = 0, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.offset, self.hint = message, offset, hint


@dataclass(frozen=True, slots=True)
class Reference:
    """A value referred to: `captures.order.lines[0]` is root `captures`, path `("order", "lines", 0)`."""

    root: str
    path: tuple[str | int, ...]
    offset: int


def _no_secret(name: str) -> Secret:
    raise TemplateError(f"there is no secret {name!r} here")


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions can see while they are evaluated."""

    vars: Mapping[str, Value] = field(default_factory=dict)
    captures: Mapping[str, Value] = field(default_factory=dict)
    secret: Callable[[str], Secret] = _no_secret
    region: Mapping[str, Value] = field(default_factory=dict)
    run: Mapping[str, Value] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)


Evaluate: TypeAlias = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True)
class Compiled:
    """An accepted expression: what it refers to, what it calls, and how to evaluate it."""

    text: str
    references: tuple[Reference, ...]
    functions: frozenset[str]
    _evaluate: Evaluate

    def evaluate(self, scope: Scope) -> Value:
        """Its value; raises `TemplateError`, `captured` when a captured value took part in what went wrong."""
        captured = any(reference.root == "captures" for reference in self.references)
        try:
            value = self._evaluate(scope)
            _bounded(value)
        except TemplateError as error:
            raise TemplateError(f"${{{{ {self.text} }}}}: {error}", captured=captured, hint=error.hint) from error
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            reason = "cannot be computed from these values"
            raise TemplateError(f"${{{{ {self.text} }}}} {reason}", captured=captured) from error
        return value


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Compiled:
    """An expression from its text, without the braces; raises `ExpressionProblem`."""
    if len(text) > LONGEST:
        raise ExpressionProblem(f"an expression has at most {LONGEST} characters, this one has {len(text)}")
    if not text.strip():
        raise ExpressionProblem("the expression is empty", hint="write `${{ vars.name }}`")
    body = text.strip()
    compiler = _Compiler(len(text) - len(text.lstrip()), body)
    evaluate = compiler.node(_parsed(body, compiler), 0)
    return Compiled(body, tuple(compiler.references), frozenset(compiler.functions), evaluate)


def _parsed(body: str, compiler: _Compiler) -> ast.expr:
    try:
        return ast.parse(body, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        offset = max(0, (getattr(error, "offset", None) or 1) - 1)
        raise ExpressionProblem(_why_not_parsed(body), compiler.start + min(offset, len(body))) from error


def _why_not_parsed(body: str) -> str:
    if "{{" in body or "}}" in body:
        return "an expression holds no braces"
    if "&&" in body or "||" in body or "!" in body.replace("!=", ""):
        return "write `and`, `or`, `not` instead of `&&`, `||`, `!`"
    if "?" in body:
        return "there is no `a ? b : c`; `default(a, b)` takes b where a is null"
    return 'this is not an expression; a key that is a word of the language is written ["like this"]'


class _Compiler:
    """Walks the tree once, refusing what is not on the list and building closures from what is."""

    def __init__(self, start: int, body: str) -> None:
        self.start = start
        self.body = body
        self.references: list[Reference] = []
        self.functions: set[str] = set()

    def refuse(self, node: ast.AST, message: str, hint: str | None = None) -> ExpressionProblem:
        return ExpressionProblem(message, self.start + self._column(node), hint)

    def _column(self, node: ast.AST) -> int:
        # ast counts bytes; people and editors count characters
        offset = getattr(node, "col_offset", 0)
        return len(self.body.encode()[:offset].decode("utf-8", "replace"))

    def node(self, node: ast.expr, depth: int) -> Evaluate:
        if depth > DEEPEST:
            raise self.refuse(node, "the expression is nested too deeply")
        handler = _HANDLERS.get(type(node))
        if handler is None:
            raise self.refuse(node, *_NOT_ALLOWED.get(type(node), ("this is not allowed in an expression", None)))
        return handler(self, node, depth + 1)

    def constant(self, node: ast.Constant, _depth: int) -> Evaluate:
        value = node.value
        if isinstance(value, bool) or value is None:
            name = {True: "true", False: "false", None: "null"}[value]
            raise self.refuse(node, f"write `{name}` instead of `{value}`")
        if isinstance(value, float) and abs(value) > LARGEST_NUMBER:
            raise self.refuse(node, "the number is too large")
        if not isinstance(value, str | int | float):
            raise self.refuse(node, f"a literal is a text or a number, not {type(value).__name__}")
        return lambda _scope: value

    def name(self, node: ast.Name, _depth: int) -> Evaluate:
        if node.id in _CONSTANTS:
            value = _CONSTANTS[node.id]
            return lambda _scope: value
        if node.id in ROOTS:
            raise self.refuse(
                node, f"`{node.id}` alone has no value", f"name one, such as `{node.id}.{_example(node.id)}`"
            )
        raise self.refuse(node, f"unknown name `{node.id}`", self._hint_for(node.id))

    def _hint_for(self, name: str) -> str:
        if name in FUNCTIONS:
            return f"`{name}` is a function: `{name}(…)`"
        if f"-{name}" in self.body or f"{name}-" in self.body:
            return f'a name with a hyphen is written `vars["the-name"]`; values begin with {", ".join(ROOTS)}'
        close = did_you_mean(name, (*ROOTS, *_CONSTANTS))
        if close:
            return f"did you mean `{close}`?"
        return f"values begin with {', '.join(ROOTS)}; did you mean `vars.{name}`?"

    def access(self, node: ast.expr, depth: int) -> Evaluate:
        chain = self._chain(node)
        if chain is None:
            assert isinstance(node, ast.Attribute | ast.Subscript)
            inner, key = self.node(node.value, depth), self._key(node)
            return lambda scope: _item(inner(scope), key)
        root, path = chain
        self._check_path(node, root, path)
        self.references.append(Reference(root, path, self.start + self._column(node)))
        return _reader(root, path)

    def _chain(self, node: ast.expr) -> tuple[str, tuple[str | int, ...]] | None:
        """Root and path, if the node is a chain of keys that begins with a root."""
        path: list[str | int] = []
        while isinstance(node, ast.Attribute | ast.Subscript):
            path.append(self._key(node))
            node = node.value
        if isinstance(node, ast.Name) and node.id in ROOTS:
            return node.id, tuple(reversed(path))
        if isinstance(node, ast.Name) and node.id not in _CONSTANTS:
            self.name(node, 0)
        return None

    def _key(self, node: ast.Attribute | ast.Subscript) -> str | int:
        if isinstance(node, ast.Attribute):
            return node.attr
        index = node.slice
        if (
            isinstance(index, ast.UnaryOp)
            and isinstance(index.op, ast.USub)
            and isinstance(index.operand, ast.Constant)
        ):
            value = index.operand.value
            if isinstance(value, int):
                return -value
        if isinstance(index, ast.Constant) and isinstance(index.value, str | int) and not isinstance(index.value, bool):
            return index.value
        raise self.refuse(node, "brackets hold a whole number or a text", 'write `[0]` or `["key"]`')

    def _check_path(self, node: ast.expr, root: str, path: tuple[str | int, ...]) -> None:
        if not isinstance(path[0], str):
            raise self.refuse(node, f"`{root}` is named, not counted", f"write `{root}.{_example(root)}`")
        if root in _KEYS and path[0] not in _KEYS[root]:
            known = ", ".join(f"{root}.{key}" for key in _KEYS[root])
            raise self.refuse(node, f"there is no `{root}.{path[0]}`", f"there is {known}")
        if root == "secrets" and len(path) > 1:
            raise self.refuse(node, "a secret is a text and has no parts")

    def call(self, node: ast.Call, depth: int) -> Evaluate:
        if not isinstance(node.func, ast.Name):
            hint = "functions stand in front: `upper(vars.name)`" if isinstance(node.func, ast.Attribute) else None
            raise self.refuse(node, "values have no methods", hint)
        name = node.func.id
        function = FUNCTIONS.get(name)
        if function is None:
            close = did_you_mean(name, FUNCTIONS)
            hint = f"did you mean `{close}`?" if close else f"there are {', '.join(sorted(FUNCTIONS))}"
            raise self.refuse(node, f"unknown function `{name}`", hint)
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.refuse(node, f"`{name}` takes its arguments in order, without names")
        if not function.least <= len(node.args) <= function.most:
            raise self.refuse(node, f"`{name}` takes {_counted(function.least, function.most)}, not {len(node.args)}")
        self.functions.add(name)
        if name == "default":
            return self._default(node, depth)
        arguments = [self.node(argument, depth) for argument in node.args]
        return lambda scope: _call(name, [argument(scope) for argument in arguments], scope)

    def _default(self, node: ast.Call, depth: int) -> Evaluate:
        """`default(a, b)` is the one place where a missing key is not a fault."""
        first, second = (self.node(argument, depth) for argument in node.args)

        def evaluate(scope: Scope) -> Value:
            try:
                value = first(scope)
            except MissingKey:
                value = None
            return second(scope) if value is None else value

        return evaluate

    def compare(self, node: ast.Compare, depth: int) -> Evaluate:
        operands = [self.node(operand, depth) for operand in (node.left, *node.comparators)]
        tests = [self._comparison(node, kind) for kind in node.ops]

        def evaluate(scope: Scope) -> bool:
            values = [operand(scope) for operand in operands]
            return all(test(left, right) for test, left, right in zip(tests, values, values[1:], strict=False))

        return evaluate

    def _comparison(self, node: ast.Compare, kind: ast.cmpop) -> Callable[[Value, Value], bool]:
        if isinstance(kind, ast.Eq):
            return equal
        if isinstance(kind, ast.NotEq):
            return lambda left, right: not equal(left, right)
        if isinstance(kind, ast.In):
            return contains
        if isinstance(kind, ast.NotIn):
            return lambda left, right: not contains(left, right)
        if type(kind) not in _COMPARISONS:
            raise self.refuse(node, "write `==` and `!=` instead of `is` and `is not`")
        sign, compare = _COMPARISONS[type(kind)]
        return lambda left, right: _ordered(sign, compare, left, right)

    def logic(self, node: ast.BoolOp, depth: int) -> Evaluate:
        operands = [self.node(operand, depth) for operand in node.values]
        if isinstance(node.op, ast.And):
            return lambda scope: all(_truth(operand(scope)) for operand in operands)
        return lambda scope: any(_truth(operand(scope)) for operand in operands)

    def unary(self, node: ast.UnaryOp, depth: int) -> Evaluate:
        operand = self.node(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda scope: not _truth(operand(scope))
        if isinstance(node.op, ast.USub):
            return lambda scope: -_number("-", operand(scope))
        raise self.refuse(node, "this sign is not allowed in an expression")

    def arithmetic(self, node: ast.BinOp, depth: int) -> Evaluate:
        if isinstance(node.op, ast.BitOr):
            raise self.refuse(node, "there are no filters with `|`", "functions stand in front: `upper(vars.name)`")
        if type(node.op) not in _ARITHMETIC:
            raise self.refuse(node, "an expression knows + - * / on numbers and nothing beyond")
        sign, compute = _ARITHMETIC[type(node.op)]
        left, right = self.node(node.left, depth), self.node(node.right, depth)
        return lambda scope: _computed(sign, compute, left(scope), right(scope))


_HANDLERS: Mapping[type[ast.expr], Callable[[_Compiler, Any, int], Evaluate]] = {
    ast.Constant: _Compiler.constant,
    ast.Name: _Compiler.name,
    ast.Attribute: _Compiler.access,
    ast.Subscript: _Compiler.access,
    ast.Call: _Compiler.call,
    ast.Compare: _Compiler.compare,
    ast.BoolOp: _Compiler.logic,
    ast.UnaryOp: _Compiler.unary,
    ast.BinOp: _Compiler.arithmetic,
}

_NOT_ALLOWED: Mapping[type[ast.expr], tuple[str, str | None]] = {
    ast.IfExp: ("there is no `a if b else c`", "`default(a, b)` takes b where a is null"),
    ast.JoinedStr: ("there are no f-strings", "put texts together in the template: `x-${{ vars.name }}`"),
    ast.Lambda: ("there are no functions of one's own", None),
    ast.List: ("there are no lists in an expression", "declare one under `vars`"),
    ast.Tuple: ("there are no lists in an expression", "declare one under `vars`"),
    ast.Dict: ("there are no objects in an expression", "declare one under `vars`"),
    ast.Set: ("there are no braces in an expression", "write `${{ … }}`, with two braces"),
    ast.ListComp: ("there are no loops", None),
    ast.GeneratorExp: ("there are no loops", None),
}


class MissingKey(TemplateError):
    """A key, an index or a captured name that is not there."""


def _reader(root: str, path: tuple[str | int, ...]) -> Evaluate:
    name, rest = str(path[0]), path[1:]

    def evaluate(scope: Scope) -> Value:
        if root == "secrets":
            return scope.secret(name)
        value = _item(getattr(scope, root), name, root)
        for key in rest:
            value = _item(value, key)
        return value

    return evaluate


def _item(value: Value, key: str | int, root: str | None = None) -> Value:
    if isinstance(value, Mapping):
        if key in value:
            return value[key]
        close = did_you_mean(str(key), map(str, value))
        there = f"did you mean {close!r}?" if close else f"there is {', '.join(map(str, list(value)[:8])) or 'nothing'}"
        what = f"`{root}.{key}` has no value yet" if root == "captures" else f"there is no {key!r} in {root or 'it'}"
        raise MissingKey(what, hint=there)
    if isinstance(value, list | tuple) and isinstance(key, int):
        if -len(value) <= key < len(value):
            return value[key]
        raise MissingKey(f"there is no [{key}] in a {describe(value)}")
    raise MissingKey(f"{describe(value)} has no {key!r}")


def _plain(value: Value) -> Value:
    return value.reveal() if isinstance(value, Secret) else value


def equal(left: Value, right: Value) -> bool:
    """Strict equality: 20 equals 20.0, text never equals a number, true is not 1; lists and objects by their parts."""
    left, right = _plain(left), _plain(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())
    return (type(left) is type(right) and bool(left == right)) or (_both_numbers(left, right) and bool(left == right))


def _both_numbers(left: Value, right: Value) -> bool:
    return isinstance(left, int | float) and isinstance(right, int | float)


def contains(part: Value, whole: Value) -> bool:
    """Whether a text holds a text, a list an equal item, an object a key."""
    part, whole = _plain(part), _plain(whole)
    if isinstance(whole, str):
        return isinstance(part, str) and part in whole
    if isinstance(whole, list | tuple):
        return any(equal(part, item) for item in whole)
    if isinstance(whole, Mapping):
        return part in whole if isinstance(part, str) else False
    raise TemplateError(f"`in` looks into a text, a list or an object, not into {describe(whole)}")


def _ordered(sign: str, compare: Callable[[Any, Any], bool], left: Value, right: Value) -> bool:
    left, right = _plain(left), _plain(right)
    numbers = _both_numbers(left, right) and not isinstance(left, bool) and not isinstance(right, bool)
    if numbers or (isinstance(left, str) and isinstance(right, str)):
        return compare(left, right)
    raise TemplateError(f"`{sign}` compares two numbers or two texts, not {describe(left)} and {describe(right)}")


def _truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise TemplateError(f"`and`, `or`, `not` take true or false, not {describe(value)}")


def _number(sign: str, value: Value) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    hint = "put texts together in the template: `${{ a }}${{ b }}`" if type_name(value) == "string" else None
    raise TemplateError(f"`{sign}` computes with numbers, not with {describe(value)}", hint=hint)


def _computed(sign: str, compute: Callable[[Any, Any], Any], left: Value, right: Value) -> int | float:
    first, second = _number(sign, left), _number(sign, right)
    if sign == "/" and second == 0:
        raise TemplateError("division by zero")
    result: int | float = compute(first, second)
    _bounded(result)
    return result


def _bounded(value: Value) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) <= LARGEST_NUMBER:
        raise TemplateError("the number is too large")
    if isinstance(value, str) and len(value) > LARGEST_TEXT:
        raise TemplateError("the text is longer than 1 MiB")


def _call(name: str, arguments: list[Value], scope: Scope) -> Value:
    function = FUNCTIONS[name]
    body = function.body or scope.functions.get(name)
    if body is None:
        raise TemplateError(f"`{name}` cannot be called here")
    secrets = [argument for argument in arguments if isinstance(argument, Secret)]
    if secrets and function.secret == "refuses":  # noqa: S105 - a mode, not a password
        raise TemplateError(f"`{name}` would show {secrets[0].shown}")
    value = body(*map(_plain, arguments))
    _bounded(value)
    if secrets and isinstance(value, str):
        return Secret("+".join(dict.fromkeys(secret.name for secret in secrets)), value)
    return value


def _counted(least: int, most: int) -> str:
    if least == most:
        return {0: "no argument", 1: "one argument", 2: "two arguments"}[most]
    return f"{least} to {most} arguments"


def _example(root: str) -> str:
    return {"region": "name", "run": "id"}.get(root, "name")
