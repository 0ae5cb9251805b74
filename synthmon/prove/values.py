"""Faults of single values in a JSON answer whose structure is right: of another thing, another time, slightly off."""

from __future__ import annotations

import math
import re
from typing import Any

from synthmon.language.operator import Found, evaluate
from synthmon.language.show import show
from synthmon.model.answer import Condition, Matcher, Operator
from synthmon.model.run import Json
from synthmon.prove.fields import Spoilt, at_every, in_json, strange
from synthmon.prove.known import Known, literal
from synthmon.prove.mutation import Remedy
from synthmon.prove.place import MISSING, Place, replaced, value_at
from synthmon.prove.subject import Subject

_RANGES = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.LESS_THAN, Operator.MORE_THAN})
_COUNTING_DOWN = re.compile(
    r"expir|remaining|ttl|max_?age|elapsed|duration|latency|uptime|^age$|(?:^|_)took$", re.IGNORECASE
)
_CURRENCY = re.compile(r"curr|ccy", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]{3}")
_INSTANTS = ((1e9, 4.2e9), (1e12, 4.2e12), (1e15, 4.2e15), (1e18, 4.2e18))  # seconds to nanoseconds, 2001 to 2103
_SHARED = 6  # characters of a text that two answers have in common when they are about one thing

UNTELLABLE = "the probe hides the value, so that only its form can be told"


def stale(subject: Subject, place: Place) -> Spoilt:
    """The value that an earlier answer about the same thing had there."""
    if not place.location or place.listed or isinstance(place.value, dict | list) or place.value is None:
        return None
    before = [value for value in _earlier(subject, place) if value != place.value and type(value) is type(place.value)]
    if not before:
        return None
    if (excuse := strange(subject, place) or _untellable(subject, place)) is not None:
        return excuse
    words = f"`{place.path}` is what an earlier answer said, not what holds now"
    return replaced(subject.document, place.location, before[-1]), words, _exactly(subject, place)


def _earlier(subject: Subject, place: Place) -> list[Json]:
    mine = _texts(subject.document)
    return [
        value
        for _, document in subject.earlier
        if (value := value_at(document, place.location)) is not MISSING and (_texts(document) & mine)
    ]


def _texts(document: Any) -> set[str]:
    """Texts of the document's top level that are long enough to say which thing it is about."""
    values = document.values() if isinstance(document, dict) else ()
    return {value for value in values if isinstance(value, str) and len(value) >= _SHARED}


def another_run(subject: Subject, place: Place) -> Spoilt:
    """A value that only this run can have, as another run had it."""
    echo = subject.echo(place)
    if echo is None or not echo.fresh or not isinstance(place.value, str):
        return None
    if (excuse := strange(subject, place)) is not None:
        return excuse
    other = place.value.replace(subject.stage.recording.key.id, other_text(subject.stage.recording.key.id))
    other = other_text(place.value) if other == place.value else other
    words = f"`{place.path}` is that of another run"
    return replaced(subject.document, place.location, other), words, _known(place, echo)


def swapped(subject: Subject, place: Place) -> Spoilt:
    """A value that names what was asked for, as another thing would have it."""
    echo = subject.echo(place)
    if echo is None or echo.fresh or not isinstance(place.value, str) or not place.value:
        return None
    if (excuse := strange(subject, place)) is not None:
        return excuse
    words = f"`{place.path}` is that of another thing"
    return replaced(subject.document, place.location, other_text(place.value)), words, _known(place, echo)


def currency(subject: Subject, place: Place) -> Spoilt:
    if not isinstance(place.value, str) or not (_CURRENCY.search(place.name) and _CODE.fullmatch(place.value)):
        return None
    if (excuse := strange(subject, place) or _untellable(subject, place)) is not None:
        return excuse
    other = "USD" if place.value != "USD" else "EUR"
    words = f"`{place.path}` is {other} instead of {place.value}"
    return replaced(subject.document, place.location, other), words, _exactly(subject, place)


def off_by_one(subject: Subject, place: Place) -> Spoilt:
    if not _is_number(place.value) or _is_instant(place.value):
        return None
    other = place.value + 1
    if (excuse := strange(subject, place) or _tolerated(subject, place, other)) is not None:
        return excuse
    echo = subject.echo(place)
    if echo is None and _COUNTING_DOWN.search(place.name):
        return "by its name it differs from run to run"
    if (excuse := _untellable(subject, place)) is not None:
        return excuse
    words = f"`{place.path}` is one too high"
    return replaced(subject.document, place.location, other), words, _exactly(subject, place)


def _tolerated(subject: Subject, place: Place, other: float) -> str | None:
    """`at_least: 0` says nothing but the sign; every other range says which numbers are right."""
    ranges = [
        one
        for said in subject.said(place.location)
        for one in _inner(said.matcher)
        if one.operator in _RANGES and isinstance(one.operand, int | float) and one.operand != 0
    ]
    if not ranges:
        return None
    found = Found((("", other),))
    holds = all(not evaluate(Matcher((one,), subject.step.source), found) for one in ranges)
    return "the probe names a range, and it lies within" if holds else None


def _inner(matcher: Matcher) -> tuple[Condition, ...]:
    """The conditions on single values; those inside `each` and `any` are."""
    inner = (
        nested
        for one in matcher.conditions
        if one.operator in {Operator.EACH, Operator.ANY} and isinstance(one.operand, Matcher)
        for nested in _inner(one.operand)
    )
    return (*matcher.conditions, *inner)


def negative(subject: Subject, place: Place) -> Spoilt:
    if not _is_number(place.value) or place.value <= 0 or _is_instant(place.value):
        return None
    if (excuse := strange(subject, place)) is not None:
        return excuse
    words = f"`{place.path}` is negative"
    remedy = at_every(subject, place, {"at_least": 0})
    return replaced(subject.document, place.location, -place.value), words, remedy


def opposite(subject: Subject, place: Place) -> Spoilt:
    if not isinstance(place.value, bool):
        return None
    if (excuse := strange(subject, place) or _untellable(subject, place)) is not None:
        return excuse
    words = f"`{place.path}` is {show(not place.value)} instead of {show(place.value)}"
    return replaced(subject.document, place.location, not place.value), words, _exactly(subject, place)


def _untellable(subject: Subject, place: Place) -> str | None:
    """Why no value can be suggested: it must not be shown, and nothing that the run knows gives it."""
    return UNTELLABLE if subject.hidden(place.location) and subject.echo(place) is None else None


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_instant(value: float) -> bool:
    """Whether a number is a time by its size: seconds, or thousandths and so on, since 1970."""
    return any(low <= value <= high for low, high in _INSTANTS)


def _exactly(subject: Subject, place: Place) -> Remedy:
    """That the value is this one, by the expression that gives it, if there is one."""
    if (echo := subject.echo(place)) is not None:
        return _known(place, echo)
    value = literal(place.value)
    every = at_every(subject, place, {"equals": place.value})
    if place.listed and place.every in every["expect"]["json"]:
        return in_json(place.every, {"each": {"equals": value}})
    return in_json(place.path, value)


def _known(place: Place, echo: Known) -> Remedy:
    return in_json(place.path, echo.written)


def other_text(value: str) -> str:
    """Another text of the same form: digits and the letters of hexadecimal numbers move on, or all letters do."""
    moved = value.translate(_DIGITS)
    return moved if moved != value else value.translate(_LETTERS)


_DIGITS = str.maketrans("0123456789", "1234567890")
_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "bcdefghijklmnopqrstuvwxyzaBCDEFGHIJKLMNOPQRSTUVWXYZA"
)
