"""Values taken from an answer for later steps: exactly one unless it says otherwise, its type kept."""

from __future__ import annotations

import json

from synthmon.engine.body import Unreadable
from synthmon.engine.plainly import value_at
from synthmon.engine.redaction import Redaction
from synthmon.engine.reply import Reply
from synthmon.engine.shape import shape
from synthmon.engine.taint import tainted, texts_in
from synthmon.engine.values import Values
from synthmon.language.jsonpath import TooMuchWork, compile_path
from synthmon.language.once import once
from synthmon.language.regex import compile_regex
from synthmon.model.answer import Capture, CaptureFrom, XPath
from synthmon.model.run import Failure, FailureKind, Json
from synthmon.model.secret import CREDENTIAL_HEADERS, Secret
from synthmon.model.words import printable
from synthmon.nouns import dataclass

LARGEST = 64 * 1024  # characters of a value, written as JSON
SHOWN = 120  # characters

_as_json = json.JSONEncoder(ensure_ascii=False, default=str).encode


@dataclass(frozen=True, slots=True)
class _Found:
    """Values at the place a capture names. `hidden`: a `redact:` path covers one of them."""

    values: tuple[Json, ...]
    hidden: bool = False


def take(capture: Capture, reply: Reply, values: Values, redaction: Redaction) -> str | Failure:
    """Keep the value under its name and return it as it may be shown, or say why there is none to keep.

    Raises what rendering a default raises.
    """
    plain = None if redaction.paths else _plainly(capture, reply, values)
    return carefully(capture, reply, values, redaction) if plain is None else plain


def _plainly(capture: Capture, reply: Reply, values: Values) -> str | None:
    """The one text, or number that is no secret, at a path that leads to one place; None for whatever else there is."""
    leading = _leads(capture)
    if leading is None:
        return None
    value = value_at(leading.keys, reply.read())
    kind = type(value)
    if (kind is not str or 12 * len(value) + 2 > LARGEST) and (
        capture.secret or (kind is not int and kind is not float)
    ):
        return None
    if not capture.secret:
        values.capture(capture.name, value)
        return _shown(value)
    values.capture(capture.name, Secret(leading.name, value))
    return leading.shown


@dataclass(frozen=True, slots=True)
class _Leading:
    """Where a capture leads, to one place; what it is called as a secret, and how that is shown."""

    keys: tuple[str | int, ...]
    name: str
    shown: str


def _leading(capture: Capture) -> _Leading | None:
    if capture.origin is not CaptureFrom.JSON or capture.pattern is not None or capture.all:
        return None
    keys, name = compile_path(capture.selector).keys, f"captures.{capture.name}"
    return None if keys is None else _Leading(keys, name, Secret(name, "").shown)


_leads = once(_leading)


def carefully(capture: Capture, reply: Reply, values: Values, redaction: Redaction) -> str | Failure:
    """Whatever the capture is; `tests/engine/test_capture.py` holds the quick way against this one."""
    place = _found(capture, reply, redaction)
    if isinstance(place, Unreadable):
        return _failure(capture, f"nothing to capture from: {place.what}", place.place)
    found = place if capture.pattern is None else _matched(capture, capture.pattern, place)
    if isinstance(found, Failure):
        return found
    chosen = _chosen(capture, found.values, reply)
    if isinstance(chosen, Failure):
        if not (capture.has_default and chosen.detail == "missing"):
            return chosen
        values.capture(capture.name, values.tree(capture.default))
        return _shown(values.captures[capture.name])
    if _is_large(chosen):
        return _failure(capture, f"the value at {_place(capture)} is larger than {LARGEST} characters", shape(chosen))
    return _keep(capture, chosen, values, hidden=found.hidden)


def _is_large(value: Json) -> bool:
    """Most are short texts; a character takes twelve as JSON at most, as a pair of surrogates."""
    return not (type(value) is str and 12 * len(value) + 2 <= LARGEST) and len(json.dumps(value)) > LARGEST


def _found(capture: Capture, reply: Reply, redaction: Redaction) -> _Found | Unreadable:
    match capture.origin:
        case CaptureFrom.STATUS:
            return _Found((reply.status,))
        case CaptureFrom.HEADER:
            value = reply.header(capture.selector)
            return _Found(() if value is None else (value,))
        case CaptureFrom.COOKIE:
            cookie = reply.cookies.get(capture.selector)
            return _Found(() if cookie is None else (cookie,))
        case CaptureFrom.JSON:
            return _in_json(capture, reply, redaction)
        case CaptureFrom.TEXT:
            text = reply.text
            return text if isinstance(text, Unreadable) else _Found((text,), bool(redaction))
        case CaptureFrom.XPATH:
            return _in_xml(capture, reply, redaction)


def _in_xml(capture: Capture, reply: Reply, redaction: Redaction) -> _Found | Unreadable:
    document = reply.markup
    if isinstance(document, Unreadable):
        return document
    try:
        nodes = document.find(XPath(capture.selector, capture.namespaces))
    except TooMuchWork as error:
        return Unreadable(str(error))
    return _Found(tuple(node.value for node in nodes), bool(redaction))


