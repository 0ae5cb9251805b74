"""A small world for runs: a clock that stands still until told, a target that is a function, and short declarations."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import Clock, Surroundings
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.walk import walk
from synthmon.errors import SecretUnavailable
from synthmon.language.template import parse_text
from synthmon.model.answer import Capture, CaptureFrom, Condition, Expect, Matcher, Operator, StatusRange
from synthmon.model.auth import OAuth2Profile
from synthmon.model.journey import Journey, Step
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.request import Body, BodyKind, RequestSpec
from synthmon.model.run import RunKey, RunKind, RunResult
from synthmon.model.secret import Secret
from synthmon.model.text import Source, Text, Tree

HERE = Source("probes/shop.yaml", 7, 3)
BASE = "http://shop.test"
SLOT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OK = (StatusRange(200, 299),)

Handler = Callable[[httpx.Request], httpx.Response]


def text(raw: str) -> Text:
    return parse_text(raw, HERE)


def tree(value: Any) -> Tree:
    """A value as written in YAML: texts become templates, lists tuples."""
    match value:
        case str():
            return text(value)
        case list():
            return tuple(tree(item) for item in value)
        case dict():
            return {key: tree(item) for key, item in value.items()}
    return value  # type: ignore[no-any-return]


def matcher(value: Any) -> Matcher:
    """`equals` for a bare value; a mapping is operators and operands."""
    conditions = value if isinstance(value, dict) else {"equals": value}
    nested = {"length", "count", "each", "any"}
    return Matcher(
        tuple(
            Condition(
                Operator(name),
                matcher(operand)
                if name in nested and (isinstance(operand, dict) or name in {"each", "any"})
                else tree(operand),
            )
            for name, operand in conditions.items()
        ),
        HERE,
    )


def matchers(values: Mapping[str, Any]) -> tuple[tuple[str, Matcher], ...]:
    return tuple((name, matcher(value)) for name, value in values.items())


def expect(
    *statuses: int, json: Mapping[str, Any] | None = None, headers: Mapping[str, Any] | None = None, **more: Any
) -> Expect:
    """Statuses (2xx if none is given), JSON by path, headers by name; `more` are fields of `Expect`."""
    ranges = tuple(StatusRange(status, status) for status in statuses) or OK
    return Expect(ranges, matchers(headers or {}), json=matchers(json or {}), source=HERE, **more)


def until(json: Mapping[str, Any]) -> Expect:
    return Expect(json=matchers(json), source=HERE)


def from_json(name: str, path: str, **more: Any) -> Capture:
    return Capture(name, CaptureFrom.JSON, path, HERE, **more)


def request(
    method: str = "GET",
    url: str = "/",
    *,
    json: Any = None,
    form: Any = None,
    raw: str | None = None,
    **more: Any,
) -> RequestSpec:
    bodies = [
        Body(kind, tree(value))
        for kind, value in ((BodyKind.JSON, json), (BodyKind.FORM, form), (BodyKind.RAW, raw))
        if value is not None
    ]
    params = {name: tree(value) for name, value in more.pop("params", {}).items()}
    headers = {name: text(value) for name, value in more.pop("headers", {}).items()}
    full = url if "://" in url or url.startswith("${{") else BASE + url
    return RequestSpec(method, text(full), params, headers, bodies[0] if bodies else None, **more)


def step(id: str, url: str = "/", method: str = "GET", **more: Any) -> Step:  # noqa: A002 - as the declaration calls it
    """A step that reads `url`; `more` are fields of `Step`."""
    spec = more.pop("request", None) or request(method, url)
    return Step(id, id.replace("_", " ").capitalize(), spec, more.pop("expect", Expect(OK, source=HERE)), HERE, **more)


def probe(*steps: Step, **more: Any) -> Probe:
    """A probe of one journey; `more` are fields of `Journey`."""
    journey = Journey(steps, more.pop("timeout", 60.0), auth={p.name: p for p in more.pop("profiles", ())}, **more)
    return Probe("shop", "Shop", journey, 60.0, (ProbeRegion("local"),), (), "c0ffee" * 10, "probes/shop.yaml", "")


def profile(**more: Any) -> OAuth2Profile:
    return OAuth2Profile(
        "partner",
        f"{BASE}/token",
        "client",
        text("${{ secrets.client_secret }}"),
        **more,
    )


class SettableClock:
    """Time that passes only when somebody waits, or says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return SLOT + timedelta(seconds=self.seconds - 1000.0)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class SettableStop:
    def __init__(self) -> None:
        self.asked = False

    def is_set(self) -> bool:
        return self.asked

    def wait(self, timeout: float | None = None) -> bool:
        return self.asked


class SettableStall:
    def __init__(self) -> None:
        self.lag = 0.0

    def worst_since(self, start: float) -> float:
        return self.lag


class GivenSecrets:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str, region: str) -> Secret:
        if name not in self._values:
            raise SecretUnavailable(f"the secret {name} has no value in {region}", hint="set SYNTHMON_SECRET_X")
        return Secret(f"secrets.{name}", self._values[name])


@dataclass
class World:
    """`handler` answers requests, which are kept in `seen` as they came."""

    handler: Handler = lambda _request: httpx.Response(200)
    secrets: dict[str, str] = field(default_factory=dict)
    clock: SettableClock = field(default_factory=SettableClock)
    stop: SettableStop = field(default_factory=SettableStop)
    stall: SettableStall = field(default_factory=SettableStall)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)
    codes: MemoryCodes = field(default_factory=MemoryCodes)
    seen: list[httpx.Request] = field(default_factory=list)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        # What is kept is a copy: headers that belong to one hop are taken off the request again afterwards.
        self.seen.append(httpx.Request(request.method, request.url, headers=request.headers, content=request.content))
        response = self.handler(request)
        if self.clock.seconds > request.extensions["synthmon.deadline"]:
            raise httpx.ReadTimeout("no answer in time", request=request)
        return response

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(
            clock=Clock(self.clock.now, self.clock.monotonic, self.clock.sleep),
            chance=random.Random(7),
            secrets=GivenSecrets(self.secrets),
            tokens=self.tokens,
            codes=self.codes,
            stop=self.stop,
            stall=self.stall,
            user_agent="synthmon/0.1.0",
        )

    def run(self, declared: Probe, region: ProbeRegion | None = None) -> RunResult:
        place = region or declared.regions[0]
        key = RunKey("test", declared.name, place.name, SLOT, RunKind.SCHEDULED)
        return walk(declared, key, place, self.surroundings, httpx.MockTransport(self._answer))


def routes(answers: Mapping[str, Any]) -> Handler:
    """Answers by `METHOD /path`: a response, a JSON value with status 200, or a list of them, the last one repeated."""
    remaining = {name: list(answer) if isinstance(answer, tuple) else [answer] for name, answer in answers.items()}

    def handle(request: httpx.Request) -> httpx.Response:
        queue = remaining.get(f"{request.method} {request.url.path}")
        if queue is None:
            return httpx.Response(404)
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return httpx.Response(200, json=answer)

    return handle
