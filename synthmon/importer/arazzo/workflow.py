"""One workflow -> the steps of one probe; a step that calls another workflow has its steps in its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from synthmon.importer import jsontext
from synthmon.importer.address import grouped
from synthmon.importer.arazzo.criteria import Expected, NotExpected, read_criterion
from synthmon.importer.arazzo.expressions import Frame
from synthmon.importer.arazzo.sources import Sources
from synthmon.importer.bodies import FORM, MULTIPART, fields, is_json, json_body, media_type, text_body
from synthmon.importer.draft import NotImportable, StepDraft
from synthmon.importer.maker import MOST_STEPS, SAFE_TO_REPEAT, WITHOUT_BODY, Maker
from synthmon.importer.multipart import Part, multipart
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.openapi.step import Extra, step_of
from synthmon.importer.pick import items, mapping, text, words
from synthmon.importer.requests import NoStep
from synthmon.nouns import dataclass

_DEEPEST = 5
_MOST_ATTEMPTS = 10


@dataclass(slots=True)
class Converter:
    """Makes the steps of workflows, into one maker."""

    maker: Maker
    sources: Sources
    workflows: Mapping[str, dict[str, Any]]
    components: dict[str, Any]
    made: list[tuple[StepDraft, Frame, str]] = field(default_factory=list)

    def convert(self, workflow: dict[str, Any], given: Mapping[str, Any] | None = None, depth: int = 0) -> Frame:
        """The frame, whose outputs a caller may use."""
        name = text(workflow.get("workflowId"))
        place = f"workflows.{name}"
        schema = mapping(workflow.get("inputs"))
        frame = Frame(self.maker, place, mapping(schema.get("properties")), given)
        if workflow.get("dependsOn"):
            why = "a probe stands alone; put the steps of the other in front, or make a block of them"
            self.maker.table.dropped(place, "dependsOn", why)
        for number, raw in enumerate(items(workflow.get("steps"))):
            step = mapping(raw)
            here = f"{place}.steps.{text(step.get('stepId')) or number}"
            try:
                self._step(frame, workflow, step, here, number, depth)
            except (NoStep, NotImportable) as error:
                self.maker.table.dropped(here, "the request", str(error))
        frame.tell_unused()
        return frame

    def steps(self) -> list[StepDraft]:
        """All steps, with the captures that later ones turned out to need."""
        return [replace(step, capture=frame.captures.get(step_id, {})) for step, frame, step_id in self.made]

    def _step(
        self, frame: Frame, workflow: dict[str, Any], step: dict[str, Any], here: str, number: int, depth: int
    ) -> None:
        step_id = text(step.get("stepId")) or f"step_{number + 1}"
        if len(self.made) >= MOST_STEPS:
            raise NoStep(f"a probe has {MOST_STEPS} steps at most here")
        parameters = self._parameters(frame, workflow, step, here)
        if step.get("workflowId"):
            self._call(frame, step, step_id, parameters, here, depth)
            return
        api, operation = self.sources.operation(step)
        draft = self._request(frame, step, api, operation, parameters, here)
        expect = self._criteria(step, here) or draft.expect
        more = self._failures(step, operation, here)
        self._successes(workflow, step, here, number)
        title = words(step.get("description"))
        name = title.partition(". ")[0] if title else draft.name
        new_id = self.maker.step_id(step_id)
        self.maker.table.kept(here, f"{operation.method} {operation.path}", f"step {new_id}")
        self.made.append((replace(draft, id=new_id, name=name, expect=expect, more=more), frame, step_id))
        frame.outputs[step_id] = mapping(step.get("outputs"))

    # What is sent

    def _parameters(
        self, frame: Frame, workflow: dict[str, Any], step: dict[str, Any], here: str
    ) -> dict[tuple[str, str], Any]:
        """Place and name -> value; those of the step win over those of the workflow."""
        found: dict[tuple[str, str], Any] = {}
        for raw in (*items(workflow.get("parameters")), *items(step.get("parameters"))):
            one = mapping(raw)
            if reference := text(one.get("reference")):
                shared = mapping(mapping(self.components.get("parameters")).get(reference.rpartition(".")[2]))
                if not shared:
                    self.maker.table.dropped(here, reference, "there is no such component")
                    continue
                one = {**shared, **one}
            found[text(one.get("in")), text(one.get("name"))] = frame.value(one.get("value"))
        return found

    def _request(
        self,
        frame: Frame,
        step: dict[str, Any],
        api: Document,
        operation: Operation,
        parameters: dict[tuple[str, str], Any],
        here: str,
    ) -> StepDraft:
        rest = dict(parameters)

        def given(where: str, name: str) -> Any:
            return rest.pop((where, name), None)

        body = self._body(frame, step, api, operation, here)
        draft = step_of(self.maker, api, operation, given, Extra(rest, body, quiet=True))
        for where, name in rest:
            why = f"{operation.method} {operation.path} does not declare it; it is sent all the same"
            self.maker.table.changed(here, f"{where} parameter {name}", why)
        return draft

    def _body(
        self, frame: Frame, step: dict[str, Any], api: Document, operation: Operation, here: str
    ) -> dict[str, Any] | None:
        """Keys of `request`, or None to take those of the operation."""
        told = mapping(step.get("requestBody"))
        if "payload" not in told:
            return None
        if operation.method in WITHOUT_BODY:
            self.maker.table.dropped(here, "requestBody", f"a {operation.method} request has none here")
            return {}
        for one in items(told.get("replacements")):
            what = f"replacement {text(mapping(one).get('target'))}"
            self.maker.table.dropped(here, what, "write it into the payload")
        kind = text(told.get("contentType")) or self._declared(api, operation)
        payload = frame.value(told["payload"])
        if isinstance(payload, str) and media_type(kind) not in (FORM, MULTIPART):
            whole = self.maker.holes.only(payload) is not None
            return (json_body if whole else text_body)(self.maker, payload, kind, here)
        if media_type(kind) in (FORM, MULTIPART):
            pairs = [(name, _field(value)) for name, value in self._mapping(payload, here).items()]
            if media_type(kind) == MULTIPART:
                return multipart(self.maker, [Part(name, value) for name, value in pairs], here)
            return {"form": grouped(fields(self.maker, pairs, here))}
        return json_body(self.maker, payload, kind if is_json(kind) else "", here)

    @staticmethod
    def _declared(api: Document, operation: Operation) -> str:
        content = mapping(mapping(api.follow(operation.tree.get("requestBody"))).get("content"))
        return next((str(kind) for kind in content if is_json(str(kind))), str(next(iter(content), "application/json")))

    def _mapping(self, payload: Any, here: str) -> dict[str, Any]:
        """The fields of a form, of a payload that may be a variable as a whole or a JSON text."""
        if isinstance(payload, str):
            expression = self.maker.holes.only(payload) or ""
            value = self.maker.variables.get(expression.removeprefix("vars."))
            if isinstance(value, dict):
                return {key: self.maker.holes.put(f"{expression}.{key}") for key in value}
            try:
                payload = jsontext.parse(payload)
            except ValueError:
                raise NoStep("the fields of its form are known only in a run") from None
        if not isinstance(payload, dict):
            self.maker.table.dropped(here, "payload", "a form has fields")
        return mapping(payload)

    # What is expected

    def _criteria(self, step: dict[str, Any], here: str) -> dict[str, Any]:
        expected = Expected()
        for number, criterion in enumerate(items(step.get("successCriteria"))):
            shown = text(mapping(criterion).get("condition"))
            place = f"{here}.successCriteria[{number}]"
            try:
                became = read_criterion(expected, criterion)
            except NotExpected as error:
                self.maker.table.dropped(place, shown, str(error))
                continue
            (self.maker.table.changed if "taken to" in became else self.maker.table.kept)(place, shown, became)
        return expected.finished()

    def _failures(self, step: dict[str, Any], operation: Operation, here: str) -> dict[str, Any]:
        """`retry` of a step for the action of that name."""
        more: dict[str, Any] = {}
        for raw in items(step.get("onFailure")):
            action = mapping(raw)
            what = f"onFailure {text(action.get('name')) or text(action.get('type'))}"
            if text(action.get("type")) != "retry":
                self.maker.table.dropped(here, what, "a step that fails ends the run, and the cleanup begins")
            elif operation.method not in SAFE_TO_REPEAT:
                why = f"a {operation.method} sent again may do it twice; add `retry` and `idempotency_key` yourself"
                self.maker.table.dropped(here, what, why)
            else:
                more["retry"] = self._retry(action, here, what)
        return more

    def _retry(self, action: dict[str, Any], here: str, what: str) -> dict[str, Any]:
        limit, after = action.get("retryLimit"), action.get("retryAfter")
        again = limit if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 else 1
        made: dict[str, Any] = {"attempts": min(again + 1, _MOST_ATTEMPTS)}
        if isinstance(after, int | float) and not isinstance(after, bool) and 0 < after <= 600:
            made["delay"] = f"{after:g}s"
        expected = Expected()
        for criterion in items(action.get("criteria")):
            try:
                read_criterion(expected, criterion)
            except NotExpected as error:
                self.maker.table.dropped(here, f"{what}: {text(mapping(criterion).get('condition'))}", str(error))
        faults = [status for status in expected.status if status >= 400]
        if faults:
            made["on"] = faults
        self.maker.table.changed(here, what, "`retry`: after faults of the network and such statuses, never for a body")
        return made

    def _successes(self, workflow: dict[str, Any], step: dict[str, Any], here: str, number: int) -> None:
        all_steps = items(workflow.get("steps"))
        following = text(mapping(all_steps[number + 1]).get("stepId")) if number + 1 < len(all_steps) else ""
        for raw in items(step.get("onSuccess")):
            action = mapping(raw)
            what = f"onSuccess {text(action.get('name')) or text(action.get('type'))}"
            if text(action.get("type")) == "goto" and text(action.get("stepId")) == following and following:
                self.maker.table.kept(here, what, "the next step follows anyway")
            else:
                why = "steps run in their order, without jumps; `if:` can leave a step out"
                self.maker.table.dropped(here, what, why)

    # Workflows in workflows

    def _call(
        self,
        frame: Frame,
        step: dict[str, Any],
        step_id: str,
        parameters: dict[tuple[str, str], Any],
        here: str,
        depth: int,
    ) -> None:
        wanted = text(step.get("workflowId"))
        called = self.workflows.get(wanted)
        if called is None or depth >= _DEEPEST:
            raise NoStep(f"the workflow {wanted!r} is {'not in this file' if called is None else 'nested too deep'}")
        inner = self.convert(called, {name: value for (_, name), value in parameters.items()}, depth + 1)
        results = {name: inner.value(value) for name, value in mapping(called.get("outputs")).items()}
        frame.outputs[step_id] = {
            name: results.get(text(value).removeprefix("$outputs."), value)
            for name, value in mapping(step.get("outputs")).items()
        }
        self.maker.table.kept(here, f"workflow {wanted}", "its steps stand here")


def _field(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else text(value)
