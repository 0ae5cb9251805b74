"""Journeys with blocks, conditions, schemas in several files and OpenAPI documents are proven like any other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from synthmon.probefile.builder import load_file
from synthmon.prove.proof import Proof
from synthmon.prove.remedies import merged, yaml
from synthmon.prove.replay import Stage, replay
from tests.probefile.installation import INSTALLATION
from tests.prove.world import missed, proof_of, reasons, recorded, told

HEAD = "synthmon: 1\nname: shop\ninterval: 1m\nbase_url: https://shop.example.com\n"
BLOCK = """
synthmon_block: 1
inputs: {email: {type: string}}
request: {method: POST, url: /sessions, json: {email: "${{ inputs.email }}", run: "${{ run.id }}"}}
expect: {status: 201}
"""
USING = (
    HEAD
    + """
vars: {me: sam@example.com}
steps:
  - {id: log_in, uses: blocks/log_in.yaml, with: {email: "${{ vars.me }}"}, latency_budget: 1s}
"""
)
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "get": {
                "operationId": "listOrders",
                "responses": {
                    "200": {
                        "description": "orders",
                        "headers": {"X-Total": {"required": True, "schema": {"type": "integer"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}},
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Page": {
                "type": "object",
                "required": ["items"],
                "properties": {"items": {"$ref": "#/components/schemas/Items"}},
            },
            "Items": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Item"}},
            "Item": {
                "type": "object",
                "required": ["sku"],
                "properties": {"sku": {"type": "string", "minLength": 1}, "note": {"type": ["string", "null"]}},
            },
        }
    },
}


def written(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return folder / "shop.yaml"


def staged(file: Path, answers: Any) -> Stage:
    loaded = load_file(file, INSTALLATION)
    assert loaded.probes, loaded.problems
    return recorded(loaded.probes[0], answers)


def signed_in(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json={"user": "sam@example.com", "for": json.loads(request.read())["run"], "ttl": 60})


def test_what_a_block_misses_is_mended_in_the_block_with_what_a_block_can_see(tmp_path: Path) -> None:
    file = written(tmp_path, {"shop.yaml": USING, "blocks/log_in.yaml": BLOCK})
    stage = staged(file, signed_in)
    proof = proof_of(stage)
    [(step, faults, remedy)] = proof.remedies()
    assert step.block == "blocks/log_in.yaml"
    assert remedy["expect"]["json"]["$.user"] == "${{ inputs.email }}"
    assert remedy["expect"]["json"]["$.for"] == "${{ run.id }}"
    block = YAML(typ="safe").load(BLOCK)
    block["expect"] |= YAML(typ="safe").load(
        "\n".join(yaml(merged(step, [one.fault.remedy for one in faults if one.fault.remedy])))
    )["expect"]
    written(tmp_path, {"blocks/log_in.yaml": block})
    better = replace(stage, probe=load_file(file, INSTALLATION).probes[0])
    assert [one.fault.words for one in faults if not replay(better, one.fault.change).result.outcome.broken] == []


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    held = "{openapi: {file: schemas/api.json, operation: listOrders}}"
    step = f"steps:\n  - {{id: a, request: GET /orders, expect: {held}}}\n"
    file = written(tmp_path_factory.mktemp("api"), {"shop.yaml": HEAD + step, "schemas/api.json": OPENAPI})
    items = [{"sku": "A", "note": None, "more": 1}]
    return proof_of(staged(file, lambda _: httpx.Response(200, json={"items": items}, headers={"X-Total": "1"})))


def test_an_openapi_document_says_what_must_be_there(listed: Proof) -> None:
    noticed = {f"{one.fault.mutation} {one.fault.place}" for one in listed.tried if one.passed}
    assert noticed >= {
        "other-success status",
        "html body",
        "missing-header X-Total",
        "missing-field $.items[0].sku",
        "null $.items[0].sku",
        "empty-text $.items[0].sku",
        "empty-list $.items",
    }


def test_an_openapi_document_says_what_need_not(listed: Proof) -> None:
    assert reasons(listed)["$.items[0].note"] == "the schema calls it optional"
    assert reasons(listed)["$.items[0].more"] == "the schema does not know this field"


def test_a_schema_in_another_file_is_followed(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"id": {"$ref": "parts.json#/$defs/id"}}}
    parts = {"$defs": {"id": {"type": ["string", "null"]}}}
    step = "steps:\n  - {id: a, request: GET /, expect: {schema: schemas/order.json}}\n"
    file = written(tmp_path, {"shop.yaml": HEAD + step, "schemas/order.json": schema, "schemas/parts.json": parts})
    proof = proof_of(staged(file, {"GET /": {"id": "order-1"}}), "null", "wrong-type")
    assert (reasons(proof), missed(proof)) == ({"$.id": "the schema allows null"}, [])
    assert [place for _, place, _ in told(proof)] == ["$.id"]


def test_a_step_that_may_fail_or_was_skipped_is_not_tried() -> None:
    stage = recorded(
        """
        steps:
          - {id: a, request: GET /, capture: {next: {json: $.next, default: null}}}
          - {id: b, request: GET /news, allow_failure: true}
          - {id: c, request: "GET /${{ captures.next }}", if: "${{ captures.next != null }}"}
        """,
        {"GET /": {"next": None}, "GET /news": {}},
    )
    proof = proof_of(stage)
    assert {one.fault.step for one in proof.tried} == {"a"}
    assert dict(proof.left_out).keys() == {"b", "c"}


def test_a_fault_that_leads_to_a_request_that_was_never_made_does_not_apply() -> None:
    stage = recorded(
        """
        steps:
          - {id: a, request: GET /, capture: {more: $.more}}
          - {id: b, request: GET /more, if: "${{ captures.more }}"}
        """,
        {"GET /": {"more": False}},
    )
    proof = proof_of(stage, "opposite")
    assert reasons(proof) == {"$.more": "the recording has no answer to this request"}


def test_what_only_warns_is_noticed_as_degraded() -> None:
    stage = recorded(
        "steps: [{id: a, request: GET /, expect: {status: 200}, warn: {json: {$.left: {at_least: 10}}}}]",
        {"GET /": {"left": 50}},
    )
    proof = proof_of(stage, "missing-field", "off-by-one")
    assert told(proof) == [("a", "$.left", "degraded")]
    assert "names a range" in reasons(proof)["$.left"]
