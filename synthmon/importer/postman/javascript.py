"""JavaScript taken apart into statements, as far as is needed to recognise well-known ones; nothing is executed."""

from __future__ import annotations

import re
from dataclasses import field

from synthmon.nouns import dataclass

_CALLBACK = re.compile(r"(?:function\s*\w*\s*\([^()]*\)|\([^()]*\)\s*=>|\w\s*=>)\s*$")
_BLOCK = re.compile(r"\}?\s*(?:else\s+)?(?:if|for|while|switch|catch|function|with|class|else|do|finally|async)\b")
_GOES_ON = re.compile(r"[.,=(+\-*/&|?:\[<>!]\s*$")
_FOLLOWS = re.compile(r"\s*(?:[.,)?:+*/&|\]=<>]|-)")
_HOLDS_CODE = re.compile(r"\bfunction\b|=>\s*\{")
_NEAR = 300  # characters of a statement that are looked at where a brace opens
_LONGEST = 100_000  # characters of a script
_MOST = 2000  # statements of a script


@dataclass(frozen=True, slots=True)
class Statement:
    """`conditional`: it may not run, or runs as part of something that is not understood."""

    text: str
    conditional: bool = False


@dataclass(slots=True)
class _Splitter:
    code: str
    at: int = 0
    level: int = 0
    current: list[str] = field(default_factory=list)
    head: str = ""
    tail: str = ""
    open: list[int] = field(default_factory=list)  # levels at which transparent blocks began
    found: list[Statement] = field(default_factory=list)

    def split(self) -> list[Statement]:
        while self.at < len(self.code) and len(self.found) < _MOST:
            self._step(self.code[self.at])
        self._flush()
        return self.found

    def _step(self, char: str) -> None:
        if self.code.startswith(("//", "/*"), self.at) and not self._in_regex():
            self.at = _after_comment(self.code, self.at)
        elif char in "'\"`":
            self._take(_after_quote(self.code, self.at))
        elif char == "/" and self._in_regex():
            self._take(_after_regex(self.code, self.at))
        elif char == "{":
            self._open()
        elif char == "}" and self.open and self.level == self.open[-1]:
            self._close()
        elif (char == ";" and self.level == (self.open[-1] if self.open else 0)) or (
            char == "\n" and self._ends_here()
        ):
            self.at += 1
            self._flush()
        else:
            self.level += (char in "([{") - (char in ")]}" and self.level > 0)
            self._take(self.at + 1)

    def _in_regex(self) -> bool:
        before = self.tail.rstrip()
        return self.code[self.at : self.at + 2] != "//" and (not before or before[-1] in "(,=:[!&|?{};")

    def _take(self, end: int) -> None:
        piece = self.code[self.at : end]
        self.current.append(piece)
        if len(self.head) < _NEAR:
            self.head = (self.head + piece).lstrip()[:_NEAR]
        self.tail = (self.tail + piece)[-_NEAR:]
        self.at = end

    def _open(self) -> None:
        called = _CALLBACK.search(self.tail) is not None
        if (called and self.head.startswith("pm.test")) or re.fullmatch(r"try\s*", self.head):
            self._clear()
            self.at += 1
            self.open.append(self.level)
        elif called or _BLOCK.match(self.head):
            self._take(_after_block(self.code, self.at))
            if _BLOCK.match(self.head):
                self._flush(conditional=True)
        else:
            self.level += 1
            self._take(self.at + 1)

    def _base(self) -> int:
        return self.open[-1] if self.open else 0

    def _clear(self) -> None:
        self.current.clear()
        self.head = self.tail = ""

    def _close(self) -> None:
        """The end of a test or a `try`: what closes the call behind it is no statement."""
        self._flush()
        self.level = self.open.pop()
        rest = re.compile(r"\}\s*\)?\s*;?").match(self.code, self.at)
        closed = rest[0] if rest else "}"
        self.level -= (")" in closed) and self.level > 0
        self.at += len(closed)

    def _ends_here(self) -> bool:
        if self.level != self._base() or not self.head or _GOES_ON.search(self.tail):
            return False
        return _FOLLOWS.match(self.code, self.at + 1) is None

    def _flush(self, *, conditional: bool = False) -> None:
        text = "".join(self.current).strip()
        conditional = conditional or _HOLDS_CODE.search(text) is not None
        self._clear()
        if text:
            self.found.append(Statement(text, conditional))


