"""Which faults an answer can have, which of them a probe notices, and which are none by its own word."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.prove.world import missed, proof_of, reasons, recorded, told

ORDER = {
    "id": "order-17",
    "paid": True,
    "total": {"amount": 19.9, "currency": "EUR"},
    "items": [{"sku": "A"}, {"sku": "B"}],
}


def one_step(expect: str, answer: Any = ORDER, more: str = "") -> Any:
    return recorded(
        f"{more}\nsteps: [{{id: a, request: GET /orders/order-17, expect: {expect}}}]", lambda _: given(answer)
    )


def given(answer: Any) -> httpx.Response:
    if isinstance(answer, httpx.Response):
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    return httpx.Response(200, json=answer)


@pytest.mark.parametrize(
    ("expect", "mutation", "unnoticed"),
    [
        ("{status: 200}", "other-success", []),
        ("{status: 2xx}", "other-success", ["status"]),
        ("{status: 200}", "redirect", []),
        ("{status: 200}", "client-error", []),
        ("{status: 200}", "server-error", []),
        ("{status: 200}", "html", ["body"]),
        ("{json: {$.id: order-17}}", "html", []),
        ("{json: {$.id: order-17}}", "empty-body", []),
        ("{json: {$.id: order-17}}", "truncated", []),
        ("{json: {$.id: order-17}}", "malformed", []),
        ("{status: 200}", "malformed", ["body"]),
        (
            "{json: {$.id: order-17}}",
            "missing-field",
            ["$.paid", "$.total", "$.items", "$.total.amount", "$.total.currency"],
        ),
        ("{json: {$.total.amount: 19.9}}", "off-by-one", []),
        ("{status: 200}", "off-by-one", ["$.total.amount"]),
        ("{json: {$.total.amount: {at_least: 0}}}", "off-by-one", ["$.total.amount"]),
        ("{json: {$.total.amount: {at_least: 0}}}", "negative", []),
        ("{json: {$.total.currency: EUR}}", "wrong-currency", []),
        ("{status: 200}", "wrong-currency", ["$.total.currency"]),
        ("{status: 200}", "opposite", ["$.paid"]),
        ("{json: {$.items: {length: 2}}}", "fewer-items", []),
        ("{status: 200}", "fewer-items", ["$.items"]),
        ("{json: {$.items: {length: {at_least: 1}}}}", "empty-list", []),
    ],
)
def test_what_is_expected_decides_what_is_noticed(expect: str, mutation: str, unnoticed: list[str]) -> None:
    proof = proof_of(one_step(expect), mutation)
    places = [place for _, place, noticed in told(proof) if noticed == "no"]
    assert [place for place in places if "[" not in place] == unnoticed
    assert proof.tried


@pytest.mark.parametrize(
    ("expect", "mutation", "place", "reason"),
    [
        ("{status: [200, 202]}", "other-success", "status", "the probe accepts 202"),
        ("{status: [200, 404]}", "client-error", "status", "the probe accepts 404"),
        ("{json: {$.total.amount: {at_least: 5}}}", "off-by-one", "$.total.amount", "names a range"),
        ("{json: {$.items: {length: {at_least: 1}}}}", "fewer-items", "$.items", "how few are enough"),
        ("{status: 200}", "extra-field", "$", "no schema forbids further fields"),
        (
            "{schema: {type: object, properties: {id: {type: string}}}}",
            "missing-field",
            "$.id",
            "the schema calls it optional",
        ),
        ("{schema: {properties: {id: {type: string}}}}", "missing-field", "$.paid", "does not know this field"),
        ("{schema: {properties: {id: {type: [string, 'null']}}}}", "null", "$.id", "the schema allows null"),
        ("{schema: {properties: {id: {minLength: 0}}}}", "empty-text", "$.id", "may be empty"),
    ],
)
def test_what_the_probe_or_its_schema_calls_right_is_no_fault(
    expect: str, mutation: str, place: str, reason: str
) -> None:
    proof = proof_of(one_step(expect), mutation)
    assert reason in reasons(proof)[place]
    assert place not in [one.fault.place for one in proof.tried]


def test_a_field_that_the_schema_requires_is_not_optional() -> None:
    expect = "{schema: {type: object, required: [id], properties: {id: {type: string, minLength: 1}}}}"
    proof = proof_of(one_step(expect), "missing-field", "null", "wrong-type", "empty-text")
    assert missed(proof) == []
    assert len(proof.tried) == 4


def test_a_closed_schema_notices_a_further_field() -> None:
    stage = one_step("{schema: {additionalProperties: false, properties: {id: {}}}}", {"id": 1})
    assert told(proof_of(stage, "extra-field")) == [("a", "$.unexpected", "failed")]


def test_a_field_that_must_not_be_there_is_put_there() -> None:
    assert told(proof_of(one_step("{json: {$.token: {exists: false}}}"), "extra-field")) == [("a", "$.token", "failed")]


def test_what_other_items_of_a_list_lack_is_optional() -> None:
    items = {"items": [{"phone": "+49301"}, {"phone": None}, {"phone": ""}, {}]}
    proof = proof_of(one_step("{status: 200}", items), "missing-field", "null", "empty-text")
    phones = [one.reason for one in proof.excused if one.place == "$.items[0].phone"]
    if phones:  # the seed picks the item
        assert len(phones) == 3


def test_a_value_captured_with_a_default_may_be_missing() -> None:
    stage = recorded(
        "steps: [{id: a, request: GET /, capture: {next: {json: $.next, default: null}}},"
        " {id: b, request: {url: /, params: {after: '${{ captures.next }}'}}}]",
        {"GET /": {"next": "cursor-2"}},
    )
    proof = proof_of(stage, "missing-field", "null")
    assert [one.reason for one in proof.excused if one.step == "a"] == ["the probe captures it with a default"] * 2


ECHO = """
vars: {contact: synth-0001}
steps:
  - id: change
    request: {method: PUT, url: "/contacts/${{ vars.contact }}", json: {note: "by ${{ run.id }}"}}
    expect: {status: 200}
    capture: {etag: $.version}
  - id: read
    request: GET /contacts/${{ vars.contact }}
    expect: {status: 200}
