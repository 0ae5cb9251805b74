"""Changed files in a daemon that runs: what is new begins, what is gone ends, what stayed is not disturbed."""

from __future__ import annotations

from datetime import UTC, datetime

from structlog.typing import EventDict

from synthmon.model.incident import Health
from tests.alerting.receivers import Receiver
from tests.app.installation import Installation, Target, get, until

EVER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def test_probes_are_added_changed_and_removed_while_the_others_run_on(
    installation: Installation, target: Target, logs: list[EventDict]
) -> None:
    installation.add("stays", "/stays")
    changing = installation.add("changes", "/before")
    leaving = installation.add("leaves", "/leaves")
    with installation.daemon() as daemon:
        for path in ("/stays", "/before", "/leaves"):
            target.wait_for(path)
        stays = daemon._agents.agent.coming["stays", "local"]
        installation.add("comes", "/comes")
        changing.write_text(changing.read_text().replace("/before", "/after"))
        leaving.unlink()
        daemon.reload()
        daemon._agents.agent.wait_idle(5)
        before, left = target.count("/before"), target.count("/leaves")
        for path in ("/comes", "/after"):
            target.wait_for(path, 2)
        later = daemon._agents.agent.coming["stays", "local"]
        assert (later - stays).total_seconds() == round((later - stays).total_seconds())
        assert (before, left) == (target.count("/before"), target.count("/leaves"))
        page = get(daemon.url).text
        assert ("/probes/comes" in page, "/probes/leaves" in page) == (True, False)
        assert 404 == get(f"{daemon.url}/probes/nobody").status_code
        versions = {(version.probe, version.until is None) for version in daemon.store.versions()}
    assert {("stays", True), ("comes", True), ("changes", False), ("changes", True), ("leaves", False)} == versions
    assert 1 == sum(line["event"] == "config.taken_over" for line in logs)


def test_a_changed_interval_and_a_changed_channel_hold_from_then_on(
    installation: Installation, target: Target, pager: Receiver, logs: list[EventDict]
) -> None:
    target.statuses["/shop"] = 503
    installation.add("shop", "/shop", interval="1h", timeout="10s")
    with installation.daemon() as daemon:
        installation.add("shop", "/shop")
        installation.configure({"pager": {"webhook": {"url": pager.url}}})
        daemon.reload()
        (page,) = pager.wait_for(1)
        assert Health.DOWN == until(lambda: daemon.store.health_changes(*EVER))[-1].health
    assert "503" in page.json["cause"]


def test_what_only_a_restart_takes_over_is_said(installation: Installation, logs: list[EventDict]) -> None:
    installation.add("shop")
    with installation.daemon() as daemon:
        installation.configure(more='reports: {timezone: Europe/Berlin}\nregions: {north: {title: "North"}}\n')
        daemon.reload()
    (said,) = [line for line in logs if line["event"] == "config.needs_restart"]
    assert {"titles of regions", "the time zone of reports"} == set(said["what"])


def test_regions_come_and_go_and_probes_run_where_they_are_now(
    installation: Installation, target: Target, logs: list[EventDict]
) -> None:
    installation.add("shop")
    with installation.daemon() as daemon:
        target.wait_for("/ok")
        installation.configure(more="regions: {north: {vars: {}}, south: {}}\n")
        daemon.reload()
        until(lambda: {"north", "south"} <= {row.region for row in daemon.store.run_rows()})
        assert ("north", "south") == daemon.pulse().regions
        assert {("shop", "north"), ("shop", "south")} == set(daemon._agents.agent.coming)
    assert "config.needs_restart" not in [line["event"] for line in logs]


def test_a_reload_that_meets_a_defect_of_ours_does_not_end_the_daemon(
    installation: Installation, logs: list[EventDict]
) -> None:
    installation.add("shop")
    with installation.daemon() as daemon:
        daemon._agents.agent.replace = lambda *_: 1 // 0  # type: ignore[method-assign,assignment] # a defect
        installation.add("other")
        daemon.reload()
        assert {"shop"} == set(daemon._configuration.declared.probes)
    assert "config.not_read" in [line["event"] for line in logs]
