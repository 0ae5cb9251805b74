"""What the surroundings lack is not needed, or is said in words that tell how to mend it: never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.alerting.receivers import Receiver
from tests.app.installation import Installation, Process, Target

UP = ("up", "--log", "json")
# Runs `synthmon` where no thread can be started whose name begins with one of the words, while the file is there.
WITHOUT_THREADS = """
import pathlib, sys, threading
names, file, start = tuple(sys.argv.pop(1).split(",")), pathlib.Path(sys.argv.pop(1)), threading.Thread.start
def refusing(thread):
    if thread.name.startswith(names) and file.exists():
        raise RuntimeError("can't start new thread")
    start(thread)
threading.Thread.start = refusing
from synthmon.cli import main
main()
"""
# Runs `synthmon` where there is no database of time zones, neither the system's nor the package's.
WITHOUT_ZONES = """
import sys, zoneinfo
class Hiding:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tzdata":
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hiding())
assert not zoneinfo.available_timezones()
from synthmon.cli import main
main()
"""


class Patient(Process):
    """A loaded machine takes its time to start an interpreter."""

    deadline = 60.0


def started(installation: Installation, *command: str, without: tuple[str, ...] = ()) -> Process:
    """Of the variables of the tests, all but those."""
    unset = [word for name in without for word in ("-u", name)]
    return Patient(
        installation,
        ("-c", f"import os, sys; os.execvp('env', ['env', *{unset!r}, sys.executable, *sys.argv[1:]])", *command),
        {},
    )


def refusal(installation: Installation, *command: str) -> str:
    """What it says before it ends with 2."""
    with Patient(installation, command, {}) as process:
        assert 2 == process.end(), process.said
        assert "Traceback" not in process.said
        return process.said


@pytest.mark.parametrize("name", ["web", "centre"])
def test_where_no_thread_can_be_started_it_says_so_and_ends(
    installation: Installation, tmp_path: Path, name: str
) -> None:
    (file := tmp_path / "refused").touch()
    said = refusal(installation, "-c", WITHOUT_THREADS, name, str(file), *UP)
    assert "no further thread" in said
    assert "ulimit -u" in said


def test_threads_refused_for_a_while_cost_their_slots_and_no_page(
    installation: Installation, target: Target, pager: Receiver, tmp_path: Path
) -> None:
    """Neither the scheduler nor the sender ends by it: what could not run is left out, what is owed is sent."""
    file = tmp_path / "refused"
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("shop", "/shop")
    target.statuses["/shop"] = 500
    file.touch()
    with Patient(installation, ("-c", WITHOUT_THREADS, "run,send-,delivery", str(file), *UP), {}) as process:
        process.wait_for("run.not_started", 2)
        assert 0 == target.count("/shop")
        file.unlink()
        (page,) = pager.wait_for(1)
        process.wait_for("run.kept", 3)
        assert "Traceback" not in process.said
        assert [] == [line for line in process.lines if "exception" in line]
    assert "shop" == page.json["probe"]
    with installation.store() as store:
        rows = store.run_rows(limit=1000)
    assert len(rows) == len({(row.slot, row.kind) for row in rows})


def test_a_message_whose_thread_was_refused_is_sent_as_soon_as_there_is_one(
    installation: Installation, target: Target, pager: Receiver, tmp_path: Path
) -> None:
    file = tmp_path / "refused"
    file.touch()
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("shop", "/shop")
    target.statuses["/shop"] = 500
    with Patient(installation, ("-c", WITHOUT_THREADS, "send-", str(file), *UP), {}) as process:
        process.wait_for("notification.not_begun", 2)
        assert [] == pager.asked
        file.unlink()
        (page,) = pager.wait_for(1)
        process.wait_for("notification.sent")
        assert "Traceback" not in process.said
    assert "shop" == page.json["probe"]
    assert 1 == len(pager.asked)


def test_neither_a_home_nor_a_folder_for_temporary_files_is_needed(installation: Installation, target: Target) -> None:
    installation.add("shop", "/shop")
    installation.environ["TMPDIR"] = "/dev/null/nowhere"
    with started(installation, "-m", "synthmon", *UP, without=("HOME", "USER", "LOGNAME")) as process:
        process.wait_for("run.kept", outcome="passed")
        assert "Traceback" not in process.said


def test_without_a_database_of_time_zones_it_runs_by_utc_and_refuses_any_other(
    installation: Installation, target: Target
) -> None:
    installation.add("shop", "/shop")
    installation.environ["PYTHONTZPATH"] = ""
    installation.configure(more="reports: {timezone: Europe/Berlin}\n")
    said = refusal(installation, "-c", WITHOUT_ZONES, *UP)
    assert "`Europe/Berlin` is not a time zone" in said
    assert "install tzdata" in said

    installation.configure(more='reports: {daily: {at: "07:30"}}\n')
    with Patient(installation, ("-c", WITHOUT_ZONES, *UP), {}) as process:
        process.wait_for("run.kept", outcome="passed")
        assert "Traceback" not in process.said
