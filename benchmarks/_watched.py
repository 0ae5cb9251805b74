"""What is seen of a centre while it works: who is paged, how far behind the judge is, what the process takes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks._fleet import ENVIRONMENT


class Pager:
    """A webhook's receiver that remembers when a probe was first told of."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}
        pager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                for name in re.findall(rf'"synthmon/{ENVIRONMENT}/down/([a-z0-9-]+)"', body):
                    pager.told.setdefault(name, time.time())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(slots=True)
class Sampled:
    """What was seen twice a second: how far behind the judge was, and the memory of the largest process."""

    behind: list[float] = field(default_factory=list)
    memory: int = 0


class Watch:
    """Looks at the marks in the database, as a reader like any other."""

    def __init__(self, marks: Callable[[], tuple[int, int]], pids: Sequence[int]) -> None:
        self.seen = Sampled()
        self._marks, self._pids = marks, pids
        self._arrived: list[tuple[float, int]] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._ending.wait(0.25):
            now = time.time()
            arrival, watermark = self._marks()
            self._arrived.append((now, arrival))
            waiting = next((at for at, number in self._arrived if number > watermark), now)
            self._arrived = [one for one in self._arrived if one[0] >= waiting]
            self.seen.behind.append(now - waiting)
            self.seen.memory = max(self.seen.memory, *map(_resident, self._pids))


def _resident(pid: int) -> int:
    with suppress(OSError):
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def written(pid: int) -> int:
    """Bytes that a process has caused to be written to disk."""
    found = re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
