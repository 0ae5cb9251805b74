"""How far the first-byte time that a client reports is from what the server knows: ours and others'.

    python benchmarks/accuracy.py [--seconds 4] [--rates 10,200,1000] [--hog 0,30]

The server, a process of its own, takes the kernel's stamp of the request's arrival (SO_TIMESTAMPNS), waits for some
milliseconds, takes the time again and answers with the difference. What a client reports beyond that is its error: its
own queueing, its interpreter, and the loopback's few microseconds, which nobody can leave out. Requests come at fixed
instants from a pool of threads whatever became of those before; with a hog, a thread of the client's process holds the
interpreter for so many milliseconds at a time, half of the time. Of a client that cannot keep the rate it is said which
share it kept. The contenders take turns; the ratio is to bare pycurl.

Then whole journeys, on one core: 200 a second of four steps, walked as an agent walks them, over a connection of their
own; what their results say of each step. The bare loop sends four requests so. They are held against the same server.
"""

from __future__ import annotations

import argparse
import itertools
import queue
import socket
import statistics
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._blackbox import exporting, fetched, told_version
from benchmarks._blackbox import found as found_blackbox
from benchmarks._figures import ABSENT, goal, quantile, table, versions
from benchmarks._getting import HOME
from benchmarks._serving import serving
from benchmarks._told import STEPS, Measure, bare, one_core, walked
from synthmon.engine.transport import Transport

SERVICE = 0.004  # seconds that the server waits
STAMP = 35  # SO_TIMESTAMPNS
WORKERS = 64
OURS, BLACKBOX = "synthmon", "blackbox_exporter"
ASKED = b"/took"
GOALS = {(200, False): ((0.5, 0.2), (0.99, 1.0)), (1000, False): ((0.99, 1.5),), (1000, True): ((0.99, 5.0),)}
"""By requests a second and whether there is a hog: the share that is not to be further off than so many ms."""
JOURNEYS = 200  # a second
OF_JOURNEYS = {False: ((0.5, 0.2), (0.99, 1.0)), True: ((0.99, 5.0),)}


def stamped(listener: socket.socket) -> None:
    """Have the kernel stamp what arrives at the sockets that this one will accept."""
    listener.setsockopt(socket.SOL_SOCKET, STAMP, 1)


class Telling:
    """What the server does. Of requests by a name it remembers what it took, for one who never saw the answer."""

    def __init__(self) -> None:
        self._took: dict[bytes, float] = {}

    def talk(self, channel: socket.socket) -> None:
        while True:
            data, ancillary, _, _ = channel.recvmsg(65536, 256)
            if not data:
                return
            path = data[: data.find(b" HTTP/")].rpartition(b" ")[2]
            if path.startswith(ASKED):
                body = b"%.7f" % self._took.pop(path.removeprefix(ASKED))
                channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                continue
            came = _arrival(ancillary)
            time.sleep(SERVICE)
            took = time.time() - came
            if path != b"/":
                self._took[path] = took
            channel.sendall(b"HTTP/1.1 200 OK\r\nx-took: %.7f\r\nContent-Length: 2\r\n\r\n{}" % took)


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == STAMP:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return float(seconds + nanoseconds / 1e9)
    return time.time()


def ours() -> Measure:
    transport = Transport()

    def measure(url: str) -> list[tuple[float, float]]:
        request = httpx.Request("GET", url, extensions={"synthmon.run": threading.get_ident()})
        response = transport.handle_request(request)
        return [(response.extensions["synthmon.wire"].phases.first_byte, float(response.headers["x-took"]))]

    return measure


def with_httpx() -> Measure:
    """What people write who measure with httpx: until the response's head is there; a client per thread."""
    local = threading.local()

    def measure(url: str) -> list[tuple[float, float]]:
        if not hasattr(local, "client"):
            local.client = httpx.Client(trust_env=False, timeout=30)
        began = time.perf_counter()
        with local.client.stream("GET", url) as response:
            took = time.perf_counter() - began
            response.read()
        return [(took, float(response.headers["x-took"]))]

    return measure


def with_blackbox(probe: Callable[[str], float]) -> Measure:
    """The exporter keeps the answer's head to itself, so the server is asked afterwards what it took."""
    local, numbers = threading.local(), itertools.count()

    def measure(url: str) -> list[tuple[float, float]]:
        path = f"{next(numbers)}"
        reported = probe(url + path)
        return [(reported, float(fetched(local, f"{url}{ASKED.decode()[1:]}/{path}")))]

    return measure


@contextmanager
def hog(milliseconds: int) -> Iterator[None]:
    """A thread that holds the interpreter: one call into C that does not let go of it, and as long a pause."""
    ended = threading.Event()
    number = 1 << 20
    began = time.perf_counter()
    pow(3, number)
    once = time.perf_counter() - began

    def hold() -> None:
        while not ended.is_set():
            until = time.perf_counter() + milliseconds / 1000
            while time.perf_counter() < until:
                pow(3, max(2, int(number * min(1.0, milliseconds / 1000 / once))))
            time.sleep(milliseconds / 1000)

    thread = threading.Thread(target=hold, daemon=True)
    if milliseconds:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if milliseconds:
            thread.join()


