"""Faults of the structure of a JSON answer: fields that are missing, null, of another type, empty, or too few."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from synthmon.engine.redaction import normalised
from synthmon.language.operator import Found, evaluate
from synthmon.model.answer import Condition, Matcher, Operator
from synthmon.model.run import Json
from synthmon.prove.mutation import Excuse, Fault, Made, Mutation, Remedy
from synthmon.prove.place import MISSING, Place, others, replaced, without, written
from synthmon.prove.replay import Change
from synthmon.prove.subject import Subject

Spoilt: TypeAlias = "tuple[Json, str, Remedy | None] | str | None"
"""The document with the fault, what is wrong in words and the remedy; or why it is no fault; or nothing of the kind."""

UNEXPECTED = "unexpected"
_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def at_places(spoil: Callable[[Subject, Place], Spoilt]) -> Callable[[Mutation, Subject], Made]:
    """A mutation that is made of what it does at one place."""

    def make(mutation: Mutation, subject: Subject) -> Iterator[Fault | Excuse]:
        for place in subject.places:
            spoilt = spoil(subject, place)
            if isinstance(spoilt, str):
                yield Excuse(mutation.id, subject.step.id, place.path, spoilt)
            elif spoilt is not None:
                document, words, remedy = spoilt
                if document == subject.document:  # the fault would be the truth
                    continue
                yield fault_of(mutation, subject, place.path, document, (words, remedy))

    return make


def fault_of(
    mutation: Mutation, subject: Subject, place: str, document: Json, told: tuple[str, Remedy | None]
) -> Fault:
    def making() -> Change:
        return subject.with_body(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    return Fault(mutation.id, subject.step.id, place, subject.scrubber.text(told[0]), making, told[1])


def in_json(path: str, operators: Remedy | Any) -> Remedy:
    return {"expect": {"json": {path: operators}}}


def type_of(value: Json) -> str:
    return _TYPES.get(type(value), "null")


def strange(subject: Subject, place: Place) -> str | None:
    """Why nothing is said of a place that the response schema leaves out; None if the place counts."""
    contract = subject.contract
    if contract is None or subject.said(place.location) or contract.knows(place.location):
        return None
    return "the schema does not know this field"


def missing(subject: Subject, place: Place) -> Spoilt:
    if not place.location or not isinstance(place.location[-1], str):
        return None
    document = without(subject.document, place.location)
    if (excuse := strange(subject, place) or _dispensable(subject, place, document)) is not None:
        return excuse
    return document, f"`{place.path}` is missing", _presence(subject, place)


def _dispensable(subject: Subject, place: Place, document: Json) -> str | None:
    contract = subject.contract
    if normalised(place.location) in subject.optional:
        return "the probe captures it with a default"
    if any(value is MISSING for value in others(subject.document, place)):
        return "other items of the list have none"
    if contract is not None and contract.names_fields(place.location[:-1]) and contract.fits(document):
        return "the schema calls it optional"
    return None


def _presence(subject: Subject, place: Place) -> Remedy:
    if place.listed and any(True for _ in others(subject.document, place)):
        return in_json(place.lacking, {"exists": False})
    return in_json(place.path, {"type": type_of(place.value)} if place.value is not None else {"exists": True})


def null(subject: Subject, place: Place) -> Spoilt:
    if not place.location or place.value is None:
        return None
    if (excuse := strange(subject, place)) is not None:
        return excuse
    if normalised(place.location) in subject.optional:
        return "the probe captures it with a default"
    if any(value is None for value in others(subject.document, place)):
        return "other items of the list have null there"
    if subject.contract is not None and subject.contract.may_be_null(place.location):
        return "the schema allows null"
    return replaced(subject.document, place.location, None), f"`{place.path}` is null", of_type(subject, place)


def wrong_type(subject: Subject, place: Place) -> Spoilt:
    if not place.location or place.value is None:
        return None
    if (excuse := strange(subject, place)) is not None:
        return excuse
    for value in _of_other_types(place.value):
        document = replaced(subject.document, place.location, value)
        if subject.contract is None or not subject.contract.fits(document):
            break
    if type_of(value) in {type_of(one) for one in others(subject.document, place)}:
        return "other items of the list have another type there"
    what = _A[type_of(value)]
    return document, f"`{place.path}` is {what} instead of {_A[type_of(place.value)]}", of_type(subject, place)


_A = {"string": "a text", "number": "a number", "boolean": "a truth value", "array": "a list", "object": "an object"}


def _of_other_types(value: Json) -> tuple[Json, ...]:
    """What might come by mistake in place of the value, the likeliest first."""
    match value:
        case bool():
            return ("true" if value else "false"), int(value)
        case int() | float():
            return json.dumps(value), {"value": value}
        case str():
            return 7, {"value": value}
        case list():
            return {str(at): item for at, item in enumerate(value)}, ""
    return [value], ""


def of_type(subject: Subject, place: Place) -> Remedy:
    return at_every(subject, place, {"type": type_of(place.value)})


def empty_text(subject: Subject, place: Place) -> Spoilt:
    return _empty(subject, place, "") if isinstance(place.value, str) and place.value else None


def empty_list(subject: Subject, place: Place) -> Spoilt:
    return _empty(subject, place, []) if isinstance(place.value, list) and place.value else None


def _empty(subject: Subject, place: Place, value: Json) -> Spoilt:
    if (excuse := strange(subject, place)) is not None:
        return excuse
    if any(one == value for one in others(subject.document, place)):
        return "it is empty in other items of the list"
    if subject.contract is not None and subject.contract.may_be_empty(place.location):
        return "the schema says that it may be empty"
    remedy = at_every(subject, place, {"length": {"at_least": 1}})
    return replaced(subject.document, place.location, value), f"`{place.path}` is empty", remedy


def fewer_items(subject: Subject, place: Place) -> Spoilt:
    if not isinstance(place.value, list) or len(place.value) < 2:
        return None
    if (excuse := strange(subject, place)) is not None:
        return excuse
    if _counted(subject, place):
        return "the probe says how few are enough"
    here = {"length": len(place.value)}
    one_less = f"`{place.path}` has {len(place.value) - 1} items instead of {len(place.value)}"
    return replaced(subject.document, place.location, place.value[:-1]), one_less, in_json(place.path, here)


def _counted(subject: Subject, place: Place) -> bool:
    """Whether the probe bounds the list's length by a range: it knows that there may be fewer."""
    conditions = [one for said in subject.said(place.location) for one in said.matcher.conditions]
    sizes = [one.operand for one in conditions if one.operator is Operator.LENGTH and isinstance(one.operand, Matcher)]
    return any(not evaluate(size, Found((("", len(place.value) - 1),))) for size in sizes if _fixed(size.conditions))


