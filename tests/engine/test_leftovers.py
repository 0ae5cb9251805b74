"""What a run leaves behind is cleaned up by a later run, if anybody can."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from synthmon import wire
from synthmon.engine.walk import walk
from synthmon.errors import StoreError
from synthmon.ledger import FileLedger
from synthmon.model.auth import BearerAuth
from synthmon.model.journey import Step
from synthmon.model.network import Network
from synthmon.model.owed import LONGEST_OWED, MOST_TRIES, Owed
from synthmon.model.probe import Probe
from synthmon.model.run import Outcome, RunKey, RunResult
from tests.engine.world import SLOT, World, expect, from_json, probe, request, step, text

ROOT = Path(__file__).parents[2]
MADE = {"id": "o-1", "token": "t0ken-of-this-run"}


class Killed(BaseException):
    """The process ends here, as with SIGKILL: nothing after it happens."""


@dataclass
class Shop:
    """A target that makes orders by reference, and may refuse to cancel them."""

    cancels: bool = True
    answers: bool = True
    kills: bool = False
    orders: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)

    def __call__(self, asked: httpx.Request) -> httpx.Response:
        path = asked.url.path
        if not self.answers:
            return httpx.Response(503)
        if asked.method == "POST" and path == "/orders":
            self.orders.add(asked.content.decode())
            if self.kills:
                raise Killed
            return httpx.Response(201, json=MADE)
        if asked.method == "DELETE":
            self.tokens.append(asked.headers.get("Authorization", ""))
            if not self.cancels:
                return httpx.Response(500)
            self.orders.discard(path.rpartition("/")[2])
            return httpx.Response(204)
        return httpx.Response(200, json={"token": f"token-{len(self.tokens)}-secret"})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[FileLedger]:
    found = FileLedger(tmp_path / "cleanup.db")
    yield found
    found.close()


def shopping(*cleanup: Step, **more: Any) -> Probe:
    buy = step("buy", request=request("POST", "/orders", raw="${{ run.id }}"), captures=(from_json("id", "$.id"),))
    return probe(buy, cleanup=cleanup or (step("cancel", "/orders/${{ run.id }}", "DELETE"),), **more)


@dataclass
class Agent:
    """One run a minute, with a ledger."""

    ledger: Any
    shop: Shop = field(default_factory=Shop)
    runs: int = 0
    world: World = field(default_factory=World)

    def run(self, declared: Probe, *, after: float = 60.0) -> RunResult:
        self.world.handler = self.shop
        self.world.clock.advance(after)
        self.runs += 1
        key = RunKey("test", declared.name, "local", SLOT + timedelta(minutes=self.runs))
        transport = httpx.MockTransport(self.world._answer)
        return walk(declared, key, declared.regions[0], replace(self.world.surroundings, ledger=self.ledger), transport)


def owed(ledger: FileLedger) -> list[Owed]:
    return list(ledger.owed("shop", "local"))


def test_a_run_that_cleans_up_leaves_nothing_in_the_ledger(ledger: FileLedger) -> None:
    agent = Agent(ledger)
    result = agent.run(shopping())

    assert (result.outcome, result.leftovers, owed(ledger)) == (Outcome.PASSED, (), [])


def test_what_could_not_be_cleaned_up_is_tried_again_by_the_next_run(ledger: FileLedger) -> None:
    agent = Agent(ledger, Shop(cancels=False))
    first = agent.run(shopping())
    (entry,) = owed(ledger)
    assert (first.cleanup_failed, entry.key, entry.steps, entry.tries) == (True, first.key, ("cancel",), 0)

    agent.shop.cancels = True
    second = agent.run(shopping())

    (leftover,) = second.leftovers
    assert (leftover.run, leftover.tries, leftover.cleaned) == (first.id, 1, True)
    assert (agent.shop.orders, owed(ledger), second.cleanup_failed) == (set(), [], False)
    assert wire.from_json(wire.loads(wire.dumps(wire.to_json(second)))) == second


def test_what_was_left_is_cleaned_up_over_the_same_way_as_everything_else(ledger: FileLedger) -> None:
    agent = Agent(ledger, Shop(cancels=False))
    ways: list[tuple[str, Network]] = []
    declared = shopping()
    network = Network(ip_version=4, hosts={"shop.test": ("10.0.0.7",)})
    declared = replace(declared, regions=(replace(declared.regions[0], network=network),))
    agent.run(declared)

    class Watched(Shop):
        def __call__(self, asked: httpx.Request) -> httpx.Response:
            ways.append((asked.method, asked.extensions["synthmon.route"].network))
            return super().__call__(asked)

    agent.shop = Watched(orders=agent.shop.orders)
    (leftover,) = agent.run(declared).leftovers
    assert leftover.cleaned
    assert [("DELETE", network)] * 2 == [one for one in ways if one[0] == "DELETE"]
    assert all(network == one for _, one in ways)


def test_a_process_killed_before_its_cleanup_is_cleaned_up_after_by_the_next_one(tmp_path: Path) -> None:
    before = FileLedger(tmp_path / "cleanup.db")
    agent = Agent(before, Shop(kills=True))
    with pytest.raises(Killed):
        agent.run(shopping())
    before.close()
    assert len(agent.shop.orders) == 1

    agent.ledger, agent.shop.kills = FileLedger(tmp_path / "cleanup.db"), False
    assert agent.run(shopping()).leftovers == ()  # for all that is known, it may still be running
    result = agent.run(shopping())
    agent.ledger.close()

    assert agent.shop.orders == set()
    assert [leftover.cleaned for leftover in result.leftovers] == [True]


KILLED = """
import os, signal, sys
from pathlib import Path
from synthmon.ledger import FileLedger
from tests.engine.test_leftovers import Agent, Shop, shopping

