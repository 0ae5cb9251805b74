"""The Kubernetes manifests as they are applied: put together as kustomize does, as far as they use it.

What kubectl makes of them is compared with this where there is a kubectl.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
KUBERNETES = ROOT / "deploy" / "kubernetes"
APPLIED = ["centre", *(f"regions/{folder.name}" for folder in sorted((KUBERNETES / "regions").iterdir()))]
Document = dict[str, Any]


def put_together(folder: Path) -> list[Document]:
    """Every document of a kustomization and of what it is built on, names of generated ones without a hash."""
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
    found: list[Document] = []
    for resource in plan.get("resources", ()):
        path = folder / resource
        found += put_together(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text("utf-8")))
    found += [_generated(one, folder) for one in plan.get("configMapGenerator", ())]
    images = {image["name"]: f"{image['newName']}:{image['newTag']}" for image in plan.get("images", ())}
    for container in containers(found):
        container["image"] = images.get(container["image"], container["image"])
    return found


def _generated(plan: Mapping[str, Any], folder: Path) -> Document:
    files = {Path(name).name: (folder / name).read_text("utf-8") for name in plan.get("files", ())}
    literals = dict(each.split("=", 1) for each in plan.get("literals", ()))
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": plan["name"]}, "data": files | literals}


def by_kubectl(folder: Path) -> list[Document]:
    """The same from `kubectl kustomize`; an empty list where there is none."""
    if (kubectl := shutil.which("kubectl")) is None:
        return []
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=True, timeout=60)
    return list(yaml.safe_load_all(done.stdout))


def pods(documents: list[Document]) -> Iterator[tuple[str, Document]]:
    """The workload's name and its pod's `spec`."""
    for one in documents:
        if one["kind"] in {"Deployment", "StatefulSet"}:
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def containers(documents: list[Document]) -> Iterator[Document]:
    for _, pod in pods(documents):
        yield from [*pod.get("initContainers", ()), *pod["containers"]]


def config_maps(documents: list[Document]) -> dict[str, dict[str, str]]:
    return {one["metadata"]["name"]: one["data"] for one in documents if one["kind"] == "ConfigMap"}
