"""A backtest as a page, and a real history of outages tried under two policies."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from synthmon.judge import Policy
from synthmon.judge.compare import compare, pages
from synthmon.judge.replay import replay
from synthmon.model.probe import AlertRule, Probe, Track
from synthmon.model.run import Outcome, RunResult
from synthmon.reports.backtest import render
from tests.making import at, incident, probe, run

HISTORY = Path(__file__).parent.parent / "data" / "history" / "search-company.csv"
EVERY = 300.0  # seconds between the checks of that monitor
POLICY = Policy("test", default_channels=("pager",))


def _named(service: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", service.lower()).strip("-")


@pytest.fixture(scope="module")
def lived() -> dict[str, list[RunResult]]:
    """What the services were like, as runs of probes: each state lasts until the next row of that service."""
    rows: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    with HISTORY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[_named(row["service"])].append((datetime.fromisoformat(row["at"]), row["state"] == "up"))
    end = max(instant for states in rows.values() for instant, _ in states)
    return {service: _runs(service, sorted(states), end) for service, states in rows.items()}


def _runs(service: str, states: list[tuple[datetime, bool]], end: datetime) -> list[RunResult]:
    runs = []
    for index, (begins, up) in enumerate(states):
        until = states[index + 1][0] if index + 1 < len(states) else end
        slot = begins
        while slot < min(until, begins + timedelta(minutes=30)):  # a day of good runs proves no more than that
            runs.append(run(slot, Outcome.PASSED if up else Outcome.FAILED, name=service))
            slot += timedelta(seconds=EVERY)
    return runs


def _probes(names: list[str], failures: int) -> dict[str, Probe]:
    rule = AlertRule("down", Track.DOWN, failures, failures)
    return {name: probe(name, interval=EVERY, alerts=(rule,)) for name in names}


def test_every_outage_of_a_real_history_is_told_and_a_patient_policy_tells_of_fewer(
    lived: dict[str, list[RunResult]],
) -> None:
    runs = [one for history in lived.values() for one in history]
    end = max(one.started_at for one in runs) + timedelta(minutes=1)
    eager = replay(_probes(list(lived), 1), POLICY, runs, end)
    patient = replay(_probes(list(lived), 3), POLICY, runs, end)

    fallen = {one.key.probe for one in runs if one.outcome is Outcome.FAILED}
    assert fallen == {one.probe for one in eager.incidents}
    assert 0 < pages(patient.incidents) < pages(eager.incidents)
    assert all(one.began_at <= one.opened_at for one in patient.incidents)
    told_by_both = [pair for pair in compare(eager.incidents, patient.incidents, end) if pair.then and pair.now]
    assert told_by_both
    assert all(pair.sooner < 0 for pair in told_by_both)


def test_the_page_shows_both_strips_and_every_pair_and_runs_nothing() -> None:
    then = incident(at(60), opened_at=at(66), resolved_at=at(600), told=("pager",))
    now = incident(
        at(60), opened_at=at(240), resolved_at=at(600), told=("pager",), reason="down: <script>alert(1)</script>"
    )
    page = render(at(0), at(3600), 60, [probe(), probe("login")], compare([then], [now], at(3600)))

    assert "1 page then, 1 with these files; 1 incident then, 1 with these files." in page
    assert "was told: " in page
    assert "would be told: " in page
    assert "page after 6 s" in page
    assert "page after 3 min" in page
    assert "Nothing then, nothing now." in page
    assert "<script" not in page
    assert page == render(at(0), at(3600), 60, [probe(), probe("login")], compare([then], [now], at(3600)))


def test_what_a_silence_kept_back_was_told_when_it_was_told_and_not_when_it_opened() -> None:
    late = incident(at(60), opened_at=at(66), resolved_at=at(900), told=("pager",), told_at=at(360))
    prompt = incident(at(60), opened_at=at(66), resolved_at=at(900), told=("pager",), told_at=at(66))
    [pair] = compare([late], [prompt], at(3600))
    page = render(at(0), at(3600), 60, [probe()], [pair])

    assert "page after 5 min" in page
    assert "page after 6 s" in page
    assert pair.sooner == 294


def test_what_would_be_told_of_nobody_is_not_drawn() -> None:
    silent = incident(at(60), opened_at=at(66), resolved_at=at(600))
    page = render(at(0), at(3600), 60, [probe()], compare([silent], [], at(3600)))

    assert "was told: nothing" in page
    assert ">nobody<" in page.replace(" ", "")
