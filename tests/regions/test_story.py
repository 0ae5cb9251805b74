"""A centre and its agents as real processes: what they are told is durable is there once, whatever goes wrong."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import threading
from contextlib import ExitStack

from click.testing import CliRunner

from synthmon.app.tokens import AGENTS, ask_centre
from synthmon.cli.look import health
from tests.app.installation import Target, get, until
from tests.forked import answer
from tests.regions.world import Place, World, from_region


def health_of(place: Place) -> tuple[int, str]:
    """What `synthmon health` says beside the agent that runs there."""
    done = CliRunner().invoke(health, [], env={"SYNTHMON_DATA_DIR": str(place.data)})
    return done.exit_code, done.output


def test_each_region_delivers_and_is_seen(world: World) -> None:
    eu, us = world.place("eu"), world.place("us")
    with world.running_centre(), world.agent(eu) as first, world.agent(us) as second:
        first.wait_for("run.kept", 2)
        second.wait_for("run.kept", 2)
        until(lambda: from_region(world, "eu") and from_region(world, "us"), 60.0)
        known = until(lambda: len(found := ask_centre(world.origin(), None, AGENTS)) == 2 and found, 60.0)
        assert ["eu", "us"] == [one["region"] for one in known]
        assert [True, True] == [one["same_configuration"] for one in known]
        page = get(f"{world.url}/agents").text
        assert "Frankfurt" in page
        assert "Virginia" in page
        first.send(signal.SIGTERM)
        assert 0 == first.end()
    with world.running_centre(), world.agent(us):  # which was killed before it could deliver what it kept last
        world.all_there()


def test_an_agent_goes_on_while_the_centre_is_away_and_delivers_it_all_afterwards(world: World) -> None:
    place = world.place("eu")
    with ExitStack() as life:
        with world.running_centre():
            agent = life.enter_context(world.agent(place))
            agent.wait_for("run.kept", 1)
        agent.wait_for("run.kept", 4)
        agent.wait_for("centre.away")
        with world.running_centre():
            agent.wait_for("centre.reached", what="results")
            world.note(agent)
            world.all_there()


def test_an_agent_starts_without_the_centre_from_what_it_pulled_before(world: World) -> None:
    place = world.place("eu")
    with world.running_centre(), world.agent(place) as agent:
        agent.wait_for("run.kept")
    with world.agent(place) as agent:
        agent.wait_for("agent.started", probes=1)
        agent.wait_for("run.kept")
    with world.running_centre(), world.agent(place):
        world.all_there()


def test_what_an_older_version_pulled_and_this_one_cannot_read_is_pulled_anew(world: World) -> None:
    place = world.place("eu")
    place.data.mkdir()
    (place.data / "declared.json").write_text('{"etag": "an older one", "document": {"format": 1}}')
    with world.running_centre(), world.agent(place) as agent:
        agent.wait_for("config.pulled_anew")
        agent.wait_for("run.kept")


def test_an_agent_without_anything_declared_waits_for_the_centre_and_can_be_ended_meanwhile(world: World) -> None:
    place = world.place("eu")
    with world.agent(place) as agent:
        agent.wait_for("centre.away")
        agent.send(signal.SIGTERM)
        assert 0 == agent.end()
    with world.agent(place) as agent:
        agent.wait_for("centre.away")
        with world.running_centre():
            agent.wait_for("run.kept")


def test_what_is_changed_at_the_centre_is_pulled_and_run(world: World, target: Target) -> None:
    place = world.place("eu")
    with world.running_centre(), world.agent(place) as agent:
        agent.wait_for("run.kept")
        world.centre.add("news", "/news", more="regions: [eu]\n")
        agent.wait_for("config.taken_over", probes=2)
        target.wait_for("/news")


def test_kills_at_random_instants_lose_nothing_that_was_taken(world: World) -> None:
    for number in range(6):
        world.centre.add(f"more-{number}", f"/{number}", more="regions: [eu, us]\n")
    place, chance = world.place("eu"), random.Random(4)
    with world.running_centre():
        for _ in range(4):
            with world.agent(place) as agent:
                agent.wait_for("run.kept")
                threading.Event().wait(chance.random())  # the instant of the kill, which happens on leaving
        with world.agent(place):
            world.all_there()


def test_a_centre_killed_at_random_instants_costs_no_result(world: World) -> None:
    place, chance = world.place("eu"), random.Random(5)
    with ExitStack() as life:
        with world.running_centre():
            agent = life.enter_context(world.agent(place))
            agent.wait_for("run.kept")
        for _ in range(3):
            with world.running_centre():
                threading.Event().wait(chance.random())
        with world.running_centre():
            agent.wait_for("run.kept", 4)
            world.note(agent)
            world.all_there()


def test_after_an_older_backup_was_restored_the_agent_sends_again_from_there(world: World) -> None:
    place = world.place("eu")
    database, backup = world.centre.data / "synthmon.db", world.folder / "backup.db"
    with ExitStack() as life:
        with world.running_centre():
            agent = life.enter_context(world.agent(place))
            agent.wait_for("run.kept", 2)
            until(lambda: from_region(world, "eu"), 60.0)
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as source, sqlite3.connect(backup) as copy:
                source.backup(copy)
            agent.wait_for("run.kept", 5)
            world.note(agent)
            world.all_there()
        for name in ("synthmon.db", "synthmon.db-wal", "synthmon.db-shm"):
            (world.centre.data / name).unlink(missing_ok=True)
        shutil.copy(backup, database)
        with world.running_centre():
            agent.wait_for("spool.rewound")
            world.note(agent)
            world.all_there()


def test_a_revoked_token_is_refused_in_words_and_what_was_kept_is_delivered_with_a_new_one(world: World) -> None:
    place = world.place("eu")
    file = place.folder / "token"
    file.write_text(place.environ.pop("SYNTHMON_AGENT_TOKEN"))
    place.environ["SYNTHMON_AGENT_TOKEN_FILE"] = str(file)
    with world.running_centre(), world.agent(place) as agent:
        agent.wait_for("run.kept")
        world.revoke("eu")
        why = until(lambda: [one for one in agent.events("centre.away") if "was revoked" in one["why"]], 60.0)[0]["why"]
        assert "403" in why
        assert "synthmon agents add eu" in why
        count = len(agent.events("run.kept"))
        agent.wait_for("run.kept", count + 2)
        file.write_text(f"{world.token('eu')}\n")
        agent.wait_for("centre.reached", what="results")
        world.note(agent)
        world.all_there()


def test_a_token_of_another_region_opens_nothing_for_this_one(world: World) -> None:
    place = world.place("eu", SYNTHMON_AGENT_TOKEN=world.token("us"))
    with world.running_centre():
        with world.agent(place) as agent:
            assert "the token is of the region us, and this agent runs eu" in agent.wait_for("centre.away")["why"]
        place.environ["SYNTHMON_AGENT_TOKEN"] = world.token("eu")
        with world.agent(place) as agent:
            agent.wait_for("run.kept")
            place.environ["SYNTHMON_AGENT_TOKEN"] = world.token("us")
        with world.agent(place) as agent:  # it knows its probes by now, and runs them
            agent.wait_for("run.kept")
            world.note(agent)
            code, said = until(lambda: found if "away since" in (found := health_of(place))[1] else None, 60.0)
            assert (0, ["well", "  region: eu"]) == (code, said.splitlines()[:2])
            assert "this agent runs eu" in said
        place.environ["SYNTHMON_AGENT_TOKEN"] = world.token("eu")
        with world.agent(place):
            world.all_there()
    assert [] == from_region(world, "us")


def test_a_first_failure_in_one_region_is_confirmed_at_once_in_the_other(world: World, target: Target) -> None:
    world.centre.add("slow", "/slow", interval="60s", more="regions: [eu, us]\n")
    eu, us = world.place("eu"), world.place("us")
    with world.running_centre(), world.agent(eu) as first, world.agent(us) as second:
        first.wait_for("run.kept", 2)
        second.wait_for("run.kept", 2)
        until(lambda: from_region(world, "eu") and from_region(world, "us"), 60.0)
        target.statuses["/shop"] = 500
        found = until(lambda: first.events("confirmation.asked") + second.events("confirmation.asked"), 60.0)
        assert found[0]["asked"][0] in {"shop@eu", "shop@us"}


def test_run_again_reaches_the_agent_of_the_region(world: World) -> None:
    place = world.place("eu")
    with world.running_centre(), world.agent(place) as agent:
        agent.wait_for("run.kept")
        said = answer("agents", "list", "--json", folder=world.centre.folder, environ={"PATH": "/usr/bin:/bin"})
        assert '"region": "eu"' in said.stdout
        token = (world.centre.data / "api-token").read_text()
        command = ["curl", "-sS", "--json", '{"probe": "shop", "region": "eu"}', "-H", f"authorization: Bearer {token}"]
        subprocess.run([*command, f"{world.url}/api/v1/runs"], check=True, capture_output=True)
        agent.wait_for("run.kept", kind="manual")


def test_a_damaged_spool_is_refused_until_somebody_says_to_begin_a_new_one(world: World) -> None:
    place = world.place("eu")
    with world.running_centre(), world.agent(place) as agent:
        agent.wait_for("run.kept")
    spool = place.data / "spool.db"
    for end in ("-wal", "-shm"):
        spool.with_name(spool.name + end).unlink(missing_ok=True)
    spool.write_bytes(b"not a database at all " * 400)
    with world.running_centre():
        with world.agent(place) as agent:
            assert 2 == agent.end()
            assert "--recover" in agent.said
        with world.agent(place, options=["--recover"]) as agent:
            agent.wait_for("spool.set_aside")
            agent.wait_for("run.kept")
    assert list(place.data.glob("spool.db.damaged-*"))
