"""A daemon that has no file descriptor left holds it against nobody, and goes on when there are some again."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import httpx
import pytest

from tests.alerting.receivers import Receiver, Reply
from tests.app.installation import Installation, Target, get, until

FEW = 8  # what the daemon opens at its start and keeps takes more


def test_without_a_file_descriptor_nobody_is_blamed_and_afterwards_all_goes_on(
    installation: Installation, target: Target, pager: Receiver
) -> None:
    """The limit is lowered from outside below what is open, so that nothing new can be opened, and lifted again."""
    pager.replies = [Reply(503)]  # so that there is something to send while nothing can be
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("well", "/well")
    installation.add("down", "/down")
    target.statuses["/down"] = 500
    with installation.process() as process:
        process.deadline = 45.0  # by now it waits up to sixteen seconds before it tells the pager again
        url = process.wait_for("daemon.started")["url"]
        process.wait_for("notification.failed")
        process.wait_for("run.kept", probe="well", outcome="passed")
        _, most = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (FEW, most))

        process.wait_for("run.kept", probe="well", outcome="error")
        process.wait_for("run.kept", probe="down", outcome="error")
        asked, failed = len(pager.asked), len(process.events("notification.failed"))
        process.wait_for("notification.failed", failed + 1)
        assert len(pager.asked) == asked
        with pytest.raises(httpx.HTTPError):
            get(f"{url}/healthz", timeout=1.0)
        process.wait_for("web.not_accepting")

        well = [line["outcome"] for line in process.events("run.kept") if line["probe"] == "well"]
        assert {"error"} == set(well[well.index("error") :])  # no failure among them

        pager.replies = [Reply(202)]
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (most, most))
        until(lambda: _answers(url))
        process.wait_for("notification.sent")
        process.wait_for("run.kept", well.count("passed") + 1, probe="well", outcome="passed")
        process.send(signal.SIGTERM)
        assert process.end() == 0
        assert "Traceback" not in process.said
        assert len(process.events("web.not_accepting")) < 60  # one a second while somebody knocks
        assert process.events("daemon.stopped")[0]["results_not_kept"] == 0
        acknowledged = [line["run"] for line in process.events("run.kept")]

    with installation.store() as store:
        kept = store.run_rows(limit=1000)
        assert sorted(acknowledged) == sorted(row.id for row in kept)
        assert ["down"] == [incident.probe for incident in store.incidents() if incident.probe in {"well", "down"}]


def test_where_runs_have_taken_nearly_all_of_them_pages_answer_and_messages_go_out(
    installation: Installation, target: Target, pager: Receiver
) -> None:
    pager.replies = [Reply(503)]
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("down", "/down")
    target.statuses["/down"] = 500
    with installation.process() as process:
        process.deadline = 45.0
        url = process.wait_for("daemon.started")["url"]
        process.wait_for("notification.failed")
        last = max(int(entry.name) for entry in Path(f"/proc/{process.pid}/fd").iterdir())
        _, most = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (last + 4, most))
        process.wait_for("run.kept", probe="down", outcome="error")
        pager.replies = [Reply(202)]
        process.wait_for("notification.sent")
        assert "no file descriptor left" in get(f"{url}/probes/down").text
        assert "error" == process.events("run.kept")[-1]["outcome"]


def _answers(url: str) -> bool:
    try:
        return get(f"{url}/healthz").status_code == 200
    except httpx.HTTPError:
        return False
