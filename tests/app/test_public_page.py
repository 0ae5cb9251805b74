"""A daemon's page for everybody: at an address of its own, where nothing else answers, and as the file says now."""

from __future__ import annotations

from pathlib import Path

import httpx
from structlog.testing import capture_logs

from synthmon.app.configuration import Origin
from synthmon.app.daemon import Daemon
from tests.app.installation import until

CONFIG = """\
synthmon_config: 1
web:
  bind: 127.0.0.1:0
  public:
    bind: 127.0.0.1:0
    groups:
      - components: [{{title: {title}, probes: [shop]}}]
"""
PROBE = """\
synthmon: 1
name: shop
title: Secret title
interval: 1h
steps:
  - id: first
    request: GET http://127.0.0.1:1/
"""


def test_the_public_page_has_an_address_of_its_own_and_follows_the_file(tmp_path: Path) -> None:
    file = tmp_path / "synthmon.yaml"
    file.write_text(CONFIG.format(title="Checkout"))
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "shop.yaml").write_text(PROBE)
    with capture_logs() as logs:
        daemon = Daemon(Origin({}, None, tmp_path))
        daemon.start()
        try:
            assert daemon.public_url not in {None, daemon.url}
            with httpx.Client(trust_env=False) as client:
                assert "Checkout" in client.get(f"{daemon.public_url}/").text
                assert "Checkout" in client.get(f"{daemon.url}/public").text
                assert 404 == client.get(f"{daemon.public_url}/probes/shop").status_code
                assert 200 == client.get(f"{daemon.url}/probes/shop").status_code
                file.write_text(CONFIG.format(title="Buying"))
                daemon.reload()
                until(lambda: "Buying" in client.get(f"{daemon.public_url}/").text, deadline=30)
                assert "Secret" not in client.get(f"{daemon.public_url}/").text
        finally:
            daemon.stop()
    assert [] == [line for line in logs if line["event"] == "config.needs_restart"]
