"""A slice of `make chaos`: every kind of process is killed, the leader and the database are frozen, lines are cut."""

from __future__ import annotations

import time

from synthmon.demo.relay import Line, Weather
from tests.chaos import scenarios
from tests.chaos.cluster import Cluster, Size
from tests.postgres import private_server

SMALL = Size(probes=3, interval=2, timeout=1)


def skip_without_postgres() -> None:
    with private_server():
        pass


def test_nothing_is_lost_doubled_or_paged_for_nothing_whatever_is_killed_frozen_or_cut() -> None:
    skip_without_postgres()
    with Cluster(SMALL, seed=3) as cluster:
        place = cluster.places["east"]
        place.weather(Weather(Line.SILENT))
        for role in cluster.roles:
            role.kill()
            role.start()
        cluster.postgres.freeze()
        time.sleep(3)  # that it is away for a while is what is tried
        cluster.postgres.thaw()
        place.weather(Weather(Line.WELL))
        report = scenarios.leader_changes(cluster, 1, within=45.0)
    assert [] == report.findings.problems, report
    assert report.findings.acknowledged > 20
    assert report.findings.pages >= 1


def test_a_standby_without_the_last_of_it_takes_the_place_of_a_database_that_died_and_nothing_is_lost() -> None:
    skip_without_postgres()
    with Cluster(SMALL, seed=4) as cluster:
        report = scenarios.failover(cluster)
    assert [] == report.findings.problems, report
