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


def test_a_signal_that_another_thread_was_handed_wakes_who_waits_for_it_and_a_second_one_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == f"{signal.SIGHUP:d}\n{signal.SIGTERM:d} True\n"
    assert done.returncode == 130
