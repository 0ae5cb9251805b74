"""What a command does not load: each library here would be paid for by everybody who starts it, and by most tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.typed import Terminal

ROOT = Path(__file__).parents[2]

PROBE = """\
synthmon: 1
name: light
interval: 1m
base_url: http://127.0.0.1:PORT
steps:
  - {id: order, request: GET /order, expect: {status: 200, json: {$.status: paid, "$.items[0].sku": {starts_with: A}}}}
"""

ANSWER = b'{"status": "paid", "items": [{"sku": "A1"}]}'

PAGES = ("jinja2", "starlette", "uvicorn", "prometheus_client", "synthmon.web", "synthmon.reports.figures.report")
STORES = ("sqlalchemy", "alembic", "psycopg", "sqlite3", "synthmon.store")
SELDOM = ("apprise", "celery", "css_inline", "jsonpath", "jwt", "lxml", "psycopg", "pygments", "resvg_py", "ruamel")
"""What few installations use, or few of their runs; each is loaded by what uses it."""
A_COMMAND = (
    "rich",
    *PAGES,
    *STORES,
    *SELDOM,
    "apscheduler",
    "asyncio",
    "attr",
    "cryptography",
    "pydantic",
    "structlog",
    "re2",
    "dateutil",
)

NOT_LOADED = {
    "--help": ("click", "dataclasses", "pathlib", "re", "typing"),
    "validate probes/light.yaml": (*A_COMMAND, "httpx", "pycurl", "synthmon.engine", "synthmon.model.incident"),
    "run light": (
        *A_COMMAND,
        "concurrent",
        "cronsim",
        "email",
        "http.cookiejar",
        "httpx",
        "jsonschema_rs",
        "logging",
        "pycurl",
        "pydantic_core",
        "ssl",
        "synthmon.engine.command",
        "synthmon.engine.evidence",
        "synthmon.engine.graphql",
        "synthmon.engine.oauth",
        "synthmon.judge.turn",
        "synthmon.model.incident",
        "urllib.request",
        "zoneinfo",
    ),
    "agent --help": (
        *SELDOM,
        "greenlet",
        "rich.console",
        "attr",
        "dateutil",
        "re2",
        "synthmon.centre.loop",
        "starlette",
        "jinja2",
        "cryptography",
        "synthmon.reports.figures.report",
        "sqlalchemy",
        "alembic",
        "pydantic",
    ),
    "up --help": SELDOM,
}

CALLED = """\
import json, sys
before = set(sys.modules)
from synthmon.cli import main
try:
    main()
finally:
    loaded = {name for name, module in sys.modules.items() if module is not None}
    print("\\n" + json.dumps(sorted(loaded - before)))
"""


class _Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Nobody reads what was asked."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


AN_AGENT_LIVES = """\
import sys
from pathlib import Path
from synthmon.cli import do_without
do_without()
import synthmon.cli.agent
from synthmon.app.configuration import Origin
from synthmon.app.policy import channels_of
from synthmon.settings import load_settings
from synthmon.web.health import Health, health_site
from synthmon.web.server import WebServer, listen

settings, _ = load_settings({}, None, Path.cwd())
channels_of(settings, lambda name: None)
web = WebServer(health_site(lambda: Health((), "1", {}), "token"), listen("127.0.0.1", 0))
web._server.config.load()
print(*(name for name in sys.modules if name in {"greenlet", "pydantic", "rich.console", "starlette", "wsproto"}))
"""


def test_an_agent_that_lives_holds_nothing_that_it_has_no_use_for(tmp_path: Path) -> None:
    """What it brings into memory after its start, it holds for as long as it lives."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", AN_AGENT_LIVES]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=environ, cwd=tmp_path)
    assert (done.stderr, done.stdout.split()) == ("", [])


@pytest.mark.parametrize("words", NOT_LOADED)
def test_a_command_loads_nothing_that_it_has_no_use_for(terminal: Terminal, port: int, words: str) -> None:
    terminal.write("probes/light.yaml", PROBE.replace("PORT", str(port)))
    done = subprocess.run(
        [sys.executable, "-c", CALLED, *words.split()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == ""
    assert "passed" in done.stdout or not words.startswith("run")
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded, done.stdout
    assert {name for name in NOT_LOADED[words] if name in loaded} == set()
