"""What a whole run of four steps costs, with all that a probe does to it, beside a bare pycurl loop; plain and by TLS.

    python benchmarks/journey.py [--seconds 4] [--rounds 4]

The probe is written as its users write it: a log-in whose token is captured, a cart, a payment held against a schema
and two paths, an order, each with a budget and a bearer token. A run is walked, redacted and written as the document
that is kept. The bare loop sends the same four requests over one connection and throws the answers away. The server is
a process of its own; processor time is this process's alone. `--profile` prints what took the time instead.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import pstats
import random
import socket
import ssl
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pycurl
import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from synthmon import wire
from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import Clock, Surroundings
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.transport import CurlTransport
from synthmon.engine.walk import walk
from synthmon.model.run import Outcome, RunKey, RunKind
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import parse_probe
from synthmon.probefile.problem import render
from tests.engine.world import GivenSecrets, SettableStall, SettableStop
from tests.probefile.installation import INSTALLATION

TOKEN = "0123456789abcdef0123456789abcdef"
BODY = (
    b'{"token": "%s", "status": "paid", "total": 12.5, "currency": "EUR", "items": ['
    b'{"sku": "A-1", "name": "a thing", "amount": 2, "price": 5.0}, {"sku": "B-2", "name": "another", "amount": 1}]}'
) % TOKEN.encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
SCHEMA = """\
{"type": "object", "required": ["status", "total", "items"], "properties": {"status": {"enum": ["paid", "open"]},
 "total": {"type": "number"}, "items": {"type": "array", "items": {"type": "object", "required": ["sku", "amount"]}}}}
"""
PROBE = """\
synthmon: 1
name: checkout
interval: 1m
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
    expect: {{status: 200, schema: pay.schema.json, json: {{$.status: paid, $.currency: EUR}}}}
    latency_budget: 2s
  - id: order
    request: GET /orders/7
    auth: *token
    expect: {{json: {{$.total: 12.5}}}}
    latency_budget: 2s
secrets: [password]
"""


def serve(listener: socket.socket, context: ssl.SSLContext | None) -> None:
    def talk(bare: socket.socket) -> None:
        channel = bare if context is None else context.wrap_socket(bare, server_side=True)
        with channel:
            unread = b""
            while piece := channel.recv(65536):
                unread += piece
                while b"\r\n\r\n" in unread:
                    head, _, rest = unread.partition(b"\r\n\r\n")
                    length = next(
                        (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")),
                        0,
                    )
                    if len(rest) < length:
                        break
                    unread = rest[length:]
                    channel.sendall(ANSWER)

    while True:
        channel, _ = listener.accept()
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=talk, args=(channel,), daemon=True).start()


@contextmanager
def serving(authority: trustme.CA | None) -> Iterator[str]:
    context = None
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve, args=(listener, context), daemon=True)
        process.start()
        try:
            yield f"http{'s' if context else ''}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.kill()
            process.join()


def bare(url: str, ca_file: str) -> Callable[[], object]:
    handle = pycurl.Curl()
    calls = (
        ("/sessions", b'{"user": "someone"}'),
        ("/cart", b'{"sku": "A-1"}'),
        ("/payment", b""),
        ("/orders/7", None),
    )

    def journey() -> None:
        for number, (path, body) in enumerate(calls):
            pieces: list[bytes] = []
            handle.reset()
            handle.setopt(pycurl.URL, url + path)
            handle.setopt(pycurl.CAINFO, ca_file)
            handle.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
            handle.setopt(pycurl.FRESH_CONNECT, int(number == 0))
            handle.setopt(pycurl.WRITEFUNCTION, pieces.append)
            handle.setopt(pycurl.HTTPHEADER, [f"Authorization: Bearer {TOKEN}", "Expect:"])
            if body is not None:
                handle.setopt(pycurl.POSTFIELDS, body)
            handle.perform()
            assert handle.getinfo(pycurl.RESPONSE_CODE) == 200

    return journey


def ours(url: str, ca_file: str, folder: Path) -> Callable[[], object]:
    (folder / "pay.schema.json").write_text(SCHEMA)
    probe, problems = parse_probe(PROBE.format(url=url).encode(), "checkout.yaml", INSTALLATION, SchemaShelf(folder))
    assert probe is not None, render(problems)
    region = probe.regions[0]
    transport, numbers = CurlTransport(ca_file=ca_file), iter(range(1, 10**9))
    surroundings = Surroundings(
        clock=Clock(lambda: datetime.now(UTC), time.monotonic, time.sleep),
        chance=random.Random(7),
        secrets=GivenSecrets(dict.fromkeys(probe.secrets, "correct horse battery")),
        tokens=MemoryTokens(),
        codes=MemoryCodes(),
        stop=SettableStop(),
        stall=SettableStall(),
        user_agent="synthmon/0.1.0",
    )

    def journey() -> bytes:
        key = RunKey("production", "checkout", region.name, datetime.now(UTC), RunKind.MANUAL, next(numbers))
        result = walk(probe, key, region, surroundings, transport)
        assert result.outcome is Outcome.PASSED, result.failures
        return wire.dumps(wire.to_kept_json(result))

    return journey


@dataclass
class Contender:
    """A way to walk the journey, and what each round cost in processor milliseconds a journey."""

    name: str
    journey: Callable[[], object]
    costs: list[float] = field(default_factory=list)

    def take_turn(self, seconds: float) -> None:
        self.journey()
        done, began, used = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            self.journey()
            done += 1
        self.costs.append((time.process_time() - used) / done * 1000)


def profiled(journey: Callable[[], object]) -> None:
    for _ in range(20):
        journey()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(300):
        journey()
    profile.disable()
    found = pstats.Stats(profile)
    print(f"{found.total_calls / 300:,.0f} calls of functions a journey")  # type: ignore[attr-defined]
    found.sort_stats("cumtime").print_stats(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each contender")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--profile", action="store_true", help="where the time goes, of a plain journey")
    asked = parser.parse_args()
    authority = trustme.CA()
    print(f"{'a journey of 4 steps':<24}{'CPU ms, bare':>14}{'CPU ms, ours':>14}{'ours / bare':>13}")
    with tempfile.TemporaryDirectory() as made, authority.cert_pem.tempfile() as ca_file:
        for name, with_tls in (("plain", None), ("over TLS", authority)):
            with serving(with_tls) as url:
                if asked.profile:
                    profiled(ours(url, ca_file, Path(made)))
                    return
                loop, whole = Contender("bare", bare(url, ca_file)), Contender("ours", ours(url, ca_file, Path(made)))
                for _ in range(asked.rounds):
                    for contender in (loop, whole):
                        contender.take_turn(asked.seconds / asked.rounds)
                least, most = statistics.median(loop.costs), statistics.median(whole.costs)
                print(f"{name:<24}{least:>14.2f}{most:>14.2f}{most / least:>13.2f}")


if __name__ == "__main__":
    main()
