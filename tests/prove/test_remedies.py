"""What is suggested can be pasted: the file validates, the good run stays good, and the fault is noticed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from synthmon.prove.mutation import Remedy
from synthmon.prove.mutations import IDS
from synthmon.prove.proof import Proof
from synthmon.prove.proving import not_good
from synthmon.prove.remedies import merged, yaml
from synthmon.prove.replay import Stage, replay
from tests.prove.pasting import pasted
from tests.prove.world import SECRETS, proof_of, recorded

BLIND = """
interval: 1m
vars: {sku: SYNTH-1, currency: EUR}
secrets: [shop_password]
steps:
  - id: log_in
    request: {method: POST, url: /sessions, json: {password: "${{ secrets.shop_password }}", device: synthmon-probe}}
    capture: {token: {json: $.token, secret: true}}
  - id: order
    auth: {bearer: "${{ captures.token }}"}
    request: {method: POST, url: /orders, json: {sku: "${{ vars.sku }}", by: "synthmon-${{ run.id }}", count: 2}}
    capture: {order: $.id, total: $.total.amount}
  - id: read
    request: {url: "/orders/${{ captures.order }}", redirects: 2}
  - id: list
    request: GET /orders
  - id: ask
    request: {method: POST, url: /graphql, json: {query: "{ me { id } }"}}
  - id: page
    request: GET /welcome
  - id: touch
    request: PUT /touch
cleanup:
  - id: cancel
    request: DELETE /orders/by/synthmon-${{ run.id }}
