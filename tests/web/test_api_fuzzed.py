"""The API is asked what nobody thought of: never a 500, and what is answered is what the document says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.types import ASGIApp

from synthmon.app.figuring import figures_of
from synthmon.app.people import People
from synthmon.app.reporting import ReportDesk
from synthmon.model.probe import Probe
from synthmon.model.secret import Secret
from synthmon.store.interface import Store
from synthmon.store.migrate import prepare
from synthmon.store.opening import open_store
from synthmon.web.api.operation import Operation
from synthmon.web.api.routes import OPERATIONS
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Pulse, WebPorts
from synthmon.web.site import build_site
from tests.depth import times
from tests.desks import desk
from tests.making import NOON, at, probe
from tests.web.conftest import API_TOKEN, fill

load_all_checks()
PROBES: dict[str, Probe] = {"checkout": probe(), "login": probe("login")}


def made(store: Store, folder: Path) -> ASGIApp:
    """The site over a store, asked in this process."""
    ports = WebPorts(
        store=store,
        environment="test",
        probes=lambda: PROBES,
        config_problems=tuple,
        acknowledge=lambda incident, actor: store.acknowledge(incident, actor, at(600)),
        run_again=lambda name, region: "run-1" if (name, region) == ("checkout", "local") else None,
        people=People(store, lambda: at(600)),
        agents=desk(store, folder, PROBES),
        pulse=lambda: Pulse(NOON, "0.1.0", ("local",)),
        now=lambda: at(600),
        reports=folder / "reports",
        figures=figures_of(ReportDesk(store, "test", UTC, folder), lambda: PROBES, lambda: at(600)),
        api_token=Secret("api_token", API_TOKEN),
        password=Secret("web_password", "correct horse"),
    )
    metrics = Metrics()
    metrics.attach(ports)
    return build_site(ports, metrics, None)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("api")
    address = f"sqlite:///{folder / 'synthmon.db'}"
    prepare(address, asked=True)
    store = open_store(address)
    fill(store)
    config = SchemathesisConfig.from_dict({"seed": 8, "headers": {"Authorization": f"Bearer {API_TOKEN}"}})
    yield schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", made(store, folder), config=config, headers={"Authorization": f"Bearer {API_TOKEN}"}
    )
    store.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_whatever_is_asked_the_answer_is_as_described(api: Any, operation: Operation, mode: GenerationMode) -> None:
    if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
        return  # nothing can be wrong with it but the path
    described = api[operation.path][operation.method]

    @settings(
        max_examples=times(3),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        # What no schema can say (an end before its start, a mark of another list) is refused with 422 all the same.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    ask()
