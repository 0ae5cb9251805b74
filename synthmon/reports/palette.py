"""The colours of the stylesheets: light on paper, and as plain values for what knows no variables."""

from __future__ import annotations

import re

_LIGHT = re.compile(r":root\s*{([^}]*)}")
_VALUE = re.compile(r"--([a-z-]+):\s*([^;]+);")
_USE = re.compile(r"var\(--([a-z-]+)\)")
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) {\s*:root {[^}]*}\s*}")


def light_on_paper(style: str) -> str:
    """The style with its dark part for screens alone."""
    return style.replace("@media (prefers-color-scheme: dark)", "@media screen and (prefers-color-scheme: dark)")


def light(style: str) -> str:
    """For pictures and mail clients: the light colours in the places of the variables.

    Raises `KeyError` for a variable that has no value.
    """
    plain = _DARK.sub("", style)
    values = {name: value for block in _LIGHT.findall(plain) for name, value in _VALUE.findall(block)}
    return _USE.sub(lambda use: values[use[1]], _LIGHT.sub("", plain))
