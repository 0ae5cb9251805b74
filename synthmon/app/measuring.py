"""What this machine can do, measured in seconds: what a step costs, and how many runs are kept durably."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count, cycle
from pathlib import Path

from synthmon.app import clock
from synthmon.app.surroundings import Walks
from synthmon.errors import StoreError, SynthmonError
from synthmon.model.probe import Probe
from synthmon.model.run import RunKey, RunKind, RunResult
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.installation import LOCAL, Installation, InstallationRegion
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import render
from synthmon.store import migrate
from synthmon.store.interface import Store
from synthmon.store.opening import open_store

STEPS = 4
KEEPERS = 16  # threads, as results come from many runs at once and share commits
HELD = 100  # results that are kept again and again: all of them would count as memory that the probes take
JOURNEY = """\
synthmon: 1
name: {name}
interval: {interval}
timeout: 20s
base_url: {url}
latency_budget: 10s
steps:
  - id: log_in
    request: {{method: POST, url: /sessions, json: {{user: someone, password: "${{{{ secrets.password }}}}"}}}}
    expect: {{status: 200}}
    capture: {{token: {{json: $.token, secret: true}}}}
    latency_budget: 2s
  - id: cart
    request: {{method: POST, url: /cart, json: {{sku: A-1, amount: 2}}}}
    auth: &token {{bearer: "${{{{ captures.token }}}}"}}
    expect: {{status: 200, json: {{$.total: {{more_than: 0}}}}}}
    latency_budget: 2s
  - id: pay
    request: POST /payment
    auth: *token
    expect:
      status: 200
      schema:
        type: object
        required: [status, total, items]
        properties:
          status: {{enum: [paid, open]}}
          total: {{type: number}}
          items: {{type: array, items: {{type: object, required: [sku, amount]}}}}
      json: {{$.status: paid, $.currency: EUR}}
    latency_budget: 2s
  - id: order
    request: GET /orders/7
    auth: *token
    expect: {{json: {{$.total: 12.5}}}}
    latency_budget: 2s
secrets: [password]
"""
"""A journey as it is written for a shop, with what such a probe holds against the answers. Whatever measures what a run
costs walks this one, so that figures of one place can be held against those of another.
"""
PASSWORD = "correct horse battery"  # noqa: S105 - of a shop that takes any


@dataclass(frozen=True, slots=True)
class Able:
    """`seconds_a_step` and `seconds_to_keep` a run are processor time of one core; `kept` is runs of four steps a
    second, each acknowledged after its commit was durable on the disk of the data directory; `bytes_a_step` is what
    one takes there. `resident` is the memory in MiB that this process held at most, with all probes read.
    """

    seconds_a_step: float
    kept: float
    bytes_a_step: float
    seconds_to_keep: float = 0.0
    resident: float = 0.0

    @property
    def steps_a_second(self) -> float:
        """What one process can do at most: Python runs on one core at a time."""
        return 1 / self.seconds_a_step


def measure(folder: Path, seconds: float) -> Able:
    """Take so many seconds, half of them for runs and half for keeping them in a database in `folder`, removed after.

    Raises `SynthmonError` where nothing can be written there, or loopback cannot be reached.
    """
    with target() as port:
        probe = journey(f"http://127.0.0.1:{port}")
        results, cost = _walked(probe, seconds / 2)
    used = time.process_time()
    kept, size, number = _kept(results, folder, seconds / 2)
    used = time.process_time() - used
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Able(cost / STEPS, kept, size / STEPS, used / number, resident)


@contextmanager
def target() -> Iterator[int]:
    """A process that answers on loopback as long as this lasts; its port."""
    command = [sys.executable, "-m", "synthmon.app.answering"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def journey(url: str) -> Probe:
    """What is walked to measure, against a server that answers as `target` does."""
    ours = Installation("measured", {LOCAL: InstallationRegion()})
    text = JOURNEY.format(name="measured", interval="1m", url=url)
    probe, problems = parse_probe(text.encode(), "measured.yaml", ours, SchemaShelf(Path()))
    assert probe is not None, render(problems)
    return probe


class _Password:
    def get(self, name: str, region: str) -> Secret:
        assert name == "password", f"{name} in {region} is no secret of the journey"
        return Secret("secrets.password", PASSWORD)


def _walked(probe: Probe, seconds: float) -> tuple[Sequence[RunResult], float]:
    """The last of many runs, one after the other, and what each cost in processor seconds; the first warm up."""
    walks, results = Walks(_Password()), deque[RunResult](maxlen=HELD)
    began_at, numbers = clock.now(), count()

    def once() -> None:
        slot = began_at + timedelta(milliseconds=next(numbers))
        key = RunKey("measured", probe.name, LOCAL, slot, RunKind.SCHEDULED)
        results.append(walks(probe, key, probe.regions[0]))

    try:
        for _ in range(20):
            once()
        if not results[-1].outcome.good:
            raise SynthmonError(f"a run on loopback did not pass here: {results[-1].failures[0].message}")
        began, ends, made = time.process_time(), time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            once()
            made += 1
        return tuple(results), (time.process_time() - began) / made
    finally:
        walks.transport.close()


def _kept(results: Sequence[RunResult], folder: Path, seconds: float) -> tuple[float, float, int]:
    """Runs kept a second, bytes that each takes, and how many it were."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = tempfile.TemporaryDirectory(prefix="capacity-", dir=folder)
    except OSError as error:
        raise StoreError(f"{folder}: nothing can be written there: {error.strerror}") from error
    with made as name:
        path = Path(name) / "measured.db"
        migrate.upgrade(path)
        store = open_store(path)
        try:
            return _filled(store, results, seconds, path)
        finally:
            store.close()


def _again(results: Sequence[RunResult]) -> Iterator[RunResult]:
    """As many runs as are asked for, each another one."""
    for number, result in enumerate(cycle(results)):
        slot = results[0].key.slot + timedelta(milliseconds=number)
        yield replace(result, key=replace(result.key, slot=slot), started_at=slot)


def _filled(store: Store, results: Sequence[RunResult], seconds: float, path: Path) -> tuple[float, float, int]:
    left, lock = _again(results), threading.Lock()
    kept = [0] * KEEPERS
    empty, ends = path.stat().st_size, time.monotonic() + seconds

    def keep(number: int) -> None:
        while time.monotonic() < ends:
            with lock:
                result = next(left)
            kept[number] += store.keep((result,))

    keepers = [threading.Thread(target=keep, args=(number,)) for number in range(KEEPERS)]
    began = time.monotonic()
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()
    took, total = time.monotonic() - began, max(1, sum(kept))
    store.close()  # what is in the log goes into the file, whose size is then that of the runs
    return total / took, (path.stat().st_size - empty) / total, total
