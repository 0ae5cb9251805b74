"""What was allowed to fail, and what earlier runs left behind: on the page of a run, and on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from synthmon.cli.show import show_run
from synthmon.model.run import Leftover, Outcome, RunResult
from synthmon.store.memory import MemoryStore
from tests.making import at, run, step
from tests.web.conftest import Site

HOSTILE = "it takes `captures.<b>x</b>`"


def told_of(leftover: Leftover) -> RunResult:
    offers = replace(step("offers", Outcome.FAILED), excused=True)
    return run(at(660), Outcome.PASSED, steps=(offers, step("buy")), cleanup=(), leftovers=(leftover,))


CASES = {
    "Cleaned up now, at try 2.": Leftover("0b1c", at(0), 2, (step("cancel", Outcome.PASSED),)),
    "Try 1 failed as well; the next run tries again.": Leftover("0b1c", at(0), 1, (step("cancel", Outcome.FAILED),)),
    "Given up: it takes `captures.&lt;b&gt;x&lt;/b&gt;`.": Leftover("0b1c", at(0), 0, (), HOSTILE),
}


@pytest.mark.parametrize("said", CASES)
def test_a_page_says_what_became_of_it(make_site: Callable[..., Site], said: str) -> None:
    store, result = MemoryStore(), told_of(CASES[said])
    store.keep([result])
    page = make_site(store=store).client.get(f"/runs/{result.id}").text

    assert said in page
    assert ("<strong>cleanup failed</strong>" in page) == result.cleanup_failed
    assert 'href="/runs/0b1c"' in page
    assert "Allowed: this step may fail or be degraded without that counting for the run." in page


def test_a_terminal_says_it_as_well() -> None:
    told = StringIO()
    show_run(Console(file=told, width=120), told_of(Leftover("0b1c", at(0), 0, (), HOSTILE)), "Shop")
    lines = [line.strip() for line in told.getvalue().splitlines()]

    assert "allowed  that it failed does not count for the run" in lines
    assert "left behind by the run of 2026-03-02 12:00:00" in lines
    assert f"given up  {HOSTILE}" in lines
    assert any("1 failed (1 allowed)" in line for line in lines)
