"""A kept recording holds no secret and nothing that is redacted, and proves what the run itself would."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from synthmon.engine.fault import Wire
from synthmon.errors import ConfigurationError, MalformedDocument
from synthmon.language.formats import has_format
from synthmon.model.run import ExchangePurpose, Phases
from synthmon.model.secret import Secret
from synthmon.prove.keeping import StandIns, from_text, masked, to_text
from synthmon.prove.masking import Mask, Redacted
from synthmon.prove.recording import Answer, Recording, Taken
from synthmon.prove.replay import Stage
from tests.engine.world import GivenSecrets
from tests.making import key
from tests.prove.world import SECRETS, proof_of, recorded, told

NOBODY = GivenSecrets({})
PEOPLE = [{"name": f"Ada Number {n}", "email": f"ada.{n}@example.com", "phone": f"+4930123456{n}"} for n in range(5)]
HIDING = """
secrets: [shop_password, client_secret]
vars: {me: sam@example.com}
auth:
  partner:
    oauth2:
      token_url: https://shop.example.com/token
      client_id: synthmon
      client_secret: ${{ secrets.client_secret }}
steps:
  - id: log_in
    request: {method: POST, url: /sessions, json: {password: "${{ secrets.shop_password }}", user: "${{ vars.me }}"}}
    expect:
      status: 201
      json: {$.token: {length: 24}, $.user.email: "${{ vars.me }}", $.echo: "${{ secrets.shop_password }}"}
    capture:
      token: {json: $.token, secret: true}
  - id: people
    auth: {bearer: "${{ captures.token }}"}
    request: GET /people
    expect:
      status: 200
      json:
        $.items: {length: 5}
        "$.items[*].email": {each: {format: email}}
        "$.items[*].phone": {each: {matches: "^[+][1-9][0-9]+$"}}
        $.token: ${{ captures.token }}
  - {id: partner, auth: partner, request: GET /partner, expect: {status: 200}}
redact:
  json: [$..email, $..name, $..phone]
