"""A sender that is killed at every system call around sending and marking: told at least once, twice at most."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.alerting.killed import CALLS, RESOLVE, STORIES, TRIGGER
from tests.alerting.receivers import Receiver, Reply

ROOT = Path(__file__).parents[2]


def _can_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    trial = ["strace", "-f", "-o", "/dev/null", "-e", "inject=fdatasync:error=EIO", "true"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.strace,
    pytest.mark.skipif(not _can_trace(), reason="strace is not installed or may not trace here"),
]
Heard = dict[tuple[str, str, int], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Heard, dict[tuple[str, str], int]]:
    """What was heard by story, call and number; and how many places each call had."""
    there = Receiver(Reply(202, "{}"))
    command = [sys.executable, "-m", "tests.alerting.killed", str(tmp_path_factory.mktemp("killed")), there.url]
    ended = subprocess.run(command, cwd=ROOT, timeout=240, check=False, capture_output=True, text=True)
    there.close()
    assert (0, "") == (ended.returncode, ended.stderr[-3000:] if ended.returncode else "")
    heard: Heard = defaultdict(list)
    for asked in there.asked:
        _, story, call, number = asked.path.split("/")
        if len(asked.body) == int(asked.headers["content-length"]):  # half a request says nothing
            heard[story, call, int(number)].append(asked.json)
    places = {(story, call): int(count) for story, call, count in (line.split() for line in ended.stdout.splitlines())}
    return heard, places


def test_each_call_was_a_place_to_die(lived: tuple[Heard, dict[tuple[str, str], int]]) -> None:
    _, places = lived
    assert {(story, call) for story in STORIES for call in CALLS} == set(places)
    assert all(count >= 1 for count in places.values()), places
    assert sum(places.values()) >= 20, places  # a claim and a mark are several writes and syncs each


def test_wherever_it_was_killed_both_were_told_in_order_and_twice_at_most_by_the_same_key(
    lived: tuple[Heard, dict[tuple[str, str], int]],
) -> None:
    heard, places = lived
    for (story, call), count in places.items():
        for number in range(1, count + 2):  # the last one was not killed
            bodies = heard[story, call, number]
            begun = [body for body in bodies if body["occasion"] == "trigger"]
            over = [body for body in bodies if body["occasion"] == "resolve"]
            where = (story, call, number)
            assert (where, begun + over) == (where, bodies)
            most = 2 if number <= count else 1
            assert (where, True) == (where, (story == "resolve") or 1 <= len(begun) <= most)
            assert (where, True) == (where, 1 <= len(over) <= most)
            assert (where, {TRIGGER.id} if begun else set()) == (where, {body["id"] for body in begun})
            assert (where, {RESOLVE.id}) == (where, {body["id"] for body in over})
