"""The collector of cycles rests while a report is made, and afterwards it is as it was."""

from __future__ import annotations

import gc

import pytest

from synthmon.heap.briefly import left_alone


def test_it_rests_until_the_last_report_is_made_even_if_one_fails() -> None:
    assert gc.isenabled()
    with left_alone():
        with pytest.raises(ZeroDivisionError), left_alone():
            raise ZeroDivisionError
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    with left_alone():
        pass
    resting = not gc.isenabled()
    gc.enable()
    assert resting


def test_what_it_was_kept_away_from_before_it_is_kept_away_from_afterwards() -> None:
    before = gc.get_freeze_count()
    gc.unfreeze()
    try:
        with left_alone():
            pass
        assert gc.get_freeze_count() == 0
        gc.freeze()
        with left_alone():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        if not before:
            gc.unfreeze()
