"""`synthmon prove` before the demo's shop: what is shown, what is printed for programs, and how it exits."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from synthmon.demo import demo_secrets
from synthmon.demo.control import switch_fault
from synthmon.demo.process import ShopProcess
from tests.cli.typed import Terminal, assert_golden, steady


def looser(terminal: Terminal) -> Path:
    """The login's probe without one of its assertions."""
    probe = terminal.folder / "probes" / "login.yaml"
    kept = [line for line in probe.read_text("utf-8").splitlines() if "$.user.name" not in line]
    probe.write_text("\n".join(kept) + "\n", "utf-8")
    return probe


def test_what_would_not_be_noticed_is_shown_with_what_to_paste(terminal: Terminal, shop: ShopProcess) -> None:
    looser(terminal)
    said = terminal.types("prove", "probes/login.yaml")
    assert (said.code, said.err) == (0, "")
    assert_golden("prove-missed.txt", steady(said.out))


def test_only_a_mutation_of_a_step_and_everything_about_it(terminal: Terminal, shop: ShopProcess) -> None:
    looser(terminal)
    said = terminal.types("prove", "login", "--only", "wrong-type", "--only", "off-by-one", "--only", "log_in", "--all")
    assert_golden("prove-all.txt", steady(said.out))


@pytest.mark.parametrize(("least", "code"), [("90", 0), ("100", 1)])
def test_a_score_below_what_is_asked_for_exits_1(terminal: Terminal, shop: ShopProcess, least: str, code: int) -> None:
    looser(terminal)
    assert terminal.types("prove", "login", "--fail-under", least).code == code


def test_a_score_that_no_proof_is_below_cannot_be_asked_for(terminal: Terminal) -> None:
    said = terminal.types("prove", "login", "--fail-under", "nan")
    assert said.code == 2
    assert "'nan' is not a number" in said.err


def test_json_for_programs(terminal: Terminal, shop: ShopProcess) -> None:
    looser(terminal)
    said = terminal.types("prove", "login", "--json")
    told = json.loads(said.out)
    unnoticed = [(one["mutation"], one["place"]) for one in told["faults"] if one["noticed"] == "no"]
    assert ("missing-field", "$.user.name") in unnoticed
    assert told["score"] == int(1000 * told["noticed"] / told["applicable"]) / 10
    assert "$.user.name: {type: string" in told["remedies"][0]["yaml"]
    assert [value for value in demo_secrets().values() if value in said.out] == []


def test_a_run_that_is_not_good_proves_nothing_and_says_why(terminal: Terminal, shop: ShopProcess) -> None:
    switch_fault("login-500", on=True)
    said = terminal.types("prove", "login")
    assert (said.code, said.out) == (1, "")
    assert "cannot be proven now: the run is failed at `log_in`: status 500" in said.err


def test_what_is_asked_for_must_be_a_mutation_or_a_step(terminal: Terminal, shop: ShopProcess) -> None:
    said = terminal.types("prove", "login", "--only", "mising-field")
    assert said.code == 2
    assert "did you mean 'missing-field'?" in said.err


def test_a_kept_recording_proves_without_the_target_and_without_secrets(terminal: Terminal, shop: ShopProcess) -> None:
    looser(terminal)
    kept = terminal.folder / "login.json"
    kept.touch(mode=0o644)
    first = terminal.types("prove", "login", "--record", kept, "--json")
    assert (first.code, first.err) == (0, f"kept in {kept}: secrets and redacted values in it are stand-ins\n")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [value for value in demo_secrets().values() if value in kept.read_text("utf-8")] == []
    terminal.patch.delenv("SYNTHMON_SECRET_SHOP_PASSWORD")
    switch_fault("login-500", on=True)
    again = terminal.types("prove", "login", "--replay", kept, "--json")
    assert again.code == 0
    assert json.loads(again.out) == {**json.loads(first.out), "from_kept_recording": True}
    other = terminal.types("prove", "checkout", "--replay", kept)
    assert (other.code, other.out) == (2, "")
    assert "this is a run of login in local, not of checkout in local" in other.err


@pytest.mark.parametrize("text", ["", "{}", '{"synthmon_recording": 1}', "\udcff"])
def test_a_file_that_is_no_recording_is_refused_with_its_name(terminal: Terminal, text: str, shop: ShopProcess) -> None:
    file = terminal.folder / "odd.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    said = terminal.types("prove", "login", "--replay", file)
    assert (said.code, said.out) == (2, "")
    assert str(file) in said.err


def test_a_recording_is_not_made_and_read_at_once(terminal: Terminal) -> None:
    said = terminal.types("prove", "login", "--replay", "a.json", "--record", "b.json")
    assert said.code == 2
