"""Agents of many regions as one process: results at the slots at which they are due, by the agents' own protocol.

Nothing is walked. Whatever an agent would say to its centre is said as it says it: a token for each region, batches in
the order of a spool, gzip, heartbeats, the long poll for confirmations, whose answers are delivered like any result.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from heapq import heappop, heappush
from itertools import cycle
from random import Random
from typing import Any

from benchmarks._runs import typical
from synthmon import wire
from synthmon.agent import delivery, heart, pace, questions
from synthmon.model.agent import Heartbeat
from synthmon.model.run import Failure, FailureKind, Outcome, RunKey, RunKind, RunResult, from_millis
from synthmon.schedule import next_slot, shard_of

ENVIRONMENT = "benchmark"
TOOK = 0.5  # seconds that a run takes until its result is there
COMPRESSION = 5  # as agents have it
_MARKS = re.compile(rb"@[PRSTH]@")


@dataclass(slots=True)
class Tally:
    """What the agents saw, together. Times are seconds; `first_failure` is when a probe's first failed run was over."""

    accepted: int = 0
    refused: int = 0
    requests: int = 0
    errors: list[str] = field(default_factory=list)
    sent: int = 0
    received: int = 0
    waits: list[float] = field(default_factory=list)
    first_failure: dict[str, float] = field(default_factory=dict)
    confirmed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Broken:
    """The probes whose target is down, and since when."""

    probes: frozenset[str] = frozenset()
    since: float = 0.0


class Channel:
    """One kept connection to the centre, with bytes counted in both directions."""

    def __init__(self, port: int, token: str, region: str, tally: Tally) -> None:
        self._port, self._tally = port, tally
        self._head = (
            f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n{wire.REGION_HEADER}: {region}\r\n"
            "User-Agent: synthmon/fleet\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
        )
        self._socket: socket.socket | None = None

    def ask(self, method: str, path: str, content: bytes = b"", *, coding: str = "") -> Any:
        """The JSON of the answer; raises OSError, and ValueError for what is not a success."""
        head = f"{method} {path} HTTP/1.1\r\n{self._head}"
        if method == "POST":
            head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        if coding:
            head += f"Content-Encoding: {coding}\r\n"
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            message = head.encode() + b"\r\n" + content
            self._socket.sendall(message)
            status, body, size = self._answer(self._socket)
        except OSError:
            self.close()
            raise
        with self._tally.lock:
            self._tally.sent += len(message)
            self._tally.received += size
        if status != 200:
            raise ValueError(f"{method} {path}: {status} {body[:200]!r}")
        return json.loads(body)

    def _answer(self, channel: socket.socket) -> tuple[int, bytes, int]:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = channel.recv(65536)
            if not piece:
                raise ConnectionError("the centre closed the connection")
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)content-length: (\d+)", head)
        chunked = found is None
        while not body.endswith(b"0\r\n\r\n") if chunked else len(body) < int(found[1] if found else 0):
            piece = channel.recv(65536)
            if not piece:
                raise ConnectionError("the centre closed the connection")
            body += piece
        size = len(head) + 4 + len(body)
        return int(head.split(b" ", 2)[1]), _joined(body) if chunked else body, size

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _joined(body: bytes) -> bytes:
    """The chunks of a body as one."""
    whole = b""
    while body:
        length, _, body = body.partition(b"\r\n")
        whole += body[: int(length, 16)]
        body = body[int(length, 16) + 2 :]
    return whole


