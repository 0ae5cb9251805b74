"""The image as it lies on the disk: what is in it, what is not, and what it promises to who runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from synthmon import __version__
from tests.image.podman import HARDENED, Container, container
from tests.image.tools import run

pytestmark = pytest.mark.container

LARGEST = 465  # MB, with its base: what draws pictures for mail, and the exporter of traces, are 20 of them


@pytest.fixture(scope="module")
def described(image: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("podman", "image", "inspect", image).stdout)[0]
    return found


@pytest.fixture(scope="module")
def idle(image: str) -> Iterator[Container]:
    """A container in which nothing runs but what a test asks for."""
    with container(image, *HARDENED, "--network=none", "--entrypoint=sleep", command=["600"]) as running:
        yield running


def test_it_tells_an_orchestrator_how_to_run_it(described: dict[str, Any]) -> None:
    assert described["Config"]["User"] == "65532:65532"
    assert described["Config"]["Entrypoint"] == ["synthmon"]
    assert described["Config"]["Cmd"] == ["up"]
    assert described["Config"]["StopSignal"] == "SIGTERM"
    assert list(described["Config"]["Volumes"]) == ["/data"]
    assert described["Healthcheck"]["Test"] == ["CMD", "synthmon", "health"]


def test_it_is_not_large(described: dict[str, Any]) -> None:
    assert described["Size"] / 1e6 < LARGEST


def test_the_version_in_it_is_the_version_here(idle: Container) -> None:
    assert idle.run("synthmon", "--version") == f"synthmon {__version__}\n"


def test_nothing_in_it_installs_anything(idle: Container) -> None:
    found = idle.python(
        "import importlib.util, shutil;"
        "print([n for n in ('pip', 'ensurepip', 'setuptools', 'hatchling') if importlib.util.find_spec(n)],"
        "[n for n in ('pip', 'pip3', 'easy_install', 'gcc', 'cc', 'curl', 'wget', 'git') if shutil.which(n)])"
    )
    assert found == "[] []"
    outside = idle.run("/usr/local/bin/python", "-c", "import importlib.util; print(importlib.util.find_spec('pip'))")
    assert outside == "None\n"


def test_no_tool_of_the_developers_and_no_test_travels_with_it(idle: Container) -> None:
    names = "('pytest', 'mypy', 'ruff', 'tests', 'hypothesis', 'playwright')"
    assert idle.python(f"import importlib.util as u; print([n for n in {names} if u.find_spec(n)])") == "[]"
    assert idle.found("-name", ".git") == []


def test_who_runs_it_owns_nothing_but_its_data(idle: Container) -> None:
    assert idle.found("-user", "65532") == ["/data"]
    assert idle.found("-type", "f", "-perm", "-o+w") == []
    assert idle.python("import os; s = os.stat('/data'); print(oct(s.st_mode & 0o777), s.st_uid, s.st_gid)") == (
        "0o700 65532 65532"
    )


def test_every_command_that_needs_no_daemon_works_without_a_network(idle: Container) -> None:
    assert "synthmon up" in idle.run("synthmon", "up", "--help")
    probe_schema = json.loads(idle.run("synthmon", "schema"))
    assert probe_schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_without_a_password_it_refuses_to_show_its_pages_to_everybody(image: str) -> None:
    with container(image, *HARDENED, "--network=none", "--tmpfs=/etc/synthmon/probes") as refusing:
        assert refusing.wait() == 2
        said = refusing.logs()
    assert "SYNTHMON_WEB_PASSWORD" in said
    assert "Traceback" not in said


def test_a_folder_that_belongs_to_somebody_else_is_named_instead_of_a_traceback(image: str) -> None:
    options = ("--tmpfs=/data:mode=0755", "--tmpfs=/etc/synthmon/probes", "--env=SYNTHMON_WEB_PASSWORD=correct-horse")
    with container(image, *HARDENED, *options, "--network=none") as refusing:
        assert refusing.wait() == 2
        said = refusing.logs()
    assert "/data cannot be used: Permission denied" in said
    assert "Traceback" not in said
