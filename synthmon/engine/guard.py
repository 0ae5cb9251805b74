"""The one place that catches everything: whatever is raised here without a name is our fault, never the target's."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from synthmon.engine.fault import exhausted
from synthmon.events import Events
from synthmon.model.run import Failure, FailureKind, RunKey
from synthmon.model.secret import Scrubber
from synthmon.model.words import printable

T = TypeVar("T")
Given = TypeVarTuple("Given")

_log = Events()


def guarded(
    work: Callable[[*Given], T],
    instead: Callable[[Failure, *Given], T],
    key: RunKey,
    scrubber: Callable[[], Scrubber] | None,
    *given: *Given,
) -> T:
    """What `work` returns of what is given, or, if it raises anything, what `instead` makes of the failure `internal`.

    An isolation boundary: one poisoned run, or one poisoned step of a run, stops nothing else. Everything a target can
    do is a value long before it gets here, so what arrives is a defect of synthmon, and is logged as one. The error's
    own words are told only where a scrubber knows the run's secrets.
    """
    try:
        return work(*given)
    except Exception as error:  # noqa: BLE001 - see above; logged, and told in the result
        text = "" if scrubber is None else printable(scrubber().text(str(error)), 200)
        name = type(error).__name__
        _log.error(
            "run.internal_error",
            run=key.id,
            probe=key.probe,
            region=key.region,
            error=name,
            text=text,
            where=_where(error),
        )
        if (used_up := exhausted(error)) is not None:  # no defect, and mended elsewhere than here
            return instead(Failure(FailureKind.RESOURCE, used_up, detail=name), *given)
        told = f"{name}: {text}" if text else f"{name}; the log says where"
        failure = Failure(FailureKind.INTERNAL, f"synthmon failed inside itself: {told}")
        return instead(failure, *given)


def _where(error: Exception) -> str:
    """File and line of the innermost frames; never values, which a log must not hold."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
