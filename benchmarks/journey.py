"""What a whole run of four steps costs, walked and kept, beside Hurl and a bare pycurl loop; plain and by TLS.

    python benchmarks/journey.py [--seconds 8] [--rounds 8]

The probe is written as its users write it (`JOURNEY` of `synthmon/app/measuring.py`): a log-in whose token is captured,
a cart, a payment held against a schema and two paths, an order, each with a budget and a bearer token. A run is walked
and redacted, and its result kept durably in SQLite, sixteen results a commit as many runs at once share one, by a
process whose collector is set as an agent's is. The bare loop sends the same four requests over one connection and
throws the answers away. Hurl sends them too and holds the answers against the same values, but has no schema, holds no
budgets and keeps nothing: processor time of a process that walks a thousand, less that of one with a single journey.
"Hurl, keeping" does what comes nearest to the same work: it holds a budget for each step too, and writes what it found
to a report in JSON (`--report-json`). Its files, four a journey, lie in memory: on a disk they took it three times as
much in some rounds. Where Hurl cannot be had (`make bench-peers`), it is absent. The server is a process of its own;
processor time is this process's alone. The second table says which part of a run took how much of it; `--profile`
prints which functions did.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pycurl
import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import ABSENT, alternating, each, goal, ratio, rounded, table
from benchmarks._getting import HOME, version_told
from benchmarks._parts import OTHER, parts
from benchmarks._serving import serving
from benchmarks._tracks import Counter, Track
from benchmarks._walkers import HURL, HURL_KEEPING
from synthmon.app.measuring import journey as measured_journey
from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import Clock, Surroundings
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.transport import Transport
from synthmon.engine.walk import walk
from synthmon.heap.lasting import Heap
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult
from synthmon.store import migrate
from synthmon.store.interface import Store
from synthmon.store.opening import open_store
from tests.engine.world import GivenSecrets, SettableStall, SettableStop

TOKEN = "0123456789abcdef0123456789abcdef"
MEMORY = Path("/dev/shm")
BATCH = 16  # results that share a commit
GOALS = {"plain": 1.0, "over TLS": 0.8}  # times what Hurl costs
SYSTEM = "the system: connecting, sending, receiving"
OWN = dict.fromkeys(
    (
        "synthmon.engine.http1.connecting:Connector._to_one",
        "synthmon.engine.http1.connecting:Connector._opened",
        "synthmon.engine.http1.line:Line.gone",
        "synthmon.engine.http1.line:Line.limit",
        "synthmon.engine.http1.line:Line.send",
        "synthmon.engine.http1.line:Line.receive",
        "synthmon.engine.http1.line:Line.close",
    ),
    SYSTEM,
)
WITHIN = {
    "synthmon.engine.context:Context.__init__": "values and functions that a run begins with",
    "synthmon.engine.prepared:rendered": "rendering requests and authorising them",
    "synthmon.engine.render:usually": "rendering requests and authorising them",
    "synthmon.engine.auth:authorize": "rendering requests and authorising them",
    "synthmon.engine.auth:show_bearer": "rendering requests and authorising them",
    "synthmon.engine.http1.written:written": "requests as bytes, answers from bytes",
    "synthmon.engine.http1.exchange:Exchange.whole": "requests as bytes, answers from bytes",
    "synthmon.engine.http1.message:Incoming.feed": "requests as bytes, answers from bytes",
    "synthmon.engine.transport:Transport.handle_request": "an exchange: its connection, limits and phases",
    "synthmon.engine.client:Client.send": "cookies, trace, redirects, the record of each exchange",
    "synthmon.engine.assertion:check": "reading JSON, holding it against paths and a schema",
    "synthmon.engine.plainly:held": "reading JSON, holding it against paths and a schema",
    "synthmon.engine.reply:Reply.read": "reading JSON, holding it against paths and a schema",
    "synthmon.engine.capture:take": "captures",
    "synthmon.engine.answershape:shape_of": "the shapes of the answers",
    "synthmon.engine.cleaned:cleaned": "looking through the result for secrets",
    "synthmon.engine.context:Context.scrubber": "looking through the result for secrets",
}


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


def ours(url: str, ca_file: str) -> Callable[[], RunResult]:
    probe = measured_journey(url)
    region = probe.regions[0]
    transport, numbers = Transport(ca_file=ca_file), iter(range(1, 10**9))
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

    def journey() -> RunResult:
        key = RunKey("production", "checkout", region.name, datetime.now(UTC), RunKind.MANUAL, next(numbers))
        result = walk(probe, key, region, surroundings, transport)
        assert result.outcome is Outcome.PASSED, result.failures
        return result

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


def keeping(journey: Callable[[], RunResult], store: Store) -> Callable[[], object]:
    """Walks `BATCH` journeys and keeps what they found."""

    def walked_and_kept() -> None:
        kept = store.keep([journey() for _ in range(BATCH)])
        assert kept == BATCH, f"{kept} of {BATCH} results were kept"

    return walked_and_kept


def hurled(track: Track) -> Mapping[str, Callable[[], float]]:
    """Hurl's turn, if it is there."""
    program = HURL.found(HOME)
    if not program:
        return {}
    both = {"hurl": HURL, "hurl_keeping": HURL_KEEPING}
    for walker in both.values():
        track.refuse(walker, program)
    return {name: partial(track.each, walker, program) for name, walker in both.items()}


