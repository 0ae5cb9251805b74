"""The whole story with the demo's shop: a fault, a page, its end, and every run in the database before it is said."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict, WrappedLogger

from synthmon.demo import demo_secrets
from synthmon.demo.control import switch_fault
from synthmon.demo.process import ShopProcess
from synthmon.model.run import Outcome
from tests.alerting.receivers import Receiver
from tests.app.installation import ROOT, Installation, get, until


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopProcess]:
    folder = tmp_path_factory.mktemp("demo")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with ShopProcess(0, 0, "--settles-after=0.1") as process:
        yield process


class Witness:
    """Looks each run up in the database at the moment in which it is acknowledged."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.seen: dict[str, bool] = {}

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if event["event"] == "run.kept":
            with self._installation.store() as store:
                self.seen[event["run"]] = store.run(event["run"]) is not None
        raise structlog.DropEvent


def take(installation: Installation, shop: ShopProcess, name: str, interval: str) -> None:
    """Put a probe of the demo into force, with another interval."""
    text = (ROOT / "probes" / f"{name}.yaml").read_text().replace("http://127.0.0.1:8421", shop.shop_url)
    lines = [line for line in text.splitlines() if not line.startswith("interval:")]
    (installation.probes / f"{name}.yaml").write_text("\n".join([f"interval: {interval}", *lines]) + "\n")


def test_a_fault_is_paged_with_its_step_and_reason_and_its_end_comes_under_the_same_key(
    shop: ShopProcess, pager: Receiver, tmp_path: Path
) -> None:
    installation = Installation(tmp_path, shop.shop_url)
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.environ = {f"SYNTHMON_SECRET_{name.upper()}": value for name, value in demo_secrets().items()}
    take(installation, shop, "login", "1s")
    witness = Witness(installation)
    old = structlog.get_config()
    structlog.configure(processors=[witness])
    try:
        with installation.daemon() as daemon:
            switch_fault("login-500", on=True)
            (page,) = pager.wait_for(1)
            switch_fault("login-500", on=False)
            _, over = pager.wait_for(2)
            link = get(page.json["link"])
            ours = daemon.url
    finally:
        structlog.configure(**old)

    assert ("trigger", "login", "log_in", "status") == tuple(
        page.json[name] for name in ("occasion", "probe", "step", "cause_kind")
    )
    assert "500" in page.json["cause"]
    assert page.json["step_name"] in page.json["title"]
    assert page.json["link"].startswith(ours)
    assert 200 == link.status_code
    assert ("resolve", page.json["dedup_key"]) == (over.json["occasion"], over.json["dedup_key"])

    with installation.store() as store:
        rows = store.run_rows(probe="login")
        (incident,) = store.incidents()
        assert 0 == store.owed()
    assert {row.id for row in rows} == set(witness.seen)
    assert all(witness.seen.values())
    assert {Outcome.PASSED, Outcome.FAILED} <= {row.outcome for row in rows}
    assert incident.dedup_key == page.json["dedup_key"]
    assert incident.resolved_at is not None


def test_a_login_that_is_down_is_paged_once_and_explains_the_checkout(
    shop: ShopProcess, pager: Receiver, tmp_path: Path, logs: list[EventDict]
) -> None:
    installation = Installation(tmp_path, shop.shop_url)
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.environ = {f"SYNTHMON_SECRET_{name.upper()}": value for name, value in demo_secrets().items()}
    shutil.copytree(ROOT / "probes" / "schemas", installation.probes / "schemas")
    take(installation, shop, "login", "1s")
    take(installation, shop, "checkout", "2s")
    switch_fault("login-500", on=True)
    with installation.daemon() as daemon:
        explained = until(lambda: [one for one in daemon.store.incidents(probe="checkout") if one.parent])
        (page,) = pager.wait_for(1)
    assert ("trigger", "login") == (page.json["occasion"], page.json["probe"])
    assert ["login"] == [one.parent for one in explained]
    assert explained[0].withheld
    assert {"login"} == {request.json["probe"] for request in pager.wait_for(1)}
