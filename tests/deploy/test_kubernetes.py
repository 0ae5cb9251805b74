"""The manifests: valid by the published schemas, restricted, and of nothing that synthmon does not know."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from synthmon.cli import COMMANDS
from synthmon.settings.environment import VARIABLES
from tests.deploy.manifests import (
    APPLIED,
    KUBERNETES,
    Document,
    by_kubectl,
    config_maps,
    containers,
    pods,
    put_together,
)

REGIONS = [each for each in APPLIED if each != "centre"]
VERSIONS = ["1.29", "1.33", "1.37"]  # of Kubernetes; the schemas come with the validator


def check(document: Document, version: str) -> None:
    """Raises `ValidationError`; a key that the schema does not have is one."""
    kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("applied", APPLIED)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_document_is_valid_by_the_published_schema(applied: str, version: str) -> None:
    documents = put_together(KUBERNETES / applied)
    assert len(documents) >= 6
    for document in documents:
        check(document, version)


def test_the_validator_would_notice(tmp_path: Path) -> None:
    wrong = next(one for one in put_together(KUBERNETES / "centre") if one["kind"] == "Deployment")
    wrong["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        check(wrong, VERSIONS[-1])


@pytest.mark.parametrize("applied", APPLIED)
def test_kubectl_makes_the_same_of_them_where_there_is_one(applied: str) -> None:
    made = by_kubectl(KUBERNETES / applied)
    names = [(one["kind"], re.sub(r"-[a-z0-9]{10}\Z", "", one["metadata"]["name"])) for one in made]
    here = [(one["kind"], one["metadata"]["name"]) for one in put_together(KUBERNETES / applied)]
    assert sorted(names) in ([], sorted(here))
    for document in made:
        check(document, VERSIONS[-1])


@pytest.mark.parametrize("applied", APPLIED)
def test_nothing_runs_as_root_writes_its_image_or_has_a_right(applied: str) -> None:
    for _, pod in pods(put_together(KUBERNETES / applied)):
        context = pod["securityContext"]
        assert (context["runAsNonRoot"], context["runAsUser"], context["runAsGroup"]) == (True, 65532, 65532)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
    for container in containers(put_together(KUBERNETES / applied)):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@pytest.mark.parametrize("applied", APPLIED)
def test_memory_is_limited_and_the_time_to_end_is_not_too_short(applied: str) -> None:
    for container in containers(put_together(KUBERNETES / applied)):
        assert container["resources"]["limits"]["memory"].endswith("Mi")
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert {pod["terminationGracePeriodSeconds"] for _, pod in pods(put_together(KUBERNETES / applied))} == {60}


@pytest.mark.parametrize("applied", APPLIED)
def test_every_command_and_variable_is_one_that_synthmon_knows(applied: str) -> None:
    documents = put_together(KUBERNETES / applied)
    named = {name for data in config_maps(documents).values() for name in data if name.startswith("SYNTHMON_")}
    for container in containers(documents):
        assert container["args"][0] in COMMANDS
        named |= {variable["name"] for variable in container.get("env", ())}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if container["args"] != ["db", "upgrade"]:
                assert container[probe]["exec"]["command"] == ["synthmon", "health"]
    assert named
    assert {name for name in named if name.removesuffix("_FILE") not in VARIABLES} == set()


@pytest.mark.parametrize("applied", APPLIED)
def test_no_secret_stands_in_them_and_each_is_read_from_a_mounted_file(applied: str) -> None:
    documents = put_together(KUBERNETES / applied)
    assert {one["kind"] for one in documents} & {"Secret"} == set()
    for _, pod in pods(documents):
        secret = {volume["name"] for volume in pod["volumes"] if "secret" in volume}
        for container in [*pod.get("initContainers", ()), *pod["containers"]]:
            places = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] in secret]
            for variable in container.get("env", ()):
                assert variable["name"].endswith("_FILE")
                assert any(variable["value"].startswith(f"{place}/") for place in places), variable


@pytest.mark.parametrize("applied", APPLIED)
def test_whatever_is_mounted_is_declared_and_whatever_is_declared_is_mounted(applied: str) -> None:
    documents = put_together(KUBERNETES / applied)
    maps = config_maps(documents)
    workloads = [one for one in documents if one["kind"] in {"Deployment", "StatefulSet"}]
    for workload in workloads:
        pod = workload["spec"]["template"]["spec"]
        claims = {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", ())}
        declared = {volume["name"] for volume in pod["volumes"]} | claims
        mounts = [
            m for container in [*pod.get("initContainers", ()), *pod["containers"]] for m in container["volumeMounts"]
        ]
        assert {mount["name"] for mount in mounts} == declared
        assert {mount["mountPath"] for mount in mounts if not mount.get("readOnly")} == {"/data", "/tmp"}
        wanted = {volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume}
        wanted |= {
            source["configMapRef"]["name"] for container in pod["containers"] for source in container.get("envFrom", ())
        }
        assert wanted == set(maps)


@pytest.mark.parametrize("applied", APPLIED)
def test_whoever_is_selected_exists(applied: str) -> None:
    documents = put_together(KUBERNETES / applied)
    workload = next(one for one in documents if one["kind"] in {"Deployment", "StatefulSet"})
    labels = workload["spec"]["template"]["metadata"]["labels"].items()
    kinds = {one["kind"] for one in documents if (selected := _selected(one)) and selected.items() <= labels}
    assert kinds == {"Service", "PodDisruptionBudget", "NetworkPolicy"}


def _selected(document: Document) -> dict[str, Any]:
    """The labels by which it means pods; none if it means no pods."""
    spec = document.get("spec", {})
    selector = spec.get("podSelector", spec.get("selector", {}))
    if document["kind"] not in {"Service", "PodDisruptionBudget", "NetworkPolicy"}:
        return {}
    return dict(selector.get("matchLabels", selector))


def test_the_centre_has_two_replicas_and_keeps_one_while_nodes_are_drained() -> None:
    documents = put_together(KUBERNETES / "centre")
    deployment = next(one for one in documents if one["kind"] == "Deployment")
    budget = next(one for one in documents if one["kind"] == "PodDisruptionBudget")
    assert deployment["spec"]["replicas"] - budget["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("applied", REGIONS)
def test_a_region_has_as_many_pods_as_its_shards(applied: str) -> None:
    documents = put_together(KUBERNETES / applied)
    agents = next(one for one in documents if one["kind"] == "StatefulSet")
    region = config_maps(documents)["synthmon-region"]
    assert region["SYNTHMON_SHARD"] == f"pod/{agents['spec']['replicas']}"
    assert region["SYNTHMON_REGION"] == Path(applied).name
    assert region["SYNTHMON_CENTRE_URL"].startswith("https://")
    assert agents["spec"]["volumeClaimTemplates"][0]["metadata"]["name"] == "data", "the spool outlives its pod"


@pytest.mark.parametrize("applied", REGIONS)
def test_agents_are_called_by_nobody_and_never_reach_what_hands_out_credentials(applied: str) -> None:
    policy = next(one for one in put_together(KUBERNETES / applied) if one["kind"] == "NetworkPolicy")["spec"]
    assert policy["ingress"] == []
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    blocks = [to["ipBlock"] for rule in policy["egress"] for to in rule["to"] if "ipBlock" in to]
    assert {block["cidr"]: "169.254.0.0/16" in block["except"] for block in blocks}["0.0.0.0/0"] is True


def test_the_configuration_in_them_is_right_and_names_the_regions_that_there_are(tmp_path: Path) -> None:
    maps = config_maps(put_together(KUBERNETES / "centre"))
    (tmp_path / "probes").mkdir()
    for name, text in maps["synthmon-probes"].items():
        (tmp_path / "probes" / name).write_text(text, "utf-8")
    (tmp_path / "synthmon.yaml").write_text(maps["synthmon-configuration"]["synthmon.yaml"], "utf-8")
    written = yaml.safe_load(maps["synthmon-configuration"]["synthmon.yaml"])
    assert sorted(written["regions"]) == sorted(Path(each).name for each in REGIONS)
    synthmon = Path(sys.executable).with_name("synthmon")
    done = subprocess.run([synthmon, "validate"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "1 probe file: no problem\n")