def _after_comment(code: str, at: int) -> int:
    end = code.find("\n" if code[at + 1] == "/" else "*/", at + 2)
    if end < 0:
        return len(code)
    return end if code[at + 1] == "/" else end + 2


def _after_quote(code: str, at: int) -> int:
    quote, at = code[at], at + 1
    while at < len(code) and code[at] != quote:
        at += 2 if code[at] == "\\" else 1
    return min(at + 1, len(code))


def _after_regex(code: str, at: int) -> int:
    end = at + 1
    in_class = False
    while end < len(code) and code[end] != "\n" and (code[end] != "/" or in_class):
        in_class = code[end] == "[" or (in_class and code[end] != "]")
        end += 2 if code[end] == "\\" else 1
    return min(end + 1, len(code))


def _after_block(code: str, at: int) -> int:
    depth = 0
    while at < len(code):
        char = code[at]
        if char in "'\"`":
            at = _after_quote(code, at)
            continue
        if code.startswith(("//", "/*"), at):
            at = _after_comment(code, at)
            continue
        depth += (char == "{") - (char == "}")
        at += 1
        if depth == 0:
            break
    return at


def statements(code: str) -> list[Statement]:
    """The statements in order; those of a `pm.test` callback and of `try` count as written outside of it."""
    return _Splitter(code[:_LONGEST]).split()


_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|`((?:[^`\\$]|\\.)*)`")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}


class NoLiteral(ValueError):
    """The text is more than a literal."""


def literal(text: str) -> str | int | float | bool | None:
    """The value of a literal; raises `NoLiteral` for anything else."""
    text = text.strip()
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    if re.fullmatch(r"-?(?:0|[1-9][0-9]{0,14})", text):
        return int(text)
    if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", text):
        return float(text)
    found = _STRING.fullmatch(text)
    if found is None:
        raise NoLiteral(text)
    inner = next(part for part in found.groups() if part is not None)
    return _ESCAPE.sub(_unescaped, inner)


def _unescaped(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1] or found[2], 16))
    return _NAMED.get(found[3], found[3])


def literals(text: str) -> list[str | int | float | bool | None]:
    """The values of a list of literals, without its brackets; raises `NoLiteral`."""
    return [literal(part) for part in split_top(text, ",")] if text.strip() else []


def split_top(text: str, mark: str) -> list[str]:
    """The text cut at a mark that stands outside of quotes and brackets."""
    parts, depth, at, start = [], 0, 0, 0
    while at < len(text):
        char = text[at]
        if char in "'\"`":
            at = _after_quote(text, at)
            continue
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and text.startswith(mark, at):
            parts.append(text[start:at])
            at += len(mark)
            start = at
            continue
        at += 1
    return [*parts, text[start:]]


def closing(text: str, start: int) -> int:
    """Where the bracket that was opened before `start` is closed; -1 if it is not."""
    depth, at = 1, start
    while at < len(text):
        if text[at] in "'\"`":
            at = _after_quote(text, at)
            continue
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return at
        at += 1
    return -1


def shown(text: str) -> str:
    """A statement for people: short, long texts in it left out, as they may be what nobody should read."""
    short = _STRING.sub(lambda found: found[0] if len(found[0]) < 30 or " " in found[0] else '"…"', text)
    line = " ".join(short.split())
    return line if len(line) <= 90 else f"{line[:89]}…"
