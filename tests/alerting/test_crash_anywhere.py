"""A sender that is killed at every single step: nothing is lost, and whatever is said again has the same key."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.alerting.dying import STORIES
from tests.alerting.receivers import Asked, Receiver, Reply

ROOT = Path(__file__).parents[2]


class Office(Receiver):
    """Takes everything, except what the pager of the story `backup` is sent."""

    def answer(self, asked: Asked) -> Reply:
        with self.changed:
            self.asked.append(asked)
        refuses = asked.path.startswith("/backup/") and asked.path.endswith("/pager")
        return Reply(404, "no such key") if refuses else Reply(202, "{}")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[Any]]]:
    """By story and step what the receivers were sent, and took."""
    office = Office()
    folder = tmp_path_factory.mktemp("dying")
    command = [sys.executable, "-m", "tests.alerting.dying", str(folder), office.url]
    ended = subprocess.run(command, cwd=ROOT, timeout=120, check=False, capture_output=True, text=True)
    office.close()
    assert (0, "") == (ended.returncode, ended.stderr[-3000:] if ended.returncode else "")
    found: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for asked in office.asked:
        _, story, step, channel = asked.path.split("/")
        if (story, channel) != ("backup", "pager"):
            found[story][step].append(asked.json)
    for line in ended.stdout.splitlines():
        story, steps = line.split()
        assert {"whole", *map(str, range(1, int(steps) + 1))} == set(found[story])
    return found


def members(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body.get("members", [body])
    return found


@pytest.mark.parametrize("story", STORIES)
def test_wherever_it_dies_every_beginning_is_told(heard: dict[str, dict[str, list[Any]]], story: str) -> None:
    for step, bodies in heard[story].items():
        told = {one["probe"] for body in bodies if body["occasion"] == "trigger" for one in members(body)}
        assert (step, {f"probe-{number}" for number in range(STORIES[story])}) == (step, told)


@pytest.mark.parametrize("story", STORIES)
def test_wherever_it_dies_what_was_opened_is_closed_and_stays_so(
    heard: dict[str, dict[str, list[Any]]], story: str
) -> None:
    for step, bodies in heard[story].items():
        last = {body["dedup_key"]: body["occasion"] for body in bodies}
        assert (step, {"resolve"}) == (step, set(last.values()))


@pytest.mark.parametrize("story", STORIES)
def test_what_is_said_again_has_the_same_key(heard: dict[str, dict[str, list[Any]]], story: str) -> None:
    keys: dict[str, set[str]] = defaultdict(set)
    for bodies in heard[story].values():
        for body in bodies:
            for one in members(body):
                keys[one["probe"]].add(one["dedup_key"])
    assert {name: {f"synthmon/test/down/{name}"} for name in keys if name.startswith("probe-")} == {
        name: found for name, found in keys.items() if name.startswith("probe-")
    }


def test_one_crash_says_one_thing_twice_at_most(heard: dict[str, dict[str, list[Any]]]) -> None:
    for step, bodies in heard["alone"].items():
        assert (step, True) == (step, len(bodies) <= len(heard["alone"]["whole"]) + 1)
        assert (step, 2) == (step, len({body["id"] for body in bodies}))
