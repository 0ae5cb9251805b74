"""Where nobody watches, a run is shown without rich, and reads as rich would have written it, to the character."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import StringIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from synthmon.cli.common import UNBROKEN
from synthmon.cli.layout import table
from synthmon.cli.plain import Plain, may_be_watched
from synthmon.cli.repeat import show_ended, show_summary
from synthmon.cli.show import show_run
from synthmon.cli.styled import Styled
from synthmon.model.run import Failure, FailureKind, Outcome, StepResult
from tests.depth import times
from tests.making import NOON, run

TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "",
        " ",
        "Pay",
        "a" * 60,
        "支払い" * 20,
        "é",
        "e\u0301",
        "a\nb",
        "a\tb",
        "a  ",
        "…",
        "→ ✗",
        "👩‍👧",
        "x" * (UNBROKEN + 5),
    ]
)
STEPS = st.builds(
    lambda id_, name, outcome, message, detail, status, latency: StepResult(
        id_,
        name,
        outcome,
        0.0,
        0.2,
        latency,
        1.0,
        status=status,
        failures=(Failure(FailureKind.STATUS, message, expected=detail, actual=message, detail=detail),),
        skipped_because=message if outcome is Outcome.SKIPPED else None,
    ),
    st.sampled_from(["pay", "log_in", "a" * 63]),
    TEXTS,
    st.sampled_from([Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED, Outcome.ERROR]),
    TEXTS,
    TEXTS,
    st.none() | st.just(500),
    st.none() | st.just(0.2),
)


def both(show: Callable[[Console | Plain], None]) -> tuple[str, str]:
    """As rich writes it where nothing is broken into lines, and as we do."""
    drawn, plain = StringIO(), StringIO()
    show(Console(file=drawn, width=UNBROKEN, highlight=False, markup=False, emoji=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        patch.setattr(sys, "stdout", plain)
        show(Plain())
    return drawn.getvalue(), plain.getvalue()


@settings(max_examples=times(40))
@given(st.lists(STEPS, max_size=3), TEXTS)
@example([], "")
def test_a_run_reads_as_rich_would_have_written_it(steps: list[StepResult], title: str) -> None:
    shown = run(NOON, Outcome.FAILED, steps=tuple(steps))
    drawn, plain = both(lambda console: show_run(console, shown, title))
    assert drawn == plain


@settings(max_examples=times(20))
@given(st.lists(STEPS, max_size=3), TEXTS)
@example([], "")
def test_several_runs_read_as_rich_would_have_written_them(steps: list[StepResult], title: str) -> None:
    failures = steps[0].failures if steps else ()
    shown = run(NOON, Outcome.FAILED, steps=tuple(steps), failures=failures)

    def show(console: Console | Plain) -> None:
        show_ended(console, 1, shown)
        show_summary(console, [shown, shown], title)

    drawn, plain = both(show)
    assert drawn == plain


@settings(max_examples=times(20))
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=3))
def test_a_table_reads_as_rich_would_have_written_it(rows: list[tuple[str, str, str]]) -> None:
    cells = [[Styled.of(text, "bold") for text in row] for row in rows]
    drawn, plain = both(lambda console: table(console, ("one", "another", "last"), cells))
    assert drawn == plain


def test_who_says_how_it_is_to_be_shown_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    assert not may_be_watched(StringIO())
    monkeypatch.setenv("COLUMNS", "60")
    assert may_be_watched(StringIO())
