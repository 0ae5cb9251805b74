"""Whatever is typed or found: one message that names the place, what is wrong and how to mend it; never a traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from synthmon.cli import run as running
from synthmon.demo.process import ShopProcess
from synthmon.store.migrate import upgrade
from tests.cli.typed import Said, Terminal

NOTHING = [
    (("validat",), "there is no command 'validat'\n  help: did you mean `synthmon validate`?"),
    (("xyzzy",), "there is no command 'xyzzy'\n  help: `synthmon --help` lists the commands"),
    (("--quiet", "run"), "there is no option '--quiet' before a command\n  help: `synthmon --help` tells the order"),
    (("\x1b[31mrun",), "there is no command '\\x1b[31mrun'\n  help: `synthmon --help` lists the commands"),
    (("run", "nothing.yaml"), "nothing.yaml: there is no such file\n  help: name a probe file, or a probe by its name"),
    (
        ("run", "\x1b[2J.yaml"),
        "\\x1b[2J.yaml: there is no such file\n  help: name a probe file, or a probe by its name",
    ),
    (("run", "."), ".: is a folder\n  help: name a probe file, or a probe by its name"),
    (
        ("run", "nothing"),
        (
            "error[no-folder]: there is no such folder\n  --> probes\n"
            "   = help: name the folder with `probes:` in synthmon.yaml or SYNTHMON_PROBES"
        ),
    ),
    (("demo", "fault", "payment-slwo"), "there is no fault 'payment-slwo'\n  help: did you mean `payment-slow`?"),
]
USAGE = [
    (("validate", "--formt", "x"), "validate: no such option '--formt'\n  help: did you mean '--format'?"),
    (
        ("validate", "--format", "x"),
        (
            "validate: invalid value for '--format': 'x' is not one of 'github', 'json', 'sarif', 'text'\n"
            "  help: `synthmon validate --help` tells what it takes"
        ),
    ),
    (("run",), "run: missing argument 'PROBE'\n  help: `synthmon run --help` tells what it takes"),
    (("report", "daly"), "report: no such command 'daly'\n  help: did you mean 'daily'?"),
    (
        ("report", "daily", "--date", "x"),
        (
            "report daily: invalid value for --date: 'x' is not YYYY-MM-DD, today or yesterday\n"
            "  help: `synthmon report daily --help` tells what it takes"
        ),
    ),
    (
        ("run", "x", "--var", "y"),
        "run: invalid value for --var: 'y' is not NAME=VALUE\n  help: `synthmon run --help` tells what it takes",
    ),
    (
        ("run", "x", "--junit", "no/x.xml"),
        "run: invalid value for --junit: there is no folder 'no'\n  help: `synthmon run --help` tells what it takes",
    ),
    (
        ("demo", "--port", "99999"),
        (
            "demo: invalid value for '--port': 99999 is not in the range 0<=x<=65535\n"
            "  help: `synthmon demo --help` tells what it takes"
        ),
    ),
]
LOOKING = [("status",), ("incidents",), ("incidents", "ack", "x"), ("why", "x"), ("report", "daily")]


@pytest.mark.parametrize(("words", "message"), NOTHING, ids=lambda value: " ".join(value)[:30])
def test_a_mistake_in_an_empty_folder_is_named(terminal: Terminal, words: tuple[str, ...], message: str) -> None:
    assert terminal.types(*words) == Said(2, "", f"synthmon: {message}\n")


@pytest.mark.parametrize(("words", "message"), USAGE, ids=lambda value: " ".join(value)[:30])
def test_a_misused_option_is_named_with_its_command(terminal: Terminal, words: tuple[str, ...], message: str) -> None:
    assert terminal.types(*words) == Said(2, "", f"synthmon {message}\n")


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_without_a_database_the_person_is_told_where_one_would_be(terminal: Terminal, words: tuple[str, ...]) -> None:
    path = terminal.folder / ".synthmon" / "synthmon.db"
    hint = (
        "`synthmon db upgrade` makes one, and `synthmon up` does so by itself; "
        "name the data directory of a daemon that runs elsewhere with --data"
    )
    assert terminal.types(*words) == Said(2, "", f"synthmon: {path}: there is no database\n  help: {hint}\n")
    assert not path.parent.exists()


@pytest.mark.parametrize("words", LOOKING, ids=" ".join)
def test_a_database_of_a_later_version_is_left_alone(terminal: Terminal, words: tuple[str, ...]) -> None:
    path = terminal.write(".synthmon/synthmon.db", "")
    upgrade(path)
    with sqlite3.connect(path) as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    said = terminal.types(*words)
    assert said.code == 2
    assert said.err.startswith(f"synthmon: {path}: its schema is 9999, which a newer synthmon made")
    assert "  help: use that newer synthmon" in said.err


@pytest.mark.parametrize("words", [*LOOKING, ("db", "current"), ("db", "upgrade")], ids=" ".join)
def test_a_file_that_is_no_database_is_named(terminal: Terminal, words: tuple[str, ...]) -> None:
    path = terminal.write(".synthmon/synthmon.db", "not a database, whatever its name says\n" * 100)
    said = terminal.types(*words)
    assert (said.code, said.err.splitlines()[0].partition(": this is not")[0]) == (2, f"synthmon: {path}")


@pytest.mark.parametrize("words", [("validate",), ("run", "x"), ("status",), ("db", "current")], ids=" ".join)
def test_a_broken_configuration_stops_every_command_with_its_line(terminal: Terminal, words: tuple[str, ...]) -> None:
    terminal.write("probes/.keep", "")
    terminal.write("synthmon.yaml", "synthmon_config: 1\nenvironment: [\n")
    said = terminal.types(*words)
    assert said.code == 2
    assert "error[syntax]: this is not YAML" in said.out + said.err
    assert "--> synthmon.yaml:3:1" in said.out + said.err


def test_a_broken_probe_is_shown_with_its_line_by_every_way_to_it(terminal: Terminal) -> None:
    terminal.write("probes/x.yaml", "synthmon: 1\nname: x\n\tsteps: 5\n")
    for words in (("run", "x"), ("run", "probes/x.yaml")):
        said = terminal.types(*words)
        assert (said.code, said.out) == (2, "")
        assert " --> probes/x.yaml:3:1\n" in said.err
    assert " --> probes/x.yaml:3:1\n" in terminal.types("validate").out


def test_a_probe_or_region_or_variable_with_a_slip_is_guessed(terminal: Terminal) -> None:
    terminal.types("init")
    hints = [
        terminal.types(*words).err.splitlines()[1]
        for words in (("run", "homepge"), ("run", "homepage", "--region", "lcal"), ("run", "homepage", "--var", "a=b"))
    ]
    assert hints == [
        "  help: did you mean `homepage`?",
        "  help: did you mean `local`?",
        "  help: the probe declares no `vars`",
    ]


def test_nobody_is_overwritten_by_init(terminal: Terminal) -> None:
    terminal.write("synthmon.yaml", "mine")
    said = terminal.types("init")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(
        "synthmon: synthmon.yaml: there already\n  help: name another folder: `synthmon init FOLDER`"
    )
    assert sorted(path.name for path in terminal.folder.iterdir()) == ["synthmon.yaml"]


def test_a_place_that_cannot_be_written_is_named(terminal: Terminal) -> None:
    terminal.write("file", "")
    said = terminal.types("init", "file/below")
    assert said.code == 2
    assert said.err == "synthmon: file/below/synthmon.yaml: not a directory\n" or said.err.startswith("synthmon: file")
    assert "\n  help: check that the folder exists and that this user may use it\n" in said.err


def test_a_result_that_cannot_be_written_is_shown_all_the_same(terminal: Terminal, shop: ShopProcess) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "result.xml")

    terminal.patch.setattr(Path, "write_text", full)
    said = terminal.types("run", "login", "--junit", "result.xml")
    assert said.code == 2
    assert said.out.startswith("✓ login")
    assert said.err.startswith("synthmon: result.xml: no space left on device\n")


def test_a_defect_names_its_place_not_its_text_and_is_no_failed_run(terminal: Terminal) -> None:
    def broken(*_: object) -> None:
        raise KeyError("s3cr3t")

    terminal.patch.setattr(running, "OneShot", broken)
    said = terminal.types("run", "x")
    assert (said.code, said.out) == (3, "")
    assert said.err.startswith("synthmon: a defect of synthmon's own: KeyError at ")
    assert "test_mistakes.py:" in said.err
    assert "s3cr3t" not in said.err


def test_ctrl_c_is_no_failure(terminal: Terminal) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    terminal.patch.setattr(running, "OneShot", interrupted)
    assert terminal.types("run", "x") == Said(130, "", "synthmon: interrupted\n")


def test_a_secret_without_a_value_is_no_failure_of_the_target(terminal: Terminal, shop: ShopProcess) -> None:
    terminal.patch.delenv("SYNTHMON_SECRET_SHOP_PASSWORD")
    said = terminal.types("run", "login")
    assert said.code == 3
    assert "the secret `shop_password` has no value" in said.out
    assert "set SYNTHMON_SECRET_SHOP_PASSWORD or SYNTHMON_SECRET_SHOP_PASSWORD_FILE" in said.out


def test_health_without_a_daemon_exits_1_as_an_orchestrator_expects(terminal: Terminal) -> None:
    message = f"no daemon is running in {terminal.folder / '.synthmon'}"
    assert terminal.types("health") == Said(1, "", f"synthmon: {message}\n  help: start one with `synthmon up`\n")


def test_a_token_that_is_not_there_is_not_taken_for_one_that_was_revoked(terminal: Terminal) -> None:
    terminal.types("agents", "add", "local")
    hint = "`synthmon agents list` shows every region and token"
    nothing = Said(1, "", f"synthmon: there is no such token that holds\n  help: {hint}\n")
    assert nothing == terminal.types("agents", "revoke", "lokal")
    said = terminal.types("agents", "revoke", "local")
    assert (0, "Revoked: ") == (said.code, said.out[:9])
    assert nothing == terminal.types("agents", "revoke", "local")


def test_a_fault_without_a_demo_says_how_to_start_one(terminal: Terminal, tmp_path: Path) -> None:
    terminal.patch.setattr("tempfile.tempdir", str(tmp_path))
    expected = "synthmon: no demo is running\n  help: start one with `synthmon demo`\n"
    assert terminal.types("demo", "fault") == Said(2, "", expected)


def test_a_folder_that_may_not_be_read_is_no_empty_one(terminal: Terminal) -> None:
    def refused(path: str) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    terminal.types("init")
    terminal.patch.setattr(os, "scandir", refused)
    said = terminal.types("validate", "probes")
    assert said.code == 2
    assert said.out.startswith("error[unreadable]: the folder cannot be read: permission denied\n  --> probes\n")
