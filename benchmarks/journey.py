"""What a whole run of four steps costs, with all that a probe does to it, beside a bare pycurl loop; plain and by TLS.

    python benchmarks/journey.py [--seconds 4] [--rounds 4]

The probe is written as its users write it (`JOURNEY` of `synthmon/app/measuring.py`): a log-in whose token is captured,
a cart, a payment held against a schema and two paths, an order, each with a budget and a bearer token. A run is walked,
redacted and written as the document that is kept. The bare loop sends the same four requests over one connection and
throws the answers away. The server is a process of its own; processor time is this process's alone. `--profile` prints
what took the time instead.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pycurl
import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import alternating, each, table
from benchmarks._serving import serving
from synthmon import wire
from synthmon.app.measuring import journey as measured_journey
from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import Clock, Surroundings
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.transport import CurlTransport
from synthmon.engine.walk import walk
from synthmon.model.run import Outcome, RunKey, RunKind
from tests.engine.world import GivenSecrets, SettableStall, SettableStop

TOKEN = "0123456789abcdef0123456789abcdef"


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


def ours(url: str, ca_file: str) -> Callable[[], object]:
    probe = measured_journey(url)
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
    authority, rows = trustme.CA(), list[tuple[str, ...]]()
    with authority.cert_pem.tempfile() as ca_file:
        for name, with_tls in (("plain", None), ("over TLS", authority)):
            with serving(authority=with_tls) as url:
                if asked.profile:
                    profiled(ours(url, ca_file))
                    return
                turns = {
                    contender: partial(each, journey, asked.seconds / asked.rounds)
                    for contender, journey in (("bare", bare(url, ca_file)), ("ours", ours(url, ca_file)))
                }
                costs = alternating(turns, asked.rounds)
            ratio = costs["ours"] / costs["bare"]
            rows.append((name, f"{costs['bare'] * 1000:.2f}", f"{costs['ours'] * 1000:.2f}", f"{ratio:.2f}"))
    table(("a journey of 4 steps", "CPU ms, bare loop", "CPU ms, synthmon", "ratio"), rows)


if __name__ == "__main__":
    main()
