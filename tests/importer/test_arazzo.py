"""Workflows become probes, with the operations of the OpenAPI documents beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthmon.importer.draft import NotImportable
from synthmon.importer.table import Fate
from tests.importer.imports import api, of_text, only_probe, reasons

OK: dict[str, Any] = {"responses": {"200": {}}}
SHOP = api(
    {
        "/sessions": {"post": {**OK, "operationId": "login", "requestBody": {"content": {"application/json": {}}}}},
        "/carts/{id}": {
            "get": {**OK, "operationId": "cart", "parameters": [{"name": "id", "in": "path", "required": True}]}
        },
    }
)


class Workflows:
    """A file of workflows beside the shop's document."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "shop.json").write_text(json.dumps(SHOP), "utf-8")

    def run(self, *steps: dict[str, Any], more: tuple[dict[str, Any], ...] = (), **workflow: Any) -> Any:
        tree = {
            "arazzo": "1.0.1",
            "sourceDescriptions": [{"name": "shop", "url": "https://x.example/api/shop.json", "type": "openapi"}],
            "workflows": [{"workflowId": "buy", "steps": list(steps), **workflow}, *more],
            "components": {"parameters": {"tenant": {"name": "X-Tenant", "in": "header", "value": "acme"}}},
        }
        return of_text(json.dumps(tree), folder=self.folder, only=("buy",))


@pytest.fixture
def workflows(tmp_path: Path) -> Workflows:
    return Workflows(tmp_path)


LOGIN = {
    "stepId": "login",
    "operationId": "$sourceDescriptions.shop.login",
    "requestBody": {"payload": {"user": "$inputs.user", "password": "$inputs.password", "note": "for {$inputs.user}"}},
    "outputs": {"token": "$response.body#/token", "cart": "$response.body#/carts/0/id", "unused": "$response.body"},
}
CART = {
    "stepId": "cart",
    "operationPath": "{$sourceDescriptions.shop.url}#/paths/~1carts~1{id}/get",
    "parameters": [
        {"name": "id", "in": "path", "value": "$steps.login.outputs.cart"},
        {"name": "Authorization", "in": "header", "value": "Bearer {$steps.login.outputs.token}"},
        {"reference": "$components.parameters.tenant"},
    ],
}
INPUTS = {
    "type": "object",
    "properties": {"user": {"type": "string", "default": "ann"}, "password": {"type": "string"}},
}


def test_inputs_outputs_and_parameters_become_variables_captures_and_references(workflows: Workflows) -> None:
    imported = workflows.run(LOGIN, CART, inputs=INPUTS)
    probe = only_probe(imported)
    login, cart = probe.steps
    assert probe.variables == {"user": "ann"}
    assert login.request["json"] == {
        "user": "${{ vars.user }}",
        "password": "${{ secrets.password }}",
        "note": "for ${{ vars.user }}",
    }
    assert login.capture == {"token": {"json": "$.token", "secret": True}, "cart": "$.carts[0].id"}
    assert cart.request["url"] == "/carts/${{ captures.cart }}"
    assert cart.request["headers"] == {"X-Tenant": "acme"}
    assert cart.auth == {"bearer": "${{ captures.token }}"}
    assert "no step uses it" in reasons(imported)["$response.body"]
    assert "nothing is fetched" in reasons(imported, Fate.CHANGED)["https://x.example/api/shop.json"]


@pytest.mark.parametrize(
    ("criterion", "expect"),
    [
        ({"condition": "$statusCode == 201"}, {"status": 201}),
        ({"condition": "$statusCode == 200 || $statusCode == 201"}, {"status": [200, 201]}),
        ({"condition": "$response.body#/a/0/b != null"}, {"json": {"$.a[0].b": {"not_equals": None}}}),
        (
            {"condition": "$response.body#/n >= 3 && $response.body#/s == 'x'"},
            {"json": {"$.n": {"at_least": 3}, "$.s": "x"}},
        ),
        ({"condition": "$response.header.X-Left > 5"}, {"headers": {"X-Left": {"more_than": 5}}}),
        ({"context": "$statusCode", "condition": "^(200|204)$", "type": "regex"}, {"status": [200, 204]}),
        (
            {"context": "$response.header.ETag", "condition": "^W/", "type": "regex"},
            {"headers": {"ETag": {"matches": "^W/"}}},
        ),
        ({"context": "$response.body", "condition": "ok", "type": "regex"}, {"text": {"matches": "ok"}}),
        (
            {"context": "$response.body", "condition": "$[?@.token != null]", "type": "jsonpath"},
            {"json": {"$.token": {"not_equals": None}}},
        ),
        (
            {"context": "$response.body", "condition": "$[?count(@.items) > 0]", "type": "jsonpath"},
            {"json": {"$.items": {"length": {"more_than": 0}}}},
        ),
        (
            {
                "context": "$response.body",
                "condition": "$.items[?@.id == 1]",
                "type": {"type": "jsonpath", "version": "x"},
            },
            {"json": {"$.items[?@.id == 1]": {"count": {"at_least": 1}}}},
        ),
    ],
    ids=[
        "status",
        "or",
        "pointer",
        "and",
        "header",
        "regex-status",
        "regex-header",
        "regex-body",
        "filter",
        "count",
        "path",
    ],
)
def test_a_success_criterion_becomes_an_expectation(
    workflows: Workflows, criterion: dict[str, Any], expect: dict[str, Any]
) -> None:
    [step] = only_probe(workflows.run({**CART, "parameters": [], "successCriteria": [criterion]})).steps
    assert step.expect == expect