"""
TOKEN, ACCESS, SESSION = "t0ken-of-1234-ABCD-ef-xy", "access-0123456789", "5e551on-0123456789abcdef"
HIDDEN = [*SECRETS.values(), TOKEN, ACCESS, SESSION, *(value for one in PEOPLE for value in one.values())]


def answer(request: httpx.Request) -> httpx.Response:
    match request.url.path:
        case "/sessions":
            body = {"token": TOKEN, "user": {"email": "sam@example.com"}, "echo": SECRETS["shop_password"]}
            cookie = f"session={SESSION}; HttpOnly"
            return httpx.Response(201, json=body, headers={"Set-Cookie": cookie, "X-Trace": f"for {TOKEN}"})
        case "/people":
            basic = base64.b64encode(f"x:{TOKEN}".encode()).decode()
            said = {"said": f"{PEOPLE[0]['name']} {quote(TOKEN)} {basic}", "token": TOKEN}
            return httpx.Response(200, json={"items": PEOPLE, **said})
        case "/token":
            return httpx.Response(200, json={"access_token": ACCESS, "token_type": "bearer", "expires_in": 600})
    return httpx.Response(200, json={"fine": True})


@pytest.fixture(scope="module")
def stage() -> Stage:
    made = recorded(HIDING, answer)
    return replace(made, probe=replace(made.probe, yaml=HIDING))


@pytest.fixture(scope="module")
def text(stage: Stage) -> str:
    return to_text(*masked(stage, random.Random(1)))


def forms(value: str) -> set[str]:
    plain = base64.b64encode(value.encode()).decode().rstrip("=")
    return {value, quote(value), json.dumps(value)[1:-1], plain[:-1]}


def test_nothing_that_is_secret_or_redacted_is_in_the_file(text: str) -> None:
    assert [value for value in HIDDEN if any(form in text for form in forms(value))] == []


def test_what_the_probe_itself_says_in_the_open_stays(text: str) -> None:
    assert "sam@example.com" in text


def test_a_kept_recording_proves_the_same_without_any_secret(stage: Stage, text: str) -> None:
    recording, secrets = from_text(text)
    kept = replace(stage, recording=recording, secrets=StandIns(secrets, NOBODY))
    proof = proof_of(kept)
    assert told(proof) == told(proof_of(stage))
    assert proof.masked
    assert len(proof.tried) > 80


def test_two_files_of_one_run_have_other_stand_ins(stage: Stage, text: str) -> None:
    assert to_text(*masked(stage, random.Random(2))) != text


def test_a_recording_is_not_written_before_it_is_masked(stage: Stage) -> None:
    with pytest.raises(ValueError, match="masked"):
        to_text(stage.recording, {})


def test_a_run_that_is_not_good_without_its_secrets_is_not_kept() -> None:
    probe = """
    secrets: [shop_password]
    steps:
      - id: a
        request: {url: /, params: {p: "${{ secrets.shop_password }}"}}
        expect: {json: {$.hash: "${{ sha256(secrets.shop_password) }}"}}
    """
    stage = recorded(probe, {"GET /": {"hash": hashlib.sha256(SECRETS["shop_password"].encode()).hexdigest()}})
    with pytest.raises(ConfigurationError, match="cannot be kept, as without its secrets the run is failed at `a`"):
        masked(stage, random.Random(1))


def masked_body(mask: Mask, body: bytes) -> Any:
    answer = Answer(200, ((b"Content-Type", b"application/json"),), body)
    taken = Taken("ask", ExchangePurpose.REQUEST, Wire(Phases()), answer)
    [one] = mask.recording(Recording(key(), 1, (), (taken,))).taken
    assert one.answer is not None
    return json.loads(one.answer.body)


@pytest.mark.parametrize("number", [424242, -7.25, 424242.5])
def test_a_secret_that_is_a_number_gives_way_to_another_number(number: float) -> None:
    body = json.dumps({"pin": number, "again": [number], "other": 17, "yes": True}).encode()
    found = masked_body(Mask([Secret("captures.pin", str(number))], {}, Redacted((), ""), random.Random(1)), body)
    assert found["pin"] != number
    assert found["again"] == [found["pin"]]
    assert type(found["pin"]) is type(number)
    assert (found["other"], found["yes"]) == (17, True)


@pytest.mark.parametrize("number", [1e-07, 1.5e300, -2e-300, 12.5, 0])
def test_a_number_that_is_redacted_is_one_afterwards_however_it_is_written(number: float) -> None:
    body = json.dumps({"n": number}).encode()
    found = masked_body(Mask([], {}, Redacted(("$.n",), ""), random.Random(1)), body)
    assert isinstance(found["n"], type(number))


@pytest.mark.parametrize(
    "value",
    [
        "ada@example.com",
        "+4930123456",
        "5c1f1bd0-1c2a-4e5f-9a0b-0123456789ab",
        "2026-11-27T08:15:00Z",
        "Ünal 7",
        "1234-5678",
    ],
)
def test_a_stand_in_has_the_form_of_what_it_stands_for(value: str) -> None:
    mask = Mask([Secret("captures.x", value)], {}, Redacted((), ""), random.Random(3))
    made = mask.text(value)
    known = [name for name in ("email", "uuid", "date-time", "date") if has_format(value, name)]
    assert made != value
    assert (len(made), [name for name in known if has_format(made, name)]) == (len(value), known)


def damaged(text: str, change: Any) -> str:
    document = json.loads(text)
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: one.pop("seed"), "seed: missing"),
        (lambda one: one.update(synthmon_recording=2), "this version reads format 1"),
        (lambda one: one["exchanges"][0].update(status="x"), r"exchanges\[0\].status: expected a whole number"),
        (lambda one: one["exchanges"][0].update(purpose="x"), r"exchanges\[0\].purpose: expected one of"),
        (lambda one: one["exchanges"][0].update(text=None, base64="?"), r"exchanges\[0\].base64: expected a body"),
        (lambda one: one.update(instants=[]), "instants"),
        (lambda one: one["key"].update(kind="odd"), "key.kind"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(text: str, change: Any, said: str) -> None:
    with pytest.raises(MalformedDocument, match=said):
        from_text(damaged(text, change))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(MalformedDocument):
        from_text(text)


def test_a_failed_exchange_and_a_binary_body_come_back_as_they_were() -> None:
    attempts = iter([httpx.Response(503), httpx.Response(200, content=b"\xff\xfe\x00", headers=[(b"X", "ü".encode())])])
    stage = recorded("steps: [{id: a, request: GET /, retry: {attempts: 2, on: [503]}}]", lambda _: next(attempts))
    recording, _ = from_text(to_text(*masked(stage, random.Random(1))))
    assert [(one.answer.status, one.answer.body) for one in recording.taken if one.answer] == [
        (503, b""),
        (200, b"\xff\xfe\x00"),
    ]
    assert recording.taken[0].purpose is ExchangePurpose.REQUEST
