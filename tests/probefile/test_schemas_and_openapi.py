"""Schemas in several files and languages, and OpenAPI documents in the words of JSON Schema."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthmon.engine.schema import problems
from synthmon.model.answer import SchemaRef
from synthmon.model.text import Source
from synthmon.probefile.assembly.openapi import Dialect, converted, looks_like_openapi
from synthmon.probefile.assembly.operations import find_operation
from synthmon.probefile.assembly.schemas import SchemaProblem, SchemaShelf
from synthmon.probefile.assembly.structured import read_data
from synthmon.probefile.builder import load_probes
from synthmon.probefile.problem import render
from tests.probefile.installation import DATA, INSTALLATION

CORPUS = DATA / "corpus" / "openapi"
HERE = Source("probes/shop.yaml", 1, 1)


def shelf_of(folder: Path, **files: Any) -> SchemaShelf:
    """Files by their names with `__` for `.`: texts as they are, anything else as JSON."""
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name.replace("__", ".")).write_text(text)
    return SchemaShelf(folder)


def broken(shelf: SchemaShelf, reference: str, value: Any) -> list[str]:
    """The rules that the value breaks, as an answer is told of them."""
    shelved = shelf.find(reference)
    ref = SchemaRef(reference, shelved.document, shelved.pointer, HERE, shelved.uri, shelved.others)
    return [problem.rule for problem in problems(ref, value)]


def refusal(shelf: SchemaShelf, reference: str) -> str:
    with pytest.raises(SchemaProblem) as caught:
        shelf.find(reference)
    return f"{caught.value.message} | {caught.value.help}"


def test_a_schema_in_yaml_leads_to_one_in_json_and_round_in_a_circle() -> None:
    shelf = SchemaShelf(DATA / "good")
    money = "schemas/money.schema.yaml"

    assert broken(shelf, money, {"amount": 1, "currency": "EUR", "before": {"amount": 2, "currency": "EUR"}}) == []
    assert broken(shelf, money, {"amount": -1, "currency": "eur"}) == ["minimum", "pattern"]
    assert broken(shelf, money, {"amount": 1, "currency": "EUR", "before": {"amount": 2}}) == ["required"]


def test_a_schema_may_call_another_by_its_path_or_by_its_own_name(tmp_path: Path) -> None:
    shelf = shelf_of(
        tmp_path,
        a__json={
            "$id": "https://s.example.com/a.json",
            "properties": {"by_path": {"$ref": "b.json#/$defs/n"}, "by_name": {"$ref": "https://s.example.com/b"}},
        },
        b__json={"$id": "https://s.example.com/b", "type": "object", "$defs": {"n": {"type": "integer"}}},
    )

    assert broken(shelf, "a.json", {"by_path": "x", "by_name": 1}) == ["type", "type"]
    assert broken(shelf, "a.json", {"by_path": 1, "by_name": {}}) == []


def test_an_inline_schema_refers_to_files_of_the_folder() -> None:
    shelved = SchemaShelf(DATA / "good").inline({"items": {"$ref": "schemas/money.schema.yaml#/properties/amount"}})
    ref = SchemaRef("inline", shelved.document, "", HERE, shelved.uri, shelved.others)

    assert [problem.rule for problem in problems(ref, [1, -1])] == ["minimum"]


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("https://s.example.com/x.json", "refers to `https://s.example.com/x.json`, and nothing is fetched"),
        ("http://127.0.0.1:9/x.json", "and nothing is fetched"),
        ("file:///etc/passwd", "there is no file `etc/passwd` below the probes folder"),
        ("/etc/passwd", "there is no file `etc/passwd` below the probes folder"),
        ("../outside.json", "there is no file `outside.json`"),
        ("b.json#/$defs/nothing", "a reference that leads nowhere"),
        ("urn:example:x", "and nothing is fetched"),
    ],
)
def test_a_reference_leads_to_files_of_the_folder_and_nowhere_else(tmp_path: Path, reference: str, told: str) -> None:
    probes = tmp_path / "probes"
    probes.mkdir()
    (tmp_path / "outside.json").write_text("{}")
    shelf = shelf_of(probes, a__json={"items": {"$ref": reference}}, b__json={})

    said = refusal(shelf, "a.json")

    assert told in said or "nothing" in said


@pytest.mark.parametrize("around", ['{"openapi": "3.0.0", "components": {"schemas": {"A": %s}}}', "%s"])
def test_a_file_that_is_nested_beyond_all_measure_is_refused_with_a_reason(tmp_path: Path, around: str) -> None:
    deep = '{"items":' * 950 + "{}" + "}" * 950
    shelf = shelf_of(tmp_path, a__json=around % deep)

    said = refusal(shelf, "a.json#/components/schemas/A" if "openapi" in around else "a.json")

    assert "nested too deeply" in said


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    probes = tmp_path / "probes"
    probes.mkdir()
    (tmp_path / "outside.json").write_text("{}")
    (probes / "b.json").symlink_to(tmp_path / "outside.json")
    shelf = shelf_of(probes, a__json={"items": {"$ref": "b.json"}})

    assert "leads out of the probes folder" in refusal(shelf, "a.json")


THREE_0 = [
    # a schema of 3.0, what fits, what does not
    ({"type": "string", "nullable": True}, ["a", None], [1]),
    ({"type": "string", "enum": ["a"], "nullable": True}, ["a", None], ["b"]),
    ({"nullable": True, "allOf": [{"type": "object"}]}, [{}, None], ["a"]),
    ({"type": "object", "nullable": True, "allOf": [{"required": ["a"]}]}, [{"a": 1}, None], [{}]),
    ({"type": "string", "nullable": False}, ["a"], [None]),
    ({"minimum": 1, "exclusiveMinimum": True}, [2], [1]),
    ({"minimum": 1, "exclusiveMinimum": False}, [1], [0]),
    ({"maximum": 1, "exclusiveMaximum": True}, [0], [1]),
    ({"type": "object", "properties": {"nullable": {"type": "integer"}}}, [{"nullable": 1}], [{"nullable": "a"}]),
    ({"type": "object", "properties": {"example": {"nullable": True, "type": "string"}}}, [{"example": None}], [1]),
    ({"properties": {"p": {"writeOnly": True}, "i": {}}, "required": ["p", "i"]}, [{"i": 1}], [{"p": 1}]),
    ({"type": "string", "example": {"$ref": "https://example.com/none"}}, ["a"], [1]),
    ({"$ref": "#/components/schemas/Other", "type": "string"}, [1], ["a"]),
    ({"oneOf": [{"type": "integer"}], "discriminator": {"propertyName": "kind"}}, [1], ["a"]),
]


@pytest.mark.parametrize(("schema", "fits", "fits_not"), THREE_0)
def test_a_schema_of_openapi_3_0_means_in_2020_12_what_it_meant(
    tmp_path: Path, schema: dict[str, Any], fits: list[Any], fits_not: list[Any]
) -> None:
    schemas = {"It": schema, "Other": {"type": "integer"}}
    shelf = shelf_of(tmp_path, api__json={"openapi": "3.0.3", "components": {"schemas": schemas}})

    assert [broken(shelf, "api.json#/components/schemas/It", value) for value in fits] == [[] for _ in fits]
    assert all(broken(shelf, "api.json#/components/schemas/It", value) for value in fits_not)


def test_a_schema_of_openapi_3_1_is_used_as_it_is() -> None:
    schema = {"type": ["string", "null"], "minimum": 1, "nullable": True, "$ref": "#/a", "exclusiveMinimum": 2}

    assert converted(schema, Dialect.THREE_1) == schema


def places(value: Any, pointer: str = "") -> Iterator[str]:
    """Every place of a document at which a schema stands."""
    if isinstance(value, dict):
        for key, child in value.items():
            there = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key == "schema" and isinstance(child, dict):
                yield there
            yield from places(child, there)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from places(child, f"{pointer}/{index}")


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_every_schema_of_a_real_document_compiles_or_is_refused_with_a_reason(path: Path) -> None:
    shelf = SchemaShelf(CORPUS)
    if path.name.startswith("readme-2.0"):
        assert "is a Swagger 2.0 document" in refusal(shelf, f"{path.name}#/definitions/Pet")
        return
    held = shelf.held(path.name)
    named = [f"/components/schemas/{name}" for name in held.data.get("components", {}).get("schemas", {})]

    for pointer in [*named, *places(held.data)]:
        assert shelf.part(held, pointer).pointer == pointer


@pytest.mark.parametrize(
    ("file", "operation", "statuses"),
    [
        ("readme-3.0-petstore.json", "getPetById", ["200", "400", "404", "default"]),
        ("readme-3.1-petstore.json", "GET /pet/{petId}", ["200", "400", "404", "default"]),
        ("oai-3.0-petstore-expanded.yaml", "findPets", ["200", "default"]),
        ("oai-3.1-tictactoe.yaml", "get-square", ["200", "400"]),
        ("oai-3.0-uspto.yaml", "perform-search", ["200", "404"]),
    ],
)
def test_an_operation_of_a_real_document_is_found_by_its_id_or_its_path(
    file: str, operation: str, statuses: list[str]
) -> None:
    found = find_operation(SchemaShelf(CORPUS), file, operation, HERE)

    assert set(statuses) >= {str(answer.status or "default") for answer in found.answers}


def test_every_operation_of_the_real_documents_has_answers_that_compile() -> None:
    shelf, count = SchemaShelf(CORPUS), 0
    for path in sorted(CORPUS.glob("*")):
        if path.name.startswith("readme-2.0"):
            continue
        for address, item in shelf.held(path.name).data.get("paths", {}).items():
            for method in set(item) & {"get", "put", "post", "delete", "patch", "head", "options"}:
                if item[method].get("responses"):
                    find_operation(shelf, path.name, f"{method.upper()} {address}", HERE)
                    count += 1

    assert count > 150


def test_an_openapi_document_beside_the_probes_is_no_probe(tmp_path: Path) -> None:
    shop = (DATA / "good" / "schemas" / "shop.openapi.yaml").read_text()
    (tmp_path / "openapi.yaml").write_text(shop.replace("$ref: money.schema.yaml", "type: object"))
    (tmp_path / "shop.yaml").write_text(
        "synthmon: 1\nname: shop\ninterval: 1m\nbase_url: https://shop.example.com\nsteps:\n"
        "  - {id: read, request: GET /orders/1, expect: {openapi: {file: openapi.yaml, operation: getOrder}}}\n"
    )

    loaded = load_probes(tmp_path, INSTALLATION)

    assert render(loaded.problems) == ""
    assert [probe.name for probe in loaded.probes] == ["shop"]


ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, "", "x", [], {}, [{}], ["a", None, {}], "\ud800"),
    *(
        {"$ref": odd}
        for odd in ("#", "#/components/schemas/Order", "b.json#/x", 5, "#/%zz", "http://[::1", "shop.json")
    ),
    *({"$id": odd} for odd in ("http://[x", "a b", "#", 7)),
)


def test_a_document_as_nobody_should_write_it_is_read_or_refused_with_a_reason(tmp_path: Path) -> None:
    chance, refused = random.Random(11), 0
    written, _ = read_data(DATA / "good", "schemas/shop.openapi.yaml")
    (tmp_path / "b.json").write_text('{"x": {"$ref": "shop.json#/components/schemas"}}')
    for _ in range(250):
        document = copy.deepcopy(written)
        for _ in range(chance.randint(1, 4)):
            parent, key = chance.choice(list(inside(document)))
            parent[key] = copy.deepcopy(chance.choice(ODD))
        (tmp_path / "shop.json").write_text(json.dumps(document))
        shelf = SchemaShelf(tmp_path)
        for look in (
            lambda shelf=shelf: find_operation(shelf, "shop.json", "getOrder", HERE),
            lambda shelf=shelf: shelf.find("shop.json#/components/schemas/Order"),
        ):
            try:
                look()
            except SchemaProblem as problem:
                refused += bool(problem.message)

    assert 50 < refused < 500


def inside(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document, as what holds it and the key or number there."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from inside(child)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (b"openapi: 3.0.3\npaths: {}\n", True),
        (b'# ours\n"openapi": "3.1.0"\n', True),
        (b"swagger: '2.0'\n", True),
        (b"synthmon: 1\nname: a\nvars:\n  openapi: x\n", False),
        (b"synthmon: 1\nopenapi: x\n", False),
        (b"steps:\n  - openapi: x\n", False),
    ],
)
def test_what_is_an_openapi_document_shows_in_its_topmost_keys(content: bytes, is_one: bool) -> None:
    assert looks_like_openapi(content) is is_one


def test_another_file_that_a_schema_leads_to_makes_another_probe(tmp_path: Path) -> None:
    probe = tmp_path / "shop.yaml"
    probe.write_text(
        "synthmon: 1\nname: shop\ninterval: 1m\nbase_url: https://shop.example.com\nsteps:\n"
        "  - {id: read, request: GET /x, expect: {schema: a.json}}\n"
    )
    hashes = []
    for kind in ("integer", "string"):
        shelf_of(tmp_path, a__json={"items": {"$ref": "b.json"}}, b__json={"type": kind})
        hashes.append(load_probes(tmp_path, INSTALLATION).probes[0].content_hash)

    assert hashes[0] != hashes[1]
