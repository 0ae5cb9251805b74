"""Where a call comes in: what is sent is read and checked, what is refused is a problem, what goes out is its model."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from synthmon.errors import StoreError
from synthmon.events import Events
from synthmon.model.person import Caller, Way
from synthmon.web import bodies
from synthmon.web.api.operation import Call, Operation
from synthmon.web.api.problem import Refused, Wrong, problem, wrongs
from synthmon.web.guard import write_down
from synthmon.web.views import View

LARGEST_BODY = 64 << 10  # bytes
READ_WITHIN = 15.0  # seconds for a body as a whole
_BEARER = {"www-authenticate": "Bearer"}
_log = Events()


def route(operation: Operation, view: View) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            request.state.caller = await run_in_threadpool(view.gate.caller, request)
            may(operation, request.state.caller)
            sent = await _sent(request) if operation.body is not None else b""
            return await run_in_threadpool(_answered, operation, view, request, sent)
        except Refused as refused:
            return problem(request, refused)
        except StoreError as error:
            return problem(request, away(error))
        except Exception:  # noqa: BLE001 - the last resort: a bug of ours is told of without a word of what it was about
            _log.exception("api.failed", operation=operation.name)
            return problem(request, Refused(500, "Something went wrong here; the log says what."))

    return Route(operation.path, endpoint, methods=[operation.method], name=operation.name)


def may(operation: Operation, caller: Caller) -> None:
    """Refuse whoever may not do this. A browser's session reads only: it is sent along by any page."""
    hint = "send a token: `Authorization: Bearer TOKEN`"
    if not operation.need.is_met_by(caller):
        if caller.role is not None:
            raise Refused(403, f"This is for the role {operation.need.name.lower()}; yours is {caller.role}.")
        raise Refused(401, "authentication is needed", hint=hint, headers=_BEARER)
    if operation.changes and caller.way not in {Way.COMMAND_LINE, Way.TOKEN}:
        raise Refused(401, "the API acts only with a bearer token", hint=hint, headers=_BEARER)


def away(error: StoreError) -> Refused:
    return Refused(503, f"the database cannot be used now: {error}", headers={"retry-after": "5"})


def _answered(operation: Operation, view: View, request: Request, sent: bytes) -> Response:
    call = Call(request, request.path_params, _query(operation, request.query_params), _body(operation, request, sent))
    answer = operation.answer(view, call)
    if operation.what is not None:
        write_down(operation.what, view, request)
    if isinstance(answer, Response):
        return answer
    content = answer.model_dump_json().encode()
    headers = {"cache-control": "no-store"}
    if not operation.changes:
        tag = f'"{sha256(content).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        if tag in _tags(request):
            return Response(status_code=304, headers=headers)
    return Response(content, operation.status, media_type="application/json", headers=headers)


def _tags(request: Request) -> set[str]:
    """What the caller has already; weak tags are compared as strong ones, as RFC 9110 wants it here."""
    return {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}


def _query(operation: Operation, given: QueryParams) -> BaseModel | None:
    """What was asked for; a parameter may be repeated only where a list is meant."""
    lists = _lists(operation.query)
    values: dict[str, Any] = {}
    for name in given:
        found = given.getlist(name)
        if name in lists:
            values[name] = found
        elif len(found) > 1:
            raise _bad([Wrong(detail="it is given more than once", pointer=f"/{name}", part="query")])
        else:
            values[name] = found[0]
    if operation.query is not None:
        try:
            return operation.query.model_validate(values)
        except ValidationError as error:
            raise _bad(wrongs(error, "query")) from error
    if values:
        raise _bad([Wrong(detail="there is no such parameter", pointer=f"/{name}", part="query") for name in values])
    return None


def _lists(model: type[BaseModel] | None) -> frozenset[str]:
    fields: Mapping[str, Any] = model.model_fields if model else {}
    return frozenset(name for name, field in fields.items() if "list[" in str(field.annotation))


def _body(operation: Operation, request: Request, sent: bytes) -> BaseModel | None:
    if operation.body is None:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "the body is JSON", hint="send it as `content-type: application/json`")
    try:
        return operation.body.model_validate_json(sent, strict=True)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_input=False)):
            raise Refused(400, "the body is not JSON") from error
        raise _bad(wrongs(error, "body")) from error


def _bad(errors: list[Wrong]) -> Refused:
    return Refused(422, "; ".join(f"{one.pointer or '/'}: {one.detail}" for one in errors), errors=errors)


async def _sent(request: Request) -> bytes:
    try:
        return await bodies.read(request, LARGEST_BODY, READ_WITHIN)
    except bodies.Unread as error:
        raise Refused(error.status, str(error)) from None
