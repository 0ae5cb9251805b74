"""Where a quote opens that nobody closed; the parser notices many lines later, at the next quote of its kind."""

from __future__ import annotations

import re

from synthmon.patterns import regular

_INDICATOR = regular(r"[-?:](?=\s)|,")
_QUOTED = regular(r""""[^"\\]*(?:\\.[^"\\]*)*(?P<double>")?|'[^']*(?:''[^']*)*(?P<single>')?""", re.DOTALL)
_COMMENT = regular(r"#[^\n]*")
_BLOCK = regular(r"[|>][-+0-9]*[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_PLAIN = regular(r"(?:(?!:\s|[ \t]#)[^\n])+:?")
_PLAIN_IN_BRACKETS = regular(r"(?:(?!:\s|[ \t]#)[^\n\[\]{},])+:?")
_DASHES = regular(r"\A[ \t]*(?:-[ \t]+)*")
# A line that was meant as YAML, not as the going on of a text.
_KEY_OR_ENTRY = regular(r"""[ \t]*(?:-[ \t]+|["']?[\w.$-]+["']?:(?:[ \t\r]|$))""", re.MULTILINE)
_GOES_ON_WELL = regular(r"[ \t\r]*(?:$|[,\]}:]|[ \t]#)", re.MULTILINE)


def open_quote(text: str, until: int) -> int | None:
    """The index of the quote, before that of the character where the parser gave up; None if every one is closed.

    A quoted text may well have several lines. One that swallows keys or entries of lists, and behind whose end stands
    what cannot stand there, was meant to end earlier.
    """
    at, depth = 0, 0
    while at < min(until + 1, len(text)):
        if text[at].isspace():
            at += 1
        elif text[at] in "[{]}":
            depth = max(0, depth + (1 if text[at] in "[{" else -1))
            at += 1
        elif not (quoted := _QUOTED.match(text, at)):
            at = _behind(text, at, inside=depth > 0)
        elif _is_open(text, quoted):
            return at
        else:
            at = quoted.end()
    return None


def _behind(text: str, at: int, *, inside: bool) -> int:
    """Where the comment, indicator, block or text without quotes ends that begins there; `inside` brackets or not."""
    if not inside and (block := _BLOCK.match(text, at)):
        return _behind_block(text, at, block.end())
    plain = _PLAIN_IN_BRACKETS if inside else _PLAIN
    found = _COMMENT.match(text, at) or _INDICATOR.match(text, at) or plain.match(text, at)
    return max(found.end() if found else 0, at + 1)


def _is_open(text: str, found: re.Match[str]) -> bool:
    if not (found["double"] or found["single"]):
        return True
    _, _, continued = found[0].partition("\n")
    return _KEY_OR_ENTRY.search(continued) is not None and _GOES_ON_WELL.match(text, found.end()) is None


def _behind_block(text: str, header: int, start: int) -> int:
    """Where the lines end that belong to the block text whose `|` or `>` stands at `header`."""
    line = text[text.rfind("\n", 0, header) + 1 : header]
    before = len(line) - len(_DASHES.sub("", line, count=1))
    indent = line.rfind("-") if "-" in line and before == len(line) else before
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        content = text[start:end]
        if content.strip() and len(content) - len(content.lstrip(" ")) <= indent:
            break
        start = end
    return start
