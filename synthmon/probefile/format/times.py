"""When a probe runs, as it is written: cron expressions and time zones."""

from __future__ import annotations

from typing import Annotated

from synthmon.language.suggest import did_you_mean
from synthmon.model.timing import Cron
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import refuse
from synthmon.probefile.format.marks import BeforeValidator, WithJsonSchema
from synthmon.probefile.format.scalars import text

_FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def _cron(value: object) -> str:
    written = " ".join(text(value, "a cron expression").split())
    if written in _NAMED:
        raise refuse("cron", f"{quoted(written)} is not known here", f'write "{_NAMED[written]}"')
    fields = written.split(" ")
    if len(fields) != len(_FIELDS):
        hint = f"write {', '.join(_FIELDS)}: 30 8 * * 1-5"
        raise refuse("cron", f"a cron expression has five fields, and this has {len(fields)}", hint)
    for number, (field, name) in enumerate(zip(fields, _FIELDS, strict=True)):
        alone = ["*"] * number + [field] + ["*"] * (len(_FIELDS) - number - 1)
        _check(" ".join(alone), f"{quoted(field)} is no {name}")
    _check(written, f"{quoted(written)} names a day that never comes")
    return written


def _check(expression: str, message: str) -> None:
    from cronsim import CronSimError  # here, because few probes have an expression

    try:
        Cron(expression, "UTC").shortest  # noqa: B018 - it is tried, for years ahead
    except (CronSimError, ValueError):
        raise refuse("cron", message, "write numbers, `*`, ranges, lists and steps: */15 8-18 * * 1-5") from None


def _zone(value: object) -> str:
    from zoneinfo import ZoneInfo, available_timezones  # here, as above

    name = text(value, "a time zone")
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        close = did_you_mean(name, sorted(available_timezones()))
        hint = f"did you mean {close}?" if close else "write it as IANA does, such as Europe/Berlin or UTC"
        raise refuse("timezone", f"{quoted(name)} is no time zone", hint) from None
    return name


CronExpression = Annotated[
    str,
    BeforeValidator(_cron),
    WithJsonSchema({"type": "string", "pattern": r"^\s*(\S+\s+){4}\S+\s*$", "examples": ["*/5 8-18 * * 1-5"]}),
]
TimeZone = Annotated[
    str, BeforeValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin", "UTC"]})
]
