"""What an agent's line to its centre leaves in memory, against a centre that answers over loopback."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from synthmon.agent.line import Centre, Line
from synthmon.model.secret import Secret

ANSWER = b'{"durable": 1, "refused": []}'


class _Centre(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Nobody reads what was asked."""


@contextmanager
def to_a_centre() -> Iterator[Line]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Centre) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        line = Line(Centre(f"http://127.0.0.1:{server.server_port}", lambda: Secret("agent token", "x")))
        yield line
        line.close()
        server.shutdown()
        thread.join()


def test_what_was_delivered_goes_at_once_and_does_not_wait_for_the_collector_of_cycles() -> None:
    with to_a_centre() as line:
        line.deliver("spool", 0, [])
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                line.deliver("spool", 0, [])
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = [type(one).__name__ for one in gc.garbage]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
    assert [] == [name for name in left if name in {"Request", "Response", "ByteStream", "BoundSyncStream"}]
