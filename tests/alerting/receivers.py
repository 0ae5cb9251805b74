"""What listens at the other end: an HTTP receiver that records and answers as it is told, and messages to send."""

from __future__ import annotations

import io
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from synthmon.alerting.context import ChannelContext
from synthmon.errors import SecretUnavailable
from synthmon.model.incident import Message, Notification, Occasion
from synthmon.model.probe import Severity, Track
from synthmon.model.secret import Secret
from tests.making import NOON, at

SECRETS = {
    "hook": "http://127.0.0.1:1/unset",
    "signing_key": "whsec-3f9c1d7a55",
    "routing_key": "R0UTINGKEY0123456789",
    "mail_password": "correct-horse-battery",
    "token": "xoxb-T0KEN-0123456789",
    "api_key": "2f3a-APIKEY-7788",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    method: str = "POST"

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Reply:
    """An answer. `hang`: take the request, say nothing. `drip`: a byte of the body at a time, for ever."""

    status: int = 200
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    drip: bool = False


class Receiver:
    """An HTTP server on loopback. It answers with `replies` in order, the last one again and again."""

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.replies = list(replies) or [Reply()]
        self.asked: list[Asked] = []
        self.changed = threading.Condition()
        self.ending = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https" if tls else "http"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int, seconds: float = 45) -> list[Asked]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.asked) >= count, seconds), f"only {len(self.asked)} arrived"
            return list(self.asked)

    def answer(self, asked: Asked) -> Reply:
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = receiver.answer(Asked(self.path, headers, body, self.command))
                if reply.hang:
                    receiver.ending.wait()
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if not reply.drip:
                    self.send_header("Content-Length", str(len(reply.body.encode())))
                self.end_headers()
                try:
                    self.wfile.write(reply.body.encode())
                    while reply.drip and not receiver.ending.wait(0.02):
                        self.wfile.write(b".")
                except OSError:
                    pass  # whoever asked has gone

            do_GET = do_PUT = do_PATCH = do_POST  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        return Handler


class Terminal(io.StringIO):
    """A stream that is a terminal, or is not."""

    encoding = "utf-8"

    def __init__(self, *, tty: bool = False) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


def context(stream: Any = None, now: Callable[[], Any] = lambda: at(70), **secrets: str) -> ChannelContext:
    known = {**SECRETS, **secrets}

    def secret(name: str) -> Secret:
        if name not in known:
            raise SecretUnavailable(f"there is no secret {name}")
        return Secret(f"secrets.{name}", known[name])

    return ChannelContext(secret=secret, now=now, stream=stream or Terminal())


def message(occasion: Occasion = Occasion.TRIGGER, **changes: Any) -> Message:
    over = occasion is Occasion.RESOLVE
    title = 'checkout is down: step "Pay" answered 500, expected 201'
    values: dict[str, Any] = {
        "title": "checkout is up again after 12 min" if over else title,
        "summary": "Customer can buy something: down since 2026-03-02 12:00:00 UTC in eu-west.",
        "probe": "checkout",
        "probe_title": "Customer can buy something",
        "environment": "production",
        "track": Track.DOWN,
        "severity": Severity.PAGE,
        "occasion": occasion,
        "began_at": NOON,
        "decided_at": at(66),
        "regions": ("eu-west",),
        "basis": "judged on 1 of 3 regions",
        "incident_id": "5f1c7c1e-0000-5000-8000-000000000001",
        "step": "pay",
        "step_name": "Pay",
        "cause_kind": "status",
        "cause": "answered 500, expected 201",
        "expected": "201",
        "actual": "500",
        "phases": {"dns": 0.001, "first_byte": 0.18},
        "last_good_at": at(-60),
        "resolved_at": at(720) if over else None,
        "owner": "team-payments",
        "runbook": "https://wiki.example.com/runbooks/checkout",
        "link": "https://synthmon.example.com/incidents/5f1c7c1e-0000-5000-8000-000000000001",
    }
    return Message(**{**values, **changes})


def notification(
    occasion: Occasion = Occasion.TRIGGER, channel: str = "pager", sequence: int = 0, **changes: Any
) -> Notification:
    told = message(occasion, **changes)
    created = told.decided_at
    key = f"synthmon/{told.environment}/{told.track}/{told.probe}"
    return Notification(told.incident_id, 1, occasion, channel, key, created, told, sequence=sequence)


HOSTILE = "<script>alert(1)</script> <!channel> &amp; \x1b[31mred\r\nBcc: evil@example.com \u202e\ud800 *bold* https://evil.example"
"""What a target may send, in one text."""
