"""A daemon that cannot do its work says why and ends; one whose disk is full goes on and says so."""

from __future__ import annotations

import resource
import signal
import socket

from tests.app.installation import Installation, Target, get, until


def refusal(installation: Installation) -> str:
    """What it says before it ends with 2."""
    with installation.process() as process:
        assert process.end() == 2
        assert "Traceback" not in process.said
        return process.said


def test_a_second_daemon_on_the_same_data_is_refused_and_the_first_runs_on(
    installation: Installation, target: Target
) -> None:
    installation.add("shop", "/shop")
    with installation.daemon():
        said = refusal(installation)
        target.wait_for("/shop", target.count("/shop") + 1)

    assert f"another synthmon is running in {installation.data}" in said
    assert "SYNTHMON_DATA_DIR" in said


def test_a_port_that_is_taken_is_named_with_the_way_to_another(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        installation.environ["SYNTHMON_WEB_BIND"] = address
        said = refusal(installation)

    assert f"cannot listen on {address}" in said
    assert "SYNTHMON_WEB_BIND" in said


def test_a_data_directory_that_is_a_file_is_refused_in_words(installation: Installation) -> None:
    installation.data.write_text("")
    said = refusal(installation)

    assert f"the data directory {installation.data} cannot be used" in said


def test_without_any_probe_it_runs_and_waits_for_the_first(installation: Installation, target: Target) -> None:
    with installation.process() as process:
        process.wait_for("daemon.started", probes=0)
        installation.add("shop", "/shop")
        process.wait_for("run.kept", probe="shop")


def test_a_full_disk_stops_no_run_is_said_and_afterwards_everything_is_kept(
    installation: Installation, target: Target
) -> None:
    """The disk is played by a limit on the size of files, which can be lifted from outside."""
    installation.add("shop", "/shop")
    with installation.process() as process:
        url = process.wait_for("daemon.started")["url"]
        process.wait_for("run.kept")
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, most))
        process.wait_for("run.not_kept")
        health = until(lambda: (answer := get(f"{url}/healthz")).status_code == 503 and answer)
        assert "results cannot be kept" in health.text
        target.wait_for("/shop", target.count("/shop") + 2)

        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        until(lambda: get(f"{url}/healthz").status_code == 200)
        process.wait_for("run.kept", len(process.events("run.kept")) + 1)
        process.send(signal.SIGTERM)
        assert process.end() == 0
        assert process.events("daemon.stopped")[0]["results_not_kept"] == 0
    with installation.store() as store:
        assert len(store.run_rows(limit=1000)) == target.count("/shop")
