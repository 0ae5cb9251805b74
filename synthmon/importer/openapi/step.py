"""One operation -> one step: what is asked, as whom, and what the document promises of the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from synthmon.importer.draft import StepDraft
from synthmon.importer.maker import WITHOUT_BODY, Maker
from synthmon.importer.naming import slug
from synthmon.importer.openapi.body import body_of
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.openapi.parameters import Given, Placed, place_parameters
from synthmon.importer.openapi.security import Shown, shown
from synthmon.importer.openapi.servers import base_of
from synthmon.importer.pick import mapping
from synthmon.importer.requests import Foreign, make_request
from synthmon.nouns import dataclass

_CODE = re.compile(r"[1-5](?:[0-9]{2}|XX)")


def nothing_given(where: str, name: str) -> Any:  # noqa: ARG001 - the shape of `Given`
    return None


@dataclass(frozen=True, slots=True)
class Extra:
    """What somebody else has for a step: parameters that are not declared, by place and name, and a body.

    `quiet`: whoever asks tells of the step itself.
    """

    parameters: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    quiet: bool = False


def step_of(
    maker: Maker, document: Document, operation: Operation, given: Given = nothing_given, extra: Extra | None = None
) -> StepDraft:
    """Raises `NoStep`, and `NotImportable` where the host is not said."""
    extra = extra or Extra()
    base = base_of(maker, document, operation)
    placed = place_parameters(maker, document, operation, given)
    _add(placed, extra.parameters)
    who = _who(maker, document, operation, placed)
    headers = [*placed.headers, *who.headers]
    if placed.cookies:
        headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in placed.cookies)))
    body = extra.body if extra.body is not None else _body(maker, document, operation)
    foreign = Foreign(operation.method, base + placed.path, headers, placed.query, ready=body)
    made = make_request(maker, foreign, operation.place)
    step_id = "" if extra.quiet else maker.step_id(operation.id or f"{operation.method} {operation.path}")
    if not extra.quiet:
        _tell(maker, operation, step_id)
    title = operation.title if operation.title != operation.id else slug(operation.id, "step").replace("_", " ")
    auth = who.auth if who.auth is not None else made.auth
    return StepDraft(step_id, title, made.request, auth, expected(maker, document, operation))


def _tell(maker: Maker, operation: Operation, step_id: str) -> None:
    what = f"{operation.method} {operation.path}"
    maker.table.kept(operation.place, what, f"step {step_id}")
    if operation.tree.get("deprecated") is True:
        maker.table.changed(operation.place, what, "the document calls it deprecated; the step asks all the same")
    if "#" in operation.path:
        maker.table.changed(operation.place, what, "what stands behind # in a path is never sent")


def _add(placed: Placed, parameters: Mapping[tuple[str, str], Any]) -> None:
    for (where, name), value in parameters.items():
        if where in ("query", "header", "cookie"):
            target = {"query": placed.query, "header": placed.headers, "cookie": placed.cookies}[where]
            target.append((name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))


def _who(maker: Maker, document: Document, operation: Operation, placed: Placed) -> Shown:
    """As whom: by the document's security, unless a parameter says it."""
    if any(name.lower() == "authorization" for name, _ in placed.headers):
        return Shown()
    return shown(maker, document, operation)


def _body(maker: Maker, document: Document, operation: Operation) -> dict[str, Any]:
    if operation.method in WITHOUT_BODY:
        if operation.tree.get("requestBody"):
            maker.table.dropped(operation.place, "requestBody", f"a {operation.method} request has none here")
        return {}
    return body_of(maker, document, operation)


def expected(maker: Maker, document: Document, operation: Operation) -> dict[str, Any]:
    """The statuses of success, or of redirects if there is no other, and the answer that the document describes."""
    codes = [str(code).upper() for code in mapping(operation.tree.get("responses"))]
    good = [code for code in codes if _CODE.fullmatch(code) and code[0] == "2"]
    good = good or [code for code in codes if _CODE.fullmatch(code) and code[0] in "13"]
    others = [code for code in codes if code not in (*good, "DEFAULT")]
    if others:
        why = "a step expects one kind of answer, that of success"
        maker.table.dropped(f"{operation.place}.responses", ", ".join(others).lower(), why)
    statuses = [code.lower() if "X" in code else int(code) for code in good if code != "2XX" or len(good) > 1]
    made: dict[str, Any] = {}
    if statuses:
        made["status"] = statuses if len(statuses) > 1 else statuses[0]
    name = operation.id or f"{operation.method} {operation.path}"
    if document.copy and (good or "DEFAULT" in codes) and "{{" not in name:
        made["openapi"] = {"file": document.copy, "operation": name}
    return made
