"""`synthmon fmt`: what it writes, what it only shows, and what it leaves alone."""

from __future__ import annotations

import stat

from tests.cli.typed import Said, Terminal

UNTIDY = "name: x\nsynthmon: 1\ninterval: '1m'\nsteps:\n- request: GET https://x.example.com/   # the door\n  id: a\n"
TIDY = "synthmon: 1\nname: x\ninterval: 1m\nsteps:\n  - id: a\n    request: GET https://x.example.com/ # the door\n"


def test_a_file_is_laid_out_anew_once(terminal: Terminal) -> None:
    file = terminal.write("probes/x.yaml", UNTIDY)
    file.chmod(0o640)
    said = terminal.types("fmt")
    assert said == Said(0, "probes/x.yaml: laid out anew\n1 file laid out anew\n", "")
    assert file.read_text("utf-8") == TIDY
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["x.yaml"]
    assert terminal.types("fmt") == Said(0, "nothing to change\n", "")


def test_blocks_are_laid_out_with_the_probes(terminal: Terminal) -> None:
    terminal.write("probes/x.yaml", TIDY)
    block = terminal.write("probes/blocks/b.yaml", "request: 'GET /x'\nsynthmon_block: 1\n")
    assert terminal.types("fmt").out == "probes/blocks/b.yaml: laid out anew\n1 file laid out anew\n"
    assert block.read_text("utf-8") == "synthmon_block: 1\nrequest: GET /x\n"


def test_check_and_diff_write_nothing(terminal: Terminal) -> None:
    file = terminal.write("probes/x.yaml", UNTIDY)
    said = terminal.types("fmt", "--check", "probes/x.yaml")
    assert said == Said(1, "probes/x.yaml: would be laid out anew\n1 file would be laid out anew\n", "")
    said = terminal.types("fmt", "--diff", "probes")
    assert (said.code, said.err) == (0, "1 file would be laid out anew\n")
    assert "\n-interval: '1m'\n" in said.out
    assert "\n+interval: 1m\n" in said.out
    assert file.read_text("utf-8") == UNTIDY
    assert terminal.types("fmt", "--check", "--diff").code == 1
    file.write_text(TIDY, "utf-8")
    assert terminal.types("fmt", "--check").code == 0


def test_a_file_with_an_error_is_left_alone_and_the_others_are_not(terminal: Terminal) -> None:
    wrong = terminal.write("probes/a.yaml", UNTIDY.replace("id:", "ids:"))
    right = terminal.write("probes/b.yaml", UNTIDY)
    said = terminal.types("fmt")
    assert (said.code, said.out) == (2, "probes/b.yaml: laid out anew\n1 file laid out anew; 1 left alone\n")
    assert said.err.startswith("probes/a.yaml: left alone: it has errors\nerror[")
    assert " --> probes/a.yaml:6:3\n" in said.err
    assert (wrong.read_text("utf-8"), right.read_text("utf-8")) == (UNTIDY.replace("id:", "ids:"), TIDY)


def test_a_file_that_a_link_leads_to_is_laid_out_and_stays_linked(terminal: Terminal) -> None:
    real = terminal.write("elsewhere/x.yaml", UNTIDY)
    link = terminal.folder / "x.yaml"
    link.symlink_to(real)
    assert terminal.types("fmt", "x.yaml").code == 0
    assert link.is_symlink()
    assert real.read_text("utf-8") == TIDY


def test_a_file_that_is_not_there_is_named(terminal: Terminal) -> None:
    hint = "name a probe file, or a folder"
    message = f"synthmon: x.yaml: there is no such file or folder\n  help: {hint}\n"
    assert terminal.types("fmt", "x.yaml") == Said(2, "", message)
