"""`synthmon import` as it is typed: what it writes, prints and refuses; and a command of cURL there and back."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.typed import Terminal, assert_golden
from tests.importer.bin import SECRET, httpbin
from tests.importer.imports import CORPUS, of_text, on_this_machine, only_step

CURL = "curl -u ann:s3cr3t-0815 https://shop.example.com/api/me"
GOLDEN: dict[str, tuple[str | Path, ...]] = {
    "curl": ("curl", CURL),
    "har": (CORPUS / "har/pagexray-www.sitespeed.io-redirecting-to-https.har",),
    "postman": (CORPUS / "postman/request-chaining-test.postman_collection.json",),
    "postman-redirects": (CORPUS / "postman/redirect-with-body.postman_collection.json",),
    "openapi": (CORPUS / "openapi/oai-3.0-petstore-expanded.yaml", "--writes", "--var", "id=7"),
    "openapi-links": (CORPUS / "openapi/oai-3.0-link-example.yaml", "--base-url", "https://api.example.com"),
    "openapi-security": (CORPUS / "openapi/readme-3.0-security.json", "--writes"),
    "arazzo": (CORPUS / "arazzo/bnpl-arazzo.yaml", "--base-url", "https://api.example.com"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_printed_is_what_was_read_by_a_person(terminal: Terminal, name: str) -> None:
    said = terminal.types("import", *GOLDEN[name], "--print")
    assert said.code == 0
    assert_golden(f"import-{name}.txt", f"{said.out}\n{said.err}")


def test_probes_and_the_table_are_written_into_the_probes_folder_and_are_valid(terminal: Terminal) -> None:
    said = terminal.types("import", "arazzo", CORPUS / "arazzo/oauth.arazzo.yaml")
    assert (said.code, said.err) == (0, "")
    names = {path.name for path in (terminal.folder / "probes").iterdir()}
    probes = {"refresh-token-flow.yaml", "client-credentials-flow.yaml", "authorization-code-flow.yaml"}
    assert names == {*probes, "oauth.import.md"}
    refused = terminal.types("validate")
    assert refused.code == 2
    assert refused.out.count("auth.example.com is not among the hosts that imported files may reach") == 6
    terminal.write("synthmon.yaml", "synthmon_config: 1\nreach: {imported: [auth.example.com]}\n")
    assert terminal.types("validate").code == 0


def test_a_file_of_ones_own_goes_where_others_of_ones_own_go(terminal: Terminal) -> None:
    local = "curl http://127.0.0.1:8000/health"
    said = terminal.types("import", local)
    assert said.code == 2
    assert "127.0.0.1 is not a public address" in said.err
    assert "`--mine`" in said.err
    assert terminal.types("import", local, "--mine").code == 0
    assert terminal.types("validate").code == 0


def test_nothing_that_is_there_is_overwritten_unless_it_is_wanted(terminal: Terminal) -> None:
    assert terminal.types("import", CURL).code == 0
    said = terminal.types("import", CURL)
    assert said.code == 2
    assert "probes/shop-example-com.yaml" in said.err
    assert "there already" in said.err
    assert "--force" in said.err
    assert terminal.types("import", CURL, "--force").code == 0
    assert terminal.types("import", CURL, "--out", "other", "--name", "me", "--interval", "1m").code == 0
    assert "interval: 1m" in (terminal.folder / "other" / "me.yaml").read_text("utf-8")


def test_json_has_files_probes_and_rows(terminal: Terminal) -> None:
    said = terminal.types("import", CURL, "--json")
    told = json.loads(said.out)
    assert told["files"] == ["probes/shop-example-com.yaml", "probes/shop-example-com.import.md"]
    [probe] = told["probes"]
    assert (probe["name"], probe["steps"]) == ("shop-example-com", ["get_api_me"])
    assert probe["secrets"][0]["variable"] == "SYNTHMON_SECRET_PASSWORD"
    assert told["counts"] == {"kept": 1, "changed": 2, "dropped": 0}
    assert {row["fate"] for row in told["rows"]} == {"kept", "changed"}
    assert SECRET not in said.out


def test_standard_input_is_read(terminal: Terminal) -> None:
    terminal.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{CURL}\n".encode())))
    said = terminal.types("import", "-", "--print")
    assert said.code == 0
    assert "Imported from cURL standard input" in said.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("gone.har",), "gone.har: there is no such file"),
        (("har",), "name the file"),
        ((CORPUS / "openapi/readme-2.0-petstore.json",), "this is Swagger 2.0"),
        ((CORPUS / "postman/multi-level-folders-v1.postman_collection.json",), "a collection of version 1"),
        ((CORPUS / "arazzo/ExtendedParametersExample.arazzo.yaml",), "no probe can be made of it"),
        (("postman", CORPUS / "har/har-to-k6-api.har"), "a collection has a list `item`"),
        ((CURL, "--interval", "5"), "invalid value for --interval"),
        ((CURL, "--name", "My Probe"), "invalid value for --name"),
        ((CURL, "--var", "x"), "invalid value for --var"),
        (("a", "b"), "one file too many"),
    ],
    ids=["gone", "kind", "swagger", "version", "source", "other", "interval", "name", "var", "two"],
)
def test_what_cannot_be_imported_is_told_and_exits_2(
    terminal: Terminal, words: tuple[str | Path, ...], message: str
) -> None:
    said = terminal.types("import", *words)
    assert said.code == 2
    assert message in said.err.lower().replace("'", "") or message in said.err
    assert not (terminal.folder / "probes").exists()


def test_help_loads_no_importer(terminal: Terminal) -> None:
    for name in [name for name in sys.modules if name.startswith("synthmon.importer")]:
        terminal.patch.delitem(sys.modules, name)
    terminal.types("--help")
    assert not any(name.startswith("synthmon.importer") for name in sys.modules)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with httpbin() as address:
        yield address


@pytest.mark.parametrize(
    "command",
    [
        "curl {url}/anything/a%20b?x=1&y=",
        "curl '{url}/anything?q=%C3%BC&q=b' -H 'Accept: text/plain' -A 'mine/1'",
        'curl -X PUT {url}/anything --json \'{{"a": [1, "zwei", null], "b": {{"c": true}}}}\'',
        "curl {url}/anything -d 'a=1&b=x%20y' -d c=%26",
        "curl {url}/anything -H 'Content-Type: text/csv' --data-raw $'id,note\\n1,\\'x\\''",
        "curl -u ann:{secret} {url}/anything -H 'X-Token: {secret}'",
    ],
    ids=["path", "query", "json", "form", "raw", "credentials"],
)
def test_what_an_imported_command_sends_is_what_the_command_sends(command: str, url: str, terminal: Terminal) -> None:
    """`run --curl` prints what went out: imported again, it asks for the same."""
    given = command.format(url=url, secret=SECRET).replace("&y=", "\\&y=")
    first = of_text(given, mine=True)
    path = on_this_machine(first, terminal.folder)
    for secret in first.drafts.probes[0].secrets:
        terminal.patch.setenv(f"SYNTHMON_SECRET_{secret.name.upper()}", SECRET)
    said = terminal.types("run", path, "--curl")
    assert said.code == 0, said.err
    assert SECRET not in said.out
    again = of_text(said.out, "curl", mine=True, variables={"password": SECRET})
    sent, before = only_step(again).request, only_step(first).request
    noise = {"User-Agent", "traceparent", "Accept", "Content-Type", "X-Token"}
    assert {**sent, "headers": None, "url": None} == {**before, "headers": None, "url": None}
    assert str(sent["url"]).endswith(str(before["url"]).partition("?")[0])
    kept = {name: value for name, value in before.get("headers", {}).items() if name not in noise}
    assert kept.items() <= sent["headers"].items()
