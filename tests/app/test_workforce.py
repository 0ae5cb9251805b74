"""Celery is an extra: without a broker it is never loaded, and with one and without it, what to install is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from synthmon.app.workforce import crew_of, dispatchers_of
from synthmon.errors import ConfigurationError
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey, RunResult
from synthmon.settings import Settings, load_settings
from tests.app.installation import ROOT
from tests.making import run


def settings(**environ: str) -> Settings:
    return load_settings({"SYNTHMON_REGION": "eu-west", **environ}, None, Path("/nowhere"))[0]


def walk(_probe: Probe, _key: RunKey, _region: ProbeRegion) -> RunResult:
    return run()


def test_without_a_broker_there_is_nothing_to_give_runs_to() -> None:
    assert {} == dispatchers_of(settings(), walk)


@pytest.mark.parametrize("missing", ["celery", "kombu"])
def test_a_broker_without_celery_is_refused_with_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("synthmon.broker")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigurationError, match=f"SYNTHMON_BROKER_URL is set, and {missing} is not") as refused:
        dispatchers_of(settings(SYNTHMON_BROKER_URL="redis://127.0.0.1:1/0"), walk)
    assert refused.value.hint is not None
    assert "pip install 'synthmon[celery]'" in refused.value.hint


def test_a_worker_without_a_broker_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="a worker needs SYNTHMON_BROKER_URL"):
        crew_of(settings(), lambda _: None, walk, lambda _: None, 1, 60.0)


@pytest.mark.parametrize("module", ["synthmon.cli.up", "synthmon.cli.agent", "synthmon.cli.worker"])
def test_no_command_loads_celery_until_a_broker_is_named(module: str) -> None:
    script = f"import sys, {module}; print([name for name in ('celery', 'kombu', 'redis') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "[]" == done.stdout.strip()
