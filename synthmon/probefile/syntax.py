"""What the YAML parser says, in plain words; the classic mistakes get a text of their own."""

from __future__ import annotations

import re

import yaml

from synthmon.patterns import regular
from synthmon.probefile.document import Document, Spot
from synthmon.probefile.findings import Findings
from synthmon.probefile.quotes import open_quote

# An expression or a path with brackets inside {…} or […] that no quote opens.
_UNQUOTED = regular(r"""[\[{,:]\s*(?P<value>[^"'\s\[\]{},]*\$\{\{|\$[^"'\s,{}\[\]]*\[|[^"'\s,\[\]{}]*\[\*\])""")
_LIKELY_SECRET = regular(
    r"""(?i)\b[\w-]*(?:pass(?:wor[dt]|wd|phrase)|secret|token|api[_-]?key|authorization|credential)[\w-]*["']?\s*:\s*"""
    r"""(?P<value>(?!["']?[$\[{])[^\s#].*)"""
)
_ANCHOR = regular(r"(?:^|[\s\[{,])([*&])")
_PLAIN = {
    "found unexpected end of stream": "the file ends inside a quoted text",
    "found unexpected document indicator": "a document marker stands inside a quoted text",
    "did not find expected ',' or ']'": "the list that begins with `[`{opened} is not closed, or lacks a comma",
    "did not find expected ',' or '}'": "the mapping that begins with `{{`{opened} is not closed, or lacks a comma",
    "did not find expected '-' indicator": "this line does not fit the list before it",
    "did not find expected key": "this does not fit the mapping before it",
    "could not find expected ':'": "a colon is missing after the key",
    "did not find expected <document start>": "something stands here after the end of the document",
    "found unknown escape character": "there is no such escape in a double-quoted text",
    "found incompatible YAML document": "only YAML 1.1 and 1.2 can be read",
    "did not find expected comment or line break": "after `|` or `>` the line must end",
    "block sequence entries are not allowed in this context": "a list entry cannot stand here",
    "found undefined tag handle": "tags are not allowed",
    "found duplicate %YAML directive": "a directive stands here twice",
    "found duplicate %TAG directive": "a directive stands here twice",
}
_HELP = {
    "did not find expected ',' or ']'": "close it with `]`",
    "did not find expected ',' or '}'": "close it with `}`",
    "found unexpected end of stream": "close the quote",
    "did not find expected '-' indicator": "check the indentation",
    "did not find expected key": "check the indentation and the quotes around here",
    "could not find expected ':'": "write `key: value`",
    "found unknown escape character": "write a backslash twice, or use single quotes",
    "block sequence entries are not allowed in this context": "begin the list on a line of its own",
}


def syntax_problem(error: yaml.MarkedYAMLError, document: Document, findings: Findings) -> None:
    """Report the parser's error at its place."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        findings.error("syntax", f"this is not YAML: {error.problem}", Spot(1, 1))
        return
    problem = error.problem or ""
    if (quote := open_quote(document.text, mark.index)) is not None:
        message = "the quote that opens here is never closed"
        findings.error("open-quote", message, document.at(quote), "close it on this line")
        return
    if error.context_mark is not None and mark.index >= len(document.text.rstrip()):
        mark = error.context_mark  # what was opened and never closed is worth more than the end of the file
    spot = Spot(mark.line + 1, mark.column + 1)
    if problem == "could not find expected ':'" and error.context_mark is not None:
        spot = _first_of_line(document, error.context_mark.line + 1)  # the next line is where it was noticed
    if not _classic(document, spot, problem, findings):
        opened = f" in line {error.context_mark.line + 1}" if error.context_mark else ""
        message = _PLAIN.get(problem, f"this is not YAML: {problem}").format(opened=opened)
        findings.error("syntax", message, spot, _HELP.get(problem))


def _first_of_line(document: Document, number: int) -> Spot:
    """What stands first in the line, without the sign of a list's entry."""
    line = document.lines.line(number)
    start = len(line) - len(line.lstrip(" -"))
    return Spot(number, start + 1, max(1, len(line.rstrip()) - start))


def _classic(document: Document, spot: Spot, problem: str, findings: Findings) -> bool:
    line = document.lines.line(spot.line)
    character = line[spot.column - 1 : spot.column]
    if character == "\t" or "tab character" in problem:
        findings.error("tab", "a tab cannot indent YAML", spot, "indent with spaces")
        return True
    if found := _unquoted(line, spot, problem):
        findings.error("unquoted", f"inside {{…}} and […] {found[0]} must be quoted", found[1], found[2])
        return True
    if problem == "mapping values are not allowed in this context":
        _second_colon(line, spot, findings)
        return True
    if "alphabetic or numeric" in problem and (sign := _ANCHOR.search(line[: spot.column])) is not None:
        spot = Spot(spot.line, sign.start(1) + 1)
        findings.error("syntax", f"a text cannot begin with `{sign[1]}`", spot, "quote the text")
        return True
    if problem == "found character that cannot start any token":
        shown = "a backtick" if character == "`" else f"`{character}`"
        findings.error("syntax", f"a text cannot begin with {shown}", spot, "quote the text")
        return True
    return False


def _unquoted(line: str, spot: Spot, problem: str) -> tuple[str, Spot, str] | None:
    """What stands without its quotes, where, and how to write it."""
    if not any(word in problem for word in ("expected ',' or", "alphabetic or numeric", "expected key")):
        return None
    for found in _UNQUOTED.finditer(line):
        start, text = found.start("value"), found["value"]
        if start > spot.column + 1:
            break
        end = line.find("}}", start)
        if "${{" in text:
            stop = end + 2 if end >= 0 else len(line)
            return "an expression", Spot(spot.line, start + 1, stop - start), f'write "{line[start:stop]}"'
        shown = _path_at(line, start)
        return "a path with brackets", Spot(spot.line, start + 1, len(shown)), f'write "{shown}"'
    return None


def _path_at(line: str, start: int) -> str:
    """The path that begins there, up to a bracket that closes more than it opened."""
    depth = 0
    for end in range(start, len(line)):
        depth += {"[": 1, "]": -1}.get(line[end], 0)
        if depth < 0 or (depth == 0 and line[end] in " ,}"):
            return line[start:end]
    return line[start:]


def _second_colon(line: str, spot: Spot, findings: Findings) -> None:
    """`a: b: c` is a text with a colon in it; a colon in the line after a text is a wrong indentation."""
    if re.match(r"\s*(?:-\s+)*[^:#]+:\s+[^\s\"'\[{|>]", line[: spot.column - 1]):
        message = "a colon followed by a space cannot stand inside a text without quotes"
        findings.error("colon", message, spot, "quote the whole text")
    else:
        message = "this key does not fit the line before it"
        start = len(line) - len(line.lstrip())
        key = Spot(spot.line, start + 1, max(1, spot.column - 1 - start))
        findings.error("indentation", message, key, "indent it like its neighbours")


def hide_likely_secrets(document: Document) -> None:
    """A file that cannot be parsed has no keys to go by, so its lines are searched for values nobody should see."""
    for found in _LIKELY_SECRET.finditer(document.text):
        document.hidden.append(found.span("value"))
