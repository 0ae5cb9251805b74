"""What a report tells beside the figures of probes; each part is a module of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.reports.figures.expiring import Expiring
from synthmon.reports.figures.hygiene import Hygiene
from synthmon.reports.figures.notices import Notices
from synthmon.reports.figures.stories import Story
from synthmon.reports.figures.watching import Watching


@dataclass(frozen=True, slots=True)
class Beside:
    """`done` and `coming` are maintenance; `watch` is None in a report of some probes. `stories` are by incident.

    `base` is the address of the pages, `trace_url` that of a trace with `{trace_id}` in it; None leaves links out.
    """

    stories: Mapping[str, Story] = field(default_factory=dict)
    notices: Notices = field(default_factory=Notices)
    expiring: tuple[Expiring, ...] = ()
    done: tuple[Quiet, ...] = ()
    coming: tuple[Quiet, ...] = ()
    hygiene: Hygiene = field(default_factory=Hygiene)
    watch: Watching | None = None
    base: str | None = None
    trace_url: str | None = None
