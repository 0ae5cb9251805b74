"""`synthmon run` with `--step`, `--repeat` and `--curl`, and what does not go together."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from _thread import interrupt_main
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from synthmon.app.oneshot import OneShot, Wanted
from synthmon.app.surroundings import Walks
from synthmon.cli import repeat
from synthmon.cli.common import origin
from synthmon.cli.plain import Plain
from synthmon.demo import demo_secrets
from synthmon.demo.control import switch_fault
from synthmon.demo.process import ShopProcess
from synthmon.model.run import RunResult
from tests.cli.typed import Terminal


def test_a_run_stops_after_the_step_that_is_named_and_cleans_up(terminal: Terminal, shop: ShopProcess) -> None:
    result = json.loads(terminal.types("run", "checkout", "--step", "add_to_cart", "--json").out)
    assert [step["id"] for step in result["steps"]] == ["log_in", "add_to_cart"]
    assert [step["id"] for step in result["cleanup"]] == ["cancel_order", "log_out"]
    assert (result["outcome"], result["latency_budget"]) == ("passed", None)


def test_a_step_that_is_not_there_is_guessed_and_one_of_the_cleanup_explained(
    terminal: Terminal, shop: ShopProcess
) -> None:
    said = terminal.types("run", "checkout", "--step", "add_cart")
    assert (said.code, said.err) == (
        2,
        "synthmon: checkout has no step 'add_cart'\n  help: did you mean `add_to_cart`?\n",
    )
    said = terminal.types("run", "checkout", "--step", "log_out")
    assert said.err.splitlines() == [
        "synthmon: `log_out` is a step of the cleanup",
        "  help: the cleanup runs always; name one of `steps`",
    ]


def test_several_runs_are_told_one_by_one_and_summed_up(terminal: Terminal, shop: ShopProcess) -> None:
    said = terminal.types("run", "login", "--repeat", "3")
    lines = said.out.splitlines()
    assert said.code == 0
    assert [line[:4] for line in lines[:3]] == ["✓ 1.", "✓ 2.", "✓ 3."]
    assert "Customer can log in: 3 passed" in lines
    assert lines[lines.index("Customer can log in: 3 passed") + 2].split() == [
        *("step", "runs", "p50", "p95", "slowest", "outcomes")
    ]
    assert [line.split()[:2] for line in lines if line.startswith(("log_in", "log_out"))] == [
        ["log_in", "3"],
        ["log_out", "3"],
    ]


def test_json_and_junit_hold_every_run(terminal: Terminal, shop: ShopProcess) -> None:
    found = json.loads(terminal.types("run", "login", "--repeat", "2", "--json", "--junit", "result.xml").out)
    assert (found["runs"], found["outcomes"]) == (2, {"passed": 2})
    assert len({result["id"] for result in found["results"]}) == 2
    [first, *_] = found["steps"]
    assert (first["id"], first["runs"], first["outcomes"]) == ("log_in", 2, {"passed": 2})
    assert first["p50"] <= first["p95"]
    assert len(ET.parse(terminal.folder / "result.xml").getroot()) == 2


def test_one_failed_run_of_several_is_a_failure(terminal: Terminal, shop: ShopProcess) -> None:
    switch_fault("login-500", on=True)
    said = terminal.types("run", "login", "--repeat", "2")
    assert said.code == 1
    assert "✗ 1. failed in" in said.out
    assert "at log_in: status 500 (Internal Server Error), expected 201" in said.out


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A job in the background ignores SIGINT: there nothing would come of an interrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_sums_up_what_there_is(terminal: Terminal, shop: ShopProcess) -> None:
    show, hasten, heard = repeat.show_ended, Walks.hasten, threading.Event()

    def interrupted(out: Console | Plain, number: int, result: RunResult) -> None:
        show(out, number, result)
        interrupt_main()
        heard.wait(60)

    def hastened(walks: Walks) -> None:
        hasten(walks)
        heard.set()

    terminal.patch.setattr(repeat, "show_ended", interrupted)
    terminal.patch.setattr(Walks, "hasten", hastened)
    said = terminal.types("run", "login", "--repeat", "9")
    assert (said.code, said.err) == (0, "")
    assert said.out.count("passed in") == 1
    assert "Customer can log in: 1 passed" in said.out


def test_who_cannot_be_told_of_a_run_gets_no_further_one(terminal: Terminal, shop: ShopProcess) -> None:
    told = []

    def unwritable(number: int, _: RunResult) -> None:
        told.append(number)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        OneShot(origin(None), Wanted("login")).repeat(3, unwritable)
    assert told == [1]


@pytest.mark.parametrize("words", [("--curl", "--json"), ("--curl", "--repeat", "2"), ("--repeat", "0")], ids=" ".join)
def test_what_does_not_go_together_is_said(terminal: Terminal, shop: ShopProcess, words: tuple[str, ...]) -> None:
    said = terminal.types("run", "login", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("synthmon run: ")


# cURL


def test_every_request_is_a_command_without_a_secret(terminal: Terminal, shop: ShopProcess) -> None:
    said = terminal.types("run", "checkout", "--curl")
    assert (said.code, said.err) == (0, "")
    assert demo_secrets()["shop_password"] not in said.out
    assert said.out.startswith("# Customer can buy something (checkout) in local: passed\n")
    assert "#   SYNTHMON_SECRET_SHOP_PASSWORD  the secret shop_password\n" in said.out
    assert '"password":"\'"$SYNTHMON_SECRET_SHOP_PASSWORD"\'"' in said.out
    assert "--header 'Authorization: Bearer '\"$SYNTHMON_CAPTURE_TOKEN\"" in said.out
    assert said.out.count("\ncurl \\\n") >= 6
    assert "\n# log_out: Log out: passed, 204\n" in said.out


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_a_command_can_be_pasted(terminal: Terminal, shop: ShopProcess) -> None:
    script = terminal.types("run", "login", "--step", "log_in", "--curl").out
    first = script.partition("\ncurl ")[2].partition("\n\n")[0]
    pasted = subprocess.run(
        ["/bin/sh", "-c", f"curl --silent --output /dev/null --write-out '%{{http_code}}' {first}"],
        env={"SYNTHMON_SECRET_SHOP_PASSWORD": demo_secrets()["shop_password"], "PATH": os.environ["PATH"]},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert pasted.stdout == b"201"
