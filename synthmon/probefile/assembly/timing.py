"""When a probe runs: by an interval, or by a cron expression in a time zone."""

from __future__ import annotations

from synthmon.model.timing import Cron, Timing
from synthmon.probefile.assembly.work import Work, key_of
from synthmon.probefile.format.probe import ProbePart

SHORTEST_INTERVAL = 1.0
UTC = "UTC"
_OTHERWISE = 86400.0  # where neither is there, which is reported: nothing that follows from it is worth a word


def build_timing(work: Work, part: ProbePart) -> Timing:
    """One of the two; what is missing or said twice is reported."""
    interval, cron, zone = (work.node(key) for key in ("interval", "cron", "timezone"))
    root = work.document.root
    if interval is not None and cron is not None and not interval.broken:
        message = "a probe runs by `interval` or by `cron`, and this has both"
        work.error("timing", message, key_of(root, "cron") or cron, "delete one of the two")
    if zone is not None and cron is None and "cron" not in work.names.suspects:
        message = "a time zone is for `cron`; an interval is the same by all clocks"
        work.error("timing", message, key_of(root, "timezone") or zone, "delete it, or write `cron:`")
    if part.cron is not None and (interval is None or interval.broken):
        return Cron(part.cron, part.timezone or UTC)
    if part.interval is None:
        if not {"interval", "cron"} & work.names.suspects:
            work.error("missing-key", "the key `interval` is missing", root, "add `interval: 1m`, or `cron:`")
        return _OTHERWISE
    if part.interval < SHORTEST_INTERVAL and interval is not None:
        work.error("interval", "a probe runs at most once a second", interval, "write 1s or more")
    return part.interval
