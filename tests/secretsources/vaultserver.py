"""A stand-in for Vault: its HTTP interface for logging in, looking at and renewing tokens, and `kv` version 2."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROLE, SECRET_ID = "role-1", "secret-id-1"
SERVICE_ACCOUNT = "eyJ.service.account"


class VaultServer:
    """`documents` by `mount/path`; `tokens` that hold; `status` other than 200 is answered to everything."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.tokens: set[str] = set()
        self.lease = 0
        self.status = 200
        self.forbidden: set[str] = set()
        self.asked: list[str] = []
        self.namespaces: set[str | None] = set()
        self.url = ""

    def asked_of(self, part: str) -> int:
        return sum(part in asked for asked in self.asked)

    def answer(self, method: str, path: str, token: str | None, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(f"{method} {path}")
        if self.status != 200:
            return self.status, {"errors": ["Vault is sealed"] if self.status == 503 else ["internal error"]}
        if path.startswith("auth/") and path.endswith("/login"):
            return self._login(path, body)
        if token not in self.tokens or path in self.forbidden:
            return 403, {"errors": ["permission denied"]}
        if path == "auth/token/lookup-self":
            return 200, {"data": {"ttl": self.lease, "renewable": self.lease > 0}}
        if path == "auth/token/renew-self":
            return 200, {"auth": self._auth(token)}
        mount, _, document = path.partition("/data/")
        found = self.documents.get(f"{mount}/{document}")
        return (404, {"errors": []}) if found is None else (200, {"data": {"data": found, "metadata": {"version": 1}}})

    def _login(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = {
            "auth/approle/login": {"role_id": ROLE, "secret_id": SECRET_ID},
            "auth/cluster/login": {"role": "synthmon", "jwt": SERVICE_ACCOUNT},
        }
        if known.get(path) != body:
            return 400, {"errors": ["invalid role or secret ID"]}
        token = f"token-{len(self.asked)}"
        self.tokens.add(token)
        return 200, {"auth": self._auth(token)}

    def _auth(self, token: str) -> dict[str, Any]:
        return {"client_token": token, "lease_duration": self.lease, "renewable": True}


@contextmanager
def vault_server(tls: ssl.SSLContext | None = None) -> Iterator[VaultServer]:
    vault = VaultServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            vault.namespaces.add(self.headers.get("X-Vault-Namespace"))
            path = self.path.removeprefix("/v1/")
            status, answer = vault.answer(self.command, path, self.headers.get("X-Vault-Token"), body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _any  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    vault.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