def _fixed(conditions: tuple[Condition, ...]) -> bool:
    """Whether every operand is a plain number, so that it can be held against another without a run."""
    return all(isinstance(one.operand, int | float) for one in conditions)


def extra(mutation: Mutation, subject: Subject) -> Made:
    """A field beyond those that there should be: where a schema is closed, and where the probe says `exists: false`."""
    for place in subject.places:
        if isinstance(place.value, dict) and subject.contract is not None and subject.contract.closed(place.location):
            location = (*place.location, UNEXPECTED)
            document = replaced(subject.document, location, UNEXPECTED)
            told = f"`{place.path}` has a further field", None
            yield fault_of(mutation, subject, written(location), document, told)
    for path in _forbidden(subject):
        document = replaced(subject.document, (path.removeprefix("$."),), UNEXPECTED)
        yield fault_of(mutation, subject, path, document, (f"`{path}` is there", None))
    if isinstance(subject.document, dict) and not (subject.contract is not None and subject.contract.closed(())):
        reason = "further fields are allowed by the schema" if subject.contract else "no schema forbids further fields"
        yield Excuse(mutation.id, subject.step.id, "$", reason)


def _forbidden(subject: Subject) -> Iterator[str]:
    """Names of fields of the document that the probe says must not be there."""
    for path, matcher in (both for expect in subject.expects for both in expect.json):
        absent = any(one.operator is Operator.EXISTS and one.operand is False for one in matcher.conditions)
        name = path.removeprefix("$.")
        if absent and name.isidentifier() and isinstance(subject.document, dict) and name not in subject.document:
            yield path


def at_every(subject: Subject, place: Place, operators: Remedy) -> Remedy:
    """The operators for the value in every item of the lists on the way, if they hold of all; else for this one."""
    if not place.listed:
        return in_json(place.path, operators)
    values = [place.value, *others(subject.document, place)]
    if len(values) > 1 and all(_holds(operators, value) for value in values if value is not MISSING):
        return in_json(place.every, {"each": operators})
    return in_json(place.path, operators)


def _holds(operators: Remedy, value: Json) -> bool:
    match operators:
        case {"type": wanted}:
            return type_of(value) == str(wanted)
        case {"length": _}:
            return isinstance(value, str | list) and bool(value)
        case {"equals": wanted}:
            return type_of(value) == type_of(wanted) and bool(value == wanted)
        case {"at_least": least}:
            return type_of(value) == "number" and bool(value >= least)
    return False
