"""A pager that accepts and drops: noticed by asking it, told through the others, shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from synthmon.alerting import canary
from synthmon.judge import own
from synthmon.model.probe import Track
from tests.alerting.pagers import PagerDutyThere
from tests.alerting.receivers import Receiver, Reply
from tests.app.installation import Installation, get, until


@pytest.fixture
def pager() -> Iterator[PagerDutyThere]:
    made = PagerDutyThere(drops=True, token="T0KEN-1")
    yield made
    made.close()


def channels_of(pager: PagerDutyThere, mail: Receiver) -> dict[str, object]:
    return {
        "pager": {
            "pagerduty": {
                "routing_key": "${{ secrets.key }}",
                "url": f"{pager.url}/v2/enqueue",
                "api_token": "${{ secrets.token }}",
                "api_url": pager.url,
            },
            "canary": "1h",
        },
        "mail": {"webhook": {"url": mail.url}},
    }


def test_a_pager_that_accepts_and_drops_is_an_incident_that_is_told_through_the_others(
    installation: Installation, pager: PagerDutyThere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "LASTING", timedelta(seconds=0.1))
    monkeypatch.setattr(canary, "ARRIVES_WITHIN", timedelta(seconds=0.5))
    mail = Receiver(Reply(202, "{}"))
    secrets = {"SYNTHMON_SECRET_KEY": "R0UTINGKEY", "SYNTHMON_SECRET_TOKEN": "T0KEN-1"}
    installation.environ.update(secrets)
    declared = channels_of(pager, mail)
    installation.configure(declared)
    with installation.daemon() as daemon:
        until(lambda: any(asked.json["track"] == "notify" for asked in mail.asked))
        (incident,) = [one for one in daemon.store.incidents(current=True) if one.track is Track.NOTIFY]
        page, status = get(f"{daemon.url}/incidents/{incident.id}"), get(daemon.url)
        assert [incident.id] == [one.id for one in daemon.store.incidents(current=True)]
        assert ["trigger", "resolve"] == pager.events  # the canary only: it is not told of its own trouble

        # Nothing more will be heard of what is declared no more.
        del declared["pager"]
        installation.configure(declared)
        daemon.reload()
        until(lambda: not daemon.store.incidents(current=True))
    told = next(asked.json for asked in mail.asked if asked.json["track"] == "notify")
    assert told["title"].startswith("channel pager is not taking messages: it accepted the test message of ")
    assert told["title"].endswith("it is not there")
    assert (200, True) == (page.status_code, "it accepted the test message of" in page.text)
    assert "channel pager is not taking messages" in status.text
    assert not [secret for secret in secrets.values() if secret in page.text + status.text + str(told)]
    mail.close()
