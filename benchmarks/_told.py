"""Whole journeys as somebody who reports first-byte times: four steps as an agent walks them, and a bare loop."""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pycurl

from synthmon.app.surroundings import Walks
from synthmon.model.run import Outcome, RunKey, RunKind
from synthmon.probefile.assembly.installation import LOCAL, Installation, InstallationRegion
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.secrets import Secrets

TOOK = b"x-took: "
"""A header of the server's answers: what it took itself, in seconds."""
STEPS = 4
STEP = """\
  - id: step{number}
    request: {{method: GET, url: /, headers: {{X-Before: "{before}"}}}}
    expect: {{status: 200, schema: {{type: object}}}}
    capture: {{took{number}: {{header: x-took}}}}
    latency_budget: 2s
"""

Measure = Callable[[str], Sequence[tuple[float, float]]]
"""Sends what it sends; of each request the first-byte time reported and the server's own, in seconds."""


def bare(requests: int = 1) -> Measure:
    """libcurl alone, so many requests one after the other; more than one over a connection of their own."""
    local = threading.local()

    def measure(url: str) -> list[tuple[float, float]]:
        if not hasattr(local, "handle"):
            local.handle = pycurl.Curl()
        return [_sent(local.handle, url, fresh=requests > 1 and number == 0) for number in range(requests)]

    return measure


def _sent(handle: pycurl.Curl, url: str, *, fresh: bool) -> tuple[float, float]:
    handle.reset()
    heads: list[bytes] = []
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.FRESH_CONNECT, int(fresh))
    handle.setopt(pycurl.HEADERFUNCTION, heads.append)
    handle.setopt(pycurl.WRITEFUNCTION, len)
    handle.perform()
    sent, first = handle.getinfo(pycurl.POSTTRANSFER_TIME_T), handle.getinfo(pycurl.STARTTRANSFER_TIME_T)
    took = next(line for line in heads if line.startswith(TOOK))
    return (first - sent) / 1e6, float(took[len(TOOK) :])


@contextmanager
def walked(url: str) -> Iterator[Measure]:
    """synthmon's engine, as it is put together in an agent: what the result of a run says of each of its steps."""
    before = ["none", *(f"${{{{ captures.took{number} }}}}" for number in range(STEPS))]
    steps = "".join(STEP.format(number=number, before=before[number]) for number in range(STEPS))
    text = f"synthmon: 1\nname: told\ninterval: 1m\nbase_url: {url}\nsteps:\n{steps}"
    ours = Installation("measured", {LOCAL: InstallationRegion()})
    probe, problems = parse_probe(text.encode(), "told.yaml", ours, SchemaShelf(Path()))
    assert probe is not None, problems
    walks, began, numbers = Walks(Secrets({})), datetime.now(UTC), itertools.count()

    def measure(_url: str) -> list[tuple[float, float]]:
        slot = began + timedelta(milliseconds=next(numbers))
        result = walks(probe, RunKey("measured", probe.name, LOCAL, slot, RunKind.SCHEDULED), probe.regions[0])
        assert result.outcome is Outcome.PASSED, result.failures
        taken = [float(json.loads(took)) for step in result.steps for took in step.captured.values()]
        told = [step.phases.first_byte or 0.0 for step in result.steps if step.phases]
        return list(zip(told, taken, strict=True))

    walks.start()
    try:
        yield measure
    finally:
        walks.stop()


@contextmanager
def one_core() -> Iterator[None]:
    """What this process does meanwhile, it does on one core; processes that were started before are free."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
