"""A failing log-in shows its password nowhere that somebody reads: not on the terminal, in JSON, or in a build log."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.alerting.receivers import Receiver, Reply
from tests.probefile.writing import codes

PASSWORD = 'correct "horse" bättery/staple+7'
PROBE = """\
synthmon: 1
name: login
interval: 1m
secrets: [shop_password]
steps:
  - id: log_in
    request:
      method: POST
      url: URL/sessions?again=${{ secrets.shop_password }}
      headers: {X-Door: "key ${{ base64(secrets.shop_password) }}"}
      json: {user: synthetic, password: "${{ secrets.shop_password }}"}
    expect:
      status: 201
      json: {$.echo: "something else"}
      headers: {X-Echo: "something else"}
"""


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--junit", "result.xml")], ids=["terminal", "json", "junit"])
def test_a_failed_log_in_prints_its_password_in_no_form(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Tavern, Step CI and newman print passwords when a step fails, and the build's log keeps them."""
    echoed = PASSWORD.replace('"', '\\"')
    target = Receiver(Reply(401, f'{{"echo": "{echoed}"}}', {"Content-Type": "application/json"}))
    (tmp_path / "login.yaml").write_text(PROBE.replace("URL", target.url))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "synthmon", "run", "login.yaml", *arguments],
            cwd=tmp_path,
            env={**os.environ, "SYNTHMON_SECRET_SHOP_PASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        target.close()
    assert 1 == done.returncode, done.stderr
    assert PASSWORD in target.asked[0].json["password"]  # it went where it belongs
    shown = done.stdout + done.stderr + "".join(path.read_text() for path in tmp_path.glob("*.xml"))
    assert "401" in shown
    forms = (PASSWORD, echoed, quote(PASSWORD, safe=""), b64encode(PASSWORD.encode()).decode(), "horse", "staple")
    assert [] == [form for form in forms if form in shown]


@pytest.mark.parametrize(
    "attempt",
    [
        "steps: [{id: a, request: {url: /x, verify: false}}]",
        "steps: [{id: a, request: {url: /x, insecure: true}}]",
        "defaults: {verify: false}\nsteps: [{id: a, request: GET /x}]",
        "tls: {verify: false}\nsteps: [{id: a, request: GET /x}]",
    ],
)
def test_certificates_are_checked_whatever_a_file_says(attempt: str) -> None:
    """Step CI checks no certificate unless it is told to."""
    assert "unknown-key" in codes(attempt)
