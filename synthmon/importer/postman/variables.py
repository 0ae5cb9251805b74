"""`{{name}}` in a collection -> variables, secrets, captures and functions of a probe."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from synthmon.importer.maker import Maker
from synthmon.importer.pick import items, mapping, text
from synthmon.importer.postman.auth import settings
from synthmon.importer.postman.collection import Item
from synthmon.importer.sensitive import is_sensitive, is_sensitive_header, looks_secret
from synthmon.nouns import dataclass

VARIABLE = re.compile(r"\{\{([^{}]{1,200})\}\}")
UNSET = "set-me"
NO_HOST = "https://set-me.invalid"
_IN_JSON = re.compile(r"\"([^\"]{1,100})\"\s*:\s*\"?[^\"{}]*\{\{([^{}]{1,200})\}\}")
_IN_QUERY = re.compile(r"[?&]([^=&#]{1,100})=[^&#{]*\{\{([^{}]{1,200})\}\}")
_IN_FRONT = re.compile(r":\{\{([^{}]{1,200})\}\}@")

DYNAMIC = {
    "$guid": "uuid()",
    "$randomUUID": "uuid()",
    "$timestamp": "unix_time()",
    "$isoTimestamp": "now()",
    "$randomInt": "random_int(0, 1000)",
    "$randomAlphaNumeric": "random_string(1)",
    "$randomPassword": "random_string(15)",
    "$randomHexadecimal": "random_int(0, 255)",
    "$randomPrice": "random_int(1, 1000)",
    "$randomBankAccount": "random_int(10000000, 99999999)",
}


@dataclass(slots=True)
class Variables:
    """What each name stands for, at each request. `captured` says which request captures a name, and as what."""

    maker: Maker
    values: dict[str, Any] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    captured: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    _resolving: list[str] = field(default_factory=list)

    def declare(self, found: Any, place: str) -> None:
        """Variables of the collection or a folder; the first value of a name counts."""
        for one in map(mapping, items(found)):
            name = text(one.get("key")) or text(one.get("id"))
            if one.get("disabled"):
                self.maker.table.dropped(place, f"variable {name}", "it is switched off")
                continue
            if name:
                self.values.setdefault(name, one.get("value", ""))
            if one.get("type") == "secret":
                self.hidden.add(name)

    def suspect(self, item: Item) -> None:
        """Names that stand where a credential belongs are secrets wherever else they stand."""
        for name, value in settings(item.auth.get(text(item.auth.get("type")))).items():
            if is_sensitive(name) or name == "value":
                self.hidden.update(VARIABLE.findall(value))
        url = item.request.get("url")
        raw = text(mapping(url).get("raw")) or text(url)
        body = mapping(item.request.get("body"))
        for name, variable in (*_IN_QUERY.findall(raw), *_IN_JSON.findall(text(body.get("raw")))):
            if is_sensitive(name):
                self.hidden.add(variable)
        self.hidden.update(_IN_FRONT.findall(raw))
        pairs = (*items(item.request.get("header")), *items(body.get("urlencoded")), *items(body.get("formdata")))
        for one in map(mapping, pairs):
            name = text(one.get("key"))
            if is_sensitive_header(name) or is_sensitive(name):
                self.hidden.update(VARIABLE.findall(text(one.get("value"))))

    def fill(self, raw: str, number: int, *, host: bool = False) -> str:
        """The text with a hole for each variable. `host`: it is a url, which may begin with one."""
        for _ in range(5):
            filled = VARIABLE.sub(lambda found: self._one(found, number, host=host), raw)
            if filled == raw:
                return filled
            raw = filled
        return raw

    def _one(self, found: re.Match[str], number: int, *, host: bool) -> str:
        name = found[1].strip()
        before = found.string[: found.start()]
        if before.rfind("{{") > before.rfind("}}"):  # it is part of another name
            value = self.values.get(name)
            return name if value is None else text(value)
        first = host and found.start() == 0
        return self.reference(name, number, unset=NO_HOST if first else UNSET)

    def reference(self, name: str, number: int, unset: str = UNSET) -> str:
        """The hole for a name in the request of that number."""
        if name.startswith("$"):
            return self._dynamic(name)
        before = [capture for at, capture in self.captured.get(name, ()) if at < number]
        if before:
            return self.maker.holes.put(f"captures.{before[-1]}")
        wished = self.maker.wishes.variables.get(name)
        value = wished if wished is not None else self.values.get(name)
        written = text(value)
        if name in self.hidden or is_sensitive(name) or (written and looks_secret(written)):
            return self._secret(name, written)
        if value is None or name in self._resolving:
            return self._unknown(name, unset)
        self._resolving.append(name)
        filled = self.fill(written, number)
        self._resolving.pop()
        return self.maker.variable(name, filled)

    def _secret(self, name: str, value: str) -> str:
        where = f"the variable {name}"
        plain = value and not VARIABLE.search(value)
        hole = self.maker.vault.hide(value, name, where) if plain else self.maker.vault.need(name, where)
        self.maker.table.changed(f"variable {name}", "variable", f"it is a secret now: {self.maker.holes.plain(hole)}")
        return hole

    def _unknown(self, name: str, unset: str) -> str:
        hole = self.maker.variable(name, unset, "no value in the collection: set it")
        why = f"the collection has no value for it; {self.maker.holes.plain(hole)} has to be set, or `--var {name}=…`"
        self.maker.table.changed(f"variable {name}", "variable", why)
        return hole

    def _dynamic(self, name: str) -> str:
        expression = DYNAMIC.get(name)
        if expression is None:
            expression = "random_string(8)"
            why = "a probe makes no such values; eight random letters stand in its place"
            self.maker.table.changed(f"variable {name}", "variable", why)
        else:
            self.maker.table.changed(f"variable {name}", "variable", f"${{{{ {expression} }}}}")
        return self.maker.holes.put(expression)
