"""Durations, values shown and described, numbers read, and what somebody probably meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.language.duration import format_duration, parse_duration
from synthmon.language.numeral import read_number
from synthmon.language.show import LIMIT, describe, show, type_name
from synthmon.language.suggest import did_you_mean
from tests.depth import times

NO_NUMBERS = ("", " ", "x", "1_000", "nan", "inf", "-inf", "1e999", "٣", "0x1", "1 2", "1,5", "1" * 101)
FORMS = "a duration is a number with a unit: 800ms, 10s, 5m, 1h or 30d"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("800ms", 0.8),
        ("10s", 10),
        ("5m", 300),
        ("1h", 3600),
        ("30d", 2_592_000),
        ("1.5s", 1.5),
        ("0s", 0),
        ("3660d", 316_224_000),
        ("0.1s", 0.1),
        ("100ms", 0.1),
        ("0.000001ms", 1e-9),
        ("0.3m", 18),
        ("1.1h", 3960),
    ],
)
def test_a_duration_is_its_seconds(text: str, seconds: float) -> None:
    assert seconds == parse_duration(text)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (5, "a duration needs a unit: 5ms, 5s, 5m, 5h or 5d"),
        (0.5, "a duration needs a unit: 0.5ms, 0.5s, 0.5m, 0.5h or 0.5d"),
        ("10", "a duration needs a unit: 10ms, 10s, 10m, 10h or 10d"),
        ("1m30s", "a duration has one number and one unit, such as 90s, not '1m30s'"),
        ("1h 30m", "a duration has one number and one unit, such as 90s, not '1h 30m'"),
        ("3661d", "3661d is longer than ten years"),
        *((written, FORMS) for written in ("", "s", "-5s", "+5s", "1e3s", "٥s", ".5s", "5.s", "P", "PT", "5 parsecs")),
        *(
            (written, f"a duration is a number with one of the units ms, s, m, h, d: {meant}")
            for written, meant in (
                *(("5 s", "5s"), ("5sec", "5s"), ("5S", "5s"), ("5s\n", "5s"), ("5 minutes", "5m"), ("2 min.", "2m")),
                *(
                    ("0,8s", "800ms"),
                    ("1w", "7d"),
                    ("PT5M", "5m"),
                    ("P1DT12H", "36h"),
                    ("00:05:00", "5m"),
                    ("5:30", "330s"),
                ),
            )
        ),
        *((written, FORMS) for written in (None, True, ["5s"], "1.1234567s", "1234567890s", -5, float("nan"), 1e22)),
    ],
)
def test_what_is_no_duration_is_told_how_to_write_it(written: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer") as caught:
        parse_duration(written)
    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.8, "800ms"),
        (90, "90s"),
        (3600, "1h"),
        (86400, "1d"),
        (0, "0s"),
        (0.0005, "0.5ms"),
        (1.5, "1500ms"),
        (5400, "90m"),
        (120.0, "2m"),
        (0.25, "250ms"),
        (2_592_000, "30d"),
        (100, "100s"),
    ],
)
def test_a_duration_is_written_in_its_shortest_exact_form(seconds: float, text: str) -> None:
    assert text == format_duration(seconds)
    assert seconds == parse_duration(text)


@settings(max_examples=times(30), derandomize=True, database=None, deadline=None)
@given(st.integers(0, 999_999), st.sampled_from(["", ".5", ".25", ".001"]), st.sampled_from(["ms", "s", "m", "h", "d"]))
def test_a_duration_that_is_written_is_read_back(whole: int, part: str, unit: str) -> None:
    try:
        seconds = parse_duration(f"{whole}{part}{unit}")
    except ValueError:
        return
    assert seconds == parse_duration(format_duration(seconds))


@pytest.mark.parametrize(
    ("value", "shown", "described", "kind"),
    [
        (None, "null", "null", "null"),
        (True, "true", "a boolean", "boolean"),
        (5, "5", "a number", "integer"),
        (5.0, "5.0", "a number", "integer"),
        (0.5, "0.5", "a number", "number"),
        ("a", '"a"', "text of 1 character", "string"),
        ("é\n\x1b\u202e", '"é\\n\\u001b\\u202e"', "text of 4 characters", "string"),
        ([], "[]", "list of 0 items", "array"),
        ((1,), "[1]", "list of 1 item", "array"),
        ({"a": [1, {"b": None}]}, '{"a": [1, {"b": null}]}', "object with 1 key", "object"),
        (float("inf"), "Infinity", "a number", "number"),
        ("\ud800", '"\\ud800"', "text of 1 character", "string"),
    ],
)
def test_a_value_is_shown_described_and_named(value: Any, shown: str, described: str, kind: str) -> None:
    assert (shown, described, kind) == (show(value), describe(value), type_name(value))


def test_what_is_shown_fits_on_a_line_and_says_that_it_was_cut() -> None:
    for value in ("x" * 1_000_000, ["x" * 1_000_000] * 3, list(range(100_000)), {"\x00" * 500: 1}):
        assert LIMIT == len(show(value))
        assert show(value).endswith("…")
    assert '"abc…' == show("abcdefgh", 5)
    assert '"abc"' == show("abc", 5)


def test_a_number_of_too_many_digits_is_described() -> None:
    assert "a number" == show(10**5000)
    assert "list of 1 item" == show([10**5000])


def test_a_depth_that_cannot_be_shown_is_described() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert show(deep) in {"list of 1 item", "[" * (LIMIT - 1) + "…"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        (" -5 ", -5),
        ("+5", 5),
        ("007", 7),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1E-2", -0.01),
        *((text, None) for text in NO_NUMBERS),
    ],
)
def test_a_text_is_read_as_the_number_it_is(text: str, number: float | None) -> None:
    found = read_number(text)
    assert number == found
    assert type(number) is type(found)


@pytest.mark.parametrize(
    ("word", "choices", "meant"),
    [
        ("fnally", ["finally", "steps"], "finally"),
        ("latency-budget", ["latency_budget", "latency"], "latency_budget"),
        ("STEPS", ["steps"], "steps"),
        ("zzz", ["steps"], None),
        ("", ["steps"], None),
        ("steps", [], None),
        ("ab", ["abd", "abc"], "abd"),
        ("a-b", ["A_B", "a_b"], "A_B"),
        ("x" * 10_000, ["x" * 64, "y"], "x" * 64),
        ("x" * 65, ["x" * 65], None),
    ],
)
def test_the_nearest_of_the_choices_is_meant_if_any_is_near(word: str, choices: list[str], meant: str | None) -> None:
    assert meant == did_you_mean(word, choices)
    assert meant == did_you_mean(word, reversed(choices))


def test_of_very_many_choices_only_the_first_are_looked_at() -> None:
    assert "k999" == did_you_mean("k999", (f"k{number}" for number in range(1_000_000)))
    assert "k5000" != did_you_mean("k5000", (f"k{number}" for number in range(1_000_000)))
