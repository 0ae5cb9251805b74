"""One operation -> one step: what is asked, as whom, and what the document promises of the answer."""

from __future__ import annotations

import re
from typing import Any

from synthmon.importer.draft import StepDraft
from synthmon.importer.maker import WITHOUT_BODY, Maker
from synthmon.importer.naming import slug
from synthmon.importer.openapi.body import body_of
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.openapi.parameters import Given, place_parameters
from synthmon.importer.openapi.security import shown
from synthmon.importer.openapi.servers import base_of
from synthmon.importer.pick import mapping, text
from synthmon.importer.requests import Foreign, make_request

_CODE = re.compile(r"[1-5](?:[0-9]{2}|XX)")


def nothing_given(where: str, name: str) -> Any:  # noqa: ARG001 - the shape of `Given`
    return None


def step_of(
    maker: Maker,
    document: Document,
    operation: Operation,
    given: Given = nothing_given,
    ready: dict[str, Any] | None = None,
) -> StepDraft:
    """`ready` is a body that something else has. Raises `NoStep`, and `NotImportable` where the host is not said."""
    base = base_of(maker, document, operation)
    placed = place_parameters(maker, document, operation, given)
    who = shown(maker, document, operation)
    headers = [*placed.headers, *who.headers]
    if placed.cookies:
        headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in placed.cookies)))
    body = ready if ready is not None else _body(maker, document, operation)
    foreign = Foreign(operation.method, base + placed.path, headers, placed.query, ready=body)
    made = make_request(maker, foreign, operation.place)
    step_id = maker.step_id(operation.id or f"{operation.method} {operation.path}")
    what = f"{operation.method} {operation.path}"
    maker.table.kept(operation.place, what, f"step {step_id}")
    if operation.tree.get("deprecated") is True:
        maker.table.changed(
            operation.place, what, "the document calls it deprecated; the step asks for it all the same"
        )
    return StepDraft(
        step_id,
        operation.title if operation.title != operation.id else slug(operation.id, step_id).replace("_", " "),
        made.request,
        who.auth if who.auth is not None else made.auth,
        expected(maker, operation),
    )


def _body(maker: Maker, document: Document, operation: Operation) -> dict[str, Any]:
    if operation.method in WITHOUT_BODY:
        if operation.tree.get("requestBody"):
            maker.table.dropped(operation.place, "requestBody", f"a {operation.method} request has none here")
        return {}
    return body_of(maker, document, operation)


def expected(maker: Maker, operation: Operation) -> dict[str, Any]:
    """The statuses of success that are declared, or those of redirects if there is no other."""
    responses = mapping(operation.tree.get("responses"))
    codes = [str(code).upper() for code in responses]
    good = [code for code in codes if _CODE.fullmatch(code) and code[0] == "2"]
    good = good or [code for code in codes if _CODE.fullmatch(code) and code[0] in "13"]
    others = [code for code in codes if code not in good]
    if others:
        why = "a step expects one kind of answer, that of success"
        maker.table.dropped(f"{operation.place}.responses", ", ".join(others).lower(), why)
    if not good or good == ["2XX"]:
        return {}
    statuses = [code.lower() if "X" in code else int(code) for code in good]
    return {"status": statuses if len(statuses) > 1 else statuses[0]}


def words(operation: Operation) -> str:
    return text(operation.tree.get("description"))