"""


def contacts() -> Any:
    note = {"note": ""}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            note["note"] = httpx.Response(200, content=request.read()).json()["note"]
        return httpx.Response(200, json={"id": "synth-0001", "version": "v-4711", **note})

    return answer


def test_what_the_run_sent_or_captured_is_known_when_it_comes_back() -> None:
    proof = proof_of(recorded(ECHO, contacts()), "another-run", "swapped-id")
    found = {f"{one.fault.mutation} {one.fault.step} {one.fault.place}": one.fault.remedy for one in proof.tried}
    assert found == {
        "swapped-id change $.id": {"expect": {"json": {"$.id": "${{ vars.contact }}"}}},
        "another-run change $.note": {"expect": {"json": {"$.note": "by ${{ run.id }}"}}},
        "swapped-id read $.id": {"expect": {"json": {"$.id": "${{ vars.contact }}"}}},
        "another-run read $.note": {"expect": {"json": {"$.note": "by ${{ run.id }}"}}},
        "another-run read $.version": {"expect": {"json": {"$.version": "${{ captures.etag }}"}}},
    }


def test_a_value_from_before_the_change_is_stale() -> None:
    states = iter(["draft", "sent"])
    stage = recorded(
        "steps: [{id: before, request: GET /}, {id: after, request: GET /}]",
        lambda _: httpx.Response(200, json={"id": "letter-17", "state": next(states)}),
    )
    [stale] = proof_of(stage, "stale-value").tried
    assert (stale.fault.step, stale.fault.place, stale.fault.remedy) == (
        "after",
        "$.state",
        {"expect": {"json": {"$.state": "sent"}}},
    )


def test_a_login_page_behind_a_followed_redirect_is_noticed_only_by_what_it_says() -> None:
    followed = "steps: [{{id: a, request: {{url: /, redirects: 3}}, expect: {}}}]"
    blind = proof_of(recorded(followed.format("{status: 200}"), {"GET /": ORDER}), "redirect")
    seeing = proof_of(recorded(followed.format("{json: {$.id: order-17}}"), {"GET /": ORDER}), "redirect")
    assert [one.noticed.value for one in (*blind.tried, *seeing.tried)] == ["no", "failed"]


def test_headers_and_cookies_that_the_probe_speaks_of_are_taken_away() -> None:
    answer = httpx.Response(
        201,
        headers=[
            ("Location", "/x"),
            ("X-Rate", "9"),
            ("Server", "s"),
            ("Set-Cookie", "sid=1; Path=/"),
            ("Set-Cookie", "old=; Max-Age=0"),
        ],
    )
    stage = one_step("{status: 201, headers: {X-Rate: {at_least: 1}}}", answer)
    proof = proof_of(stage, "missing-header", "missing-cookie")
    assert told(proof) == [("a", "X-Rate", "failed"), ("a", "Location", "no"), ("a", "sid", "no")]


def test_graphql_errors_beside_data() -> None:
    stage = recorded(
        "steps: [{id: a, request: {method: POST, url: /graphql, json: {query: '{ me { id } }'}}}]",
        {"POST /graphql": {"data": {"me": {"id": 1}}}},
    )
    assert told(proof_of(stage, "graphql-errors")) == [("a", "$.errors", "no")]


SLOW = "steps: [{{id: a, request: GET /, {}}}, {{id: b, request: GET /b}}]"


@pytest.mark.parametrize(
    ("budget", "noticed"),
    [
        ("latency_budget: 300ms", ["degraded"] * 2),
        ("latency_budget: {degraded: 300ms, failed: 900ms}", ["degraded", "failed"]),
        ("latency_budget: {first_byte: 100ms}", ["degraded"] * 2),
        ("timeout: 5s", ["no"]),
        ("timeout: 500ms", ["failed"]),
        ("latency_budget: 300ms, timeout: 1s", ["degraded", "failed"]),
    ],
)
def test_a_slow_first_byte_breaks_the_budget_just_so_and_ten_times_over(budget: str, noticed: list[str]) -> None:
    stage = recorded(SLOW.format(budget), {"GET /": {}, "GET /b": {}})
    proof = proof_of(stage, "slow-first-byte")
    assert [one.noticed.value for one in proof.tried if one.fault.step == "a"] == noticed


def test_the_budget_of_the_journey_holds_for_a_step_without_its_own() -> None:
    stage = recorded("latency_budget: 2s\n" + SLOW.format("expect: {status: 200}"), {"GET /": {}, "GET /b": {}})
    proof = proof_of(stage, "slow-transfer", "slow-connect", "slow-dns")
    assert {noticed for _, _, noticed in told(proof)} <= {"degraded", "failed"}
    assert reasons(proof)["dns"] == "the connection was there already"


def test_a_budget_beyond_synthmons_own_patience_with_connecting_does_not_apply() -> None:
    stage = recorded("steps: [{id: a, request: GET /, latency_budget: 8s}]", {"GET /": {}})
    assert "gives up connecting" in reasons(proof_of(stage, "slow-dns"))["dns"]


def test_faults_of_the_cleanup_are_noticed_by_the_cleanup() -> None:
    stage = recorded(
        "steps: [{id: a, request: GET /}]\ncleanup: [{id: z, request: DELETE /, expect: {status: 204}}]",
        lambda request: httpx.Response(204 if request.method == "DELETE" else 200),
    )
    proof = proof_of(stage, "server-error", "slow-first-byte")
    assert ("z", "status", "failed") in told(proof)
    assert [one.reason for one in proof.excused if one.step == "z"] == ["cleanup takes the time it takes"]


def test_a_run_that_cannot_judge_has_not_noticed() -> None:
    stage = recorded(
        "steps: [{id: a, request: GET /, capture: {n: $.n}},"
        " {id: b, request: {url: /, params: {n: '${{ captures.n }}', m: '${{ vars.list[0] }}'}}}]\nvars: {list: [1]}",
        {"GET /": {"n": 4}},
    )
    assert {noticed for _, _, noticed in told(proof_of(stage))} <= {"failed", "degraded", "no", "not_judged"}
