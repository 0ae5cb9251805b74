"""A text of shell commands -> the words of each, as POSIX `sh` reads them (and `$'…'` of bash); none is executed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field

from synthmon.importer.draft import NotImportable
from synthmon.nouns import dataclass

_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\})")
_ANSI = re.compile(r"\\(?:([abefnrtv\\'\"?])|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3}))")
_SHORT = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_END = frozenset("\n;&|")


@dataclass(frozen=True, slots=True)
class Command:
    """The words of one command; `line` is where it begins, counted from 1. `piped` is what followed it on its line."""

    line: int
    words: tuple[str, ...]
    piped: str = ""


@dataclass(slots=True)
class _Reader:
    text: str
    variable: Callable[[str, str | None], str]
    at: int = 0
    word: list[str] | None = None
    words: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    started: int = 0

    def read(self) -> list[Command]:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        self._end_command("")
        return self.commands

    def _step(self, char: str) -> None:
        if char in " \t\r":
            self._end_word()
            self.at += 1
        elif char in _END:
            self._separator(char)
        elif char in "<>":
            self._redirection()
        elif char == "#" and self.word is None:
            self.at = self._until_newline()
        elif char == "'":
            self._single()
        elif char == '"':
            self._double()
        else:
            self._plain(char)

    def _separator(self, char: str) -> None:
        rest = ""
        if char == "|" and self.text[self.at : self.at + 2] != "||":
            end = self._until_newline()
            rest, self.at = self.text[self.at : end].strip(), end
        self._end_command(rest)
        self.at += 0 if rest else 1

    def _redirection(self) -> None:
        """`> file` and `2> file` say where the output goes; they are skipped with the file."""
        if self.word is not None and "".join(self.word).isdigit():
            self.word = None
        self._end_word()
        found = re.compile(r"[<>]+&?\s*[^\s;|&]*").match(self.text, self.at)
        self.at = found.end() if found else self.at + 1

    def _plain(self, char: str) -> None:
        if char == "\\":
            following = self.text[self.at + 1 : self.at + 2]
            if following == "\r" and self.text[self.at + 2 : self.at + 3] == "\n":
                self.at += 3
                return
            if following != "\n":
                if not following:
                    raise self._problem(self.at, "a backslash stands at the end")
                self._put(following)
            self.at += 2
        elif self.text.startswith("$'", self.at):
            self._ansi()
        elif char in "$`":
            self._dollar()
        else:
            self._put(char)
            self.at += 1

    def _single(self) -> None:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise self._problem(self.at, "the quote ' is never closed")
        self._put(self.text[self.at + 1 : end])
        self.at = end + 1

    def _double(self) -> None:
        start = self.at
        self.at += 1
        self._put("")
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            following = self.text[self.at + 1 : self.at + 2]
            if char == "\\" and following and following in '$`"\\\n':
                self._put("" if following == "\n" else following)
                self.at += 2
            elif char in "$`":
                self._dollar()
            else:
                self._put(char)
                self.at += 1
        raise self._problem(start, 'the quote " is never closed')

    def _ansi(self) -> None:
        found = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL).match(self.text, self.at)
        if found is None:
            raise self._problem(self.at, "the quote $' is never closed")
        self._put(_ANSI.sub(_unescaped, found[1]))
        self.at = found.end()

    def _dollar(self) -> None:
        if self.text.startswith(("$(", "`"), self.at):
            raise self._problem(self.at, "a command inside the command is not executed", "put its result there")
        found = _VARIABLE.match(self.text, self.at)
        if found is None:
            self._put("$")
            self.at += 1
        else:
            self._put(self.variable(found[1] or found[2], found[3]))
            self.at = found.end()

    def _put(self, text: str) -> None:
        if self.word is None:
            self.word = []
            if not self.words:
                self.started = self.at
        self.word.append(text)

    def _end_word(self) -> None:
        if self.word is not None:
            self.words.append("".join(self.word))
            self.word = None

    def _end_command(self, piped: str) -> None:
        self._end_word()
        if self.words:
            self.commands.append(Command(self._line(self.started), tuple(self.words), piped))
        self.words = []

    def _until_newline(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def _problem(self, at: int, message: str, hint: str | None = None) -> NotImportable:
        column = at - (self.text.rfind("\n", 0, at) + 1) + 1
        return NotImportable(f"line {self._line(at)}, column {column}: {message}", hint=hint)


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return _SHORT.get(found[1], found[1])
    code = int(found[2] or found[3] or found[4], 16) if not found[5] else int(found[5], 8)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "�"


def commands(text: str, variable: Callable[[str, str | None], str]) -> list[Command]:
    """All commands of the text; `variable` gives what stands for `$NAME` (with the default of `${NAME:-default}`).

    Raises `NotImportable` with line and column for a quote that is never closed and for `$(…)`.
    """
    return _Reader(text, variable).read()
