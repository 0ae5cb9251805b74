"""docs/operations.md: what it tells one to type exists, and its SQL makes the roles that it promises."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import psycopg
import pytest

from synthmon.cli.common import SETTINGS
from synthmon.settings.environment import VARIABLES
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.cli.test_help import ALL
from tests.deploy.manifests import APPLIED, KUBERNETES, ROOT, containers, pods, put_together
from tests.docs.pages import page
from tests.making import run
from tests.postgres import private_server
from tests.postgres_server import Server

PAGE = page("operations.md")
TYPED = [
    line.removeprefix("$ ")
    for block in PAGE.blocks
    if block.language == "console"
    for line in block.text.replace("\\\n", " ").splitlines()
]
SYNTHMON = [
    found[1]
    for line in [*TYPED, *re.findall(r"`([^`\n]+)`", PAGE.prose)]
    if (found := re.search(r"(?:^|shop |-- |\d )synthmon ((?:[a-z]+ ?)+.*)", line))
]
SQL = next(block.text for block in PAGE.blocks if block.language == "sql")
PASSWORDS = {"synthmon_owner": "one", "synthmon": "another", "synthmon_reader": "a third"}


@pytest.mark.parametrize("typed", sorted({each.partition(" >")[0] for each in SYNTHMON}))
def test_a_command_of_synthmon_is_what_it_takes(typed: str) -> None:
    words = shlex.split(typed)
    path = max((path for path in ALL if words[: len(path.split())] == path.split()), key=len)
    with click.Context(ALL[words[0]], info_name="synthmon", help_option_names=SETTINGS["help_option_names"]) as above:
        ALL[path].make_context(path, words[len(path.split()) :], parent=above, resilient_parsing=path == words[0])


def test_it_shows_what_an_operator_types_of_each_part() -> None:
    assert {"agents add eu-west", "db upgrade", "demo fault login-500"} <= {
        each.partition(" >")[0] for each in SYNTHMON
    }


def test_every_variable_is_one_that_synthmon_knows() -> None:
    named = {name.removesuffix("_FILE") for name in re.findall(r"SYNTHMON_[A-Z_]+", PAGE.text)}
    assert named - set(VARIABLES) == set()


def test_every_file_and_service_of_the_repository_that_it_names_is_there() -> None:
    named = {
        name for name in re.findall(r"(?<![\w./])(?:deploy|benchmarks)/[\w./-]*\w", PAGE.text) if "secrets" not in name
    }
    assert {"deploy/compose.yaml", "deploy/prepare", "deploy/kubernetes/centre"} <= named
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("applied", APPLIED)
def test_the_secrets_that_the_manifests_ask_for_are_made_with_the_keys_that_are_read(applied: str) -> None:
    made = {
        words[6]: [each.removeprefix("--from-file=") for each in words[7:]]
        for words in map(str.split, TYPED)
        if words[:6] == ["kubectl", "-n", "synthmon", "create", "secret", "generic"]
    }
    documents = put_together(KUBERNETES / applied)
    for _, pod in pods(documents):
        secrets = {one["name"]: one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one}
        assert set(secrets.values()) <= set(made)
        for container in containers(documents):
            places = {mount["mountPath"]: secrets.get(mount["name"]) for mount in container["volumeMounts"]}
            for variable in container.get("env", ()):
                folder, _, key = variable["value"].rpartition("/")
                assert key in made[places[folder] or ""]


# The roles


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the roles and the database of the page: as roles are the whole server's, one of its own."""
    with private_server() as made:
        before, _, after = SQL.partition("\\connect synthmon\n")
        for database, part in (("postgres", before), ("synthmon", after)):
            with made.connect(database) as connection:
                for statement in filter(str.strip, part.split(";")):
                    connection.execute(statement.encode())
        migrate.upgrade(url(made, "synthmon_owner"))
        yield made


def url(server: Server, role: str) -> str:
    return f"postgresql+psycopg://{role}:{PASSWORDS[role].replace(' ', '%20')}@127.0.0.1:{server.port}/synthmon"


def as_role(server: Server, role: str) -> psycopg.Connection:
    return psycopg.connect(url(server, role).replace("+psycopg", ""), autocommit=True, connect_timeout=30)


def test_the_role_of_the_centre_keeps_results_and_cannot_change_the_schema(server: Server) -> None:
    store = open_store(url(server, "synthmon"))
    try:
        assert store.keep([run()]) == 1
        assert store.keep([run()]) == 0
    finally:
        store.close()
    with as_role(server, "synthmon") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DROP TABLE runs")


def test_the_role_of_a_reader_sees_everything_and_changes_nothing(server: Server) -> None:
    with as_role(server, "synthmon_reader") as connection:
        assert connection.execute("SELECT count(*) >= 0 FROM runs").fetchone() == (True,)
        for statement in ("DELETE FROM runs", "UPDATE incidents SET probe = ''", "INSERT INTO notes VALUES ('a', 'b')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_without_the_role_that_owns_it_nobody_upgrades_the_schema(server: Server) -> None:
    with as_role(server, "synthmon") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (a int)")
