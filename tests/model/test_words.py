"""Figures in words."""

from __future__ import annotations

import pytest

from synthmon.model import words


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0004, "0.4 ms"), (0.0451, "45 ms"), (0.9996, "1.00 s"), (1.834, "1.83 s"), (12.34, "12.3 s"),
     (59.96, "1 min"), (125, "2 min 05 s"), (3600, "1 h"), (4 * 86400 + 7200, "4 d 2 h")],
)  # fmt: skip
def test_durations_have_three_significant_digits_at_most(value: float | None, text: str) -> None:
    assert text == words.seconds(value)


@pytest.mark.parametrize(
    ("value", "text"), [(0.99995, "99.99 %"), (1.0, "100.00 %"), (0.999, "99.90 %"), (0.28999999999999998, "29.00 %")]
)
def test_shares_are_rounded_down(value: float, text: str) -> None:
    assert text == words.percent(value)


def test_what_a_target_sent_cannot_steer_a_terminal() -> None:
    assert words.printable("a\nb\x1b[31m\u202e") == "a⏎b\\x1b[31m\\u202e"
    assert words.printable("x" * 30, limit=10) == "x" * 10 + "… (20 characters more)"
