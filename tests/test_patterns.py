"""An expression that is compiled late finds what Python's own finds, and is compiled when it is asked, no sooner."""

from __future__ import annotations

import re

import pytest

from synthmon.patterns import regular


def test_it_finds_what_the_compiled_one_finds() -> None:
    ours, theirs = regular(r"(?P<one>a+)(b)?", re.IGNORECASE), re.compile(r"(?P<one>a+)(b)?", re.IGNORECASE)
    for _ in range(2):  # the second time by what the first left
        assert [found.span() for found in ours.finditer("AAb a")] == [
            found.span() for found in theirs.finditer("AAb a")
        ]
        assert ours.sub("x", "aab") == theirs.sub("x", "aab")
        assert (ours.fullmatch("c"), ours.pattern, ours.flags) == (None, theirs.pattern, theirs.flags)
        assert ours.groupindex == theirs.groupindex


def test_bytes_are_looked_through_as_well() -> None:
    assert regular(rb"[a-c]+").findall(b"ab-c") == [b"ab", b"c"]


def test_what_is_no_expression_is_told_when_it_is_used() -> None:
    wrong = regular("(")
    with pytest.raises(re.error, match="missing"):
        wrong.search("")
