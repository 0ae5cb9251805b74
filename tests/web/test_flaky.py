"""A run that was good only after a retry: shown on its page, in its waterfall and on a terminal, counted in metrics."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from rich.console import Console

from synthmon.cli.junit import to_junit
from synthmon.cli.show import show_run
from synthmon.model.run import Exchange, ExchangePurpose, Outcome, Phases, RunResult, StepResult
from synthmon.store.memory import MemoryStore
from synthmon.web.metrics import Metrics
from synthmon.web.waterfall import waterfall
from tests.making import at, run
from tests.web.conftest import Site


def flaky() -> RunResult:
    url, phases = "https://shop.example.com/pay", Phases(total=0.1)
    exchanges = (
        Exchange(ExchangePurpose.REQUEST, "POST", url, 0.0, phases, 503),
        Exchange(ExchangePurpose.RETRY, "POST", url, 1.1, phases, 201, attempt=2),
    )
    pay = StepResult("pay", "Pay", Outcome.PASSED, 0.0, 1.2, 0.1, status=201, exchanges=exchanges)
    return run(at(660), Outcome.PASSED, steps=(pay,), flaky=True)


def test_a_page_shows_both_attempts_and_says_flaky(make_site: Callable[..., Site]) -> None:
    store = MemoryStore()
    store.keep([flaky()])
    page = make_site(store=store).client.get(f"/runs/{flaky().id}").text
    assert "flaky: it passed only after a retry" in page
    assert "flaky: attempt 2" in page
    assert "<td>retry 2</td>" in page
    assert ["POST → 503", "retry 2 POST → 201"] == [row.text for row in waterfall(flaky()).rows]


def test_each_tick_of_a_quick_run_has_a_name_of_its_own() -> None:
    quick = Exchange(ExchangePurpose.REQUEST, "GET", "https://shop.example.com/", 0.0, Phases(total=0.002), 200)
    step = StepResult("look", "Look", Outcome.PASSED, 0.0, 0.002, 0.002, status=200, exchanges=(quick,))
    named = [text for _, text in waterfall(run(at(660), Outcome.PASSED, steps=(step,))).ticks]
    assert ["0", "0.5 ms", "1.0 ms", "1.5 ms", "2.0 ms"] == named


def test_a_terminal_shows_both_attempts_and_says_flaky() -> None:
    told = StringIO()
    show_run(Console(file=told, width=120), flaky(), "Shop")
    lines = [line.strip() for line in told.getvalue().splitlines()]
    assert "request  POST https://shop.example.com/pay → 503 in 100 ms" in lines
    assert "retry 2  POST https://shop.example.com/pay → 201 in 100 ms" in lines
    assert lines[-1].endswith("; flaky: it passed only after a retry")


def test_a_build_server_is_told_and_stays_green() -> None:
    told = to_junit([flaky()])
    assert "<system-out>flaky: good at attempt 2</system-out>" in told
    assert 'failures="0" errors="0"' in told


def test_it_is_counted() -> None:
    metrics = Metrics()
    for result in (flaky(), run(at(0))):
        metrics.count(result)
    assert 'synthmon_flaky_runs_total{probe="checkout",region="local"} 1.0' in metrics.render().decode()
