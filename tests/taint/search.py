"""Looks for secrets in whatever came out, in six encodings written down here once more."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

import re2

SHORTEST = 6  # bytes; what is shorter is found by accident


def forms(value: str) -> Iterator[tuple[str, bytes]]:
    """The name of each encoding and how the value looks in it."""
    data = value.encode()
    yield "plain", data
    yield "url", quote(value, safe="").encode()
    yield "json", json.dumps(value)[1:-1].encode()
    yield "json", json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield "html", html.escape(value).encode()
    yield "hex", data.hex().encode()
    for before in range(3):  # what is the same whatever stands around it
        whole = base64.b64encode(b"\0" * before + data + b"\0\0\0")
        yield "base64", whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
    for line in value.splitlines() if "\n" in value else ():
        if not line.startswith("-----"):
            yield "line", line.encode()


class Search:
    """All forms of all secrets at once."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._names = {
            form: f"{name} as {encoding}"
            for name, value in secrets.items()
            for encoding, form in forms(value)
            if len(form) >= SHORTEST
        }
        options = re2.Options()
        options.max_mem = 512 << 20
        options.encoding = re2.Options.Encoding.LATIN1  # bytes as they are
        options.log_errors = False
        self._pattern = re2.compile(b"|".join(map(_literal, self._names)), options)

    def hits(self, outputs: Iterable[tuple[str, bytes]]) -> list[str]:
        """Where which secret stands and in what form; empty if all is well."""
        found: dict[str, None] = {}
        for where, content in outputs:
            for match in self._pattern.finditer(content):
                found[f"{self._names[match.group()]} in {where}"] = None
        return list(found)


def _literal(form: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in form)
