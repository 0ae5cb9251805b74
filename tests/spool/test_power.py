"""The power goes at any moment of spooling and delivering: both files lose what was not synced, and nothing taken."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from synthmon.errors import StoreError
from synthmon.spool import Spool
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.power import Image, images, record, without_a_loss, without_syncs
from tests.soak import spooling
from tests.spool.test_strace import at_the_centre
from tests.store.test_strace import pytestmark as _needs_strace
from tests.store.values import run

pytestmark = _needs_strace
RUNS = 5
FILES = [f"{name}{end}" for name in ("spool.db", "centre.db") for end in ("", "-wal", "-journal")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    migrate.upgrade(tmp_path / "centre.db")
    return tmp_path


def _delivered(folder: Path) -> list[str]:
    """What is at the centre once the agent that begins again has delivered what its spool holds."""
    spool = Spool(folder / "spool.db", 1 << 20, lambda: "s1", lambda: datetime.now(UTC))
    store = open_store(folder / "centre.db")
    assert spool.trouble is None
    spooling.deliver(spool, store)
    assert 0 == spool.state().depth
    spool.close()
    store.close()
    return at_the_centre(folder)


def _loses(image: Image, folder: Path) -> bool:
    try:
        return not set(image.acknowledged) <= set(_delivered(image.put_into(folder)))
    except StoreError:  # damaged as a whole
        return True


def test_whatever_the_disks_had_not_synced_all_that_was_taken_comes_to_the_centre_once(folder: Path) -> None:
    before = {"centre.db": (folder / "centre.db").read_bytes()}
    calls = record(folder, [sys.executable, "-m", "tests.soak.spooling", str(folder), str(RUNS)], FILES)
    assert without_a_loss(before, calls) == {name: (folder / name).read_bytes() for name in ("centre.db", "spool.db")}
    expected = [run(number).id for number in range(RUNS)]
    for number, image in enumerate(images(before, calls, 36, seed=5)):
        there = _delivered(image.put_into(folder / f"image-{number}"))
        assert image.acknowledged == there[: len(image.acknowledged)]
        assert expected[: len(there)] == there
        assert len(there) - len(image.acknowledged) in {0, 1}

    careless = images(before, without_syncs(calls), 20, seed=5)
    assert any(_loses(image, folder / f"careless-{number}") for number, image in enumerate(careless))
