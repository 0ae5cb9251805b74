"""Whatever is raised during a run is our fault, and said to be what it is."""

from __future__ import annotations

import errno
import os

import pytest

from synthmon.engine.guard import guarded
from synthmon.model.run import Failure, FailureKind, RunKey
from tests.making import at


def told(error: Exception) -> Failure:
    def work() -> Failure:
        raise error

    return guarded(work, lambda failure: failure, RunKey("test", "shop", "eu", at(0)), None)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EMFILE, "this process has no file descriptor left"),
        (errno.ENFILE, "this machine has no file descriptor left"),
        (errno.ENOMEM, "this machine has no memory left"),
    ],
)
def test_what_this_machine_has_run_out_of_is_told_whatever_was_to_be_opened(number: int, said: str) -> None:
    failure = told(OSError(number, os.strerror(number), "/synthmon/engine/xml.py"))
    assert (failure.kind, failure.message) == (FailureKind.RESOURCE, said)


def test_any_other_error_is_a_defect() -> None:
    failure = told(OSError(errno.ENOENT, "no such file"))
    assert (failure.kind, failure.message) == (
        FailureKind.INTERNAL,
        "synthmon failed inside itself: FileNotFoundError; the log says where",
    )
