"""The import contracts name every room there is: one that is forgotten could do what the others may not."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
ROOMS = {path.stem for path in (ROOT / "synthmon").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def test_every_room_but_the_brokers_is_kept_from_celery() -> None:
    (contract,) = [one for one in CONTRACTS if "celery" in one.get("forbidden_modules", ())]
    named = {module.removeprefix("synthmon.") for module in contract["source_modules"]}
    assert ROOMS - {"__init__", "__main__", "broker"} == named
