"""The kinds of values that questions and answers are made of, each checked at the door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from synthmon.web.asking import instant

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Answer(BaseModel):
    """Something that goes out: every field is always there, null where there is nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Question(BaseModel):
    """Something that comes in: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _said(value: Any) -> Any:
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def _asked(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("an instant is a text such as 2026-11-24T18:00:00Z")  # noqa: TRY004 - becomes a problem
    found = instant("value", value)
    if not FIRST <= found < LAST:
        raise ValueError(f"an instant lies between {FIRST:%Y} and {LAST:%Y}")
    return found


_ISO = {"type": "string", "format": "date-time", "examples": ["2026-11-24T18:00:00.000+00:00"]}

Instant = Annotated[datetime, PlainSerializer(_said, return_type=str), WithJsonSchema(_ISO)]
"""An instant that goes out: ISO 8601 with its offset, to the millisecond."""

AskedInstant = Annotated[
    datetime,
    BeforeValidator(_asked),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-24T18:00:00Z"]}),
]
"""An instant that comes in: ISO 8601, UTC unless it says otherwise, from 2000 to 2100."""

_PLAIN = r"[^\x00-\x1f\x7f-\x9f]"

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=f"^{_PLAIN}+$")]
"""What something is called, on one line."""

Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
"""What a person writes: not empty. Control characters in it are made visible wherever it is shown."""