class Documents:
    """Results as JSON text, made from a few hundred with figures of their own: making each anew would take a core."""

    def __init__(self, count: int = 300) -> None:
        chance, key = Random(7), RunKey(ENVIRONMENT, "@P@", "@R@", datetime(2026, 1, 1, tzinfo=UTC))
        self._pieces = []
        for _ in range(count):
            document = wire.to_kept_json(typical(chance, key, "@H@")) | {"slot": "@S@", "started_at": "@T@"}
            text = wire.dumps(document)
            self._pieces.append((_MARKS.split(text), [mark[1:2] for mark in _MARKS.findall(text)]))

    def good(self, number: int, probe: str, region: str, slot: datetime) -> bytes:
        pieces, marks = self._pieces[number % len(self._pieces)]
        values = {
            b"P": probe.encode(),
            b"R": region.encode(),
            b"S": _instant(slot),
            b"T": _instant(slot + timedelta(milliseconds=3)),
            b"H": sha256(probe.encode()).hexdigest().encode(),
        }
        said = [pieces[0]]
        for mark, piece in zip(marks, pieces[1:], strict=True):
            said += (values[mark], piece)
        return b"".join(said)

    @staticmethod
    def failed(key: RunKey) -> bytes:
        """The third step answered 500."""
        run = typical(Random(key.id), key, sha256(key.probe.encode()).hexdigest())
        failure = Failure(FailureKind.STATUS, "answered 500, expected 2xx", expected="2xx", actual="500")
        step = replace(run.steps[2], outcome=Outcome.FAILED, status=500, failures=(failure,))
        broken: RunResult = replace(
            run, steps=(*run.steps[:2], step), outcome=Outcome.FAILED, failed_step=step.id, failures=(failure,)
        )
        return wire.dumps(wire.to_kept_json(broken))


def _instant(at: datetime) -> bytes:
    return (at.isoformat(timespec="milliseconds")[:-6] + "Z").encode()


@dataclass(frozen=True, slots=True)
class Plan:
    """What all agents have in common."""

    port: int
    interval: float


@dataclass(frozen=True, slots=True)
class Post:
    """Where one agent stands."""

    token: str
    region: str
    shard: str


