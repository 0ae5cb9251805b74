"""Runtime expressions (`$inputs.x`, `$steps.x.outputs.y#/z`) -> variables, secrets and captures of a probe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from synthmon.importer.holes import is_holed
from synthmon.importer.jsonpaths import from_pointer
from synthmon.importer.maker import Maker
from synthmon.importer.naming import slug
from synthmon.importer.openapi.document import Document
from synthmon.importer.openapi.sample import Maker as SampleMaker
from synthmon.importer.pick import mapping, text
from synthmon.importer.sensitive import is_sensitive
from synthmon.nouns import dataclass

_EMBEDDED = re.compile(r"\{(\$[^{}\s]+)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEEPEST = 12


@dataclass(slots=True)
class Frame:
    """What expressions see inside one workflow. `given` are inputs handed over by a workflow that calls this one."""

    maker: Maker
    place: str
    inputs: dict[str, Any]
    given: Mapping[str, Any] | None = None
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)  # of steps: name -> expression or value
    captures: dict[str, dict[str, Any]] = field(default_factory=dict)  # of steps: name of a capture -> how
    _names: dict[tuple[str, str], str] = field(default_factory=dict)

    def value(self, written: Any, depth: int = 0) -> Any:
        """The value with holes in place of expressions, everywhere inside it."""
        if isinstance(written, dict):
            return {str(key): self.value(child, depth) for key, child in written.items()}
        if isinstance(written, list):
            return [self.value(child, depth) for child in written]
        if not isinstance(written, str):
            return written
        if written.startswith("$") and re.fullmatch(r"\$[A-Za-z][^\s{}]*", written):
            return self._expression(written, depth)
        return _EMBEDDED.sub(lambda found: self._embedded(found[1], depth), written)

    def _embedded(self, expression: str, depth: int) -> str:
        value = self._expression(expression, depth)
        return value if isinstance(value, str) else text(value, "set-me")

    def _expression(self, expression: str, depth: int) -> Any:
        root, _, rest = expression.partition(".")
        if depth > _DEEPEST:
            return self._unknown(expression, "it leads in a circle")
        name, _, pointer = rest.partition("#")
        if root == "$inputs":
            return self._input(name, pointer)
        if root == "$steps":
            return self._output(expression, name, pointer, depth)
        return self._unknown(expression, "a probe has no such value")

    # Inputs

    def _input(self, name: str, pointer: str) -> Any:
        if self.given is None and pointer:
            self._complete(name, pointer)
        if self.given is not None and name in self.given:
            return _inside(self.maker, self.given[name], pointer)
        if self.given is not None:
            return self._unknown(f"$inputs.{name}", "the calling workflow does not hand it over")
        schema = mapping(self.inputs.get(name))
        if is_sensitive(name) and schema.get("type") not in ("object", "array"):
            return self.maker.need(slug(name, "secret"), f"the input {name}", f"{self.place}.inputs.{name}")
        sample = SampleMaker(Document({}, "", _no_file)).sample(schema or {"type": "string"})
        value = sample.value if sample.value not in (None, "synthetic") else "set-me"
        value = _hide_inside(self.maker, value, f"{self.place}.inputs.{name}")
        hole = self.maker.variable(f"{name}", value, "an input of the workflow: set it" if sample.made_up else "")
        why = f"{self.maker.holes.plain(hole)}" + (", which has to be set" if sample.made_up else "")
        self.maker.table.changed(f"{self.place}.inputs.{name}", "input", why)
        return _inside(self.maker, hole, pointer)

    def _complete(self, name: str, pointer: str) -> None:
        """Give the variable of an input the value that the workflow refers to inside it, if it lacks it."""
        hole = self._input(name, "")
        value = self.maker.variables.get((self.maker.holes.only(text(hole)) or "").removeprefix("vars."))
        part = pointer.removeprefix("/")
        if isinstance(value, dict) and "/" not in part and part not in value:
            value[part] = "set-me"
            why = f"its schema requires no `{part}`, to which the workflow refers: set it"
            self.maker.table.changed(f"{self.place}.inputs.{name}", part, why)

    # Outputs of steps

    def _output(self, expression: str, rest: str, pointer: str, depth: int) -> Any:
        found = re.fullmatch(r"([^.]+)\.(?:outputs\.)?([^.]+)", rest)
        if found is None or found[1] not in self.outputs or found[2] not in self.outputs[found[1]]:
            return self._unknown(expression, "no earlier step has such an output")
        step, name = found[1], found[2]
        value = self.outputs[step][name]
        how = capture_of(value) if isinstance(value, str) else None
        if how is None:
            return _inside(self.maker, self.value(value, depth + 1), pointer)
        capture = self._names.get((step, name))
        if capture is None:
            capture = self._names[step, name] = self.maker.capture(name)
            if is_sensitive(name):
                how = {**({"json": how} if isinstance(how, str) else how), "secret": True}
            self.captures.setdefault(step, {})[capture] = how
            self.maker.table.kept(f"{self.place}.steps.{step}.outputs.{name}", str(value), f"the capture {capture}")
        return _inside(self.maker, self.maker.holes.put(f"captures.{capture}"), pointer)

    def tell_unused(self) -> None:
        """Outputs that nothing in the workflow refers to."""
        for step, outputs in self.outputs.items():
            for name, value in outputs.items():
                if (step, name) not in self._names and isinstance(value, str) and value.startswith("$response"):
                    place = f"{self.place}.steps.{step}.outputs.{name}"
                    self.maker.table.dropped(place, value, "no step uses it, and a probe gives nothing back")

    def _unknown(self, expression: str, why: str) -> str:
        name = expression.rpartition(".")[2].partition("#")[0]
        hole = self.maker.variable(f"{name}", "set-me", f"{expression} has no value: set it")
        self.maker.table.changed(self.place, expression, f"{why}; {self.maker.holes.plain(hole)} has to be set")
        return hole


def _no_file(name: str) -> Any:  # noqa: ARG001 - the shape of `Beside`
    return None


def _hide_inside(maker: Maker, value: Any, place: str) -> Any:
    """A made-up object may have a key `password`: what stands there is a secret to be provided."""
    if isinstance(value, dict):
        return {
            key: maker.need(slug(key, "secret"), f"`{key}` of an input", place)
            if is_sensitive(key) and not isinstance(child, dict | list)
            else _hide_inside(maker, child, place)
            for key, child in value.items()
        }
    return [_hide_inside(maker, child, place) for child in value] if isinstance(value, list) else value


def _inside(maker: Maker, value: Any, pointer: str) -> Any:
    """What stands at a JSON Pointer inside a value that may be known only in a run."""
    if not pointer:
        return value
    if not isinstance(value, str) or not is_holed(value) or (expression := maker.holes.only(value)) is None:
        return value
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    return maker.holes.put(expression + "".join(map(_step, parts)))


def _step(part: str) -> str:
    if part.isascii() and part.isdigit():
        return f"[{int(part[:9])}]"
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return f".{part}" if _NAME.fullmatch(part) else f'["{escaped}"]'


def capture_of(expression: str) -> Any:
    """A runtime expression about the answer as a capture; None for any other."""
    if expression == "$statusCode":
        return {"status": True}
    if expression == "$response.body":
        return "$"
    if expression.startswith("$response.body#"):
        return from_pointer(expression.partition("#")[2])
    if expression.startswith("$response.header."):
        return {"header": expression.removeprefix("$response.header.")}
    return None
