"""What a journey of four requests costs through our transport, beside a bare pycurl loop and plain httpx.

    python benchmarks/transport.py [--seconds 2] [--rounds 3]

A server of plain sockets in a process of its own answers with 1 KiB of JSON. Each journey opens one connection and
sends four requests over it; processor time is this process's alone, so the server's is not in it. The contenders take
turns, so that whatever else the machine does falls on all of them alike. The bare loop has nothing to do but to set the
address and to collect the body: no limits, no phases, no response object, nothing that keeps a request from being sent
twice. Figures of one machine drift; the ratios are what counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pycurl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import alternating, each, table, versions
from benchmarks._serving import always, serving
from synthmon.engine.client import Client
from synthmon.engine.transport import Transport
from synthmon.model.journey import Step
from synthmon.model.run import ExchangePurpose
from tests.engine.transport.visit import visiting
from tests.engine.world import step

REQUESTS = 4
BODY = b'{"items":[' + b'{"id":12345,"name":"a thing"},' * 33 + b"null]}"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)

Journey = Callable[[str], None]


def bare() -> Journey:
    """One easy handle; the first request of a journey opens a connection."""
    handle = pycurl.Curl()

    def journey(url: str) -> None:
        for number in range(REQUESTS):
            pieces: list[bytes] = []
            handle.reset()
            handle.setopt(pycurl.URL, url)
            handle.setopt(pycurl.FRESH_CONNECT, int(number == 0))
            handle.setopt(pycurl.WRITEFUNCTION, pieces.append)
            handle.perform()
            assert handle.getinfo(pycurl.RESPONSE_CODE) == 200
            assert len(b"".join(pieces)) == len(BODY)

    return journey


def ours() -> Journey:
    """The transport by itself, with its limits, its phases and its guard."""
    transport, runs = Transport(), iter(range(1, 10**9))

    def journey(url: str) -> None:
        run = next(runs)
        for _ in range(REQUESTS):
            request = httpx.Request("GET", url, extensions={"synthmon.run": run})
            assert len(transport.handle_request(request).content) == len(BODY)

    return journey


def ours_with_client() -> Journey:
    """With redirects, exchanges and failures as values on top."""
    client = Client(Transport().handle_request, time.monotonic)

    def journey(url: str) -> None:
        start = time.monotonic()
        for number in range(REQUESTS):
            answer = client.send(
                httpx.Request("GET", url),
                deadline=start + 15.0,
                redirects=0,
                purpose=ExchangePurpose.REQUEST,
                run_start=start,
                fresh=number == 0,
            )
            assert answer.response is not None
            assert len(answer.response.content) == len(BODY)

    return journey


def whole_walk() -> Journey:
    """A whole run: rendering, cookies, an assertion on the status, the redacted result."""
    manager = visiting()
    visitor = manager.__enter__()
    steps: list[Step] = []

    def journey(url: str) -> None:
        if not steps:
            steps.extend(step(f"step_{number}", url) for number in range(REQUESTS))
        found = visitor.walk(*steps)
        assert found.outcome.good
        assert manager is not None  # keeps the transport open

    return journey


def httpx_client_per_run() -> Journey:
    context = httpx.create_ssl_context()

    def journey(url: str) -> None:
        with httpx.Client(verify=context, trust_env=False) as client:
            for _ in range(REQUESTS):
                assert len(client.get(url).content) == len(BODY)

    return journey


def httpx_shared_client() -> Journey:
    """Not comparable for a monitor, as runs share connections; what httpx can do at best."""
    client = httpx.Client(trust_env=False)

    def journey(url: str) -> None:
        for _ in range(REQUESTS):
            assert len(client.get(url).content) == len(BODY)

    return journey


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each contender")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    contenders: dict[str, Journey] = {
        "a bare pycurl loop": bare(),
        "our transport": ours(),
        "our transport and client": ours_with_client(),
        "a whole walk of four steps": whole_walk(),
        "httpx, a client per run": httpx_client_per_run(),
        "httpx, one shared client": httpx_shared_client(),
    }
    with serving(always(ANSWER)) as address:
        turns = {
            name: partial(each, partial(journey, f"{address}/"), asked.seconds / asked.rounds)
            for name, journey in contenders.items()
        }
        costs = alternating(turns, asked.rounds)
    base = costs["a bare pycurl loop"]
    rows = [(name, f"{cost * 1000:.2f}", f"{cost / base:.2f}") for name, cost in costs.items()]
    table(("a journey of 4 requests", "CPU ms", "to the bare loop"), rows)
    print(versions("pycurl", "httpx"))


if __name__ == "__main__":
    main()