"""


def shop(request: httpx.Request) -> httpx.Response:
    """Answers with a bit of everything."""
    sent = request.read()
    body: Any = httpx.Response(200, content=sent).json() if sent else {}
    order = {
        "id": "order-4711",
        "by": shop.by,  # type: ignore[attr-defined]
        "total": {"amount": 19.9, "currency": "EUR"},
        "lines": [{"sku": "SYNTH-1", "count": 2}],
        "state": "new" if request.method == "POST" else "paid",
        "gift": False,
        "odd name": {"ünïcode": 'say "hi"', "a'b": "${{ no expression }}", "no": "no"},
    }
    match request.method, request.url.path:
        case "POST", "/sessions":
            cookie = {"Set-Cookie": "sid=0123456789abcdef0123; Path=/"}
            answer = {"token": "t-0123456789abcdef", "expires_in": 900, "device": body["device"]}
            return httpx.Response(201, json=answer, headers={**cookie, "Location": "/sessions/1"})
        case "POST", "/orders":
            shop.by = order["by"] = body["by"]  # type: ignore[attr-defined]
            return httpx.Response(201, json=order)
        case "GET", "/orders":
            rows = [
                {"id": f"order-{n}", "n": n + 1, "tags": ["a", "b"], "who": {"mail": f"{n}@x.org"}} for n in range(9)
            ]
            return httpx.Response(200, json={"rows": rows, "next": "9"})
        case "POST", "/graphql":
            return httpx.Response(200, json={"data": {"me": {"id": "u-1"}}})
        case "GET", "/welcome":
            page = "<html><title>Welcome</title>\n<p>to the shop</p>\n<p>of {braces}: 'quotes'</p></html>"
            return httpx.Response(200, text=page, headers={"Content-Type": "text/html"})
        case "PUT", "/touch":
            return httpx.Response(200)
        case "DELETE", _:
            return httpx.Response(204)
    return httpx.Response(200, json=order)


shop.by = ""  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def stage() -> Stage:
    made = recorded(BLIND, shop)
    head = "synthmon: 1\nname: shop\nbase_url: https://shop.example.com\n"
    return replace(made, probe=replace(made.probe, yaml=head + BLIND))


@pytest.fixture(scope="module")
def proof(stage: Stage) -> Proof:
    return proof_of(stage)


def test_a_probe_that_expects_nothing_misses_nearly_everything(proof: Proof) -> None:
    assert proof.score < 0.4
    assert len(proof.tried) > 200
    of_no_step_here = {"slow-tls", "never-true", "extra-field"}
    assert {one.fault.mutation for one in proof.tried} >= set(IDS) - of_no_step_here


def test_every_fault_that_is_missed_has_a_remedy(proof: Proof) -> None:
    assert [one.fault.words for one in proof.tried if not one.passed and one.fault.remedy is None] == []


def test_each_remedy_by_itself_notices_its_fault_and_keeps_the_good_run_good(stage: Stage, proof: Proof) -> None:
    changed: dict[str, Stage] = {}
    for step, missed, _ in proof.remedies():
        for one in missed:
            assert one.fault.remedy is not None
            remedy = merged(step, [one.fault.remedy])
            text = f"{step.id} {yaml(remedy)}"
            if text not in changed:
                changed[text] = pasted(stage, step, remedy)
                assert not_good(replay(changed[text]).result) is None, text
            result = replay(changed[text], one.fault.change).result
            outcomes = {result.outcome.value, *(after.outcome.value for after in result.cleanup)}
            assert outcomes & {"failed", "degraded"}, f"{one.fault.words}: {text}"
    assert len(changed) > 60


def test_all_remedies_together_leave_nothing_unnoticed(stage: Stage, proof: Proof) -> None:
    better = stage
    for step, _, remedy in proof.remedies():
        better = pasted(better, step, remedy)
    better = replace(better, probe=replace(better.probe, yaml=better.probe.yaml))
    again = proof_of(better)
    assert [one.fault.words for one in again.tried if not one.passed] == []


def test_a_remedy_keeps_what_is_asserted_already_at_its_place() -> None:
    stage = recorded(
        """
        steps:
          - id: a
            request: GET /
            expect: {status: 200, json: {$.name: {starts_with: S, type: string}, "$.rows[*].n": {each: {type: number}}}}
        """,
        {"GET /": {"name": "Sam", "rows": [{"n": 3}, {"n": 4}]}},
    )
    step = stage.probe.journey.steps[0]
    remedies: list[Remedy] = [
        {"expect": {"json": {"$.name": {"length": {"at_least": 1}}}}},
        {"expect": {"json": {"$.rows[*].n": {"each": {"at_least": 0}}}}},
    ]
    assert merged(step, remedies) == {
        "expect": {
            "json": {
                "$.name": {"starts_with": "S", "type": "string", "length": {"at_least": 1}},
                "$.rows[*].n": {"each": {"type": "number", "at_least": 0}},
            }
        }
    }


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "no",
        "true",
        "12",
        "${{ vars.a }}",
        "by ${{ run.id }}",
        "a: b",
        "a #b",
        "ü",
        "",
        " x",
        'q"',
        "-",
        7,
        1.5,
        True,
        None,
        [1, "a"],
        "{a}",
        "[b",
        "a, b",
        "*x",
        "&y",
        "!z",
        "%",
        "@",
        "~",
        "null",
        "0x1f",
        "1e3",
        "2026-11-27",
        "x\ny",
        "x\x85y",
        "\x1b[31mred",
        "\u202egpj",
        "😀",
        "\U000e0001",
        "a\\b",
    ],
    ids=repr,
)
def test_a_value_is_read_from_yaml_as_it_was_written(value: Any) -> None:
    for remedy in ({"expect": {"json": {"$.a": value}}}, {"expect": {"json": {"$.a": {"equals": value}}}}):
        text = "\n".join(yaml(remedy))
        assert YAML(typ="safe").load(text) == remedy, text
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("key", ["$.a", "$.rows[*].n", "$.rows[?!@.sku]", "$['odd name']", "$['a\\'b']", "$['ü: #']"])
def test_a_path_is_read_from_yaml_as_it_was_written(key: str) -> None:
    remedy = {"expect": {"json": {key: {"exists": True}}}}
    assert YAML(typ="safe").load("\n".join(yaml(remedy))) == remedy


def test_nothing_that_is_suggested_or_told_holds_a_secret(proof: Proof) -> None:
    text = repr([(one.fault.words, one.fault.remedy) for one in proof.tried]) + repr(proof.excused)
    hidden = (*SECRETS.values(), "t-0123456789abcdef", "0123456789abcdef0123")
    assert [value for value in hidden if value in text] == []
    assert re.search(r"\$\.token", text)


def test_nothing_that_the_probe_redacts_is_told_or_suggested() -> None:
    person = {"currency": "QAR", "born": 19620411, "member": True, "name": "Ada Lovelace", "visits": 4711}
    stage = recorded(
        """
        steps: [{id: a, request: GET /}, {id: b, request: GET /page}]
        redact: {json: ["$.currency", "$.born", "$.member", "$.name", "$.visits"]}
        """,
        lambda request: (
            httpx.Response(200, text="Dear Ada Lovelace")
            if request.url.path == "/page"
            else httpx.Response(200, json=person)
        ),
    )
    proof = proof_of(stage)
    said = repr([(one.fault.words, one.fault.remedy) for one in proof.tried]) + repr(proof.excused)
    assert [value for value in ("QAR", "19620411", "Ada", "4711") if value in said] == []
    assert {one.fault.mutation for one in proof.tried} >= {"missing-field", "null", "wrong-type", "negative"}