class Deadly(Shop):
    def __call__(self, asked):
        super().__call__(asked)
        os.kill(os.getpid(), signal.SIGKILL)

Agent(FileLedger(Path(sys.argv[1])), Deadly()).run(shopping())
"""


def test_a_process_that_is_killed_owes_its_cleanup_to_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "cleanup.db"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL

    ledger = FileLedger(path)
    (entry,) = owed(ledger)
    agent = Agent(ledger, Shop(orders={entry.key.id}), runs=1)
    result = agent.run(shopping(), after=200.0)
    ledger.close()

    assert [leftover.cleaned for leftover in result.leftovers] == [True]
    assert agent.shop.orders == set()


def test_a_run_that_only_reads_writes_nothing(ledger: FileLedger) -> None:
    class Untouchable:
        def owed(self, _probe: str, _region: str) -> tuple[Owed, ...]:
            return ()

        def put(self, _owed: Owed) -> None:
            raise AssertionError("nothing is created")

        drop = put

    result = Agent(Untouchable()).run(probe(step("read"), cleanup=(step("tidy", "/x", "DELETE"),)))
    assert result.outcome is Outcome.PASSED


def test_where_nothing_is_owed_the_file_is_asked_once(ledger: FileLedger) -> None:
    assert [] == owed(ledger)
    asked: list[str] = []
    assert ledger._connection is not None
    ledger._connection.set_trace_callback(asked.append)
    assert ([], []) == (owed(ledger), asked)
    Agent(ledger, Shop(cancels=False)).run(shopping())
    assert 1 == len(owed(ledger))


def test_it_is_given_up_after_so_many_tries_and_says_so(ledger: FileLedger) -> None:
    agent = Agent(ledger, Shop(cancels=False))
    first = agent.run(shopping())
    results = [agent.run(probe(step("read"), cleanup=shopping().journey.cleanup[:0])) for _ in range(1)]
    assert results[0].leftovers[0].given_up == "the probe has no longer the steps that would clean it up"

    agent.run(shopping())
    tries = [next(one for one in agent.run(shopping()).leftovers) for _ in range(MOST_TRIES)]
    assert [one.tries for one in tries] == list(range(1, MOST_TRIES + 1))
    assert [one.given_up for one in tries] == [None] * (MOST_TRIES - 1) + ["it was tried 5 times"]
    assert first.id not in {one.key.id for one in owed(ledger)}


def test_what_is_older_than_a_day_is_given_up(ledger: FileLedger) -> None:
    agent = Agent(ledger, Shop(cancels=False))
    agent.run(shopping())
    agent.shop.cancels = True
    result = agent.run(shopping(), after=LONGEST_OWED + 1)

    assert result.leftovers[0].given_up == "a day has passed, and it was tried never"
    assert result.cleanup_failed
    assert owed(ledger) == []


def test_during_an_outage_nothing_is_tried_in_vain(ledger: FileLedger) -> None:
    agent = Agent(ledger, Shop(cancels=False))
    agent.run(shopping())
    agent.shop.answers = False
    results = [agent.run(shopping()) for _ in range(MOST_TRIES + 1)]

    assert [result.leftovers for result in results] == [()] * len(results)
    assert owed(ledger)[0].tries == 0


def test_captures_and_variables_are_those_of_the_run_that_left_it(ledger: FileLedger) -> None:
    declared = shopping(
        step("cancel", "/${{ vars.ref }}/${{ captures.id }}/${{ run.id }}", "DELETE"),
        variables={"ref": text("${{ uuid() }}")},
    )
    agent = Agent(ledger, Shop(cancels=False))
    agent.run(declared)
    tried = agent.world.seen[-1].url.path
    agent.shop.cancels = True
    agent.run(declared)

    assert agent.world.seen[-1].url.path == tried


def logged_in(*cleanup: Step) -> Probe:
    log_in = step("log_in", captures=(from_json("token", "$.token", secret=True),))
    buy = step("buy", request=request("POST", "/orders", raw="${{ run.id }}"), expect=expect(201))
    return probe(log_in, buy, cleanup=cleanup)


def test_no_secret_is_kept_and_whoever_cleans_up_logs_in_anew(ledger: FileLedger, tmp_path: Path) -> None:
    cancel = step("cancel", "/orders/${{ run.id }}", "DELETE", auth=BearerAuth(text("${{ captures.token }}")))
    agent = Agent(ledger, Shop(cancels=False))
    agent.run(logged_in(cancel))
    assert owed(ledger)[0].kept_back == ("token",)
    assert b"token-0-secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())

    agent.shop.cancels = True
    result = agent.run(logged_in(cancel))

    assert result.leftovers[0].cleaned
    assert agent.shop.tokens[-2:] == ["Bearer token-1-secret"] * 2
    assert b"token-1-secret" not in wire.dumps(wire.to_json(result))


def test_a_secret_that_names_what_was_made_is_lost_and_that_is_said(ledger: FileLedger) -> None:
    cancel = step("cancel", "/orders/${{ captures.token }}", "DELETE")
    agent = Agent(ledger, Shop(cancels=False))
    agent.run(logged_in(cancel))
    result = agent.run(logged_in(cancel))

    assert result.leftovers[0].given_up == "it takes `captures.token`, which was secret and therefore not kept"
    assert result.leftovers[0].steps == ()


def test_no_run_takes_up_more_than_three(ledger: FileLedger) -> None:
    agent = Agent(ledger, Shop(cancels=False))
    first = agent.run(shopping())
    for number in range(5):
        ledger.put(replace(owed(ledger)[0], key=replace(first.key, slot=SLOT - timedelta(hours=number + 1))))
    agent.shop.cancels = True

    assert len(agent.run(shopping()).leftovers) == 3
    assert len(owed(ledger)) == 3


def test_a_ledger_that_cannot_be_written_changes_nothing_about_the_run() -> None:
    class Away:
        def owed(self, _probe: str, _region: str) -> tuple[Owed, ...]:
            raise StoreError("no room is left")

        def put(self, _owed: Owed) -> None:
            raise StoreError("no room is left")

        def drop(self, _run: str) -> None:
            raise StoreError("no room is left")

    agent = Agent(Away())
    result = agent.run(shopping())
    assert (result.outcome, result.cleanup_failed, agent.shop.orders) == (Outcome.PASSED, False, set())


def test_what_is_left_behind_is_for_no_other_user_to_read(tmp_path: Path) -> None:
    agent = Agent(FileLedger(tmp_path / "cleanup.db"), Shop(cancels=False))
    agent.run(shopping())
    assert len(owed(agent.ledger)) == 1
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    agent.ledger.close()


def test_a_damaged_ledger_is_kept_aside_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "cleanup.db"
    path.write_bytes(b"this is no database at all, and long enough to be looked at" * 50)
    agent = Agent(FileLedger(path), Shop(cancels=False))
    first, second = agent.run(shopping()), agent.run(shopping())
    assert [entry.key for entry in owed(agent.ledger)] == [first.key, second.key]
    agent.ledger.close()
    assert path.with_name("cleanup.db.damaged").exists()
