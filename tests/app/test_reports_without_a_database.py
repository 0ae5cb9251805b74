"""A database that goes away while a report is made: an error that says so, and never a report of half of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from synthmon.app.centre_side import versions_of
from synthmon.app.report_clerk import WRITTEN, ClerkPorts, ReportClerk
from synthmon.app.reporting import ReportDesk
from synthmon.errors import StoreError
from synthmon.store.memory import MemoryStore
from tests.making import at, probe, run

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 7, tzinfo=UTC)
PROBES = {name: probe(name) for name in ("checkout", "login")}


class GoesAway(MemoryStore):
    """Answers so many reads about probes; then the server is away for a while."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self.answers = answers

    def health_changes(self, *args: object, **named: object) -> list:  # type: ignore[type-arg]
        if self.answers == 0:
            raise StoreError("the database does not answer: connection refused")
        self.answers -= 1
        return super().health_changes(*args, **named)  # type: ignore[arg-type]


def desk(folder: Path, answers: int) -> ReportDesk:
    store = GoesAway(answers)
    begun = datetime(2026, 2, 1, tzinfo=UTC)
    store.record_versions([replace(one, since=begun) for one in versions_of(PROBES)], begun)
    store.keep([run(at(60.0 * minute, MIDNIGHT), name=name) for minute in range(9) for name in PROBES])
    return ReportDesk(store, "test", UTC, folder)


def clerk(made: ReportDesk) -> ReportClerk:
    return ReportClerk(ClerkPorts(made, tuple, lambda: PROBES, lambda: MORNING))


@pytest.mark.parametrize("answers", [0, 1])
def test_a_database_that_fails_over_meanwhile_is_said_and_leaves_no_page(tmp_path: Path, answers: int) -> None:
    with pytest.raises(StoreError, match="does not answer"):
        clerk(desk(tmp_path, answers)).turn()
    assert [] == list(tmp_path.iterdir())


def test_the_report_is_owed_until_the_database_is_there_again(tmp_path: Path) -> None:
    made = desk(tmp_path, 1)
    with pytest.raises(StoreError, match="does not answer"):
        clerk(made).turn()
    made.store.answers = 99  # type: ignore[attr-defined]
    clerk(made).turn()
    written = (tmp_path / "daily-2026-03-02.html").read_text("utf-8")
    assert all(name in written for name in PROBES)
    assert "2026-03-02" in made.store.notes()[WRITTEN]
