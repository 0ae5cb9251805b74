"""Chores, one after the other, until the end."""

from __future__ import annotations

import threading

import pytest

from synthmon.app import housekeeping
from synthmon.app.housekeeping import Chore, Housekeeping


def test_no_chore_is_begun_after_the_end_was_asked_for_in_the_midst_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "EVERY", 0.01)
    done = []

    def long() -> None:
        threading.Thread(target=keeping.stop).start()
        assert keeping._ended.wait(10)
        done.append("long")

    keeping = Housekeeping([Chore("long", 1.0, long), Chore("next", 1.0, lambda: done.append("next"))])
    keeping.start()
    keeping._thread.join(10)
    assert ["long"] == done
