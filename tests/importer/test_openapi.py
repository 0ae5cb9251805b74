"""A document becomes a step for each operation that only reads, or for all where that is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthmon.importer.draft import NotImportable
from synthmon.importer.table import Fate
from tests.importer.imports import api, of_text, of_tree, only_probe, only_step, reasons

OK = {"responses": {"200": {"description": "ok"}}}


def reading(path: str = "/pets", **operation: Any) -> dict[str, Any]:
    return {path: {"get": {**OK, **operation}}}


def parameter(name: str, where: str = "query", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": where, **more}


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        (parameter("limit", example=5), {"params": {"limit": 5}}),
        (parameter("limit", schema={"type": "integer", "default": 20}), {"params": {"limit": 20}}),
        (parameter("state", examples={"a": {"value": "open"}}), {"params": {"state": "open"}}),
        (parameter("state", schema={"enum": ["open", "closed"]}), {"params": {"state": "open"}}),
        (parameter("n", required=True, schema={"type": "integer", "minimum": 3}), {"params": {"n": 3}}),
        (parameter("n", schema={"type": "integer"}), {}),
        (parameter("ids", example=[1, 2]), {"params": {"ids": [1, 2]}}),
        (parameter("ids", example=[1, 2], explode=False), {"params": {"ids": "1,2"}}),
        (parameter("ids", example=[1, 2], style="pipeDelimited", explode=False), {"params": {"ids": "1|2"}}),
        (parameter("f", example={"a": 1, "b": "x"}, style="deepObject"), {"params": {"f[a]": 1, "f[b]": "x"}}),
        (parameter("f", example={"a": 1, "b": "x"}), {"params": {"a": 1, "b": "x"}}),
        (parameter("f", content={"application/json": {"example": {"a": 1}}}), {"params": {"f": '{"a": 1}'}}),
        (parameter("X-Tenant", "header", example="acme"), {"headers": {"X-Tenant": "acme"}}),
        (parameter("lang", "cookie", example="de"), {"headers": {"Cookie": "${{ secrets.cookie }}"}}),
        (parameter("api_token", required=True), {"params": {"api_token": "${{ secrets.api_token }}"}}),
    ],
    ids=[
        "example",
        "default",
        "examples",
        "enum",
        "required",
        "optional",
        "list",
        "joined",
        "piped",
        "deep",
        "object",
        "json",
        "header",
        "cookie",
        "secret",
    ],
)
def test_a_parameter_is_sent_as_it_is_declared(declared: dict[str, Any], sent: dict[str, Any]) -> None:
    request = only_step(of_tree(api(reading(parameters=[declared])))).request
    assert {key: value for key, value in request.items() if key not in ("method", "url")} == sent


@pytest.mark.parametrize(
    ("declared", "url"),
    [
        (parameter("id", "path", example="007"), "/pets/${{ vars.pet_id }}"),
        (parameter("id", "path", example=["a b", "c"]), "/pets/a%20b,c"),
        (parameter("id", "path", example=["a", "b"], style="label", explode=True), "/pets/.a.b"),
        (parameter("id", "path", example={"x": 1, "y": 2}, style="matrix", explode=True), "/pets/;x=1;y=2"),
        (parameter("other", example=1), "/pets/${{ vars.id }}"),
    ],
    ids=["variable", "list", "label", "matrix", "undeclared"],
)
def test_a_parameter_of_the_path_has_its_style(declared: dict[str, Any], url: str) -> None:
    step = only_step(of_tree(api(reading("/pets/{id}", parameters=[declared]))))
    assert step.request["url"] == url


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        ({"application/json": {"example": {"a": 1}}}, {"json": {"a": 1}}),
        (
            {"application/xml": {}, "application/vnd.api+json": {"example": {"a": 1}}},
            {"json": {"a": 1}, "headers": {"Content-Type": "application/vnd.api+json"}},
        ),
        (
            {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["a"],
                        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "id": {"readOnly": True}},
                    }
                }
            },
            {"json": {"a": 1}},
        ),
        (
            {
                "application/json": {
                    "schema": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"tag": {"const": "x"}}}]}
                }
            },
            {"json": {"name": "Rex", "tag": "x"}},
        ),
        ({"application/json": {"schema": {"$ref": "#/components/schemas/Loop"}}}, {"json": {"next": {}, "n": 1}}),
        (
            {
                "application/x-www-form-urlencoded": {
                    "schema": {"properties": {"password": {"type": "string"}, "a": {"example": "b"}}}
                }
            },
            {"form": {"password": "${{ secrets.password }}", "a": "b"}},
        ),
        ({"text/csv": {"example": "a,b"}}, {"raw": {"content_type": "text/csv", "text": "a,b"}}),
    ],
    ids=["example", "vendor", "schema", "all-of", "circle", "form", "text"],
)
def test_a_body_is_the_example_or_made_up_of_the_schema(content: dict[str, Any], sent: dict[str, Any]) -> None:
    schemas = {
        "Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "example": "Rex"}}},
        "Loop": {"type": "object", "properties": {"n": {"example": 1}, "next": {"$ref": "#/components/schemas/Loop"}}},
    }
    paths = {"/pets": {"post": {**OK, "requestBody": {"content": content}}}}
    request = only_step(of_tree(api(paths, components={"schemas": schemas}), writes=True)).request
    if "json" in sent and "next" in sent["json"]:
        depth, node = 0, request["json"]
        while "next" in node:
            depth, node = depth + 1, node["next"]
        assert 0 < depth < 20
        return
    assert {key: request.get(key) for key in sent} == sent


@pytest.mark.parametrize(
    ("codes", "expect"),
    [
        (["200", "404"], {"status": 200}),
        (["200", "201", "default"], {"status": [200, 201]}),
        (["2XX"], {}),
        (["201", "2XX"], {"status": [201, "2xx"]}),
        (["302", "500"], {"status": 302}),
        (["default"], {}),
    ],
    ids=["one", "two", "range", "both", "redirect", "default"],
)
def test_the_declared_success_is_expected(codes: list[str], expect: dict[str, Any]) -> None:
    found = dict(only_step(of_tree(api(reading(responses={code: {} for code in codes})))).expect)
    assert found.pop("openapi") == {"file": "schemas/shop.openapi.json", "operation": "GET /pets"}
    assert found == expect


@pytest.mark.parametrize(
    ("scheme", "auth"),
    [
        (
            {"type": "http", "scheme": "basic"},
            {"basic": {"username": "${{ secrets.door_user }}", "password": "${{ secrets.door_password }}"}},
        ),
        ({"type": "http", "scheme": "Bearer"}, {"bearer": "${{ secrets.door_token }}"}),
        (
            {"type": "apiKey", "in": "header", "name": "X-Key"},
            {"api_key": {"header": "X-Key", "value": "${{ secrets.door_key }}"}},
        ),
        (
            {"type": "apiKey", "in": "query", "name": "key"},
            {"api_key": {"query": "key", "value": "${{ secrets.door_key }}"}},
        ),
        (
            {"type": "apiKey", "in": "cookie", "name": "sid"},
            {"api_key": {"cookie": "sid", "value": "${{ secrets.door_key }}"}},
        ),
        ({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example/t"}}}, "door"),
        ({"type": "oauth2", "flows": {"implicit": {}}}, {"bearer": "${{ secrets.door_token }}"}),
        ({"type": "openIdConnect"}, {"bearer": "${{ secrets.door_token }}"}),
        ({"type": "mutualTLS"}, None),
    ],
    ids=["basic", "bearer", "header", "query", "cookie", "oauth2", "implicit", "oidc", "mtls"],
)
def test_a_security_scheme_becomes_authentication_with_secrets_to_provide(scheme: dict[str, Any], auth: Any) -> None:
    components = {"securitySchemes": {"door": scheme}}
    step = only_step(of_tree(api(reading(security=[{"door": ["read"]}]), components=components)))
    assert step.auth == auth


def test_a_security_of_nothing_is_nothing_and_the_first_way_that_can_be_done_is_taken() -> None:
    schemes = {"a": {"type": "mutualTLS"}, "b": {"type": "http", "scheme": "bearer"}}
    tree = api(
        {**reading("/open", security=[]), **reading("/closed")},
        security=[{"a": []}, {"b": []}],
        components={"securitySchemes": schemes},
    )
    assert [step.auth for step in only_probe(of_tree(tree)).steps] == [None, {"bearer": "${{ secrets.b_token }}"}]


def test_variables_of_the_server_become_variables_of_the_probe() -> None:
    variables = {"region": {"default": "eu"}, "scheme": {"default": "https"}}
    servers = [{"url": "{scheme}://{region}.example.com/v1/", "variables": variables}, {"url": "https://b.example"}]
    imported = of_tree({**api(reading()), "servers": servers})
    probe = only_probe(imported)
    assert (probe.base_url, probe.variables) == ("https://${{ vars.region }}.example.com", {"region": "eu"})
    assert probe.steps[0].request["url"] == "/v1/pets"
    assert "a probe asks one server" in reasons(imported)["https://b.example"]


def test_what_changes_something_is_left_out_unless_asked_for() -> None:
    tree = api({"/pets": {"get": OK, "delete": OK, "post": OK}})
    imported = of_tree(tree)
    assert [step.request["method"] for step in only_probe(imported).steps] == ["GET"]
    assert "`--writes` takes it" in reasons(imported)["DELETE /pets"]
    assert len(only_probe(of_tree(tree, writes=True)).steps) == 3


def test_a_link_becomes_a_capture_and_a_reference() -> None:
    link = {"operationId": "getPet", "parameters": {"id": "$response.body#/pets/0/id"}}
    listed = {"responses": {"200": {"links": {"first": link}}}}
    tree = api({"/pets": {"get": listed}, "/pets/{id}": {"get": {**OK, "operationId": "getPet"}}})
    first, second = only_probe(of_tree(tree)).steps
    assert (first.capture, second.request["url"]) == ({"id": "$.pets[0].id"}, "/pets/${{ captures.id }}")


def test_many_operations_are_a_probe_for_each_tag() -> None:
    paths = {f"/{tag}/{n}": {"get": {**OK, "tags": [tag]}} for tag in ("pets", "users") for n in range(9)}
    imported = of_tree(api(paths))
    assert [(probe.name, len(probe.steps)) for probe in imported.drafts.probes] == [("shop-pets", 9), ("shop-users", 9)]
    assert len(only_probe(of_tree(api(paths), only=("pets",))).steps) == 9


def test_references_lead_to_files_beside_it_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "shared.json").write_text(json.dumps({"limit": parameter("limit", example=5)}), "utf-8")
    (tmp_path.parent / "outside.json").write_text(json.dumps({"x": parameter("x", example=1)}), "utf-8")
    references = ["shared.json#/limit", "../outside.json#/x", "https://a.example/x.json", "#/nowhere", "#/components/a"]
    tree = api(
        reading(parameters=[{"$ref": one} for one in references]),
        components={"a": {"$ref": "#/components/b"}, "b": {"$ref": "#/components/a"}},
    )
    imported = of_text(json.dumps(tree), folder=tmp_path)
    assert only_step(imported).request["params"] == {"limit": 5}
    told = reasons(imported)
    assert "it leads out of the folder" in told["$ref ../outside.json#/x"]
    assert "nothing is fetched" in told["$ref https://a.example/x.json"]
    assert "there is no such place" in told["$ref #/nowhere"]
    assert any("in a circle" in why for why in told.values())


def test_callbacks_webhooks_and_answers_of_failure_are_told_of() -> None:
    tree = api(reading(callbacks={"done": {}}, responses={"200": {}, "404": {}}, deprecated=True), webhooks={"new": {}})
    imported = of_tree(tree)
    assert {"callback", "webhook", "404"} <= set(reasons(imported))
    assert any("deprecated" in row.why for row in imported.drafts.rows if row.fate is Fate.CHANGED)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"swagger": "2.0", "paths": {}}, "this is Swagger 2.0"),
        ({"openapi": "4.0.0", "paths": {"/": {}}}, "`openapi: 4.0.0` is no version that is read"),
        ({"openapi": "3.0.0"}, "has no `paths`"),
        ({"openapi": "3.0.0", "paths": {"/a": {"get": OK}}}, "does not say where the API is"),
    ],
    ids=["swagger", "version", "paths", "host"],
)
def test_a_document_that_cannot_be_a_probe_is_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(NotImportable, match=message):
        of_tree(tree)


def test_a_server_without_a_host_is_put_behind_the_one_that_is_given() -> None:
    tree = {**api(reading()), "servers": [{"url": "/v1"}]}
    probe = only_probe(of_tree(tree, base_url="https://api.example.com/"))
    assert (probe.base_url, probe.steps[0].request["url"]) == ("https://api.example.com", "/v1/pets")


def test_answers_are_held_against_a_copy_of_the_document_without_its_examples() -> None:
    pet = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string", "example": "hunter2-name"}},
    }
    responses = {"200": {"description": "a pet", "content": {"application/json": {"schema": pet, "example": {"a": 1}}}}}
    imported = of_tree(api({"/pets/{id}": {"get": {"operationId": "getPet", "responses": responses}}}))
    expected = {"file": "schemas/shop.openapi.json", "operation": "getPet"}
    assert only_step(imported).expect == {"status": 200, "openapi": expected}
    copy = json.loads(imported.files["schemas/shop.openapi.json"])
    content = copy["paths"]["/pets/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content == {"schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}
    assert "hunter2" not in "".join(imported.files.values())


def test_where_the_document_cannot_be_held_against_answers_the_table_says_why() -> None:
    broken = {"200": {"content": {"application/json": {"schema": {"$ref": "https://a.example/x.json"}}}}}
    imported = of_tree(api({**reading("/a"), **reading("/b", responses=broken)}))
    assert ["openapi" in step.expect for step in only_probe(imported).steps] == [True, False]
    assert "nothing is fetched from elsewhere" in reasons(imported)["the schema of the answer"]
