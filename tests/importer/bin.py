"""httpbin as a server of its own on this machine: it answers with what it was asked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

logging.getLogger("httpbin").setLevel(logging.ERROR)
SECRET = "s3cr3t-0815"


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as the class above has it
        pass


@contextmanager
def httpbin() -> Iterator[str]:
    """Its address."""
    server = make_server("127.0.0.1", 0, pytest.importorskip("httpbin").app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