def compared(track: Track, store: Store, seconds: float, rounds: int) -> dict[str, float]:
    """Seconds of the processor for one journey of each kind, in rounds that alternate."""
    url, ca_file = track.url, track.ca_file
    journey = ours(url, ca_file)
    turns: dict[str, Callable[[], object]] = {
        "bare": bare(url, ca_file),
        "walked": journey,
        "kept": keeping(journey, store),
    }
    for turn in turns.values():
        turn()
    Heap().settle()  # as an agent does once its probes have run
    mine = {name: partial(each, turn, seconds / rounds) for name, turn in turns.items()}
    costs = alternating({**mine, **hurled(track)}, rounds)
    return costs | {"kept": costs["kept"] / BATCH}


def show_parts(journey: Callable[[], RunResult], seconds: float, costs: dict[str, float]) -> None:
    """Each part's share of what walking was found to cost, and what keeping costs beyond that."""
    found = parts(journey, seconds, OWN, WITHIN)
    ordered = sorted(found.items(), key=lambda one: (one[0] == OTHER, -one[1]))
    spent: list[tuple[str, float | None]] = [(part, costs["walked"] * looks / found.total()) for part, looks in ordered]
    spent += [("keeping: its document, the commit, the disk", _keeping(costs)), ("all of it", costs["kept"])]
    rows = [
        (part, *((ABSENT, ABSENT) if took is None else (f"{took * 1e6:.0f}", f"{took / costs['kept']:.0%}")))
        for part, took in spent
    ]
    table(("a journey, plain, part by part", "microseconds", "share"), rows)


def _keeping(costs: dict[str, float]) -> float | None:
    """None where so much else went on that walking was found to cost more than walking and keeping."""
    beyond = costs["kept"] - costs["walked"]
    return beyond if beyond > 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each contender")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--profile", action="store_true", help="which functions take the time, of a plain journey")
    asked = parser.parse_args()
    authority, found = trustme.CA(), dict[str, dict[str, float]]()
    with (
        authority.cert_pem.tempfile() as ca_file,
        tempfile.TemporaryDirectory() as made,
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as theirs,
    ):
        migrate.upgrade(path := Path(made) / "kept.db")
        with closing(open_store(path)) as store:
            for name, with_tls in (("plain", None), ("over TLS", authority)):
                counter = Counter()
                with serving(counter.talk, with_tls) as url:
                    if asked.profile:
                        profiled(ours(url, ca_file))
                        return
                    track = Track(url, counter, Path(theirs), ca_file)
                    found[name] = compared(track, store, asked.seconds, asked.rounds)
            show(found)
            with serving() as url:
                show_parts(ours(url, ca_file), asked.seconds, found["plain"])
    for name, costs in found.items():
        for peer, told in (("hurl", "Hurl, which keeps nothing"), ("hurl_keeping", "Hurl, keeping")):
            to_peer = costs["kept"] / costs[peer] if peer in costs else None
            goal(f"CPU of a journey, walked and kept, {name}, to {told}", to_peer, GOALS[name], "times")


def show(found: dict[str, dict[str, float]]) -> None:
    rows = []
    for name, costs in found.items():
        hurls = costs.get("hurl"), costs.get("hurl_keeping")
        figures = (costs["bare"], *hurls, costs["walked"], costs["kept"], _keeping(costs))
        shown = [ABSENT if seconds is None else rounded(seconds * 1000) for seconds in figures]
        pairs = (("hurl", "bare"), ("kept", "bare"), ("kept", "hurl"), ("kept", "hurl_keeping"))
        rows.append((name, *shown, *(ratio(costs.get(one), costs.get(other)) for one, other in pairs)))
    head = ("CPU ms of a journey of 4 steps", "bare loop", "Hurl", "Hurl, keeping", "walked", "walked and kept")
    table((*head, "of it keeping", "Hurl / bare", "kept / bare", "kept / Hurl", "kept / Hurl, keeping"), rows)
    print(f"Hurl {version_told(program) if (program := HURL.found(HOME)) else ABSENT}\n")


if __name__ == "__main__":
    main()
