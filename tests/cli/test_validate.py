"""`synthmon validate`: what it counts, where, and what it exits with."""

from __future__ import annotations

import json

import pytest

from tests.cli.typed import Said, Terminal

_HELP = "help: name another: `synthmon validate FOLDER`, `probes:` in synthmon.yaml, or SYNTHMON_PROBES"


def test_a_folder_without_a_probe_file_is_an_error_that_names_it(terminal: Terminal) -> None:
    (terminal.folder / "probes").mkdir()
    message = "error[no-probe]: there is no probe file in this folder"

    said = terminal.types("validate")

    assert (said.code, said.err) == (2, "")
    assert said.out.splitlines()[:2] == [message, "  --> probes"]
    assert _HELP in said.out
    assert said.out.splitlines()[-1] == "no probe file: 1 error"


@pytest.mark.parametrize("form", ["json", "github"])
def test_programs_are_told_of_it_too(terminal: Terminal, form: str) -> None:
    (terminal.folder / "elsewhere").mkdir()

    said = terminal.types("validate", "elsewhere", "--format", form)

    assert (said.code, said.err.strip()) == (2, "no probe file: 1 error")
    assert "no-probe" in said.out
    assert "elsewhere" in said.out


def test_a_missing_folder_is_told_once(terminal: Terminal) -> None:
    said = terminal.types("validate", "--format", "json")

    assert said.code == 2
    assert [problem["code"] for problem in json.loads(said.out)] == ["no-folder"]


def test_an_empty_folder_beside_one_with_probes_is_no_error(terminal: Terminal) -> None:
    terminal.types("init")
    (terminal.folder / "later").mkdir()

    assert terminal.types("validate", "probes", "later") == Said(0, "1 probe file: no problem\n", "")


def test_what_is_wrong_is_counted_where_it_is(terminal: Terminal) -> None:
    terminal.types("init")
    terminal.write("synthmon.yaml", "synthmon_config: 1\nenvironmnt: x\n")
    assert terminal.types("validate").out.splitlines()[-1] == "synthmon.yaml: 1 error; 1 probe file: no problem"

    terminal.write("probes/x.yaml", "synthmon: 1\nname: x\n\tsteps: 5\n")
    said = terminal.types("validate", "--format", "json")
    assert (said.code, said.err.strip()) == (2, "synthmon.yaml: 1 error; 2 probe files: 1 error")


def test_a_name_on_the_public_page_that_no_probe_has_is_a_warning(terminal: Terminal) -> None:
    terminal.types("init")
    public = "web: {public: {groups: [{components: [{title: Checkout, probes: [homepag]}]}]}}"
    terminal.write("synthmon.yaml", f"synthmon_config: 1\n{public}\n")

    said = terminal.types("validate")

    assert said.out.splitlines()[0] == "warning[unknown-probe]: there is no probe `homepag`"
    assert "did you mean `homepage`?" in said.out
    assert said.out.splitlines()[-1] == "synthmon.yaml: 1 warning; 1 probe file: no problem"
    assert said.code == 0
