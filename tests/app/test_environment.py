"""The installation's name is settled at the start: runs and incidents always carry the same one."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from synthmon.app.configuration import Origin
from synthmon.app.daemon import Daemon

CONFIG = "synthmon_config: 1\nenvironment: {}\nweb: {{bind: 127.0.0.1:0}}\nchannels: {{{}: {{console: {{}}}}}}\n"


def test_a_reload_takes_over_channels_but_not_another_environment(tmp_path: Path) -> None:
    (tmp_path / "probes").mkdir()
    file = tmp_path / "synthmon.yaml"
    file.write_text(CONFIG.format("one", "here"))
    with capture_logs():
        daemon = Daemon(Origin({}, None, tmp_path))
        daemon.start()
        try:
            before = daemon._centre.policy()
            file.write_text(CONFIG.format("two", "there"))
            daemon.reload()
            after = daemon._centre.policy()
        finally:
            daemon.stop()

    assert (before.environment, before.default_channels) == ("one", ("here",))
    assert (after.environment, after.default_channels) == ("one", ("there",))
