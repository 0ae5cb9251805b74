"""No file descriptor is left: a spool says so, takes nothing that it does not keep, and goes on by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from synthmon.errors import StoreError
from synthmon.spool import Spool
from tests.descriptors import none_left
from tests.store.values import run


def _spool(path: Path) -> Spool:
    return Spool(path, 1 << 20, lambda: "s1", lambda: datetime.now(UTC))


def test_a_spool_that_cannot_be_made_for_want_of_a_descriptor_is_made_with_the_next_result(tmp_path: Path) -> None:
    with none_left():
        spool = _spool(tmp_path / "spool.db")
        assert "Too many open files" in str(spool.trouble)
        with pytest.raises(StoreError, match="Too many open files"):
            spool.put([run(0)])
    assert 1 == spool.put([run(0)])
    assert spool.trouble is None
    spool.close()


def test_a_spool_that_cannot_be_opened_again_refuses_and_keeps_what_it_had(tmp_path: Path) -> None:
    spool = _spool(tmp_path / "spool.db")
    spool.put([run(0)])
    spool.close()
    with none_left(), pytest.raises(StoreError, match="it cannot be opened"):
        spool.put([run(1)])
    assert "it cannot be opened" in str(spool.trouble)
    assert 1 == spool.put([run(1)])
    assert (2, None) == (spool.state().depth, spool.trouble)
    spool.close()
