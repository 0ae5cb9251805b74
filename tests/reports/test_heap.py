"""The collector of cycles rests while a report is made, and afterwards it is as it was."""

from __future__ import annotations

import gc

import pytest

from synthmon.reports.heap import left_alone


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
