"""Which part of a work the processor's time goes to, by looking now and then where the interpreter stands."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from importlib import import_module
from operator import attrgetter
from types import FrameType

OTHER = "everything else"
_EVERY = 0.001  # seconds of processor time; the system may look less often


def parts(
    work: Callable[[], object], seconds: float, own: Mapping[str, str], within: Mapping[str, str]
) -> Counter[str]:
    """How often each part was met while the work was done again and again for so many seconds by the clock.

    A part is told by functions, as `module:Class.method`: `own` where the interpreter stands in that very function,
    which is also where a library works for it; `within` where it stands in what that function calls, the innermost
    first. A look falls on the first function of ours after a library's work: where that calls back, callbacks belong
    to the same part. Work of other threads is not seen. Exits where a function is not there, whose part would be
    nobody's.
    """
    for name in (*own, *within):
        _look_up(name)
    found: Counter[str] = Counter()

    def look(_signal: int, frame: FrameType | None) -> None:
        part = None if frame is None else own.get(_name(frame))
        while part is None and frame is not None:
            part, frame = within.get(_name(frame)), frame.f_back
        found[part or OTHER] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return found


def _look_up(name: str) -> None:
    module, _, function = name.partition(":")
    try:
        attrgetter(function)(import_module(module))
    except (ImportError, AttributeError) as error:
        raise SystemExit(f"{name} is not there any more: say what the part is told by now") from error


def _name(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}"
