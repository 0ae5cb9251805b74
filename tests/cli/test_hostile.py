"""A target says what it likes; the terminal, the JSON and the XML stay what they are, and a secret stays secret."""

from __future__ import annotations

import base64
import io
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from xml.etree import ElementTree as ET

import pytest

from tests.cli.typed import Terminal

SECRET = "s3cr3t-Value/42"
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e[red]x[/red] :smile: ]]> <b>&amp; \ud800"
PROBE = r"""
synthmon: 1
name: hostile
title: "Hostile [red]title[/red] \e[31m"
interval: 1m
base_url: %s
secrets: [token]
steps:
  - id: a_step_with_a_very_long_identifier
    name: "[bold]Name[/bold] ]]> <x> \e[2J that goes on, and on, and on, and on, for longer than anybody would read"
    request:
      method: POST
      url: /x?key=${{ secrets.token }}
      headers: {X-Token: "${{ secrets.token }}", X-Packed: "${{ base64(secrets.token) }}"}
      json: {token: "${{ secrets.token }}"}
    auth: {bearer: "${{ secrets.token }}"}
    expect:
      status: 200
      headers: {X-Echo: nothing}
      json: {$.a: nothing}
"""


class Parrot(BaseHTTPRequestHandler):
    """Answers 500 with everything it was told, and what could command a terminal."""

    def do_POST(self) -> None:
        told = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = json.dumps({"a": f"{HOSTILE} {self.path} {told} {self.headers['X-Packed']}"}).encode()
        self.send_response_only(500, "\x1b[2JEvil")
        self.send_header("X-Echo", f"{self.headers['Authorization']} \x1b[2J")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def hostile(terminal: Terminal) -> Iterator[Terminal]:
    server = HTTPServer(("127.0.0.1", 0), Parrot)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    terminal.write("hostile.yaml", PROBE % f"http://127.0.0.1:{server.server_port}")
    terminal.patch.setenv("SYNTHMON_SECRET_TOKEN", SECRET)
    yield terminal
    server.shutdown()
    thread.join()
    server.server_close()


def is_tame(text: str) -> bool:
    return all(character.isprintable() or character == "\n" for character in text)


def test_nothing_from_a_target_commands_the_terminal(hostile: Terminal) -> None:
    said = hostile.types("run", "hostile.yaml")
    assert (said.code, said.err) == (1, "")
    assert is_tame(said.out)
    assert "Hostile [red]title[/red]" in said.out
    assert ":smile:" in said.out


def test_nothing_from_a_target_commands_the_terminal_that_shows_json(hostile: Terminal) -> None:
    said = hostile.types("run", "hostile.yaml", "--json")
    assert is_tame(said.out)
    assert json.loads(said.out)["outcome"] == "failed"


def test_a_build_server_can_read_what_a_target_said(hostile: Terminal) -> None:
    hostile.types("run", "hostile.yaml", "--junit", "result.xml")
    [[case]] = ET.parse(hostile.folder / "result.xml").getroot()
    assert "]]> <x>" in str(case.get("name"))
    assert is_tame((hostile.folder / "result.xml").read_text("utf-8"))


@pytest.mark.parametrize("words", [(), ("--json",), ("--junit", "result.xml")], ids=str)
def test_a_secret_that_the_target_repeats_is_not_shown(hostile: Terminal, words: tuple[str, ...]) -> None:
    said = hostile.types("run", "hostile.yaml", *words)
    file = hostile.folder / "result.xml"
    everything = said.out + said.err + (file.read_text("utf-8") if file.exists() else "")
    assert said.code == 1
    for form in (SECRET, json.dumps(SECRET)[1:-1], "s3cr3t-Value%2F42", base64.b64encode(SECRET.encode()).decode()):
        assert form not in everything


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_that_lacks_a_sign_gets_the_rest(hostile: Terminal, encoding: str) -> None:
    raw = io.BytesIO()
    hostile.patch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    assert hostile.types("run", "hostile.yaml").code == 1
    assert b"500" in raw.getvalue()
    raw.truncate(0)
    raw.seek(0)
    assert hostile.types("run", "hostile.yaml", "--json").code == 1
    assert json.loads(raw.getvalue().decode(encoding))["outcome"] == "failed"
