"""What synthmon ships as an example notices what can be noticed; what it misses, its own suggestions catch."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from synthmon.app.configuration import Origin
from synthmon.app.oneshot import Wanted
from synthmon.app.proving import Proving
from synthmon.demo import demo_secrets
from synthmon.prove.proof import Proof
from synthmon.prove.proving import Choice
from tests.docs.pages import ROOT, page

SHIPPED = sorted(path.name for path in (ROOT / "probes").glob("*.yaml"))
QUICKSTART = [block.text for block in page("quickstart.md").blocks if "synthmon: 1\n" in block.text]
ENOUGH = 0.9


def proven(folder: Path, what: str, **variables: str) -> Proof:
    environ = {f"SYNTHMON_SECRET_{name.upper()}": value for name, value in demo_secrets().items()}
    proving = Proving(Origin(environ, None, folder), Wanted(what, None, variables))
    return proving.prove(proving.record(), Choice())


def shortfall(proof: Proof) -> str:
    return "\n".join(f"{one.fault.step}: {one.fault.words}" for one in proof.tried if not one.passed)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_probe_of_the_demo_notices_nine_faults_in_ten(name: str, shop_url: str, tmp_path: Path) -> None:
    variables = {"partner": f"{shop_url}/partner"} if name.startswith("partner") else {"shop": shop_url}
    proof = proven(generous(tmp_path, name), name, **variables)
    assert proof.score >= ENOUGH, shortfall(proof)
    assert len(proof.tried) > 50


def generous(folder: Path, name: str) -> Path:
    """A folder with the probe and generous budgets: this machine may be busy while the one real run is made."""
    shutil.copytree(ROOT / "probes" / "schemas", folder / "schemas")
    text = (ROOT / "probes" / name).read_text("utf-8")
    (folder / name).write_text(re.sub(r"latency_budget: (\d+ms|1s)\n", "latency_budget: 3s\n", text), "utf-8")
    return folder


@pytest.mark.parametrize("text", QUICKSTART, ids=[f"probe {number}" for number in range(len(QUICKSTART))])
def test_a_probe_of_the_quickstart_does_so_too(text: str, shop_url: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(dedent(text).replace("http://127.0.0.1:8421", shop_url), "utf-8")
    proof = proven(tmp_path, "mine.yaml")
    assert proof.score >= ENOUGH, shortfall(proof)


def test_the_quickstart_has_a_probe() -> None:
    assert QUICKSTART
