"""Signals reach a role whichever of its threads the system hands them to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# While the main thread waits, and never runs Python, another one takes a signal; only then does it print what came.
ELSEWHERE = """\
import os, signal, sys, threading, time
from synthmon.cli.serving import Signals

asked, main = Signals(), threading.main_thread()

def is_asleep():
    state = open(f"/proc/self/task/{main.native_id}/stat").read().rpartition(")")[2].split()[0]
    return state == "S"

def take(number, waiting):
    while not (waiting in str(sys._current_frames()[main.ident]) and is_asleep()):
        time.sleep(0.01)
    signal.pthread_kill(threading.get_ident(), number)

def both():
    take(signal.SIGHUP, "code next")
    hung_up.wait()
    take(signal.SIGTERM, "code next")
    asked_to_end.wait()
    take(signal.SIGTERM, "code wait")

hung_up, asked_to_end = threading.Event(), threading.Event()
threading.Thread(target=both, daemon=True).start()
print(asked.next(60), flush=True)
hung_up.set()
print(asked.next(60), asked.end_within(0), flush=True)
asked_to_end.set()
threading.Event().wait()
"""


# It hangs up twice on what is inside a demo's folder.
DEMO = """\
import os, signal, threading
from synthmon.cli.demo_folder import new_folder, signals

asked = signals()
with new_folder(False, asked) as folder:
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGHUP)
    print(asked.end_within(60), flush=True)
    os.kill(os.getpid(), signal.SIGHUP)
    threading.Event().wait()
"""


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, timeout=30, check=False, env=environ
    )


def test_a_signal_that_another_thread_was_handed_wakes_who_waits_for_it_and_a_second_one_ends_at_once() -> None:
    done = run(ELSEWHERE)
    assert done.stdout == f"{signal.SIGHUP:d}\n{signal.SIGTERM:d} True\n"
    assert done.returncode == 130


def test_a_demo_ends_with_its_terminal_and_says_where_its_files_are_when_it_must_not_take_them_away(
    tmp_path: Path,
) -> None:
    done = run(DEMO, TMPDIR=str(tmp_path))

    (folder,) = tmp_path.iterdir()
    assert f"{folder}\nTrue\nended at once; its files are still in {folder}\n" == done.stdout
    assert done.returncode == 130
