"""What the agents of other regions call: results and heartbeats in; confirmations and what is declared out.

The token in the header decides the region, before anything of a body is read. What is wrong is answered as
a problem with a `hint`; whatever a body holds, it is never an error of the server's.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synthmon import wire
from synthmon.errors import MalformedDocument, NotAdmitted, StoreError
from synthmon.model import words
from synthmon.model.run import Json, to_millis
from synthmon.nouns import dataclass
from synthmon.web import bodies
from synthmon.web.api.problem import Refused, problem
from synthmon.web.headers import STOPPING
from synthmon.web.views import View

LARGEST_SENT = 4 << 20  # bytes of a body as it travels; agents send 2 MiB before they compress it
LARGEST_INFLATED = 8 << 20  # as documents that is up to thirty times as much memory
AT_ONCE = 4  # bodies of one region that are read and understood; others wait
# Results of all regions that are understood and kept at once. The interpreter is shared out evenly among whoever wants
# it: with forty of them at work, the judge and the pages would have to wait for a forty-first of it.
TAKEN_AT_ONCE = 4
LONGEST_WAIT = 55.0  # seconds
LOOK_EVERY = 0.25  # seconds, at what the judge asks for, while an agent waits
READ_WITHIN = 30.0  # seconds for a body as a whole
_WINDOWS = {"gzip": 31, "deflate": 15}  # as zlib is told which of the two it is


@dataclass(frozen=True, slots=True)
class Call:
    """One route of an agent's. `answer` is handed the region and the body, as `read` makes it of the text.

    One with `idle` is a long poll: no content means not yet, and whoever is told that it is idle need not look.
    `at_once` bounds how many are answered at a time.
    """

    path: str
    method: str
    answer: Callable[[View, Request, str, Json], Response]
    idle: Callable[[View, Request, str], bool] | None = None
    at_once: int | None = None
    read: Callable[[bytes], Json] = wire.loads


def _delivery(text: bytes) -> Json:
    """Of an agent as ours are the results themselves; of any other, or with anything odd in it, the JSON."""
    read = wire.delivery_from_text(text)
    return wire.loads(text) if read is None else read


def results(view: View, _request: Request, region: str, body: Json) -> Response:
    """`{spool, after, records: [{seq, run}]}` -> `{durable, refused: [{seq, reason}]}`."""
    answer = view.ports.agents.take(region, body)
    refused = [{"seq": one.seq, "reason": one.reason} for one in answer.refused]
    return JSONResponse({"durable": answer.durable, "refused": refused})


def heartbeat(view: View, _request: Request, region: str, body: Json) -> Response:
    """How the agent is -> the centre's time in milliseconds, the mark of its spool, what is declared."""
    agents = view.ports.agents
    heard = agents.hear(region, body)
    durable = agents.durable(region, heard.spool) if heard.spool else 0
    declared = agents.declaration().config_hash
    return JSONResponse({"now": to_millis(view.ports.now()), "durable": durable, "config_hash": declared})


def asked(view: View, request: Request, region: str, _body: Json) -> Response:
    """`?after=NUMBER&wait=SECONDS` -> `{asked: [key], last}`."""
    after = _whole(request.query_params.get("after", "0"))
    found = view.ports.agents.asked(region, after)
    answer: dict[str, Any] = {"asked": [wire.key_to_json(key) for key in found.keys], "last": found.last}
    return JSONResponse(answer, 200 if found.keys else 204)


def not_asked(view: View, request: Request, region: str) -> bool:
    """Whether nothing is known, and somebody else looks; who hears False is to look."""
    return view.ports.agents.nothing_asked(region, _whole(request.query_params.get("after", "0")))


def probes(view: View, request: Request, _region: str, _body: Json) -> Response:
    """What is declared, as one document; 304 when it is what `If-None-Match` names."""
    declaration = view.ports.agents.declaration()
    headers = {"etag": declaration.etag}
    if request.headers.get("if-none-match") == declaration.etag:
        return Response(status_code=304, headers=headers)
    return Response(declaration.content, media_type="application/gzip", headers=headers)


CALLS = (
    Call("/api/v1/agent/results", "POST", results, at_once=TAKEN_AT_ONCE, read=_delivery),
    Call("/api/v1/agent/heartbeats", "POST", heartbeat),
    Call("/api/v1/agent/asked", "GET", asked, idle=not_asked),
    Call("/api/v1/agent/declared", "GET", probes),
)


