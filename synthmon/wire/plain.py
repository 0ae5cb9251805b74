"""Reads the document of a run exactly as `wire.kept` writes it, in half the time that field by field takes.

What is in it is checked by pydantic's core against a description of format 2: every field of its kind, none that is not
known, none that is there to say what its absence says. Of anything else, right or wrong, it says nothing (None): that
is read by `wire.from_json`, which finds the words for it. `tests/wire/test_plain.py` holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic_core import SchemaValidator, ValidationError, core_schema
from pydantic_core.core_schema import CoreSchema

from synthmon.model.run import (
    AnswerShape,
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Failure,
    FailureKind,
    Json,
    Leftover,
    Outcome,
    Phases,
    Quality,
    RunKey,
    RunKind,
    RunResult,
    StepResult,
)
from synthmon.nouns import maker
from synthmon.wire.fields import instant_to_json, seconds_to_json
from synthmon.wire.kept import FORMAT, from_json
from synthmon.wire.text import loads

_key, _result, _step_result = maker(RunKey), maker(RunResult), maker(StepResult)
_made_phases, _made_exchange = maker(Phases), maker(Exchange)
_LONGEST = 2**53  # microseconds: up to here a float of seconds and a whole number of them are the same


def plain_from_json(document: Json) -> RunResult | None:
    """The result; None for what is not as plain as that."""
    try:
        found = _validator().validate_python(document)
    except ValidationError:
        return None
    return _run_of(found)


def from_text(data: bytes) -> RunResult:
    """What `from_json` reads in the JSON text of a document; raises `MalformedDocument`."""
    try:
        found = _validator().validate_json(data)
    except ValidationError:
        return from_json(loads(data))
    return _run_of(found)


def delivery_from_text(data: bytes) -> Json:
    """What an agent delivers, each `run` of its records read already; None for what is not as plain as that: who reads
    it piece by piece finds out why, and takes what is right in it. Without a tree of objects between text and results.
    """
    try:
        return _delivery().validate_json(data)
    except (ValidationError, OverflowError, RecursionError):
        return None


def _run_of(found: dict[str, Any]) -> RunResult:
    found.pop("format")
    key = _key(*map(found.pop, ("environment", "probe", "region", "slot", "kind", "n")))
    return _result(key=key, **found)


@cache
def _validator() -> SchemaValidator:
    """Made when the first document is read: only a centre reads any."""
    return SchemaValidator(_run())


@cache
def _delivery() -> SchemaValidator:
    run = core_schema.no_info_after_validator_function(_run_of, _run())
    record = _object({"seq": _NUMBER, "run": run}, {})
    asked = {"spool": _TEXT, "records": core_schema.list_schema(record)}
    return SchemaValidator(_object(asked, {"format": _NUMBER, "after": _NUMBER}))


def _run() -> CoreSchema:
    step = _step()
    return _object(
        {
            "format": core_schema.int_schema(strict=True, ge=FORMAT, le=FORMAT),
            "environment": _NAME,
            "probe": _NAME,
            "region": _NAME,
            "slot": _INSTANT,
            "kind": _word(RunKind),
            "n": _NUMBER,
            "started_at": _INSTANT,
            "duration": _SECONDS,
            "outcome": _word(Outcome),
            "quality": _made(Quality, {"late": _SECONDS, "lag": _SECONDS, "suspect": _FLAG}),
            "probe_hash": _TEXT,
            "steps": _list(step),
        },
        {
            "latency": _SECONDS,
            "latency_budget": _SECONDS,
            "failed_step": _TEXT,
            "reason": _TEXT,
            "failures": _some(_failure()),
            "flaky": _TRUE,
            "trace_id": _TEXT,
            "cleanup": _some(step),
            "leftovers": _some(_leftover(step)),
        },
    )


def _step() -> CoreSchema:
    return core_schema.no_info_after_validator_function(
        _step_of,
        _object(
            {"id": _TEXT, "name": _TEXT, "outcome": _word(Outcome), "figures": _figures(10)},
            {
                "status": _NUMBER,
                "latency_budget": _SECONDS,
                "assertions": _some(_assertion()),
                "exchanges": _some(_exchange()),
                "captured": core_schema.dict_schema(_TEXT, _TEXT, min_length=1),
                "failures": _some(_failure()),
                "evidence": _evidence(),
                "skipped_because": _TEXT,
                "excused": _TRUE,
                "unverified": _TEXT,
                "shape": _made(AnswerShape, {"headers": _list(_PAIR), "body": _list(_PAIR)}),
            },
        ),
    )


def _step_of(found: dict[str, Any]) -> StepResult:
    offset, duration, latency, *rest = _seconds(found.pop("figures"))
    if offset is None or duration is None:
        raise ValueError("figures")
    phases = _made_phases(*rest)
    exchanges = found.pop("exchanges", ())
    return _step_result(
        offset=offset,
        duration=duration,
        latency=latency,
        phases=phases,
        exchanges=tuple([_exchange_of(one, phases) for one in exchanges]),
        **found,
    )


def _exchange() -> CoreSchema:
    return _object(
        {"purpose": _word(ExchangePurpose), "method": _TEXT, "url": _TEXT, "figures": _figures(2, 9)},
        {
            "status": _NUMBER,
            "address": _TEXT,
            "http_version": _TEXT,
            "reused": _TRUE,
            "failure": _failure(),
            "attempt": _NUMBER,
            "cached": _TRUE,
            "fallback": _TRUE,
            "proxy": _TEXT,
            "certificate_until": _INSTANT,
        },
    )


def _exchange_of(found: dict[str, Any], of_step: Phases) -> Exchange:
    offset, received, *own = found.pop("figures")
    if offset is None or received is None:
        raise ValueError("figures")
    phases = _made_phases(*_seconds(own)) if own else of_step
    return _made_exchange(offset=offset / 1e6, received=received, phases=phases, **found)


def _seconds(micros: Sequence[int | None]) -> list[float | None]:
    return [None if one is None else one / 1e6 for one in micros]


def _assertion() -> CoreSchema:
    asked = {"subject": _TEXT, "expected": _TEXT, "actual": _TEXT, "passed": _FLAG}
    return _made(
        AssertionResult, asked, {"message": (_SOME_TEXT, ""), "source": (_TEXT, None), "warning": (_TRUE, False)}
    )


def _failure() -> CoreSchema:
    maybe = core_schema.nullable_schema(_TEXT)
    texts = dict.fromkeys(("expected", "actual", "detail", "source"), maybe)
    return _made(Failure, {"kind": _word(FailureKind), "message": _TEXT, **texts})


def _evidence() -> CoreSchema:
    maybe = core_schema.nullable_schema(_TEXT)
    return _made(
        Evidence,
        {
            "method": _TEXT,
            "url": _TEXT,
            "request_headers": _list(_PAIR),
            "request_body": maybe,
            "request_body_truncated": _FLAG,
            "status": core_schema.nullable_schema(_NUMBER),
            "response_headers": _list(_PAIR),
            "response_body": maybe,
            "response_body_truncated": _FLAG,
            "command": maybe,
        },
    )


def _leftover(step: CoreSchema) -> CoreSchema:
    asked = {"run": _TEXT, "slot": _INSTANT, "tries": _NUMBER, "given_up": core_schema.nullable_schema(_TEXT)}
    return _made(Leftover, {**asked, "steps": _list(step)})


# Kinds of values


def _canonical_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is not UTC or instant_to_json(instant) != text:  # another zone may lead out of the calendar
        raise ValueError("an instant in another spelling")
    return instant


def _canonical_seconds(value: float) -> float:
    if seconds_to_json(value) != value:
        raise ValueError("finer than a microsecond")
    return value


_TEXT = core_schema.str_schema(strict=True)
_NAME = core_schema.str_schema(strict=True, max_length=_LONGEST)  # of any length, but counted: no half characters
_SOME_TEXT = core_schema.str_schema(strict=True, min_length=1)
_FLAG = core_schema.bool_schema(strict=True)
_TRUE = core_schema.chain_schema([_FLAG, core_schema.literal_schema([True])])  # which takes a 1 for it, by itself
_NUMBER = core_schema.int_schema(strict=True, ge=-_LONGEST, le=_LONGEST)
_FIGURE = core_schema.nullable_schema(_NUMBER)
_FLOAT = core_schema.float_schema(strict=True, allow_inf_nan=False, ge=-1e9, le=1e9)
_SECONDS = core_schema.no_info_after_validator_function(_canonical_seconds, _FLOAT)
_INSTANT = core_schema.no_info_after_validator_function(_canonical_instant, _TEXT)
_PAIR = core_schema.tuple_schema([_TEXT, _TEXT])


def _word(words: type[StrEnum]) -> CoreSchema:
    return core_schema.enum_schema(words, list(words), sub_type="str")


def _list(items: CoreSchema) -> CoreSchema:
    return core_schema.tuple_schema([items], variadic_item_index=0)


def _some(items: CoreSchema) -> CoreSchema:
    return core_schema.tuple_schema([items], variadic_item_index=0, min_length=1)


def _figures(*lengths: int) -> CoreSchema:
    kinds = [core_schema.tuple_schema([_FIGURE] * length) for length in lengths]
    return kinds[0] if len(kinds) == 1 else core_schema.union_schema(list(kinds), mode="left_to_right")


def _object(asked: Mapping[str, CoreSchema], seldom: Mapping[str, CoreSchema]) -> CoreSchema:
    fields = {name: core_schema.typed_dict_field(kind, required=True) for name, kind in asked.items()}
    fields |= {name: core_schema.typed_dict_field(kind, required=False) for name, kind in seldom.items()}
    return core_schema.typed_dict_schema(fields, extra_behavior="forbid")


def _made(
    noun: type[Any], asked: Mapping[str, CoreSchema], seldom: Mapping[str, tuple[CoreSchema, Any]] | None = None
) -> CoreSchema:
    """The noun itself, of an object with these fields; those that may be absent come with what that says."""
    kinds = dict(asked)
    for name, (kind, default) in (seldom or {}).items():
        kinds[name] = core_schema.with_default_schema(kind, default=default)
    fields = [core_schema.dataclass_field(name, kind) for name, kind in kinds.items()]
    arguments = core_schema.dataclass_args_schema(noun.__name__, fields, extra_behavior="forbid")
    return core_schema.dataclass_schema(noun, arguments, list(kinds), slots=True, frozen=True)
