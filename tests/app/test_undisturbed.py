"""What hangs, jumps or comes in hundreds disturbs no run of anything else."""

from __future__ import annotations

import os
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from structlog.typing import EventDict

from synthmon.app.configuration import Origin
from synthmon.app.daemon import Daemon
from synthmon.model.history import RunRow
from synthmon.model.run import FailureKind, Outcome, RunKind
from synthmon.store.sql import SqlStore
from tests.alerting.receivers import Receiver, Reply
from tests.app.installation import Installation, Target, until

SECOND = timedelta(seconds=1)
FOUR_STEPS = """\
synthmon: 1
name: {name}
interval: 1m
timeout: 10s
base_url: http://127.0.0.1:9
steps:
  - {{id: log_in, request: POST /sessions, expect: {{status: 201}}, capture: {{token: $.token}}}}
  - {{id: cart, request: POST /cart, expect: {{status: 201}}, capture: {{cart: $.id}}}}
  - {{id: pay, request: "POST /carts/${{{{ captures.cart }}}}/payment", expect: {{status: 201}}}}
  - {{id: order, request: GET /order, expect: {{status: 200, json: {{$.status: paid}}}}}}
"""
# Runs `synthmon up` where /etc/resolv.conf names another resolver; only this process sees the change.
WITH_RESOLVER = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
PRIVATE, RECURSIVE, BIND, NEWNS = 1 << 18, 1 << 14, 1 << 12, 1 << 17
for done in (
    libc.unshare(NEWNS),
    libc.mount(None, b"/", None, RECURSIVE | PRIVATE, None),
    libc.mount(sys.argv[1].encode(), os.path.realpath("/etc/resolv.conf").encode(), None, BIND, None),
):
    if done != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
os.execv(sys.executable, [sys.executable, "-m", "synthmon", "up", "--log", "json"])
"""


def in_a_row(store: SqlStore, probe: str, after: datetime, count: int) -> Sequence[RunRow] | None:
    """The scheduled runs of slots from `after` on, once there are so many."""
    rows = [row for row in store.run_rows(probe=probe, limit=200) if row.slot >= after]
    found = sorted((row for row in rows if row.kind is RunKind.SCHEDULED), key=lambda row: row.slot)
    return found if len(found) >= count else None


def undisturbed(rows: Sequence[RunRow]) -> bool:
    """Whether no slot is left out and each run passed: one that had to wait for another's end would be skipped."""
    whole = all(later.slot - row.slot == SECOND for row, later in pairwise(rows))
    return whole and all(row.outcome is Outcome.PASSED for row in rows)


def test_three_hundred_probes_are_all_scheduled_at_once_and_spread_over_their_interval(tmp_path: Path) -> None:
    (tmp_path / "probes").mkdir()
    (tmp_path / "synthmon.yaml").write_text('synthmon_config: 1\nweb: {bind: "127.0.0.1:0"}\n')
    for number in range(300):
        (tmp_path / "probes" / f"{number}.yaml").write_text(FOUR_STEPS.format(name=f"probe-{number}"))
    begun, used = datetime.now(UTC), time.process_time()
    daemon = Daemon(Origin({}, None, tmp_path))
    daemon.start()
    try:
        started, used = datetime.now(UTC), time.process_time() - used
        starts = sorted(daemon._agents.agent.coming.values())
    finally:
        daemon.stop()

    assert used < 2.0  # seconds of the processor: what else runs on the machine does not count
    assert 300 == len(starts)
    assert begun < starts[0] <= starts[-1] <= started + timedelta(minutes=1)
    each_second = Counter(int(start.timestamp()) for start in starts)
    # Five a second on average. Slots are computed from the names, so these figures are the same at every start.
    assert max(each_second.values()) <= 15
    assert len(each_second) >= 55


