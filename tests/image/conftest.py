"""The image, built once for everybody who tests it, and what a container needs around it."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthmon.demo import demo_secrets
from tests.image import base
from tests.image.podman import HARDENED, Container, container, mounted, network, until
from tests.image.tools import missing, run

IMAGE = "localhost/synthmon:test"
PASSWORD = "correct-horse-battery-staple"
CONFIGURATION = """\
synthmon_config: 1
environment: container
regions:
  local: {vars: {shop: "http://shop:8421", partner: "http://shop:8421/partner"}}
channels:
  pager: {webhook: {url: "http://shop:8422/pager"}}
routes:
  - notify: [pager]
"""


@pytest.fixture(scope="session")
def image() -> str:
    """The project's image, built from its Dockerfile; of several processes that test at once one builds it."""
    if reason := missing():
        pytest.skip(reason)
    with Path(tempfile.gettempdir(), "synthmon-image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        base.have_base()
        # `docker` is the format that has a health check; `chroot` and `host` ask the least of the machine.
        how = ("--pull-never", "--layers", "--isolation=chroot", "--network=host", "--format=docker")
        run("buildah", "bud", *how, f"--tag={IMAGE}", str(base.ROOT), timeout=900)
    return IMAGE


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file per secret, as orchestrators mount one."""
    folder = tmp_path_factory.mktemp("secrets")
    for name, value in {**demo_secrets(), "web_password": PASSWORD}.items():
        (folder / name).write_text(value, "utf-8")
    return folder


@pytest.fixture(scope="module")
def town(image: str) -> Iterator[str]:
    """A network with the demo's shop in it, under the name `shop`."""
    command = ("demo", "shop", "--host=0.0.0.0")
    with network() as name, container(image, *HARDENED, f"--network={name}:alias=shop", command=command) as shop:
        until(lambda: "the shop is at" in shop.logs(), "the shop listens")
        yield name


@pytest.fixture(scope="module")
def options(town: str, secrets: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What docs/operations.md tells an operator to start the image with."""
    folder = tmp_path_factory.mktemp("etc")
    file = folder / "synthmon.yaml"
    file.write_text(CONFIGURATION, "utf-8")
    return [
        *HARDENED,
        f"--network={town}",
        mounted(file, "/etc/synthmon/synthmon.yaml"),
        mounted(base.ROOT / "probes", "/etc/synthmon/probes"),
        mounted(secrets, "/run/secrets"),
        "--env=SYNTHMON_WEB_PASSWORD_FILE=/run/secrets/web_password",
    ]


@pytest.fixture(scope="module")
def daemon(image: str, options: list[str]) -> Iterator[Container]:
    """A daemon that has kept a run of each of the demo's probes."""
    with container(image, *options) as running:
        until(lambda: kept(running) >= {"checkout", "login", "partner-sync"}, "a run of every probe is kept")
        yield running


def kept(running: Container) -> set[str]:
    """The probes of which a run has passed and is on disk."""
    return {str(event["probe"]) for event in running.events() if event["event"] == "run.kept" and passed(event)}


def passed(event: dict[str, object]) -> bool:
    return event.get("outcome") == "passed"
