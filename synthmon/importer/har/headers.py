"""Headers that a browser sent: which belong to the journey, and which cookies the jar of a run sends by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from synthmon.importer.har.entry import Entry
from synthmon.importer.headers import OURS
from synthmon.importer.maker import Maker

_BROWSERS = frozenset(
    {
        "user-agent",
        "accept-language",
        "dnt",
        "upgrade-insecure-requests",
        "pragma",
        "cache-control",
        "referer",
        "origin",
    }
    | {"if-none-match", "if-modified-since", "priority", "x-client-data", "purpose", "save-data", "accept-charset"}
)
_DULL_ACCEPT = re.compile(r"\*/\*|text/html|image/|text/css")
_COUNTING = re.compile(
    r"(?i)_ga|_gid|_gat|_gcl|_{2,3}utm|_fbp|_hj|_pk_|ajs_|wt_|mp_|amplitude|optimizely|_clck|_clsk|intercom"
)


class Cookies:
    """Which cookies were set within the recording: the jar of the run has them, too."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._set: set[str] = set()

    def learn(self, entry: Entry) -> None:
        for name, value in entry.answer_headers:
            if name.lower() == "set-cookie":
                self._set.update(part.partition("=")[0].strip() for part in value.split("\n"))

    def header(self, value: str, entry: Entry) -> str:
        """What has to be sent beside the jar: a secret, or nothing."""
        given: list[str] = []
        for part in value.split(";"):
            name = part.partition("=")[0].strip()
            if name in self._set:
                why = "it was set by an earlier answer; the jar of the run sends it"
                self._maker.table.changed("log.entries", f"cookie {name}", why)
            elif _COUNTING.match(name):
                self._maker.table.dropped("log.entries", f"cookie {name}", "it counts visitors")
            elif name:
                given.append(part.strip())
        if not given:
            return ""
        names = ", ".join(part.partition("=")[0] for part in given)
        why = f"{names} had been set before the recording began; provide `name=value; …` as a secret"
        self._maker.table.changed(entry.place, "cookies", why)
        return self._maker.vault.hide("; ".join(given), "cookie", f"the cookies {names}")


def wanted_headers(maker: Maker, cookies: Cookies, entry: Entry) -> Iterator[tuple[str, str]]:
    """The headers that are part of the request's meaning."""
    for name, value in entry.headers:
        lower = name.lower()
        if lower == "cookie":
            if rest := cookies.header(value, entry):
                yield name, rest
        elif lower in OURS or name.startswith(":"):
            maker.table.dropped("log.entries", f"header {name}", "synthmon writes it itself")
        elif lower in _BROWSERS or lower.startswith("sec-") or (lower == "accept" and _DULL_ACCEPT.match(value)):
            maker.table.dropped("log.entries", f"header {name}", "a browser sends it by itself")
        else:
            yield name, value
