"""GraphQL documents that can be asked: their syntax, their operations, and the variables that these need.

The grammar is that of executable documents (GraphQL specification, October 2021, appendix B.3); nothing of a schema is
known here, so whether a field exists is for the target to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import NoReturn

from synthmon.nouns import dataclass
from synthmon.patterns import regular

DEEPEST = 64  # nested selections and values

_TOKEN = regular(
    r'(?P<ignored>(?:[\ufeff\s,]|#[^\n\r]*)+)|(?P<block>"""(?:\\"""|[^"]|"(?!""))*""")'
    r'|(?P<string>"(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]+\})|[^"\\\n\r])*"(?!"))'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.]))|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<mark>\.\.\.|[!$&()|:=@\[\]{}])",
    re.ASCII,
)
_KINDS = ("query", "mutation", "subscription")


class GraphQLProblem(ValueError):
    """What is wrong with a document; `line` and `column` count from 1, `offset` from 0."""

    def __init__(self, message: str, text: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset
        self.line = text.count("\n", 0, offset) + 1
        self.column = offset - text.rfind("\n", 0, offset)


@dataclass(frozen=True, slots=True)
class Variable:
    """`required`: its type ends with `!` and it has no default."""

    name: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """`kind` is query, mutation or subscription; `name` is None for one without."""

    kind: str
    name: str | None
    variables: tuple[Variable, ...]


@dataclass(slots=True)
class Document:
    operations: list[Operation] = field(default_factory=list)
    fragments: set[str] = field(default_factory=set)
    used: dict[str, int] = field(default_factory=dict)  # variable -> where it stands first
    spread: dict[str, int] = field(default_factory=dict)  # fragment -> where it is spread first
    texts: list[tuple[str, int]] = field(default_factory=list)  # arguments with a text written out, and where


def parse_document(text: str) -> Document:
    """The document; raises `GraphQLProblem` where it breaks the grammar, or names what it does not define."""
    parser = _Parser(text)
    document = parser.document()
    for name, offset in document.spread.items():
        if name not in document.fragments:
            raise GraphQLProblem(f"there is no fragment `{name}`", text, offset)
    declared = {variable.name for operation in document.operations for variable in operation.variables}
    for name, offset in document.used.items():
        if name not in declared:
            raise GraphQLProblem(f"`${name}` is declared by no operation", text, offset)
    return document


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # block, string, number, name, mark or end
    text: str
    offset: int


class _Parser:
    """By recursive descent; nesting is bounded, so that no document exhausts the stack."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self._found = Document()
        self._token = self._read()

    def document(self) -> Document:
        while self._token.kind != "end":
            self._definition()
        if not self._found.operations:
            self._fail("there is no operation in it")
        return self._found

    # Tokens

    def _read(self) -> _Token:
        while self._at < len(self._text):
            start = self._at
            match = _TOKEN.match(self._text, start)
            if match is None or match.lastgroup is None:
                shown = self._text[start]
                what = "a text that does not end" if shown == '"' else f"{shown!r} cannot stand here"
                raise GraphQLProblem(what, self._text, start)
            self._at = match.end()
            if match.lastgroup != "ignored":
                return _Token(match.lastgroup, match[0], start)
        return _Token("end", "", len(self._text))

    def _next(self) -> _Token:
        token, self._token = self._token, self._read()
        return token

    def _is(self, *marks: str) -> bool:
        return self._token.kind in {"mark", "name"} and self._token.text in marks

    def _take(self, mark: str) -> bool:
        found = self._is(mark)
        if found:
            self._next()
        return found

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            self._fail(f"expected `{mark}`, found {self._shown()}")

    def _name(self, what: str) -> str:
        if self._token.kind != "name":
            self._fail(f"expected {what}, found {self._shown()}")
        return self._next().text

    def _shown(self) -> str:
        if self._token.kind == "end":
            return "the end"
        return "a text" if self._token.kind in {"string", "block"} else f"`{self._token.text[:40]}`"

    def _fail(self, message: str) -> NoReturn:
        raise GraphQLProblem(message, self._text, self._token.offset)

    def _nested(self, inner: Callable[[], None], opening: str, closing: str, what: str) -> None:
        """What stands between two brackets, once at least."""
        self._need(opening)
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"it is nested deeper than {DEEPEST} levels")
        if self._is(closing):
            self._fail(f"expected {what}, found `{closing}`")
        while not self._take(closing):
            inner()
        self._depth -= 1

    # Definitions

    def _definition(self) -> None:
        if self._is("{"):
            self._found.operations.append(Operation("query", None, ()))
            self._selections()
        elif self._is(*_KINDS):
            self._operation()
        elif self._take("fragment"):
            if self._is("on"):
                self._fail("a fragment cannot be called `on`")
            self._found.fragments.add(self._name("the fragment's name"))
            self._need("on")
            self._name("the type's name")
            self._directives()
            self._selections()
        else:
            self._fail(f"expected a query, a mutation or a fragment, found {self._shown()}")

    def _operation(self) -> None:
        kind = self._next().text
        name = self._next().text if self._token.kind == "name" else None
        variables: list[Variable] = []
        if self._is("("):
            self._nested(lambda: variables.append(self._declared()), "(", ")", "a variable")
        self._found.operations.append(Operation(kind, name, tuple(variables)))
        self._directives()
        self._selections()

    def _declared(self) -> Variable:
        self._need("$")
        name = self._name("the variable's name")
        self._need(":")
        required = self._type()
        if self._take("="):
            required = False
            self._value()
        self._directives()
        return Variable(name, required)

    def _type(self) -> bool:
        """Whether the type is one of values that must not be null."""
        depth = 0
        while self._take("["):
            depth += 1
        self._name("a type")
        required = self._take("!")
        for _ in range(depth):
            self._need("]")
            required = self._take("!")
        return required

    # Selections

    def _selections(self) -> None:
        self._nested(self._selection, "{", "}", "a field")

    def _selection(self) -> None:
        if self._take("..."):
            self._fragment()
            return
        self._name("a field")
        if self._take(":"):
            self._name("a field")
        if self._is("("):
            self._nested(self._argument, "(", ")", "an argument")
        self._directives()
        if self._is("{"):
            self._selections()

    def _fragment(self) -> None:
        if self._token.kind == "name" and self._token.text != "on":
            self._found.spread.setdefault(self._token.text, self._token.offset)
            self._next()
            self._directives()
            return
        if self._take("on"):
            self._name("the type's name")
        self._directives()
        self._selections()

    def _directives(self) -> None:
        while self._take("@"):
            self._name("the directive's name")
            if self._is("("):
                self._nested(self._argument, "(", ")", "an argument")

    def _argument(self) -> None:
        name = self._name("an argument")
        self._need(":")
        if self._token.kind in {"string", "block"} and self._token.text.strip('"'):
            self._found.texts.append((name, self._token.offset))
        self._value()

    def _value(self) -> None:
        if self._token.kind in {"string", "block", "number", "name"}:
            self._next()
        elif self._is("$"):
            offset = self._next().offset
            self._found.used.setdefault(self._name("the variable's name"), offset)
        elif self._is("["):
            self._list()
        elif self._is("{"):
            self._object()
        else:
            self._fail(f"expected a value, found {self._shown()}")

    def _list(self) -> None:
        self._bracketed(self._value, "[", "]")

    def _object(self) -> None:
        self._bracketed(self._argument, "{", "}")

    def _bracketed(self, inner: Callable[[], None], opening: str, closing: str) -> None:
        """A list or an object, which may be empty."""
        self._need(opening)
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"it is nested deeper than {DEEPEST} levels")
        while not self._take(closing):
            inner()
        self._depth -= 1
