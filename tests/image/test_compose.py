"""deploy/compose.yaml, run as docs/operations.md says: PostgreSQL, two centres, agents of three regions, the shop."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.image.base import ROOT
from tests.image.podman import GRACE, Container, until
from tests.image.postgres import have_postgres
from tests.image.tools import run

pytestmark = pytest.mark.container

PODMAN_COMPOSE = str(Path(sys.executable).with_name("podman-compose"))
REGIONS = {"eu-west", "us-east", "ap-south"}
PAGER = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8422/pager').read().decode())"
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"


class Installation:
    """The services of deploy/compose.yaml as containers."""

    def __init__(self, folder: Path, project: str, image: str) -> None:
        self._file, self._project = folder / "deploy" / "compose.yaml", project
        self._prepare = str(folder / "deploy" / "prepare")
        self._told = {"SYNTHMON_IMAGE": image, "COMPOSE": f"{PODMAN_COMPOSE} -p {project}"}

    def _run(self, *command: str, check: bool = True) -> None:
        told = [f"{name}={value}" for name, value in self._told.items()]
        run("env", *told, *command, timeout=300, check=check)

    def compose(self, *command: str, check: bool = True) -> None:
        self._run(PODMAN_COMPOSE, "-p", self._project, "-f", str(self._file), *command, check=check)

    def prepare(self, *command: str) -> None:
        self._run(self._prepare, *command)

    def service(self, name: str) -> Container:
        return Container(f"{self._project}_{name}_1")

    def network(self, name: str) -> str:
        return f"{self._project}_{name}"

    def status(self, centre: str = "centre-1") -> dict[str, Any]:
        """Each probe as `synthmon status` at a centre shows it."""
        said = self.service(centre).run("synthmon", "status", "--json", check=False)
        return {one["probe"]: one for one in json.loads(said or "[]")}

    def pages(self, occasion: str) -> list[dict[str, Any]]:
        """The pages about the log-in that the pager got on the occasion."""
        arrived = json.loads(self.service("shop").python(PAGER))["messages"]
        return [
            one for one in arrived if (one["probe"], one["occasion"], one["severity"]) == ("login", occasion, "page")
        ]


@pytest.fixture(scope="module")
def installation(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Everything up, every region up, in a copy in which no port of this machine is asked for."""
    have_postgres()
    folder = tmp_path_factory.mktemp("compose")
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
    shutil.copytree(ROOT / "probes", folder / "probes")
    for path in (folder / "probes").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    file = folder / "deploy" / "compose.yaml"
    file.write_text(re.sub(r"^    ports: .*\n", "", file.read_text("utf-8"), flags=re.MULTILINE), "utf-8")
    made = Installation(folder, f"synthmon{os.getpid()}{uuid.uuid4().hex[:4]}", image)
    try:
        made.prepare()
        made.compose("up", "-d", "centre-1")
        until(made.service("centre-1").healthy, "the first centre is well")
        made.prepare("tokens")
        made.compose("up", "-d")
        until(lambda: _up(made.status()) == REGIONS, "every region sees the log-in up")
        yield made
    except BaseException as error:
        for name in ("database", "centre-1", "agent-eu-west", "shop"):
            said = run("podman", "logs", "--tail=30", made.service(name).name, check=False)
            error.add_note(f"{name}:\n{said.stdout}{said.stderr}")
        raise
    finally:
        made.compose("down", "-v", "-t", "5", check=False)


def _up(status: dict[str, Any]) -> set[str]:
    return {region for region, phase in status.get("login", {}).get("regions", {}).items() if phase == "up"}


def test_every_service_is_well(installation: Installation) -> None:
    for name in ("database", "centre-1", "centre-2", "shop", *(f"agent-{region}" for region in REGIONS)):
        until(installation.service(name).healthy, f"{name} is well")


def test_both_centres_show_the_same(installation: Installation) -> None:
    for centre in ("centre-1", "centre-2"):
        shown = installation.service(centre).run("synthmon", "agents", "list", "--json")
        assert {agent["region"] for agent in json.loads(shown)["agents"]} == REGIONS
        until(lambda: _up(installation.status(centre)) == REGIONS, f"{centre} shows every region up")  # noqa: B023


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_a_region_reaches_the_centre_and_the_shop_and_nothing_else(installation: Installation, region: str) -> None:
    agent = installation.service(f"agent-{region}")
    for host, port in (("centre", "8420"), ("shop", "8421")):
        agent.run("python", "-c", CONNECT, host, port)
    other = next(iter(REGIONS - {region}))
    for host, port in (("database", "5432"), (f"agent-{other}", "8420"), ("192.0.2.1", "443")):
        refused = run("podman", "exec", agent.name, "python", "-c", CONNECT, host, port, check=False)
        assert refused.returncode != 0
        assert re.search("gaierror|unreachable|Network|timed out", refused.stderr)


def test_an_outage_of_all_regions_is_paged_once_although_the_leading_centre_dies(installation: Installation) -> None:
    shop = installation.service("shop")
    shop.run("synthmon", "demo", "fault", "login-500")
    installation.service("centre-1").kill()
    until(lambda: installation.pages("trigger"), "the page")
    shop.run("synthmon", "demo", "fault", "login-500", "--off")
    until(lambda: installation.pages("resolve"), "the end is told")
    assert (len(installation.pages("trigger")), len(installation.pages("resolve"))) == (1, 1)
    run("podman", "start", installation.service("centre-1").name, check=False)


@pytest.mark.parametrize("name", ["agent-us-east", "centre-2"])
def test_each_role_ends_in_order(installation: Installation, name: str) -> None:
    part = installation.service(name)
    run("podman", "stop", "--time", str(GRACE), part.name, timeout=GRACE + 30)
    assert part.state()["ExitCode"] == 0
    ended = [event for event in part.events() if event["event"].endswith(".stopped")]
    assert ended[-1]["results_not_kept"] == 0
