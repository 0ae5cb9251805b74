"""A certificate that nobody verified is told of, with its reason, wherever the step is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from synthmon.cli.show import show_run
from synthmon.model.run import Exchange, ExchangePurpose, Outcome, Phases, RunResult, StepResult
from synthmon.reports.html import render
from synthmon.store.memory import MemoryStore
from tests.making import at, run
from tests.reports.test_html import material, report
from tests.web.conftest import Site

REASON = "the appliance <signs> itself"
SHOWN = "the appliance &lt;signs&gt; itself"


def unverified(slot: datetime) -> RunResult:
    exchange = Exchange(
        ExchangePurpose.REQUEST,
        "GET",
        "https://box.example.com/",
        0.0,
        Phases(total=0.1),
        200,
        address="10.0.0.9:443",
        fallback=True,
        proxy="http://proxy.example.com:3128",
        certificate_until=datetime(2027, 2, 3, 4, 5, tzinfo=UTC),
    )
    step = StepResult("box", "Ask the box", Outcome.PASSED, 0.0, 0.1, exchanges=(exchange,), unverified=REASON)
    return run(slot, Outcome.PASSED, steps=(step,))


def test_the_page_of_a_run_tells_it_and_how_the_target_was_reached(make_site: Callable[..., Site]) -> None:
    store, found = MemoryStore(), unverified(at(660))
    store.keep([found])
    page = make_site(store=store).client.get(f"/runs/{found.id}").text
    assert f"certificate was not verified: {SHOWN}" in page
    assert (
        "10.0.0.9:443, not the first that was tried (proxy http://proxy.example.com:3128), certificate until " in page
    )


def test_the_terminal_tells_it() -> None:
    out = StringIO()
    show_run(Console(file=out, width=120), unverified(at(660)), "Shop")
    assert f"the certificate was not verified: {REASON}" in out.getvalue()


def test_the_daily_report_tells_it() -> None:
    results = [unverified(at(60 * index, datetime(2026, 3, 2, tzinfo=UTC))) for index in range(3)]
    page = render(report(material(results=results)))
    assert page.count("Not verified:") == 1
    assert f"“Ask the box”: {SHOWN}" in page
