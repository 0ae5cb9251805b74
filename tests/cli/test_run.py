"""`synthmon run` against the demo's shop: what is shown, what is printed for programs, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from synthmon import wire
from synthmon.demo import demo_secrets
from synthmon.demo.control import switch_fault
from synthmon.demo.process import ShopProcess
from synthmon.model.run import FailureKind
from tests.app.installation import Target
from tests.cli.typed import Said, Terminal, assert_golden, steady

SLOW = """\
synthmon: 1
name: slow
interval: 1m
timeout: 5s
base_url: {url}
steps:
  - {{id: ask, name: Ask it, request: GET /ok, latency_budget: 1ms, expect: {{status: 200}}}}
"""


def test_a_passed_run_is_shown_step_by_step(terminal: Terminal, shop: ShopProcess) -> None:
    said = terminal.types("run", "probes/checkout.yaml")
    assert (said.code, said.err) == (0, "")
    assert_golden("run-passed.txt", steady(said.out))


def test_a_failed_run_shows_what_was_expected_and_what_came(terminal: Terminal, shop: ShopProcess) -> None:
    switch_fault("login-500", on=True)
    said = terminal.types("run", "checkout")
    assert (said.code, said.err) == (1, "")
    assert_golden("run-failed.txt", steady(said.out))


def test_a_target_that_is_not_there_has_failed(terminal: Terminal, shop: ShopProcess) -> None:
    said = terminal.types("run", "login", "--var", "shop=http://127.0.0.1:1")
    assert said.code == 1
    assert_golden("run-refused.txt", steady(said.out))


def test_a_variable_for_a_probe_that_has_none_is_refused(terminal: Terminal) -> None:
    terminal.write("slow.yaml", SLOW.format(url="http://127.0.0.1:1"))
    said = terminal.types("run", "slow.yaml", "--var", "shop=x")
    assert (said.code, said.out) == (2, "")
    assert "slow has no variable 'shop'" in said.err
    assert "help: the probe declares no `vars`" in said.err


def test_a_run_that_could_not_judge_exits_3(terminal: Terminal, shop: ShopProcess) -> None:
    terminal.patch.delenv("SYNTHMON_SECRET_SHOP_PASSWORD")
    said = terminal.types("run", "checkout")
    assert said.code == 3
    assert_golden("run-error.txt", steady(said.out))


def test_a_run_that_is_only_slow_exits_0_and_says_so(terminal: Terminal) -> None:
    target = Target()
    terminal.write("slow.yaml", SLOW.format(url=target.url).replace("1ms", "0.001ms"))
    said = terminal.types("run", "slow.yaml")
    target.close()
    if said.code == 2:
        pytest.fail(said.err)
    assert said.code == 0
    assert said.out.startswith("~ slow  ")
    assert "expected  at most " in said.out
    assert "1 degraded in " in said.out


def test_no_line_is_wrapped_or_ends_in_blanks_where_no_terminal_is(terminal: Terminal, shop: ShopProcess) -> None:
    switch_fault("login-500", on=True)
    lines = terminal.types("run", "checkout").out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_every_line_fits_a_narrow_terminal(terminal: Terminal, shop: ShopProcess, width: int) -> None:
    switch_fault("login-500", on=True)
    terminal.patch.setenv("COLUMNS", str(width))
    said = terminal.types("run", "checkout")
    assert [line for line in said.out.splitlines() if len(line) > width] == []
    assert "✗ log_in" in said.out


@pytest.mark.parametrize("force", [True, False])
def test_colours_are_for_terminals_only(terminal: Terminal, shop: ShopProcess, force: bool) -> None:
    if force:
        terminal.patch.setenv("FORCE_COLOR", "1")
        terminal.patch.setenv("TERM", "xterm-256color")
    assert ("\x1b[32m" in terminal.types("run", "login").out) is force


def test_no_colour_is_shown_to_who_asked_for_none(terminal: Terminal, shop: ShopProcess) -> None:
    terminal.patch.setenv("FORCE_COLOR", "1")
    terminal.patch.setenv("NO_COLOR", "1")
    terminal.patch.setenv("TERM", "xterm-256color")
    assert "\x1b[3" not in terminal.types("run", "login").out


# For programs


def printed(said: Said) -> Any:
    assert said.err == ""
    return json.loads(said.out)


def test_json_is_the_result_as_it_is_kept_and_nothing_else(terminal: Terminal, shop: ShopProcess) -> None:
    result = printed(terminal.types("run", "checkout", "--json"))
    assert wire.to_json(wire.from_json(result)) == result
    assert {"id", "probe", "region", "outcome", "steps", "cleanup", "failures", "failed_step"} <= set(result)
    assert [step["id"] for step in result["steps"]] == ["log_in", "add_to_cart", "pay", "wait_until_paid"]
    for step in result["steps"]:
        assert {"id", "outcome", "phases", "status", "assertions", "failures"} <= set(step)
        assert step["outcome"] == "passed"
        assert step["phases"]["total"] > 0
        assert all(one["passed"] for one in step["assertions"])


def test_json_of_a_failed_run_names_kind_and_message(terminal: Terminal, shop: ShopProcess) -> None:
    switch_fault("login-500", on=True)
    said = terminal.types("run", "checkout", "--json")
    result = printed(said)
    assert said.code == 1
    assert (result["outcome"], result["failed_step"]) == ("failed", "log_in")
    first, *others = result["steps"]
    assert first["status"] == 500
    assert [(one["kind"], one["message"]) for one in first["failures"]] == [
        (FailureKind.STATUS.value, "status 500 (Internal Server Error), expected 201")
    ]
    assert [step["outcome"] for step in others] == ["skipped"] * 3


def suite(path: Path) -> ET.Element:
    [found] = ET.parse(path).getroot()
    return found


def test_junit_holds_a_case_per_step(terminal: Terminal, shop: ShopProcess) -> None:
    said = terminal.types("run", "login", "--junit", "result.xml")
    found = suite(terminal.folder / "result.xml")
    assert said.code == 0
    assert (found.get("name"), found.get("failures"), found.get("errors")) == ("login", "0", "0")
    assert found.get("tests") == str(len(found))
    assert all(float(case.get("time", "")) >= 0 for case in found)


def test_junit_shows_a_build_server_why_a_step_failed(terminal: Terminal, shop: ShopProcess) -> None:
    switch_fault("login-500", on=True)
    terminal.types("run", "checkout", "--junit", "result.xml")
    found = suite(terminal.folder / "result.xml")
    assert (found.get("tests"), found.get("failures"), found.get("skipped")) == ("6", "1", "5")
    failure = found[0][0]
    assert (failure.tag, failure.get("type")) == ("failure", "status")
    assert failure.get("message") == "status 500 (Internal Server Error), expected 201"
    assert failure.text is not None
    assert failure.text.splitlines()[1:] == ["  expected: 201", "  came: 500"]


def test_a_password_is_in_nothing_that_is_said_or_written(terminal: Terminal, shop: ShopProcess) -> None:
    password = demo_secrets()["shop_password"]
    for fault in ("login-500", "payment-slow"):
        switch_fault(fault, on=fault == "login-500")
        for words in ((), ("--json",)):
            said = terminal.types("run", "checkout", "--junit", "result.xml", *words)
            written = (terminal.folder / "result.xml").read_text("utf-8")
            assert password not in said.out + said.err + written
