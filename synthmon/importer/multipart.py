"""Forms of several parts: what another tool has -> `multipart` of a request. Files are not read: a stand-in is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email import message_from_string
from typing import Any

from synthmon.importer.address import number
from synthmon.importer.bodies import fields
from synthmon.importer.maker import Maker
from synthmon.nouns import dataclass

_STANDIN = "synthetic"
_QUOTED = re.compile(r'["\r\n\\/]')


@dataclass(frozen=True, slots=True)
class Part:
    """`filename` is what a file is called; `content` is None where only that is known of it."""

    name: str
    content: str | None
    filename: str = ""
    content_type: str = ""


def multipart(maker: Maker, parts: Iterable[Part], place: str) -> dict[str, Any]:
    """Keys of `request`; credentials among the texts become secrets."""
    made: dict[str, list[Any]] = {}
    for part in parts:
        if part.content is None:
            why = (
                f"the content of {part.filename or 'its file'!r} is not read; put it below the probes folder as `file:`"
            )
            maker.table.changed(place, f"field {part.name}", why)
        made.setdefault(part.name, []).append(_value(maker, part, place))
    return {"multipart": {name: values[0] if len(values) == 1 else values for name, values in made.items()}}


def _value(maker: Maker, part: Part, place: str) -> Any:
    text = _STANDIN if part.content is None else fields(maker, [(part.name, part.content)], place)[0][1]
    more = {}
    if part.filename or part.content is None:
        more["filename"] = _QUOTED.sub("_", part.filename) or "file"
    if part.content_type:
        more["content_type"] = part.content_type
    return {"text": text, **more} if more else number(text)


def taken_apart(text: str, content_type: str) -> list[Part] | None:
    """The parts of a recorded body, by the boundary in its type; None if it is not made of parts."""
    message = message_from_string(f"Content-Type: {content_type}\n\n{text}")
    if not message.is_multipart():
        return None
    found = []
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if part.is_multipart() or not isinstance(name, str):
            continue
        filename = part.get_filename()
        payload = part.get_payload()
        content = None if filename else str(payload).removesuffix("\n").removesuffix("\r")
        found.append(Part(name, content, filename or "", part.get_content_type() if "content-type" in part else ""))
    return found
