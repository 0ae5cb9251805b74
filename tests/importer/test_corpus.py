"""Every file of the corpus imports, or is refused with the reason; what comes out was read by a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthmon.importer.draft import NotImportable
from synthmon.probefile.tidy.tidy import tidy
from tests.importer.imports import CORPUS, HOST, counts, of_corpus, of_text, only_probe

# File -> probes, steps, (kept, changed, dropped). OpenAPI with the operations that change something.
IMPORTED = {
    "arazzo/FAPI-PAR.arazzo.yaml": (1, 2, (6, 8, 6)),
    "arazzo/bnpl-arazzo.yaml": (1, 7, (20, 11, 13)),
    "arazzo/oauth.arazzo.yaml": (3, 6, (16, 12, 16)),
    "har/har-to-k6-api-check.har": (1, 1, (1, 2, 1)),
    "har/har-to-k6-api.har": (1, 1, (1, 2, 0)),
    "har/har-to-k6-blacklisted-headers.har": (1, 1, (1, 1, 2)),
    "har/har-to-k6-full.har": (1, 7, (7, 5, 8)),
    "har/har-to-k6-headers.har": (1, 1, (1, 2, 0)),
    "har/har-to-k6-multi-variable-check.har": (1, 2, (2, 1, 2)),
    "har/har-to-k6-params.har": (1, 2, (2, 1, 1)),
    "har/har-to-k6-postDataConflict.har": (1, 1, (1, 2, 0)),
    "har/har-to-k6-query.har": (1, 1, (1, 2, 0)),
    "har/pagexray-http1.1-chrome.har": (1, 1, (1, 1, 19)),
    "har/pagexray-http2-firefox.har": (1, 1, (1, 1, 15)),
    "har/pagexray-redirect-and-redirect-back.har": (1, 4, (4, 15, 54)),
    "har/pagexray-www.sitespeed.io-redirecting-to-https.har": (1, 1, (1, 2, 20)),
    "har/perfcascade-redirect-loop.har": (1, 1, (1, 2, 15)),
    "openapi/oai-3.0-api-with-examples.yaml": (1, 2, (2, 1, 1)),
    "openapi/oai-3.0-callback-example.yaml": (1, 1, (2, 1, 1)),
    "openapi/oai-3.0-link-example.yaml": (1, 6, (15, 5, 0)),
    "openapi/oai-3.0-petstore-expanded.yaml": (1, 4, (4, 5, 2)),
    "openapi/oai-3.0-uspto.yaml": (1, 3, (8, 2, 2)),
    "openapi/oai-3.1-tictactoe.yaml": (1, 3, (8, 3, 10)),
    "openapi/readme-3.0-file-uploads.json": (1, 3, (4, 5, 1)),
    "openapi/readme-3.0-form-data.json": (1, 1, (2, 3, 1)),
    "openapi/readme-3.0-parameters-style.json": (5, 25, (26, 30, 32)),
    "openapi/readme-3.0-petstore.json": (3, 20, (24, 29, 17)),
    "openapi/readme-3.0-request-examples.json": (1, 11, (32, 2, 6)),
    "openapi/readme-3.0-response-schemas.json": (1, 8, (9, 1, 3)),
    "openapi/readme-3.0-schema-circular.json": (1, 3, (4, 4, 2)),
    "openapi/readme-3.0-schema-types.json": (8, 21, (23, 21, 0)),
    "openapi/readme-3.0-security.json": (1, 15, (16, 24, 4)),
    "openapi/readme-3.0-server-variables.json": (1, 4, (14, 1, 5)),
    "openapi/readme-3.0-star-trek.json": (40, 120, (121, 81, 320)),
    "openapi/readme-3.1-petstore.json": (3, 20, (22, 29, 18)),
    "postman/clear-vars-sandbox.postman_collection.json": (1, 3, (13, 2, 8)),
    "postman/cookie-jar.postman_collection.json": (1, 2, (4, 2, 0)),
    "postman/data-file-var-replacement.postman_collection.json": (1, 1, (2, 5, 2)),
    "postman/dynamic-var-replacement.postman_collection.json": (1, 1, (1, 5, 5)),
    "postman/echo-v2.postman_collection.json": (1, 22, (83, 8, 23)),
    "postman/hawk-auth-test.postman_collection.json": (1, 1, (2, 3, 1)),
    "postman/head-requests.postman_collection.json": (1, 3, (5, 4, 7)),
    "postman/helper.postman_collection.json": (1, 3, (3, 3, 6)),
    "postman/inherited-entities.postman_collection.json": (1, 8, (14, 6, 12)),
    "postman/multi-level-folders-v2.postman_collection.json": (1, 6, (12, 2, 18)),
    "postman/multiple-form-values.postman_collection.json": (1, 3, (6, 2, 0)),
    "postman/protocol-profile-behavior.postman_collection.json": (1, 8, (35, 10, 19)),
    "postman/redirect-with-body.postman_collection.json": (1, 4, (20, 6, 2)),
    "postman/request-chaining-test.postman_collection.json": (1, 2, (8, 2, 4)),
    "postman/sandbox-libraries.postman_collection.json": (1, 3, (5, 2, 27)),
    "postman/set-next-request.postman_collection.json": (1, 3, (5, 2, 12)),
    "postman/v2-regression-tests.postman_collection.json": (1, 3, (6, 4, 3)),
    "postman/whatwg-url.postman_collection.json": (1, 23, (54, 9, 30)),
}
SOURCE_MISSING = {
    # Nothing is fetched, and the OpenAPI document is not beside it.
    "arazzo/ExtendedParametersExample.arazzo.yaml": "./animals.yaml: there is no such file",
    "arazzo/LoginAndRetrievePets.arazzo.yaml": "is not fetched; keep it as openapi.yaml beside this file",
}
REFUSED = {
    "openapi/readme-2.0-petstore.json": "this is Swagger 2.0; OpenAPI 3 is read",
    "postman/multi-level-folders-v1.postman_collection.json": "this is a collection of version 1",
}
BESIDE = {"arazzo/FAPI-PAR.openapi.yaml", "arazzo/bnpl-openapi.yaml", "arazzo/oauth.openapi.yaml"}
WITHOUT_HOST = ("openapi/oai-", "arazzo/")


def test_the_table_holds_every_file_of_the_corpus() -> None:
    files = {f"{path.parent.name}/{path.name}" for path in CORPUS.glob("*/*")}
    assert files == {*IMPORTED, *SOURCE_MISSING, *REFUSED, *BESIDE}


@pytest.mark.parametrize("name", IMPORTED)
def test_a_file_imports_and_what_comes_out_is_valid_without_a_warning(name: str) -> None:
    base_url = HOST if name.startswith(WITHOUT_HOST) else None
    imported = of_corpus(name, base_url=base_url, writes=True)
    probes = imported.drafts.probes
    assert IMPORTED[name] == (len(probes), sum(len(probe.steps) for probe in probes), counts(imported))
    assert imported.warnings == ()
    assert {f"{probe.name}.yaml" for probe in probes} < set(imported.files)


@pytest.mark.parametrize("name", SOURCE_MISSING)
def test_a_file_whose_source_is_missing_says_which(name: str) -> None:
    imported = of_corpus(name)
    assert imported.files == {}
    assert any(SOURCE_MISSING[name] in row.why for row in imported.drafts.rows)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_of_another_version_is_refused_with_what_to_do(name: str) -> None:
    with pytest.raises(NotImportable, match=REFUSED[name]) as refused:
        of_corpus(name)
    assert refused.value.hint


@pytest.mark.parametrize("name", ["oai-3.0-api-with-examples", "oai-3.0-link-example", "oai-3.1-tictactoe"])
def test_a_document_without_a_host_asks_for_one(name: str) -> None:
    with pytest.raises(NotImportable, match="does not say where the API is") as refused:
        of_corpus(f"openapi/{name}.yaml")
    assert "--base-url" in str(refused.value.hint)


LAID_OUT = [
    "arazzo/oauth.arazzo.yaml",
    "har/har-to-k6-full.har",
    "openapi/readme-3.0-security.json",
    "postman/inherited-entities.postman_collection.json",
    "postman/request-chaining-test.postman_collection.json",
]


@pytest.mark.parametrize("name", LAID_OUT)
def test_what_comes_out_is_laid_out_as_fmt_would(name: str) -> None:
    imported = of_corpus(name, base_url=HOST if name.startswith(WITHOUT_HOST) else None, writes=True)
    probes = {path: text for path, text in imported.files.items() if path.endswith(".yaml")}
    assert {path: tidy(text.encode(), path).text for path, text in probes.items()} == probes


def test_a_workflow_imports_once_the_document_that_it_names_lies_beside_it(tmp_path: Path) -> None:
    name = "arazzo/LoginAndRetrievePets.arazzo.yaml"
    (tmp_path / "openapi.yaml").write_bytes((CORPUS / "openapi/readme-3.0-petstore.json").read_bytes())
    probe = only_probe(of_text((CORPUS / name).read_text("utf-8"), folder=tmp_path))
    login, pets = probe.steps
    assert login.request["params"] == {"username": "${{ vars.username }}", "password": "${{ secrets.password }}"}
    assert login.capture == {"session_token": {"json": "$", "secret": True}}
    assert pets.request["headers"] == {"Authorization": "${{ captures.session_token }}"}
