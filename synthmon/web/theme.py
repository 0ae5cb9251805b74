"""Light or dark: the system's wish, or a choice that a cookie remembers and that holds before anything is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator

from starlette.requests import Request

COOKIE = "synthmon_theme"
THEMES = ("light", "dark")
LIGHT, DARK, NOT_LIGHT = ':root[data-theme="light"]', ':root[data-theme="dark"]', ':root:not([data-theme="light"])'

_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)\s*\{")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def theme_of(request: Request) -> str | None:
    """What was chosen; None: the system decides."""
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen in THEMES else None


def themed(css: str) -> str:
    """The style with its parts for the dark made to obey `data-theme` of the page before the system's wish.

    Paper is always light.
    """
    parts, at = (
        [':root[data-theme="light"] { color-scheme: light; } :root[data-theme="dark"] { color-scheme: dark; }'],
        0,
    )
    for start, end, body in _dark_parts(css):
        parts.append(css[at:start])
        wished, chosen = (
            _under(root, body) for root in (':root:not([data-theme="light"])', ':root[data-theme="dark"]')
        )
        parts.append(f"@media screen and (prefers-color-scheme: dark) {{{wished}}}\n@media screen {{{chosen}}}")
        at = end
    return "\n".join([*parts, css[at:]])


def _dark_parts(css: str) -> Iterator[tuple[int, int, str]]:
    """Where each part for the dark begins and ends, and what it holds."""
    for found in _DARK.finditer(css):
        depth, at = 1, found.end()
        while depth and at < len(css):
            depth += {"{": 1, "}": -1}.get(css[at], 0)
            at += 1
        yield found.start(), at, css[found.end() : at - 1]


def _under(root: str, body: str) -> str:
    """The rules, for a page whose root is such a one only."""

    def rule(found: re.Match[str]) -> str:
        selectors = (one.strip() for one in found[1].split(","))
        said = (root + one.removeprefix(":root") if one.startswith(":root") else f"{root} {one}" for one in selectors)
        return f"{', '.join(said)} {{{found[2]}}}"

    return _RULE.sub(rule, body)
