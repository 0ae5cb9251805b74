"""A daemon on PostgreSQL: refused until somebody upgrades the schema, then the same story as on a file."""

from __future__ import annotations

from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.app.installation import Installation, Target, until
from tests.postgres_server import Server


def test_a_start_refuses_an_older_schema_unless_it_is_asked_to_upgrade(
    installation: Installation, postgres_empty: str
) -> None:
    installation.add("checkout")
    installation.environ["SYNTHMON_DATABASE_URL"] = postgres_empty
    with installation.process() as process:
        assert 2 == process.end()
    assert "SYNTHMON_DB_UPGRADE=1" in process.said
    assert "Traceback" not in process.said
    installation.environ["SYNTHMON_DB_UPGRADE"] = "1"
    with installation.daemon() as daemon:
        until(daemon.store.run_rows)


def test_a_word_that_is_neither_1_nor_0_is_a_mistake(installation: Installation) -> None:
    installation.environ["SYNTHMON_DB_UPGRADE"] = "yes"
    with installation.process() as process:
        assert 2 == process.end()
    assert "SYNTHMON_DB_UPGRADE is `yes`, which is neither 1 nor 0" in process.said


def test_a_failing_page_is_told_of_and_its_end_as_well(
    installation: Installation, target: Target, postgres_url: str
) -> None:
    installation.add("checkout", path="/page")
    installation.environ["SYNTHMON_DATABASE_URL"] = postgres_url
    target.statuses["/page"] = 500
    with installation.daemon() as daemon:
        target.wait_for("/told", 1, "POST")
        target.statuses["/page"] = 200
        target.wait_for("/told", 2, "POST")
        until(lambda: not daemon.store.owed())
        (told,) = daemon.store.incidents()
        assert not told.current
    assert not (installation.data / "synthmon.db").exists()


def test_runs_go_on_while_the_server_is_away_and_nothing_is_lost(
    installation: Installation, target: Target, postgres_private: Server
) -> None:
    migrate.upgrade(postgres_private.url())
    installation.add("checkout", path="/page")
    installation.environ["SYNTHMON_DATABASE_URL"] = postgres_private.url()
    with installation.daemon() as daemon:
        until(lambda: len(daemon.store.run_rows()) > 1)
        postgres_private.stop()
        asked = target.count("/page")
        target.wait_for("/page", asked + 3)
        postgres_private.start()
        until(lambda: _slots(postgres_private.url()) >= asked + 3, 60)
    store = open_store(postgres_private.url(), read_only=True)
    rows = store.run_rows()
    store.close()
    assert len(rows) == len({row.id for row in rows})


def _slots(url: str) -> int:
    store = open_store(url, read_only=True)
    try:
        return len(store.run_rows())
    finally:
        store.close()