def _matched(capture: Capture, pattern: str, found: _Found) -> _Found | Failure:
    """What the pattern takes out of the texts found; the same value twice is one, unless all are wanted."""
    other = [value for value in found.values if value is not None and not isinstance(value, str)]
    if other:
        what = f"the value at {_place(capture, whole=True)} is {shape(other[0], hidden=found.hidden)}, not a text"
        return _failure(capture, what, shape(other[0], hidden=True))
    taken = [value for text in found.values if text is not None for value in compile_regex(pattern).taken(text)]
    return _Found(tuple(taken if capture.all else dict.fromkeys(taken)), found.hidden)


def _in_json(capture: Capture, reply: Reply, redaction: Redaction) -> _Found | Unreadable:
    document = reply.document
    if isinstance(document, Unreadable):
        return document
    nodes = compile_path(capture.selector).find(document)
    return _Found(tuple(node.value for node in nodes), redaction.touches(document, nodes))


def _chosen(capture: Capture, found: tuple[Json, ...], reply: Reply) -> Json | Failure:
    if not found:
        instead = _instead(capture, reply)
        return _failure(capture, f"there is nothing at {_place(capture)}; {instead}", instead, missing=True)
    if capture.all:
        return list(found)
    if len(found) > 1:
        hint = "name one of them, or say `all: true` to take the list"
        return _failure(capture, f"{len(found)} values at {_place(capture)}: {hint}", f"{len(found)} values")
    if found[0] is None:
        return _failure(capture, f"there is null at {_place(capture)}", "null", missing=True)
    return found[0]


def _keep(capture: Capture, value: Json, values: Values, *, hidden: bool) -> str:
    """Secrets become tainted; what must not be shown for another reason is made known to the scrubber."""
    name = f"captures.{capture.name}"
    credential = capture.origin is CaptureFrom.COOKIE or (
        capture.origin is CaptureFrom.HEADER and capture.selector.lower() in CREDENTIAL_HEADERS
    )
    if capture.secret or credential or hidden:
        for text in texts_in(value):
            values.know(Secret(name, text))
    values.capture(capture.name, tainted(name, value) if capture.secret else value)
    if credential or hidden:
        values.hidden.add(capture.name)
    if capture.secret or credential:
        return f"‹{name}›"
    return shape(value, hidden=True) if hidden else _shown(value)


def _shown(value: Json) -> str:
    """As JSON, so that `"007"` and `7` are told apart."""
    return printable(_as_json(value), SHOWN)


def _place(capture: Capture, *, whole: bool = False) -> str:
    """Where it was looked for, as a person would say it; `whole`: without the pattern."""
    if capture.pattern is not None and not whole:
        return f"`{capture.pattern}` in {_place(capture, whole=True)}"
    match capture.origin:
        case CaptureFrom.JSON | CaptureFrom.XPATH:
            return f"`{capture.selector}`"
        case CaptureFrom.STATUS:
            return "the status"
        case CaptureFrom.TEXT:
            return "the body"
    return f"the {capture.origin} `{capture.selector}`"


def _instead(capture: Capture, reply: Reply) -> str:
    """What is there instead of what was looked for: names only, never values."""
    if capture.pattern is not None and (told := _unmatched(capture, reply)):
        return told
    if capture.origin is CaptureFrom.HEADER:
        return "the answer has no such header"
    if capture.origin is CaptureFrom.COOKIE:
        return f"the cookies set are {_names(reply.cookies)}" if reply.cookies else "no cookie was set"
    if capture.origin is CaptureFrom.XPATH:
        return _instead_in_xml(reply)
    if isinstance(reply.document, dict):
        return f"the answer is an object with {_names(reply.document) or 'nothing in it'}"
    return f"the answer is {shape(reply.document, hidden=True)}"


def _instead_in_xml(reply: Reply) -> str:
    if isinstance(reply.markup, Unreadable):
        return reply.markup.what
    namespace = reply.markup.default_namespace
    within = f" in the namespace {printable(namespace, 100)}" if namespace else ""
    return f"the answer is the element `{printable(reply.markup.root, 40)}`{within}"


def _unmatched(capture: Capture, reply: Reply) -> str | None:
    """The shape of the text in which a pattern was not found; None where there was no such text."""
    match capture.origin:
        case CaptureFrom.HEADER:
            text = reply.header(capture.selector)
        case CaptureFrom.COOKIE:
            text = reply.cookies.get(capture.selector)
        case CaptureFrom.TEXT:
            text = reply.text if isinstance(reply.text, str) else None
        case _:
            text = None
    return None if text is None else f"it is {shape(text, hidden=True)}"


def _names(mapping: dict[str, Json] | dict[str, str]) -> str:
    shown = ", ".join(f"`{printable(name, 40)}`" for name in list(mapping)[:10])
    return shown if len(mapping) <= 10 else f"{shown} and {len(mapping) - 10} more"


def _failure(capture: Capture, what: str, actual: str | None, *, missing: bool = False) -> Failure:
    return Failure(
        FailureKind.CAPTURE,
        f"cannot capture `{capture.name}`: {what}",
        expected=f"{'values' if capture.all else 'one value'} at {_place(capture)}",
        actual=actual,
        detail="missing" if missing else None,
        source=str(capture.source),
    )
