"""XPath 1.0 over XML: checked when a file is read, bounded in the work it does, typed results.

Its own module, loaded by name where a probe uses XML, because of the library beneath it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

from synthmon.language.suggest import did_you_mean
from synthmon.language.views import TooMuchWork
from synthmon.nouns import dataclass

LONGEST = 1000  # characters
MOST_VISITS = 50_000_000  # nodes, by the estimate below: a second or so, outside the interpreter
MOST_COMPARED = 2_500_000_000  # pairs of nodes, where what is found may be found again: a second or so as well
MOST_NODES = 10_000  # of a result
MOST_TEXT = 4 * 1024 * 1024  # characters of a result

FUNCTIONS = (
    *("last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat", "starts-with"),
    *("contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space", "translate"),
    *("boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round"),
)
_NODE_TYPES = frozenset({"text", "node", "comment", "processing-instruction"})
_NAME = r"[A-Za-z_][\w.\-]*"
_PREFIX = re.compile(rf"({_NAME}):(?!:)(?=[\w*])")
_CALL = re.compile(rf"((?:{_NAME}:(?!:))?{_NAME})\s*\(")
_VARIABLE = re.compile(r"\$[\w:.\-]+")
_WIDE = re.compile(
    r"//|\.\.|(?:descendant|following|preceding|ancestor|parent)[\w-]*\s*::|(?<![\w\])\"'*.])/|\bid\s*\("
)
_ALONG = re.compile(r"(?:following|preceding)[\w-]*\s*::")
_NAMESPACES = re.compile(r"\bnamespace\s*::")
_PATH_ENDS = re.compile(r"[(),=<>+!]|\s(?:and|or|div|mod|-)\s")
_STEP = re.compile(r"(//?)?\s*((?:[\w-]+\s*::\s*)?)(\.\.?|@?[\w.:*-]*)")
_UPWARDS = re.compile(r"(?:parent|ancestor)[\w-]*\s*::")
_DOWNWARDS = re.compile(r"descendant[\w-]*\s*::")


class XPathProblem(ValueError):
    """A path that cannot be used: what is wrong, at which character, and how to mend it."""

    def __init__(self, message: str, offset: int = 0, length: int = 1, hint: str | None = None) -> None:
        super().__init__(message)
        self.offset, self.length, self.hint = offset, length, hint


@dataclass(frozen=True, slots=True)
class Node:
    """One match. `value`: a text, a number or a truth value; of an element its text with that of all it holds."""

    label: str
    value: str | float | bool


class Query:
    """A compiled path. Of `size` nodes it looks at `size ** exponent` at most, roughly.

    With `repeats` it may come to a node in several ways; the library holds each node that it finds against all that it
    has found.
    """

    def __init__(self, text: str, compiled: etree.XPath, exponent: int, *, repeats: bool) -> None:
        self.text, self._compiled, self._exponent, self._repeats = text, compiled, exponent, repeats

    def find(self, document: Any, size: int, depth: int) -> tuple[Node, ...]:
        """Every match in document order; raises `TooMuchWork`. A number that is none (NaN) is no match."""
        compared = size ** (self._exponent + 1) * depth if self._repeats else 0
        if size**self._exponent > MOST_VISITS or compared > MOST_COMPARED:
            raise TooMuchWork(f"the XPath {self.text} leads over too many of {size} nodes; name more of the way")
        try:
            found = self._compiled(document)
        except etree.XPathError as error:
            raise TooMuchWork(f"the XPath {self.text} cannot be followed: {error}") from error
        return tuple(self._nodes(found))

    def _nodes(self, found: Any) -> Iterator[Node]:
        if not isinstance(found, list):
            if not (isinstance(found, float) and math.isnan(found)):
                yield Node("", _scalar(found))
            return
        if len(found) > MOST_NODES:
            raise TooMuchWork(
                f"the XPath {self.text} matches {len(found):,} nodes, and at most {MOST_NODES:,} are read"
            )
        left = MOST_TEXT
        for number, one in enumerate(found, 1):
            value = _text(one)
            left -= len(value)
            if left < 0:
                raise TooMuchWork(f"what the XPath {self.text} matches has too much text; name more of the way")
            yield Node(f"({self.text})[{number}]" if len(found) > 1 else "", value)


_string = etree.XPath("string()")


def _text(one: Any) -> str:
    """The string-value of a node (XPath 1.0, section 5)."""
    if isinstance(one, tuple):  # of the namespace axis: prefix and name
        return str(one[1])
    return str(_string(one)) if isinstance(one, etree._Element) else str(one)  # noqa: SLF001 - the only name it has


def _scalar(found: Any) -> str | float | bool:
    if isinstance(found, bool):
        return found
    if isinstance(found, float):
        return int(found) if found.is_integer() else found
    return str(found)


@lru_cache(maxsize=1024)
def compile_xpath(text: str, namespaces: tuple[tuple[str, str], ...] = ()) -> Query:
    """A path from its text; raises `XPathProblem`."""
    if len(text) > LONGEST:
        raise XPathProblem(f"an XPath has at most {LONGEST} characters")
    plain = _without_literals(text)
    _check_names(plain, {prefix for prefix, _ in namespaces})
    try:
        compiled = etree.XPath(text, namespaces=dict(namespaces), regexp=False, smart_strings=False)
        compiled(etree.Element("x"))
    except (etree.XPathError, etree.XPathSyntaxError, ValueError) as error:
        raise XPathProblem(f"not an XPath 1.0: {str(error).lower() or 'it cannot be read'}", 0, len(text)) from error
    return Query(text, compiled, _exponent(plain), repeats=_repeats(plain))


def _without_literals(text: str) -> str:
    """The path with everything inside quotes blanked, so that it is not taken for names."""
    return re.sub(r"\"[^\"]*\"|'[^']*'", lambda found: found[0][0] + " " * (len(found[0]) - 2) + found[0][0], text)


def _check_names(plain: str, prefixes: Collection[str]) -> None:
    if found := _VARIABLE.search(plain):
        message = f"`{found[0]}` is a variable, and an XPath has none here"
        raise XPathProblem(message, found.start(), len(found[0]), "an XPath is fixed; compare with an operator")
    for found in _CALL.finditer(plain):
        name = found[1]
        if name in FUNCTIONS or name in _NODE_TYPES or name in {"and", "or", "div", "mod"}:
            continue
        close = did_you_mean(name, FUNCTIONS)
        hint = f"did you mean `{close}`?" if close else "there are those of XPath 1.0 only"
        raise XPathProblem(f"unknown function `{name}`", found.start(1), len(name), hint)
    if found := _NAMESPACES.search(plain):
        message = "the axis `namespace` leads to every declaration again at every element"
        raise XPathProblem(message, found.start(), len(found[0]), "name what the element holds")
    for found in _PREFIX.finditer(plain):
        if found[1] not in prefixes and found[1] != "xml":
            message = f"the prefix `{found[1]}` stands for no namespace"
            raise XPathProblem(message, found.start(1), len(found[1]), "declare it under `namespaces:`")


def _exponent(plain: str) -> int:
    """How often the document may be gone through for each of its nodes: once more for each predicate that looks away.

    A predicate that stays below its node costs no more than the document altogether; one that leads to anywhere (`//`,
    `..`, `following::`) is looked at for each node that it is asked of.
    """
    away, depth = set[int](), 0
    at = 0
    while at < len(plain):
        char = plain[at]
        depth += (char == "[") - (char == "]")
        found = _WIDE.match(plain, at)
        if found:
            if depth > 0:
                away.add(depth)
            at = max(at + 1, found.end() - (found[0].endswith("(")))
        else:
            at += 1
    return 1 + len(away) + bool(_ALONG.search(re.sub(r"\[.*\]", "", plain)))


def _repeats(plain: str) -> bool:
    """Whether the path, or one in a predicate of it, may come to a node in several ways: where two paths are joined
    by `|`, and where a step that leads far down, up or along begins at more than one node.
    """
    return "|" in plain or any(_path_repeats(path, many=many) for path, many in _paths(plain))


def _paths(plain: str) -> Iterator[tuple[str, bool]]:
    """The paths in it without their predicates, each with whether it begins at what stands in brackets before it."""
    waiting = [plain]
    while waiting:
        bare, inner = _without_predicates(waiting.pop())
        waiting += inner
        at = 0
        for end in _PATH_ENDS.finditer(bare):
            yield bare[at : end.start()], at > 0 and bare[at - 1] == ")"
            at = end.end()
        yield bare[at:], at > 0 and bare[at - 1] == ")"


def _without_predicates(plain: str) -> tuple[str, list[str]]:
    """The text outside of square brackets, and what stands in each pair."""
    bare, inner, depth, began = "", list[str](), 0, 0
    for at, char in enumerate(plain):
        if char == "[":
            depth, began = depth + 1, at + 1 if depth == 0 else began
        elif char == "]":
            depth -= 1
            if depth == 0:
                inner.append(plain[began:at])
        elif depth == 0:
            bare += char
    return bare, inner


def _path_repeats(path: str, *, many: bool) -> bool:
    """Step by step; `many`: whether it may be at several nodes. A document has one root."""
    first = True
    for separator, axis, test in _STEP.findall(path.strip()):
        if not (separator or axis or test):
            continue
        far = separator == "//" or bool(_DOWNWARDS.match(axis) or _ALONG.match(axis))
        up = test == ".." or bool(_UPWARDS.match(axis))
        if many and (far or up):
            return True
        to_root = first and separator == "/"
        stays = test in {".", ".."} or axis.startswith(("self", "parent"))
        many = many or far or bool(axis.startswith("ancestor")) or not (to_root or stays)
        first = False
    return False
