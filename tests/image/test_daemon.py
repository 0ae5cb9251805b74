"""`synthmon up` in a container, as an operator runs it: as nobody, on a read-only root, and ended in order."""

from __future__ import annotations

import pytest

from tests.image.conftest import PASSWORD, kept
from tests.image.podman import HARDENED, Container, container, until
from tests.image.tools import run

pytestmark = pytest.mark.container

LIMIT = 256 * 1024 * 1024
PAGE = """
import re, sys, urllib.error, urllib.parse, urllib.request
web, here = urllib.request.build_opener(urllib.request.HTTPCookieProcessor()), "http://127.0.0.1:8420"
form = web.open(here + "/").read().decode()
fields = dict(re.findall('name="([^"]+)" value="([^"]*)"', form)) | {"password": sys.argv[1]}
try:
    page = web.open(here + "/sign-in", urllib.parse.urlencode(fields).encode()).read().decode()
    print("in" if "checkout" in page else page)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def test_it_probes_is_well_and_says_so_when_asked(daemon: Container) -> None:
    until(daemon.healthy, "the health check passes")
    assert daemon.run("synthmon", "health") == "well\n"


def test_it_has_no_right_that_it_could_lose(daemon: Container) -> None:
    lines = dict(line.split(":\t", 1) for line in daemon.run("cat", "/proc/1/status").splitlines() if ":\t" in line)
    assert lines["Uid"].split() == ["65532"] * 4
    assert lines["Gid"].split() == ["65532"] * 4
    assert {name: lines[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), "0" * 16
    )
    assert lines["NoNewPrivs"] == "1"


def test_it_is_the_first_process_so_that_signals_reach_it(daemon: Container) -> None:
    assert daemon.python("print(open('/proc/1/cmdline').read().split(chr(0))[1:3])") == (
        "['/opt/synthmon/bin/synthmon', 'up']"
    )


def test_it_writes_to_its_data_and_to_nothing_else(daemon: Container) -> None:
    for folder in ("/", "/etc", "/etc/synthmon", "/opt/synthmon", "/usr/local/lib", "/var/tmp"):
        tried = daemon.python(f"import os\ntry: os.mkdir('{folder}/x')\nexcept OSError as e: print(e.strerror)")
        assert tried == "Read-only file system"
    assert {"synthmon.db", "synthmon.db-wal"} <= set(daemon.run("ls", "/data").split())
    readable = daemon.run("find", "/data", "-type", "f", "-size", "+0", "-perm", "/077").split()
    assert readable == [], "nobody else reads what it keeps"


def test_on_a_root_that_could_be_written_it_still_writes_nothing(image: str, options: list[str]) -> None:
    with container(image, *(each for each in options if each != "--read-only")) as free:
        until(lambda: kept(free), "a run is kept")
        assert free.stop() == 0
        mounts = ("/data", "/tmp", "/run", "/etc", "/proc", "/dev", "/sys")  # what podman itself puts in place
        changed = [line for line in run("podman", "diff", free.name).stdout.splitlines() if line.strip()]
    assert [line for line in changed if not line.split(maxsplit=1)[1].startswith(mounts)] == []
    assert [line for line in changed if line.split(maxsplit=1)[1].startswith("/data/")] == []


def test_its_pages_ask_for_the_password_that_the_mounted_file_holds(daemon: Container) -> None:
    assert daemon.run("python", "-c", PAGE, "guessed").strip() == "401"
    assert daemon.run("python", "-c", PAGE, PASSWORD).strip() == "in"
    assert PASSWORD not in daemon.logs()


def test_within_a_quarter_of_a_gigabyte_it_probes_on(daemon: Container) -> None:
    """What it uses at most while it probes is well below the limit, which it has not met."""
    lines = daemon.run("cat", "/proc/1/status").splitlines()
    used = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    assert used * 1024 < 0.75 * LIMIT
    before = len(daemon.events())
    until(lambda: len(daemon.events()) > before + 5, "it goes on probing")
    assert daemon.state()["OOMKilled"] is False


def test_sigterm_in_the_middle_of_runs_ends_it_in_order(image: str, options: list[str]) -> None:
    with container(image, *options) as ending:
        until(lambda: kept(ending), "a run is kept")
        assert ending.stop() == 0
        assert ending.events()[-1]["event"] == "daemon.stopped"
        assert ending.events()[-1]["results_not_kept"] == 0


def test_killed_and_started_again_on_the_same_volume_it_has_lost_nothing(image: str, options: list[str]) -> None:
    with container(image, *options) as mortal:
        until(lambda: kept(mortal), "a run is kept")
        mortal.kill()
        acknowledged = {event["run"] for event in mortal.events() if event["event"] == "run.kept"}
        mortal.start()
        until(mortal.healthy, "it is well again")
        stored = mortal.python(
            "import sqlite3; print(*(row[0] for row in"
            " sqlite3.connect('file:/data/synthmon.db?mode=ro', uri=True).execute('SELECT lower(hex(id)) FROM runs')))"
        ).split()
        assert mortal.stop() == 0
    assert {str(each).replace("-", "") for each in acknowledged} <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_memory_limit_that_is_far_too_small_ends_it_visibly(image: str, options: list[str]) -> None:
    """Which shows that the limit is one: the tests above are not passed because nothing is counted."""
    small = [each for each in options if not each.startswith("--memory")]
    with container(image, *small, "--memory=24m", "--memory-swap=24m") as starved:
        assert starved.wait() == 137


def test_the_shop_of_the_demo_breaks_and_heals_by_a_command_in_its_container(image: str) -> None:
    with container(image, *HARDENED, "--network=none", command=("demo", "shop")) as shop:
        until(lambda: "the shop is at" in shop.logs(), "the shop listens")
        assert "ON   login-500" in shop.run("synthmon", "demo", "fault", "login-500")
        assert "off  login-500" in shop.run("synthmon", "demo", "fault", "login-500", "--off")
        assert shop.stop() == 0
