"""The power goes at any moment: whatever the disk had not synced is lost, and nothing that was acknowledged is."""

from __future__ import annotations

import sys
from pathlib import Path

from synthmon.errors import StoreError
from synthmon.store.opening import open_store
from tests.power import Image, images, record, without_a_loss, without_syncs
from tests.store.test_strace import pytestmark as _needs_strace
from tests.store.values import DAY, MIDNIGHT, run

pytestmark = _needs_strace
RUNS = 6


def _kept(folder: Path) -> list[str]:
    store = open_store(folder / "synthmon.db")
    try:
        return [result.id for result in store.runs(MIDNIGHT, MIDNIGHT + DAY)]
    finally:
        store.close()


def _loses(image: Image, folder: Path) -> bool:
    try:
        return not set(image.acknowledged) <= set(_kept(image.put_into(folder)))
    except StoreError:  # damaged as a whole
        return True


def test_whatever_the_disk_had_not_synced_all_that_was_acknowledged_is_there_once(
    database: Path, blank: bytes, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.soak.acknowledge", str(database), str(RUNS)]
    calls = record(tmp_path, command, ["synthmon.db", "synthmon.db-wal"])
    before = {"synthmon.db": blank}
    assert without_a_loss(before, calls) == {"synthmon.db": database.read_bytes()}
    expected = [run(number).id for number in range(RUNS)]
    in_doubt = 0
    for number, image in enumerate(images(before, calls, 50, seed=5)):
        kept = _kept(image.put_into(tmp_path / f"image-{number}"))
        assert image.acknowledged == kept[: len(image.acknowledged)]
        assert expected[: len(kept)] == kept
        assert len(kept) - len(image.acknowledged) in {0, 1}  # what is in doubt is there whole or not at all
        in_doubt += len(kept) - len(image.acknowledged)
    assert in_doubt  # the moments between a sync and its acknowledgement were among them

    careless = images(before, without_syncs(calls), 20, seed=5)
    assert any(_loses(image, tmp_path / f"careless-{number}") for number, image in enumerate(careless))
