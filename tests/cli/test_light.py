"""What a command does not load: each library here would be paid for by everybody who starts it, and by most tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.typed import Terminal

ROOT = Path(__file__).parents[2]

PROBE = """\
synthmon: 1
name: light
interval: 1m
base_url: http://127.0.0.1:9
steps:
  - {id: order, request: GET /order, expect: {status: 200, json: {$.status: paid, "$.items[0].sku": {starts_with: A}}}}
"""

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
    "run light": (*A_COMMAND, "synthmon.judge.turn", "synthmon.model.incident"),
    "agent --help": (
        *SELDOM,
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


@pytest.mark.parametrize("words", NOT_LOADED)
def test_a_command_loads_nothing_that_it_has_no_use_for(terminal: Terminal, words: str) -> None:
    terminal.write("probes/light.yaml", PROBE)
    done = subprocess.run(
        [sys.executable, "-c", CALLED, *words.split()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stderr == ""
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert loaded, done.stdout
    assert {name for name in NOT_LOADED[words] if name in loaded} == set()
