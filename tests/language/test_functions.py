"""What each function gives, and what it says when it is misused."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest

from synthmon.language.compute import LARGEST_TEXT
from synthmon.language.functions import FUNCTIONS
from tests.language.seeing import VARS, fault, fault_of, value

VALUES: dict[str, list[tuple[str, Any]]] = {
    "base64": [("base64(vars.user)", "QW5u"), ('base64("é?>")', "w6k/Pg=="), ("base64(1)", "MQ==")],
    "base64url": [('base64url("é?>")', "w6k_Pg"), ('base64url("")', "")],
    "sha256": [
        # FIPS 180-4, example of one block
        ('sha256("abc")', "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    ],
    "hmac_sha256": [
        # RFC 4231, test case 2
        (
            'hmac_sha256("Jefe", "what do ya want for nothing?")',
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        )
    ],
    "urlencode": [('urlencode("a/b c&é~")', "a%2Fb%20c%26%C3%A9~"), ("urlencode(true)", "true")],
    "json": [
        ("json(vars.object)", '{"k":"v","my-key":7,"nested":{"deep":[1,2]}}'),
        ('json("é\\"")', '"é\\""'),
        ("json(null)", "null"),
        ("json(1.50)", "1.5"),
    ],
    "lower": [('lower("ÀB")', "àb")],
    "upper": [('upper("àß")', "ÀSS"), ("upper(true)", "TRUE")],
    "trim": [('trim(" \\n a b\\t")', "a b")],
    "default": [("default(null, 1)", 1)],
    "length": [("length(vars.user)", 3), ("length(vars.list)", 3), ("length(vars.object)", 3), ('length("é")', 1)],
    "number": [('number("007")', 7), ('number(" -1.5e1 ")', -15.0), ("number(4)", 4), ('number("+3")', 3)],
    "text": [("text(20)", "20"), ("text(1.0)", "1.0"), ("text(false)", "false"), ('text("a")', "a")],
    "now": [
        ("now()", "2026-11-23T08:14:11Z"),
        ('now("%Y-%m-%d %H:%M:%S.%f %j")', "2026-11-23 08:14:11.250000 327"),
        ('now("%a %A %b %B %I %p %y %z %Z %%")', "Mon Monday Nov November 08 AM 26 +0000 UTC %"),
        ('now("")', ""),
    ],
    "unix_time": [("unix_time()", 1795421651)],
    "totp": [('totp("gezd gnbv-gy3t qojq gezd gnbv gy3t qojq")', "368464")],
}

MISUSES = [
    ("upper(vars.list)", "list of 3 items has no text form here", "use json(…) to write it as JSON"),
    ("base64(vars.nothing)", "null has no text form here", "use json(…) to write it as JSON"),
    ("urlencode(vars.object)", "object with 3 keys has no text form here", "use json(…) to write it as JSON"),
    ("hmac_sha256(vars.user, vars.list)", "list of 3 items has no text form here", "use json(…) to write it as JSON"),
    ("length(vars.age)", "length(…) is of a text, a list or an object, not of a number", None),
    ("length(vars.nothing)", "length(…) is of a text, a list or an object, not of null", None),
    ("number(vars.user)", "number(…) cannot read text of 3 characters as a number", None),
    ("number(vars.yes)", "number(…) cannot read a boolean as a number", None),
    ("number(vars.nothing)", "number(…) cannot read null as a number", None),
    ("choice(vars.user)", "choice(…) takes a list that is not empty, not text of 3 characters", None),
    ("choice(vars.empty)", "choice(…) takes a list that is not empty, not list of 0 items", None),
    ("random_int(vars.price, 10)", "random_int(low, high) takes two whole numbers, the smaller one first", None),
    ("random_int(vars.yes, 10)", "random_int(low, high) takes two whole numbers, the smaller one first", None),
    ("random_int(vars.age, 1)", "random_int(low, high) takes two whole numbers, the smaller one first", None),
    ("random_string(vars.price)", "random_string(length) takes a whole number from 1 to 1000", None),
    ("random_string(vars.user)", "random_string(length) takes a whole number from 1 to 1000", None),
    ("now(vars.age)", "now(…) takes a format as text, 100 characters at most", None),
    ("now(vars.long)", "now(…) takes a format as text, 100 characters at most", None),
    ("now(vars.half)", "it cannot be computed from these values", None),
    ("base64(vars.half)", "it cannot be computed from these values", None),
    ("urlencode(vars.half)", "it cannot be computed from these values", None),
    ("text(vars.huge)", "it cannot be computed from these values", None),
    ("json(vars.not_a_number)", "it cannot be computed from these values", None),
    ("json(vars.strange)", "it cannot be computed from these values", None),
    ("vars.huge / 3", "it cannot be computed from these values", None),
]
STRANGE = {
    **VARS,
    "empty": [],
    "long": "x" * 101,
    "half": "\ud800",
    "huge": 10**5000,
    "not_a_number": [float("nan")],
    "strange": [object()],
    "whole": 5.0,
}
DATE_PARTS = "there are %Y %m %d %H %M %S %f %j %a %A %b %B %I %p %y %z %Z %%"


@pytest.mark.parametrize(("text", "expected"), [case for cases in VALUES.values() for case in cases])
def test_a_function_gives(text: str, expected: Any) -> None:
    found = value(text)
    assert expected == found
    assert type(expected) is type(found)


@pytest.mark.parametrize(("text", "message", "hint"), MISUSES)
def test_a_misused_function_says_what_it_takes(text: str, message: str, hint: str | None) -> None:
    assert message == fault_of(text, vars=STRANGE)
    assert hint == fault(text, vars=STRANGE).hint


@pytest.mark.parametrize("form", ["%Q", "100%", "%-d", "%c", "%\n", "%s"])
def test_a_date_knows_only_parts_that_mean_the_same_everywhere(form: str) -> None:
    error = fault("now(vars.form)", vars={"form": form})
    assert "now(…) does not know a part of that format" in str(error)
    assert error.hint == DATE_PARTS


def test_a_uuid_is_random_and_says_so() -> None:
    assert 4 == UUID(value("uuid()")).version
    assert value("uuid()") == value("uuid()"), "the same chance gives the same, so that a run can be told again"


def test_chance_stays_within_its_bounds_and_reaches_them() -> None:
    assert 3 == value("random_int(3, 3)")
    assert value("random_int(3.0, 4.0)") in {3, 4}
    assert re.fullmatch("[A-Za-z0-9]{1000}", value("random_string(1000)"))
    assert 5 == len(value("random_string(vars.whole)", vars=STRANGE))
    assert value("choice(vars.list)") in VARS["list"]


def test_what_is_read_as_a_number_has_no_liberties() -> None:
    for text in ("1_000", "nan", "inf", "1e999", "٣", "0x10", "1 2", "", " ", "--1", "1" * 101, "true", "."):
        assert "as a number" in fault_of("number(vars.text)", vars={"text": text}), text
    assert 0.5 == value("number(vars.text)", vars={"text": ".5"})
    assert 10**99 == value("number(vars.text)", vars={"text": "1" + "0" * 99})


def test_json_is_read_back_as_it_was() -> None:
    assert VARS["object"] == json.loads(value("json(vars.object)"))


def test_no_function_returns_more_than_a_mebibyte() -> None:
    half = "x" * (LARGEST_TEXT // 2 + 1)
    for text in ("base64(base64(base64(vars.x)))", "urlencode(urlencode(vars.x))", "json(vars.pair)"):
        assert "the text is longer than 1 MiB" == fault_of(text, vars={"x": "%" * len(half), "pair": [half, half]})


def test_every_function_that_always_gives_the_same_has_an_example_here() -> None:
    by_chance = {"uuid", "random_int", "random_string", "choice"}
    assert set(FUNCTIONS) == by_chance | set(VALUES)