def test_after_the_clock_jumped_to_and_fro_the_slots_are_those_of_the_time_it_shows(
    installation: Installation, target: Target, logs: list[EventDict]
) -> None:
    installation.add("shop", "/shop")
    with installation.daemon() as daemon:
        target.wait_for("/shop")
        asked, there = target.count("/shop"), datetime.now(UTC) + timedelta(hours=1)
        with time_machine.travel(there, tick=True):
            ahead = until(lambda: in_a_row(daemon.store, "shop", there, 3))
        # and not once for each slot that the clock passed over
        assert target.count("/shop") - asked <= 5
        here = datetime.now(UTC)
        back = until(lambda: [row for row in daemon.store.run_rows(probe="shop", end=there) if row.slot >= here][1:])
        target.statuses["/shop"] = 500
        assert until(daemon.store.incidents)  # what was seen by the clock that was ahead does not stand in the way
    jumps = [round(line["seconds"], -2) for line in logs if line["event"] == "clock.jumped"]
    assert [3600, -3600] == jumps
    assert undisturbed(ahead)
    assert undisturbed(sorted(back, key=lambda row: row.slot))


def test_a_channel_that_hangs_delays_no_run_and_no_other_channel(
    installation: Installation, target: Target, logs: list[EventDict]
) -> None:
    hanging, taking = Receiver(Reply(hang=True)), Receiver(Reply(202, "{}"))
    hooks = {"hanging": {"webhook": {"url": hanging.url}}, "taking": {"webhook": {"url": taking.url}}}
    installation.configure(hooks, "routes: [{notify: [hanging, taking]}]\n")
    target.statuses["/broken"] = 500
    installation.add("broken", "/broken")
    installation.add("shop", "/shop")
    with installation.daemon() as daemon:
        hanging.wait_for(1)
        (page,) = taking.wait_for(1)
        since = datetime.now(UTC)
        rows = until(lambda: in_a_row(daemon.store, "shop", since, 3))
        hanging.close()
    taking.close()
    assert "broken" == page.json["probe"]
    assert undisturbed(rows)


def test_targets_that_hang_delay_no_run_of_another_though_there_are_more_of_them_than_the_fewest_workers(
    installation: Installation, target: Target, logs: list[EventDict]
) -> None:
    target.hanging.add("/hangs")
    for number in range(24):
        installation.add(f"hangs-{number}", "/hangs", timeout="15s")
    installation.add("shop", "/shop")
    with installation.daemon() as daemon:
        target.wait_for("/hangs", 24)
        since = datetime.now(UTC)
        rows = until(lambda: in_a_row(daemon.store, "shop", since, 3))
        assert target.count("/hangs") == 24  # one run of each, and no second one beside it
        assert 24 <= daemon.pulse().running <= 25
        target.let_go.set()
    assert undisturbed(rows)


@pytest.fixture
def silent_resolver(tmp_path: Path) -> Iterator[Path]:
    """A resolv.conf that names a resolver which never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        try:
            silent.bind(("127.86.0.53", 53))
        except OSError as error:
            pytest.skip(f"a resolver cannot be played here: {error}")
        file = tmp_path / "resolv.conf"
        file.write_text("nameserver 127.86.0.53\n")
        yield file


def test_a_name_that_nobody_resolves_delays_no_other_run_and_is_no_outage(
    installation: Installation, target: Target, silent_resolver: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("a process gets a resolver of its own only as root")
    for number in range(3):
        installation.add(f"nowhere-{number}", url="http://shop.synthmon.test", timeout="2s")
    installation.add("shop", "/shop")
    with installation.process("-c", WITH_RESOLVER, str(silent_resolver)) as process:
        if not process.started("daemon.started"):
            pytest.skip(f"no mount namespace can be had here: {process.said[-200:]}")
        ours = process.wait_for("run.kept", probe="nowhere-0", outcome="error")
        since = datetime.now(UTC)
        with installation.store() as store:
            rows = until(lambda: in_a_row(store, "shop", since, 3))
            found = store.run(ours["run"])
    assert found is not None
    assert FailureKind.RESOLVER == found.failures[0].kind
    assert undisturbed(rows)
