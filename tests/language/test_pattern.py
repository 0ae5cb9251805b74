"""Patterns of RE2, formats, and what is said of a pattern that is none."""

from __future__ import annotations

import pytest

from synthmon.language.formats import FORMATS, has_format
from synthmon.language.formats import LONGEST as LONGEST_FORMAT
from synthmon.language.regex import LONGEST, MOST_TEXT, compile_regex


@pytest.mark.parametrize(
    ("pattern", "text", "anywhere", "whole"),
    [
        ("b", "abc", True, False),
        ("^b", "abc", False, False),
        ("a.c", "abc", True, True),
        ("a.c", "a\nc", False, False),
        ("(?s)a.c", "a\nc", True, True),
        ("(?i)ÀB", "àb", True, True),
        (r"\p{Greek}+", "λόγος", True, True),
        (r"^\d{3}$", "٣٣٣", False, False),
        ("", "", True, True),
        ("\x00", "a\x00", True, False),
        ("�", "\ud800", True, True),
    ],
)
def test_a_pattern_is_found_anywhere_or_is_the_whole(pattern: str, text: str, anywhere: bool, whole: bool) -> None:
    assert anywhere is compile_regex(pattern).search(text)
    assert whole is compile_regex(pattern).fullmatch(text)
    assert pattern == compile_regex(pattern).text


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "not a pattern of RE2: missing ): ("),
        ("[a", "not a pattern of RE2: missing ]: [a"),
        ("*", "not a pattern of RE2: no argument for repetition operator: *"),
        ("a(?=b)", "not a pattern of RE2, which has no look-around: invalid perl operator: (?="),
        ("(?<!a)b", "not a pattern of RE2, which has no look-around: invalid perl operator: (?<!"),
        (r"(a)\1", r"not a pattern of RE2, which has no back-references: invalid escape sequence: \1"),
        ("a{1001}", "not a pattern of RE2: invalid repetition size: {1001}"),
        ("((a{100}){100}){100}", "not a pattern of RE2: invalid repetition size: {100}"),
        (r"(\pL{500}){2}[^x]{500}", "not a pattern of RE2: pattern too large - compile failed"),
        ("\ud800", "not a pattern of RE2: it holds half a character"),
        ("a" * (LONGEST + 1), "a pattern has at most 1000 characters"),
    ],
)
def test_what_is_no_pattern_of_re2_is_told_why(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match="pattern") as caught:
        compile_regex(pattern)
    assert message.split(":", maxsplit=1)[0] == str(caught.value).split(":")[0]
    assert message == str(caught.value)


def test_a_mebibyte_is_searched_and_no_more() -> None:
    assert compile_regex("b").search("a" * (MOST_TEXT - 1) + "b")
    assert not compile_regex("b").search("a" * MOST_TEXT + "b")
    assert compile_regex("a*").fullmatch("a" * MOST_TEXT)
    assert not compile_regex("a*").fullmatch("a" * (MOST_TEXT + 1))


def test_no_pattern_takes_its_time_by_going_back() -> None:
    assert not compile_regex("(a*)*(a*)*(a*)*b$").search("a" * 200_000)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("email", ["a@example.com", "a+b.c@x-y.example"], ["a", "a@", "@b.c", "a b@c.d", "", "a@b@c"]),
        ("date-time", ["2026-11-23T08:14:11Z", "2026-11-23T08:14:11.25+01:00"], ["2026-11-23", "2026-11-23 08:14", ""]),
        ("date", ["2026-02-28", "2024-02-29"], ["2026-02-29", "26-02-28", "2026-2-8", "2026-02-28T00:00:00Z"]),
        ("uuid", ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"], ["6ba7b810", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "x"]),
        ("uri", ["https://a.example/b?c#d", "urn:a:b"], ["/relative", "a b", "", "//host"]),
        ("ipv4", ["192.0.2.1", "255.255.255.255"], ["256.0.0.1", "1.2.3", "01.2.3.4", "::1"]),
        ("ipv6", ["2001:db8::1", "::", "::ffff:192.0.2.1"], ["1::2::3", "192.0.2.1", "fe80::1%eth0", "12345::"]),
        ("hostname", ["a", "a-b.example.com"], ["-a", "a_b", "a b", "", "x" * 64]),
    ],
)
def test_a_format_is_judged_as_its_standard_has_it(name: str, good: list[str], bad: list[str]) -> None:
    assert good == [text for text in good if has_format(name, text)]
    assert [] == [text for text in bad if has_format(name, text)]


@pytest.mark.parametrize("name", FORMATS)
def test_only_a_text_of_decent_length_has_a_format(name: str) -> None:
    for value in (
        None,
        5,
        True,
        ["a"],
        {"a": 1},
        "\ud800",
        "a" * (LONGEST_FORMAT + 1),
        "a@" + "a" * LONGEST_FORMAT + ".com",
    ):
        assert not has_format(name, value)
