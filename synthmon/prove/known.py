"""What a run knows before an answer comes: values sent, captured or declared, each with how a probe writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from synthmon.engine.body import Unreadable, parse
from synthmon.language.expression import compile_expression
from synthmon.language.functions import FUNCTIONS
from synthmon.language.jsonpath import compile_path
from synthmon.model.answer import CaptureFrom
from synthmon.model.journey import Step
from synthmon.model.request import AnyBody, Body, BodyKind, GraphQLBody
from synthmon.model.run import Json
from synthmon.model.secret import Scrubber
from synthmon.model.text import Template, Tree
from synthmon.nouns import dataclass
from synthmon.prove.place import Place
from synthmon.prove.recording import Recording
from synthmon.prove.replay import Replayed, Stage

SHORTEST = 4  # characters of a text that is recognised wherever it comes back; shorter ones only under their own name

_IN_PROBE = frozenset({"vars", "region", "captures", "run"})
_IN_BLOCK = frozenset({"inputs", "region", "run"})
_STEADY = {name for name, function in FUNCTIONS.items() if function.body is not None}
"""Functions that give the same whenever they are asked; the others ask for the time or for chance."""


@dataclass(frozen=True, slots=True)
class Known:
    """`name`: that of the field, variable or capture. `written`: as it stands in a probe.

    `fresh`: no other run has this value.
    """

    name: str
    value: Json
    written: str
    fresh: bool

    def comes_back_as(self, place: Place) -> bool:
        same = type(self.value) is type(place.value) and self.value == place.value
        telling = isinstance(self.value, str) and len(self.value) >= SHORTEST
        return same and (telling or self.name == place.name)


def known_at(stage: Stage, good: Replayed, step: Step, scrubber: Scrubber) -> list[Known]:
    """Everything that is known when a step's answer comes, what is most telling first; nothing that is secret."""
    around = () if step.block else (*_captured(stage, step), *_declared(stage))
    found = [
        *around,
        *_sent(stage, good, step),
        Known("run_id", stage.recording.key.id, "${{ run.id }}", fresh=True),
    ]
    return [one for one in found if not scrubber.holds(str(one.value))]


def _captured(stage: Stage, until: Step) -> Iterator[Known]:
    for step in _before(stage, until):
        document = last_document(stage.recording, step.id)
        for capture in step.captures:
            if (
                capture.origin is not CaptureFrom.JSON
                or capture.secret
                or capture.all
                or capture.pattern
                or document is None
            ):
                continue
            nodes = compile_path(capture.selector).find(document)
            if len(nodes) == 1 and isinstance(nodes[0].value, str | int | float):
                yield Known(capture.name, nodes[0].value, f"${{{{ captures.{capture.name} }}}}", fresh=True)


def _before(stage: Stage, until: Step) -> Iterator[Step]:
    for step in (*stage.probe.journey.steps, *stage.probe.journey.cleanup):
        if step.id == until.id:
            return
        yield step


def last_document(recording: Recording, step: str) -> Json | None:
    """The JSON that a step was judged by, if it was JSON."""
    lane = recording.lane((step, False))
    answer = lane[-1].answer if lane else None
    parsed = None if answer is None else parse(answer.body, answer.content_type)
    return None if isinstance(parsed, Unreadable) else parsed


def _declared(stage: Stage) -> Iterator[Known]:
    declared = {**stage.probe.journey.variables, **stage.region.variables}
    for name, value in declared.items():
        if isinstance(value, str | int | float):
            yield Known(name, value, f"${{{{ vars.{name} }}}}", fresh=False)


def _sent(stage: Stage, good: Replayed, until: Step) -> Iterator[Known]:
    """Values in the bodies of this step's and of earlier requests; a block sees nothing but its own."""
    seen = _IN_BLOCK if until.block else _IN_PROBE
    for step in (until,) if until.block else (*_before(stage, until), until):
        declared, requests = _as_json(step.request.body), good.sent.get((step.id, False))
        if declared is not None and requests:
            yield from _leaves(declared, _content(requests[-1]), "", seen)


def _as_json(body: AnyBody | None) -> Tree:
    """What is declared of a body that is sent as JSON; None for any other."""
    match body:
        case Body(BodyKind.JSON, value):
            return value
        case GraphQLBody(variables=variables):
            return {"variables": variables}
    return None


def _content(request: httpx.Request) -> Json:
    parsed = parse(request.read())
    return None if isinstance(parsed, Unreadable) else parsed


def _leaves(declared: Tree, sent: Json, name: str, seen: frozenset[str]) -> Iterator[Known]:
    """Values of a body beside how they were written; `seen`: what an expression can refer to where it is to stand."""
    match declared, sent:
        case Template(), str() | int() | float():
            if (written := _written(declared, seen)) is not None:
                yield Known(name, sent, written, fresh="run." in written or "captures." in written)
        case ((str() | int() | float()), (str() | int() | float())):
            yield Known(name, sent, literal(sent), fresh=False)
        case Mapping(), dict():
            for key, value in declared.items():
                yield from _leaves(value, sent.get(key), str(key), seen)
        case tuple(), list():
            for value, item in zip(declared, sent, strict=False):
                yield from _leaves(value, item, name, seen)


def _written(template: Template, seen: frozenset[str]) -> str | None:
    """The template as text, if it gives the same value wherever in a run it is rendered, and no secret."""
    parts = []
    for part in template.parts:
        if isinstance(part, str):
            parts.append(part.replace("${{", "$${{"))
            continue
        compiled = compile_expression(part.text)
        if {reference.root for reference in compiled.references} - seen or compiled.functions - _STEADY:
            return None
        parts.append(f"${{{{ {part.text.strip()} }}}}")
    return "".join(parts)


def literal(value: Any) -> Any:
    """A value of an answer as it is written into a probe: `${{` in a text is no expression."""
    return value.replace("${{", "$${{") if isinstance(value, str) else value
