"""What an error is to a program: problem details (RFC 9457), never a page and never a traceback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from synthmon.model import words

MEDIA_TYPE = "application/problem+json"
_LONGEST = 400  # characters of a detail
_MOST_ERRORS = 20


class Wrong(BaseModel):
    """One thing that is wrong with what was sent."""

    detail: str = Field(description="What is wrong, for people.")
    pointer: str = Field(description="Where: a JSON pointer (RFC 6901) into the body, the query or the path.")
    part: str = Field(description="What the pointer points into.", pattern="^(body|query|path)$")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(description="`about:blank`: the status says which kind of problem it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599, description="The status of the answer again.")
    detail: str = Field(description="What is wrong and, where it can be said, how to mend it.")
    instance: str = Field(description="The path that was asked.")
    hint: str | None = Field(default=None, description="What to do about it.")
    errors: list[Wrong] | None = Field(default=None, description="Each thing that is wrong with the input.")


class Refused(Exception):
    """The call is answered with this problem. Trying again helps only where `headers` say when."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        hint: str | None = None,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.hint = status, detail, hint
        self.errors, self.headers = tuple(errors), dict(headers or {})


def problem(request: Request, refused: Refused) -> Response:
    """The answer to a call that is refused."""
    body = Problem(
        type="about:blank",
        title=HTTPStatus(refused.status).phrase,
        status=refused.status,
        detail=words.printable(refused.detail, _LONGEST),
        instance=words.printable(request.url.path, _LONGEST),
        hint=refused.hint and words.printable(refused.hint, _LONGEST),
        errors=list(refused.errors) or None,
    )
    content = body.model_dump_json(exclude_none=True)
    return Response(content, refused.status, media_type=MEDIA_TYPE, headers=refused.headers)


def wrongs(error: ValidationError, part: str) -> list[Wrong]:
    """What pydantic found, with pointers; the value itself is not repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        Wrong(detail=_said(one["type"], one["msg"]), pointer=pointer(one["loc"]), part=part)
        for one in found[:_MOST_ERRORS]
    ]


def pointer(location: Iterable[int | str]) -> str:
    """A JSON pointer: `/covers/probe`."""
    parts = (words.printable(str(part), 80).replace("~", "~0").replace("/", "~1") for part in location)
    return "".join(f"/{part}" for part in parts)


def _said(kind: str, message: str) -> str:
    if kind == "string_pattern_mismatch":
        return "it is empty, or holds what a name may not hold, such as control characters"
    return words.printable(message.removeprefix("Value error, "), _LONGEST)
