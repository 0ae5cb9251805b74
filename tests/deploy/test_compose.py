"""deploy/compose.yaml: every command, variable, file and name in it exists, and nothing may do more than it must."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthmon.cli import COMMANDS
from synthmon.settings.environment import VARIABLES
from tests.deploy.manifests import ROOT

FOLDER = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "synthmon" in service["image"]}
AGENTS = {name: service for name, service in OURS.items() if service["command"] == ["agent"]}
REGIONS = {service["environment"]["SYNTHMON_REGION"] for service in AGENTS.values()}


def networks(service: dict[str, Any]) -> set[str]:
    return set(service["networks"])


@pytest.mark.parametrize("name", OURS)
def test_each_command_and_variable_is_one_that_synthmon_knows(name: str) -> None:
    service = OURS[name]
    assert service["command"][0] in COMMANDS
    assert {known for known in service.get("environment", {}) if known.removesuffix("_FILE") not in VARIABLES} == set()


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_writes_its_image_has_a_right_or_takes_all_memory(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is (name in OURS)
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"\d+m", service["mem_limit"])
    assert service["stop_grace_period"] == "60s"
    assert not re.match(r"root|0", str(service.get("user", "65532")))


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_asked_whether_it_is_well(name: str) -> None:
    """By the image's own health check, or by one that is written here."""
    service = SERVICES[name]
    own = service["command"][0] in {"centre", "agent"} if name in OURS else False
    assert own or service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_are_files_and_each_that_is_named_is_mounted(name: str) -> None:
    service = SERVICES[name]
    mounted = {f"/run/secrets/{secret}" for secret in service.get("secrets", ())}
    for variable, value in service.get("environment", {}).items():
        if variable.endswith("_FILE"):
            assert value in mounted
        assert not re.search("PASSWORD|TOKEN|DATABASE_URL", variable) or variable.endswith("_FILE")


def test_each_secret_is_used_is_made_by_the_script_and_never_committed() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    assert all(one["file"] == f"./secrets/{name}" for name, one in COMPOSE["secrets"].items())
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_what_is_mounted_exists_and_what_is_kept_is_declared() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source, _, rest = volume.partition(":")
            if source.startswith("."):
                assert (FOLDER / source).exists()
                assert rest.endswith(":ro")
            else:
                assert source in COMPOSE["volumes"]
    assert {service["volumes"][0] for service in AGENTS.values()} == {f"spool-{region}:/data" for region in REGIONS}


def test_a_region_reaches_the_centre_and_the_shop_and_nothing_else() -> None:
    for service in AGENTS.values():
        region = service["environment"]["SYNTHMON_REGION"]
        assert networks(service) == {region}
        assert COMPOSE["networks"][region] == {"internal": True}
        others = {name for name, other in SERVICES.items() if region in networks(other)} - {f"agent-{region}"}
        assert others == {"centre-1", "centre-2", "shop"}
        assert {SERVICES[name]["networks"][region].get("aliases", [""])[0] for name in ("centre-1", "centre-2")} == {
            re.findall(r"//(\w+):", service["environment"]["SYNTHMON_CENTRE_URL"])[0]
        }


def test_only_the_centres_reach_the_database() -> None:
    assert {name for name, service in SERVICES.items() if "back" in networks(service)} == {
        "database",
        "centre-1",
        "centre-2",
    }
    assert COMPOSE["networks"]["back"] == {"internal": True}


def test_what_others_can_reach_is_bound_to_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_its_configuration_is_right_and_has_these_regions(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "compose" / "synthmon.yaml", tmp_path)
    shutil.copytree(ROOT / "probes", tmp_path / "probes")
    assert set(yaml.safe_load((tmp_path / "synthmon.yaml").read_text("utf-8"))["regions"]) == REGIONS
    synthmon = Path(sys.executable).with_name("synthmon")
    done = subprocess.run([synthmon, "validate"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "3 probe files: no problem\n")


def test_the_script_makes_what_is_missing_and_leaves_what_is_there(tmp_path: Path) -> None:
    script = shutil.copy(FOLDER / "prepare", tmp_path)
    first = subprocess.run([script], capture_output=True, text=True, check=True, timeout=30)
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == {name for name in COMPOSE["secrets"] if not name.startswith("token_")}
    assert made["database_password"] in made["database_url"]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700, "others on the machine do not come near the files"
    assert not any(value in first.stdout for name, value in made.items() if name.endswith("password"))
    subprocess.run([script], capture_output=True, check=True, timeout=30)
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()} == made


def test_a_token_that_the_centre_does_not_give_leaves_no_file(tmp_path: Path) -> None:
    script = shutil.copy(FOLDER / "prepare", tmp_path)
    refused = subprocess.run(
        [script, "tokens"],
        capture_output=True,
        check=False,
        timeout=30,
        env={"COMPOSE": "false", "PATH": "/usr/bin:/bin"},
    )
    assert refused.returncode != 0
    assert list((tmp_path / "secrets").iterdir()) == []
    script_gives = {"COMPOSE": "echo token-of", "PATH": "/usr/bin:/bin"}
    subprocess.run([script, "tokens"], capture_output=True, check=True, timeout=30, env=script_gives)
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == {f"token_{region}" for region in REGIONS}
