"""A replay is the recorded run again: no socket, no time, the same chance and clock, answers by step and order."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from synthmon.model.run import ExchangePurpose, Outcome
from synthmon.prove.replay import Change, replay
from tests.prove.world import missed, proof_of, recorded, told

CHANCE = """
vars: {mark: "${{ uuid() }}"}
steps:
  - id: put
    request:
      method: PUT
      url: /notes
      json: {mark: "${{ vars.mark }}", at: "${{ now() }}", n: "${{ random_int(1, 9) }}"}
    expect: {json: {$.mark: "${{ vars.mark }}"}}
    capture: {number: $.n}
  - id: get
    request: GET /notes/${{ captures.number }}?at=${{ unix_time() }}
"""
POLLED = """
interval: 15m
timeout: 10m
steps:
  - id: order
    request: POST /orders
    capture: {id: $.id}
  - id: wait
    request: GET /orders/${{ captures.id }}
    poll: {every: 10s, timeout: 5m, until: {json: {$.status: paid}}}
    expect: {status: 200, json: {$.id: "${{ captures.id }}", $.status: paid}}
"""
ORDERS = {
    "POST /orders": {"id": "order-17"},
    "GET /orders/order-17": ({"id": "order-17", "status": "new"}, {"id": "order-17", "status": "paid"}),
}
TOKENS = """
secrets: [client_secret]
auth:
  partner:
    oauth2:
      token_url: https://shop.example.com/token
      client_id: synthmon
      client_secret: ${{ secrets.client_secret }}
      renew_on_401: true
defaults: {auth: partner}
steps:
  - {id: first, request: GET /a, expect: {status: 200}}
  - {id: second, request: GET /b, expect: {status: 200}}
"""


def echoed(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=request.read() or b"{}")


def test_what_the_run_drew_of_time_and_chance_it_draws_again() -> None:
    stage = recorded(CHANCE, echoed)
    one, other = replay(stage), replay(stage)
    assert one.result.outcome is Outcome.PASSED
    assert [[sent.url for sent in lane] for lane in one.sent.values()] == [
        [sent.url for sent in lane] for lane in other.sent.values()
    ]
    assert one.sent["put", False][0].content == stage.recording.taken[0].answer.body  # type: ignore[union-attr]


def test_a_replay_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = recorded(POLLED, ORDERS)

    def refused(*_given: object, **_named: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert proof_of(stage).tried


def test_waiting_costs_no_time() -> None:
    stage = recorded(POLLED, ORDERS)
    began = time.monotonic()
    [never] = proof_of(stage, "never-true").tried
    assert (never.passed, never.kind, never.fault.step) == (True, "poll", "wait")
    assert time.monotonic() - began < 60  # the poll alone would wait for five minutes


def test_answers_are_found_by_step_and_order_whatever_the_address_is() -> None:
    stage = recorded(POLLED, ORDERS)
    again = replay(stage)
    statuses = [exchange.status for exchange in again.result.steps[1].exchanges]
    assert (again.result.outcome, statuses) == (Outcome.PASSED, [200, 200])


def test_the_change_stands_for_every_later_answer_of_its_step_and_for_no_other() -> None:
    stage = recorded(POLLED, ORDERS)
    taken = stage.recording.lane(("wait", False))
    stuck = replay(stage, Change(("wait", False), 1, taken[0]))
    assert stuck.result.outcome is Outcome.FAILED
    assert len(stuck.sent["wait", False]) > 20
    assert len(stuck.sent["order", False]) == 1


def test_a_token_is_fetched_from_the_recording_and_again_after_a_401() -> None:
    answers = {"POST /token": {"access_token": "t-0123456789", "token_type": "Bearer"}, "GET /a": {}, "GET /b": {}}
    stage = recorded(TOKENS, answers)
    assert [one.purpose for one in stage.recording.taken].count(ExchangePurpose.TOKEN) == 1
    proof = proof_of(stage, "expired-token")
    assert told(proof) == [("first", "status", "degraded"), ("second", "status", "degraded")]


def test_a_fault_of_the_network_in_the_recording_is_replayed_like_an_answer() -> None:
    gone = [httpx.Response(503), httpx.Response(200, json={"id": 7})]
    stage = recorded(
        "steps: [{id: a, request: GET /, retry: {attempts: 2, on: [503]}, expect: {status: 200, json: {$.id: 7}}}]",
        lambda _request: gone.pop(0),
    )
    assert [exchange.status for exchange in replay(stage).result.steps[0].exchanges] == [503, 200]
    assert missed(proof_of(stage, "server-error", "html", "missing-field")) == []


def test_a_proof_is_the_same_for_the_same_seed() -> None:
    items = {"items": [{"n": number, "t": "x" * (number + 1)} for number in range(40)]}
    stage = recorded("steps: [{id: a, request: GET /, expect: {status: 200}}]", {"GET /": items})
    one, other = proof_of(stage, seed=3), proof_of(stage, seed=3)
    assert told(one) == told(other)
    assert told(one) != told(proof_of(stage, seed=4))