HEAD = ("error of the first byte", "requests/s", "hog ms", "p50 ms", "p99 ms", "p99 / bare", "rate kept")


@dataclass
class Found:
    """Errors of one contender at one rate in seconds, and the share of the rate that it kept."""

    errors: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)


def take_turn(measure: Measure, url: str, rate: int, seconds: float, found: Found) -> None:
    due: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    lock = threading.Lock()

    def work() -> None:
        mine: list[float] = []
        while due.get() is not None:
            mine += [abs(reported - true) for reported, true in measure(url)]
        with lock:
            found.errors.extend(mine)

    for _ in range(4):
        measure(url)
    workers = [threading.Thread(target=work) for _ in range(min(WORKERS, max(2, rate // 8)))]
    for worker in workers:
        worker.start()
    began, number = time.perf_counter(), max(10, int(rate * seconds))
    for index in range(number):
        at = began + index / rate
        time.sleep(max(0.0, at - time.perf_counter()))
        due.put(at)
    for _ in workers:
        due.put(None)
    for worker in workers:
        worker.join()
    found.kept.append((number - 1) / (time.perf_counter() - began) / rate)  # as many pauses as lie between them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each contender at each rate")
    parser.add_argument("--rates", default="10,200,1000", help="requests a second")
    parser.add_argument("--hog", default="0,30", help="milliseconds for which a thread holds the interpreter")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--folder", type=Path, default=HOME, help="where blackbox_exporter is, if it is (see peers.py)")
    asked = parser.parse_args()
    contenders = {"bare pycurl": bare(), OURS: ours(), "httpx, a client per thread": with_httpx()}
    rows: list[tuple[str, ...]] = []
    errors: dict[tuple[int, int], list[float]] = {}
    program = found_blackbox(asked.folder)
    with ExitStack() as stack:
        address = stack.enter_context(serving(Telling().talk, prepare=stamped))
        if program is not None:
            contenders[BLACKBOX] = with_blackbox(stack.enter_context(exporting(program)))
        for held in map(int, asked.hog.split(",")):
            if held:
                contenders.pop(BLACKBOX, None)  # no thread of this process holds up another process
            for rate in map(int, asked.rates.split(",")):
                results = {name: Found() for name in contenders}
                for _ in range(asked.rounds):
                    for name, measure in contenders.items():
                        with hog(held):
                            take_turn(measure, f"{address}/", rate, asked.seconds / asked.rounds, results[name])
                rows += rows_of(results, rate, held)
                errors[rate, held] = results[OURS].errors
        whole = of_journeys(address, asked)
    table(HEAD, rows)
    exporter = ABSENT if program is None else told_version(asked.folder, program)
    print(f"{BLACKBOX} {exporter}, {versions('pycurl', 'httpx')}\n")
    table(("of journeys of four steps", "journeys/s", *HEAD[2:]), whole[0])
    show_goals(errors)
    show_goals_of_journeys(whole[1])


def of_journeys(address: str, asked: argparse.Namespace) -> tuple[list[tuple[str, ...]], dict[int, list[float]]]:
    """Rows of whole journeys with and without a hog, and the errors of ours by that."""
    rows, errors = list[tuple[str, ...]](), dict[int, list[float]]()
    with one_core(), walked(f"{address}/") as measure:
        contenders = {"bare pycurl": bare(STEPS), OURS: measure}
        for held in map(int, asked.hog.split(",")):
            results = {name: Found() for name in contenders}
            for _ in range(asked.rounds):
                for name, one in contenders.items():
                    with hog(held):
                        take_turn(one, f"{address}/", JOURNEYS, asked.seconds / asked.rounds, results[name])
            rows += rows_of(results, JOURNEYS, held)
            errors[held] = results[OURS].errors
    return rows, errors


def show_goals_of_journeys(errors: Mapping[int, list[float]]) -> None:
    for held, found in errors.items():
        beside = f" beside a thread that holds the interpreter for {held} ms at a time" if held else ""
        for share, limit in OF_JOURNEYS[bool(held)]:
            what = f"error p{share * 100:.0f} at {JOURNEYS} journeys of {STEPS} steps a second, one core{beside}"
            goal(what, quantile(found, share) * 1000, limit, "ms")


def show_goals(errors: Mapping[tuple[int, int], list[float]]) -> None:
    for (rate, held), found in errors.items():
        beside = f" beside a thread that holds the interpreter for {held} ms at a time" if held else ""
        for share, limit in GOALS.get((rate, bool(held)), ()):
            what = f"error p{share * 100:.0f} at {rate:,} requests a second{beside}"
            goal(what, quantile(found, share) * 1000, limit, "ms")


def rows_of(results: Mapping[str, Found], rate: int, held: int) -> Iterator[tuple[str, ...]]:
    base = quantile(results["bare pycurl"].errors, 0.99)
    for name, found in results.items():
        p50, p99 = quantile(found.errors, 0.5), quantile(found.errors, 0.99)
        kept = f"{statistics.median(found.kept):.0%}"
        figures = (f"{p50 * 1000:.2f}", f"{p99 * 1000:.2f}", f"{p99 / base:.2f}", kept)
        yield name, f"{rate:,}", str(held or "none"), *figures


if __name__ == "__main__":
    main()