@pytest.mark.parametrize(
    "criterion",
    [
        {"condition": "$statusCode != 500"},
        {"condition": "$inputs.a == $steps.b.outputs.c"},
        {"condition": "nonsense"},
        {"condition": "(?=x)", "type": "regex", "context": "$response.body"},
        {"condition": "//a", "type": "xpath", "context": "$response.body"},
        {"condition": "$[", "type": "jsonpath", "context": "$response.body"},
        {},
        "text",
    ],
    ids=["not", "runtime", "nonsense", "look-ahead", "xpath", "path", "empty", "text"],
)
def test_a_criterion_that_cannot_be_said_is_dropped(workflows: Workflows, criterion: Any) -> None:
    imported = workflows.run({**CART, "parameters": [], "successCriteria": [criterion]})
    assert only_probe(imported).steps[0].expect == {"status": 200}
    assert any("successCriteria[0]" in row.place for row in imported.drafts.rows if row.fate is Fate.DROPPED)


def test_a_retry_is_kept_for_what_may_be_repeated(workflows: Workflows) -> None:
    action = {
        "name": "again",
        "type": "retry",
        "retryAfter": 1.5,
        "retryLimit": 3,
        "criteria": [{"condition": "$statusCode == 503"}],
    }
    imported = workflows.run(
        {**LOGIN, "onFailure": [action]}, {**CART, "onFailure": [action, {"type": "end", "name": "stop"}]}
    )
    login, cart = only_probe(imported).steps
    assert (login.more, cart.more) == ({}, {"retry": {"attempts": 4, "delay": "1.5s", "on": [503]}})
    assert {"onFailure again", "onFailure stop"} <= set(reasons(imported))


def test_a_workflow_that_calls_another_has_its_steps_in_its_place(workflows: Workflows) -> None:
    inner = {
        "workflowId": "sign-in",
        "inputs": INPUTS,
        "steps": [LOGIN],
        "outputs": {"bearer": "$steps.login.outputs.token"},
    }
    call = {
        "stepId": "first",
        "workflowId": "sign-in",
        "parameters": [{"name": "user", "value": "bob"}, {"name": "password", "value": "$inputs.secret"}],
        "outputs": {"mine": "$outputs.bearer"},
    }
    use = {
        **CART,
        "parameters": [{"name": "Authorization", "in": "header", "value": "Bearer {$steps.first.outputs.mine}"}],
    }
    probe = only_probe(workflows.run(call, use, more=(inner,)))
    login, cart = probe.steps
    assert login.request["json"]["note"] == "for bob"
    assert login.request["json"]["password"] == "${{ secrets.secret }}"
    assert cart.auth == {"bearer": "${{ captures.token }}"}


def test_a_workflow_that_calls_itself_ends(workflows: Workflows) -> None:
    imported = workflows.run(CART, {"stepId": "again", "workflowId": "buy"})
    assert "nested too deep" in reasons(imported)["the request"]


def test_what_is_not_known_is_a_variable_to_be_set(workflows: Workflows) -> None:
    imported = workflows.run(
        {**CART, "parameters": [{"name": "id", "in": "path", "value": "$steps.gone.outputs.cart"}]}
    )
    probe = only_probe(imported)
    assert probe.variables == {"cart": "set-me"}
    assert "no earlier step has such an output" in reasons(imported, Fate.CHANGED)["$steps.gone.outputs.cart"]


def test_jumps_are_dropped_unless_they_lead_to_the_next_step(workflows: Workflows) -> None:
    goto = [{"name": "on", "type": "goto", "stepId": "cart"}, {"name": "end", "type": "end"}]
    imported = workflows.run({**LOGIN, "onSuccess": goto}, CART, inputs=INPUTS)
    assert reasons(imported, Fate.KEPT)["onSuccess on"] == "the next step follows anyway"
    assert "without jumps" in reasons(imported)["onSuccess end"]


def test_a_misspelt_operation_says_which_was_meant(workflows: Workflows) -> None:
    imported = workflows.run({"stepId": "a", "operationId": "$sourceDescriptions.shop.logn"})
    assert "did you mean 'login'" in reasons(imported)["the request"]


@pytest.mark.parametrize(
    ("tree", "message"),
    [({"arazzo": "2.0"}, "no version that is read"), ({"arazzo": "1.0.0"}, "there is no workflow in it")],
    ids=["version", "nothing"],
)
def test_a_document_without_workflows_is_refused(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(NotImportable, match=message):
        of_text(json.dumps(tree))