def route(call: Call, view: View) -> Route:
    turns: dict[str, anyio.Semaphore] = {}  # per region, so that a stolen token can keep nobody else waiting
    work = anyio.Semaphore(call.at_once) if call.at_once is not None else nullcontext()

    async def endpoint(request: Request) -> Response:
        try:
            region = await run_in_threadpool(view.ports.agents.admit, _token(request))
            _same_region(request, region)
            if call.method != "POST":
                return await _answer(call, view, request, region, b"")
            async with turns.setdefault(region, anyio.Semaphore(AT_ONCE)):
                sent = await _body(request)
                async with work:  # in turn, and each region has a few of them at most
                    if await request.is_disconnected():  # who waited for too long sends it again, and need not twice
                        return Response(status_code=204)
                    return await _answer(call, view, request, region, sent)
        except NotAdmitted as error:
            headers = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "5"}}.get(error.status)
            return problem(request, Refused(error.status, str(error), hint=error.hint, headers=headers))
        except MalformedDocument as error:
            hint = "is this agent of the same version as the centre?"
            return problem(request, Refused(400, str(error), hint=hint))
        except StoreError as error:
            why = f"the centre cannot use its database: {error}"
            return problem(request, Refused(503, why, hint="keep it", headers={"retry-after": "2"}))

    return Route(call.path, endpoint, methods=[call.method], name=f"agent {call.path}")


def _same_region(request: Request, region: str) -> None:
    """Refuse an agent as a whole that was given another region's token: it keeps its results until that is mended."""
    claimed = request.headers.get(wire.REGION_HEADER, region)
    if claimed != region:
        shown = words.printable(claimed, 80)
        hint = f"give it a token that `synthmon agents add {shown}` printed, or set SYNTHMON_REGION={region}"
        raise NotAdmitted(f"the token is of the region {region}, and this agent runs {shown}", hint=hint, status=403)


async def _answer(call: Call, view: View, request: Request, region: str, sent: bytes) -> Response:
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    wait = min(_seconds(request.query_params.get("wait", "0")), LONGEST_WAIT)
    started = anyio.current_time()

    def work() -> Response:
        body = call.read(inflated(sent, coding)) if call.method == "POST" else None
        return call.answer(view, request, region, body)

    while call.idle is not None and anyio.current_time() - started < wait:
        if not call.idle(view, request, region):
            answer = await run_in_threadpool(work)
            if answer.status_code != 204:
                return answer
        if await request.is_disconnected():
            return Response(status_code=204)
        if request.scope.get(STOPPING, bool)():  # else the server cuts it off, late, and tells of an error
            break
        await anyio.sleep(LOOK_EVERY)
    answer = await run_in_threadpool(work)
    if call.idle is not None and answer.status_code == 204:
        answer.status_code = 200
    return answer


def _token(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


async def _body(request: Request) -> bytes:
    try:
        return await bodies.read(request, LARGEST_SENT, READ_WITHIN)
    except bodies.Unread as error:
        raise NotAdmitted(str(error), hint="send smaller batches", status=error.status) from None


def inflated(sent: bytes, coding: str) -> bytes:
    """The body as it was before it was compressed, once at most; never more than is read of any."""
    if coding in {"", "identity"}:
        return sent
    if coding not in _WINDOWS:
        raise NotAdmitted("the content encoding is not understood", hint="send gzip, deflate or none", status=415)
    inflater = zlib.decompressobj(_WINDOWS[coding])
    try:
        body = inflater.decompress(sent, LARGEST_INFLATED)
    except zlib.error as error:
        raise MalformedDocument(f"the body does not inflate: {error}") from error
    if inflater.unconsumed_tail:
        raise NotAdmitted("the body is too large", hint=f"at most {LARGEST_INFLATED} bytes inflated", status=413)
    if not inflater.eof:
        raise MalformedDocument("the body does not inflate: it ends too early")
    return body


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise MalformedDocument("after: expected a whole number")
    return int(text)


def _seconds(text: str) -> float:
    """What is no number of seconds is no wish to wait."""
    try:
        return max(0.0, float(text)) if len(text) < 20 else 0.0
    except ValueError:
        return 0.0
