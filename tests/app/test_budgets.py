"""Error budgets for the metrics: counted a few at a time, the oldest first, and of what is declared only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from synthmon.app import budgets
from synthmon.app.budgets import Budgets
from synthmon.app.reporting import ReportDesk
from synthmon.model.history import ProbeVersion
from synthmon.model.probe import Objective
from synthmon.model.run import Outcome
from synthmon.store.memory import MemoryStore
from tests.making import at, probe, run


def test_a_budget_is_what_the_report_says_and_every_probe_gets_its_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "AT_MOST", 0.0)  # one of them a turn
    store = MemoryStore()
    declared = {
        name: replace(probe(name), objectives=(Objective("availability", 0.5, 3600.0),))
        for name in ("checkout", "login")
    } | {"without": probe("without")}
    versions = [
        ProbeVersion(name, "h", at(0), None, name, 60.0, 10.0, ("local",), "") for name in ("checkout", "login")
    ]
    store.record_versions(versions, at(0))
    store.keep([run(at(60 * n), Outcome.FAILED if n < 3 else Outcome.PASSED) for n in range(10)])
    clock = [at(600)]
    made = Budgets(ReportDesk(store, "test", UTC, tmp_path), lambda: declared, lambda: clock[0])
    assert [] == list(made.all())
    made.turn()
    [first] = made.all()
    assert ("checkout", "availability", 0.5, at(600)) == (first.probe, first.objective, first.target, first.at)
    assert first.left == pytest.approx(1 - 180 / 1800)
    assert first.achieved == pytest.approx(0.7)
    clock[0] += timedelta(seconds=15)
    made.turn()
    assert {"checkout": at(600), "login": at(615)} == {one.probe: one.at for one in made.all()}
    clock[0] += timedelta(seconds=15)
    made.turn()
    assert {"checkout": at(630), "login": at(615)} == {one.probe: one.at for one in made.all()}
    assert {"login": None} == {one.probe: one.left for one in made.all() if one.probe == "login"}
    del declared["checkout"]
    assert ["login"] == [one.probe for one in made.all()]
