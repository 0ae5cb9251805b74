"""Every file of the corpus imports, or is refused with the reason; what comes out was read by a person."""

from __future__ import annotations

import pytest

from synthmon.importer.draft import NotImportable
from tests.importer.imports import CORPUS, HOST, counts, of_corpus

# File -> probes, steps, (kept, changed, dropped). OpenAPI with the operations that change something.
IMPORTED = {
    "postman/data-file-var-replacement.postman_collection.json": (1, 1, (2, 5, 2)),
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
