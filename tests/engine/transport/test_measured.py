"""Phases from libcurl's marks: the short way for what almost always happens finds what the long way finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.phases import KEPT, SECURE, answered, phases_of
from synthmon.model.run import Phases

MARKS = st.integers(1, 5_000_000)


@given(MARKS, MARKS, MARKS)
def test_an_answer_over_a_kept_connection_has_the_phases_between_its_marks(sent: int, first: int, total: int) -> None:
    assert (answered(sent, first, total), "transfer") == phases_of((0, 0, 0, sent, first, total), KEPT, total, 0.0)


def test_the_phase_that_was_going_on_has_what_is_left() -> None:
    expected = (Phases(dns=0.501, connect=0.001, tls=0.998, total=1.5), "tls")
    assert phases_of((1000, 2000, 0, 0, 0, 0), SECURE, 1_000_000, 0.5) == expected