class Agent:
    """One agent: a thread that delivers, one that listens for questions."""

    def __init__(
        self, plan: Plan, post: Post, probes: Sequence[str], documents: Documents, broken: Broken, tally: Tally
    ) -> None:
        self._plan, self._post, self._documents, self._broken, self._tally = plan, post, documents, broken, tally
        self._spool = f"{post.region}-{post.shard}".replace("/", "-of-")
        self._probes = probes
        self._mine = frozenset(probes)
        self._finished: list[tuple[float, int, RunKey]] = []
        self._seq = self._durable = 0
        self._hurry, self._ending = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._began = time.time()
        self._count = 0
        self._threads = [
            threading.Thread(target=self._deliver, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._hurry.set()

    def _due(self) -> Iterator[tuple[float, str, datetime]]:
        """Runs in the order in which they end, for ever."""
        after = from_millis(int(self._began * 1000))
        first = sorted((next_slot(name, self._post.region, self._plan.interval, after), name) for name in self._probes)
        turn = 0
        while True:
            for slot, name in first:
                at = slot + timedelta(seconds=turn * self._plan.interval)
                yield at.timestamp() + TOOK, name, at
            turn += 1

    def _deliver(self) -> None:
        channel = Channel(self._plan.port, self._post.token, self._post.region, self._tally)
        due, beat = self._due(), self._began + Random(self._spool).random() * heart.EVERY
        waiting = next(due)
        while not self._ending.is_set():
            now = time.time()
            if now >= beat:
                beat += heart.EVERY
                self._beat(channel, now)
            batch: list[tuple[float, bytes]] = []
            while waiting[0] <= now and len(batch) < delivery.LARGEST_BATCH:
                ended, probe, slot = waiting
                batch.append((ended, self._document(ended, probe, slot)))
                waiting = next(due)
            with self._lock:
                while self._finished and self._finished[0][0] <= now:
                    ended, _, key = heappop(self._finished)
                    batch.append((ended, self._documents.failed(key)))
            if batch:
                self._send(channel, batch)
            full = len(batch) >= delivery.LARGEST_BATCH
            until = now if full else max(now + pace.APART, min(waiting[0], now + 1.0))
            self._hurry.clear()
            if self._bad_news(now, until):
                until = min(until, now + pace.HURRIED)
            self._hurry.wait(max(0.0, until - time.time()))
        channel.close()

    def _bad_news(self, now: float, until: float) -> bool:
        """Whether a confirmation, which fails, is over before then; a failed run at its slot is taken as it comes."""
        with self._lock:
            return bool(self._finished) and now < self._finished[0][0] <= until

    def _document(self, ended: float, probe: str, slot: datetime) -> bytes:
        self._count += 1
        if probe not in self._broken.probes or ended - TOOK < self._broken.since:
            return self._documents.good(self._count, probe, self._post.region, slot)
        with self._tally.lock:
            self._tally.first_failure[probe] = min(ended, self._tally.first_failure.get(probe, ended))
        return self._documents.failed(RunKey(ENVIRONMENT, probe, self._post.region, slot))

    def _send(self, channel: Channel, batch: Sequence[tuple[float, bytes]]) -> None:
        records = [b'{"seq":%d,"run":%s}' % (self._seq + n, one) for n, (_, one) in enumerate(batch, 1)]
        head = b'{"format":1,"spool":"%s","after":%d,"records":[' % (self._spool.encode(), self._durable)
        content = gzip.compress(head + b",".join(records) + b"]}", COMPRESSION)
        while not self._ending.is_set():
            try:
                answer = channel.ask("POST", "/api/v1/agent/results", content, coding="gzip")
                break
            except (OSError, ValueError) as error:
                with self._tally.lock:
                    self._tally.errors.append(str(error))
                self._ending.wait(0.5)
        else:
            return
        now = time.time()
        self._seq += len(batch)
        self._durable = answer["durable"]
        with self._tally.lock:
            self._tally.requests += 1
            self._tally.accepted += len(batch) - len(answer["refused"])
            self._tally.refused += len(answer["refused"])
            self._tally.errors += [one["reason"] for one in answer["refused"]]
            self._tally.waits += [now - ended for ended, _ in batch]

    def _beat(self, channel: Channel, now: float) -> None:
        said = Heartbeat(
            region=self._post.region,
            instance=self._spool,
            at=from_millis(int(now * 1000)),
            version="0.1.0",
            config_hash="",
            started_at=from_millis(int(self._began * 1000)),
            shard=self._post.shard,
            spool=self._spool,
            due=self._count,
            started=self._count,
            finished=self._count,
            lateness_p99=0.002,
            lag_p99=0.001,
            memory=90 << 20,
            descriptors=60,
            offset=0.0,
            round_trip=0.01,
            probes=len(self._probes),
        )
        try:
            channel.ask("POST", "/api/v1/agent/heartbeats", wire.dumps(wire.heartbeat_to_json(said)))
        except (OSError, ValueError) as error:
            with self._tally.lock:
                self._tally.errors.append(str(error))

    def _listen(self) -> None:
        """Confirmations are run at once; every agent of a region hears of them, and one of them has the probe."""
        channel = Channel(self._plan.port, self._post.token, self._post.region, self._tally)
        last = 0
        while not self._ending.is_set():
            try:
                answer = channel.ask("GET", f"/api/v1/agent/asked?after={last}&wait={questions.WAIT:g}")
            except (OSError, ValueError) as error:
                if not self._ending.is_set():
                    with self._tally.lock:
                        self._tally.errors.append(str(error))
                self._ending.wait(1.0)
                continue
            last = answer["last"]
            for one in answer["asked"]:
                key = wire.key_from_json(one)
                if key.probe in self._mine and key.kind is RunKind.CONFIRM:
                    with self._lock:
                        heappush(self._finished, (time.time() + TOOK, id(key), key))
                    self._hurry.set()
                    with self._tally.lock:
                        self._tally.confirmed += 1
        channel.close()


def fleet(
    plans: Sequence[Plan], tokens: Mapping[str, str], shards: int, names: Sequence[str], broken: Broken, tally: Tally
) -> list[Agent]:
    """`shards` agents in each region that has a token; together they run every probe there. Plans go round."""
    documents = Documents()
    share: dict[str, list[str]] = {f"{number}/{shards}": [] for number in range(1, shards + 1)}
    for name in names:
        share[str(shard_of(name, shards))].append(name)
    posts = [(Post(token, region, shard), mine) for region, token in tokens.items() for shard, mine in share.items()]
    return [
        Agent(plan, post, mine, documents, broken, tally)
        for plan, (post, mine) in zip(cycle(plans), posts, strict=False)
    ]
