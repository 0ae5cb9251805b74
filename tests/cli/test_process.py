"""What only a process of its own can show: pipes that close early, full disks, progress, the daemon's own start."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from synthmon.demo.process import ShopProcess
from tests.app.installation import Target
from tests.cli.typed import Terminal

ROOT = Path(__file__).parents[2]


def started(*words: str, stdout: IO[str] | int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "synthmon", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=20,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("words", [("--help",), ("schema",)], ids=" ".join)
def test_a_reader_that_has_gone_ends_it_without_a_word(terminal: Terminal, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = started(*words, stdout=pipe)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("words", [("--help",), ("schema",)], ids=" ".join)
def test_a_full_disk_is_said(terminal: Terminal, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = started(*words, stdout=full)
    assert done.returncode == 2
    assert done.stderr == "synthmon: the output cannot be written: no space left on device\n"


def test_the_daemon_refuses_what_it_cannot_read_with_every_place(terminal: Terminal) -> None:
    terminal.write("probes/x.yaml", "synthmon: 1\nname: x\n\tsteps: 5\n")
    done = started("up", stdout=subprocess.DEVNULL)
    assert done.returncode == 2
    assert " --> probes/x.yaml:3:1\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_whose_page_has_no_port_names_the_option(terminal: Terminal, shop: ShopProcess, tmp_path: Path) -> None:
    terminal.patch.setenv("TMPDIR", str(tmp_path))
    taken = shop.shop_url.rpartition(":")[2]
    done = started("demo", "--port", "0", "--control-port", "0", "--web-port", taken, stdout=subprocess.DEVNULL)
    assert done.returncode == 2
    assert f"synthmon: the status page cannot listen on 127.0.0.1:{taken}: " in done.stderr
    assert done.stderr.endswith("  help: choose another with --web-port\n")


def test_progress_is_shown_where_somebody_watches_and_leaves_nothing(terminal: Terminal, shop: ShopProcess) -> None:
    master, slave = pty.openpty()
    terminal.patch.setenv("TERM", "xterm")
    with os.fdopen(slave, "w") as screen:
        done = subprocess.run(
            [sys.executable, "-m", "synthmon", "run", "login", "--json"],
            stdout=subprocess.PIPE,
            stderr=screen,
            timeout=20,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    shown = os.read(master, 100_000).decode()
    os.close(master)
    assert done.stdout.startswith(b"{")
    assert "running login" in shown
    assert shown.endswith("\x1b[2K")


# A job in the background ignores SIGINT, and so would its children.
INTERRUPTIBLE = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from synthmon.cli import main
main()
"""
HANGING = """\
synthmon: 1
name: hanging
interval: 1m
timeout: 20s
base_url: {url}
steps:
  - {{id: wait, name: Wait, request: GET /never, expect: {{status: 200}}}}
cleanup:
  - {{id: tidy, name: Tidy up, request: DELETE /tidy, expect: {{status: 200}}}}
"""


def test_ctrl_c_ends_the_steps_and_cleanup_still_runs(terminal: Terminal) -> None:
    target = Target()
    target.hanging.add("/never")
    terminal.write("hanging.yaml", HANGING.format(url=target.url))
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "run", "hanging.yaml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    target.wait_for("/never")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    target.close()
    assert (child.returncode, err) == (3, "")
    assert "shutdown" in out
    assert "✓ tidy" in out
    assert target.count("/tidy", "DELETE") == 1


def test_output_that_the_caller_closed_stops_nothing(terminal: Terminal) -> None:
    command = f'exec "{sys.executable}" -m synthmon schema >&- 2>&-'
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(["/bin/sh", "-c", command], timeout=20, check=False, env=environ).returncode == 0


ENDING = """\
import atexit, sys, threading, time
from synthmon.cli import main

def linger():
    time.sleep(0.1)
    atexit.register(print, "what wants to be told of the end was told")
    print("a thread was waited for")

sys.argv[1:] = ["nothing"]
threading.Thread(target=linger).start()
main()
"""


def test_a_process_ends_after_all_that_waits_for_its_end_and_then_at_once(terminal: Terminal) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 2
    assert done.stdout == "a thread was waited for\nwhat wants to be told of the end was told\n"
    assert "there is no command 'nothing'" in done.stderr
