"""The colours of the stylesheets as plain values, for what knows no variables: pictures and mail clients."""

from __future__ import annotations

import re

_LIGHT = re.compile(r":root\s*{([^}]*)}")
_VALUE = re.compile(r"--([a-z-]+):\s*([^;]+);")
_USE = re.compile(r"var\(--([a-z-]+)\)")
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) {\s*:root {[^}]*}\s*}")


def light(style: str) -> str:
    """The style with the light colours in the places of its variables; raises `KeyError` for one that has no value."""
    plain = _DARK.sub("", style)
    values = {name: value for block in _LIGHT.findall(plain) for name, value in _VALUE.findall(block)}
    return _USE.sub(lambda use: values[use[1]], _LIGHT.sub("", plain))
