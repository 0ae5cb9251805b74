"""docs/operations.md: what it tells one to type exists."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from synthmon.cli.common import SETTINGS
from synthmon.settings.environment import VARIABLES
from tests.cli.test_help import ALL
from tests.deploy.manifests import APPLIED, KUBERNETES, ROOT, containers, pods, put_together
from tests.docs.pages import page

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
