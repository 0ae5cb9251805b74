"""The partner's API: tokens that expire, contacts in pages, and its two faults."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

from synthmon.demo.partner import CONTACTS
from tests.demo.conftest import CLIENT, Inside

PATTERN = json.loads(Path("probes/schemas/contacts.schema.json").read_text("utf-8"))["$defs"]["contact"]["properties"][
    "phone"
]["pattern"]


def test_a_client_gets_a_token_by_basic_authentication_or_in_the_form(shop: Inside) -> None:
    form = {"grant_type": "client_credentials", "client_id": CLIENT[0], "client_secret": CLIENT[1], "scope": "a b"}
    for answer in (shop.fetch_token(), shop.ask("POST", "/partner/oauth/token", data=form)):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 120)
        token = {"Authorization": f"Bearer {body['access_token']}"}
        assert shop.ask("GET", "/partner/v2/contacts", headers=token).status_code == 200
    assert body["scope"] == "a b"


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        _basic(CLIENT[0], "wrong"),
        _basic("somebody", CLIENT[1]),
        "Basic not-base64!",
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Bearer x",
        "",
    ],
)
def test_a_wrong_client_is_refused(shop: Inside, authorization: str) -> None:
    answer = shop.ask(
        "POST",
        "/partner/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": authorization},
    )
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert answer.headers["www-authenticate"].startswith("Basic")


def test_name_and_password_in_basic_authentication_are_form_encoded(shop: Inside) -> None:
    escaped = "".join(f"%{ord(letter):02X}" for letter in CLIENT[1])
    headers = {"Authorization": _basic(CLIENT[0], escaped)}
    data = {"grant_type": "client_credentials"}
    assert shop.ask("POST", "/partner/oauth/token", data=data, headers=headers).status_code == 200


@pytest.mark.parametrize("grant", ["password", "", "refresh_token"])
def test_another_grant_is_not_supported(shop: Inside, grant: str) -> None:
    answer = shop.ask("POST", "/partner/oauth/token", data={"grant_type": grant}, auth=CLIENT)
    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/partner/v2/contacts"),
        ("GET", "/partner/v2/contacts/synth-0001"),
        ("PATCH", "/partner/v2/contacts/synth-0001"),
    ],
)
def test_a_token_is_refused_once_it_has_expired(shop: Inside, method: str, path: str) -> None:
    shop.authorise()
    shop.time += 119.9
    assert shop.ask(method, path, json={"note": ""}).status_code == 200
    shop.time += 0.1
    answer = shop.ask(method, path, json={"note": ""})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    shop.authorise()
    assert shop.ask(method, path, json={"note": ""}).status_code == 200


@pytest.mark.parametrize("limit", [1, 50, 100, 5000])
def test_page_after_page_every_contact_is_seen_once(shop: Inside, limit: int) -> None:
    shop.authorise()
    seen: list[str] = []
    cursor: str | None = "0"
    pages = 0
    while cursor is not None and pages <= CONTACTS:
        answer = shop.ask("GET", "/partner/v2/contacts", params={"limit": limit, "cursor": cursor})
        page = answer.json()
        assert 1 <= len(page["items"]) <= min(limit, 100)
        seen += [contact["id"] for contact in page["items"]]
        cursor = page["next"]
        pages += 1
    assert seen == [f"synth-{number:04d}" for number in range(CONTACTS)]
    assert int(answer.headers["x-ratelimit-remaining"]) > 0


@pytest.mark.parametrize("params", [{"limit": "many"}, {"cursor": "next"}, {"cursor": "9" * 5000}])
def test_a_page_that_is_no_number_is_refused(shop: Inside, params: dict[str, str]) -> None:
    shop.authorise()
    assert shop.ask("GET", "/partner/v2/contacts", params=params).status_code == 400


def test_behind_the_last_contact_is_an_empty_page(shop: Inside) -> None:
    shop.authorise()
    assert shop.ask("GET", "/partner/v2/contacts", params={"cursor": "5000"}).json() == {"items": [], "next": None}


def test_a_note_is_written_and_read_back_and_touches_no_other_contact(shop: Inside) -> None:
    shop.authorise()
    changed = shop.ask("PATCH", "/partner/v2/contacts/synth-0001", json={"note": "seen"})
    assert changed.json()["note"] == "seen"
    assert shop.ask("GET", "/partner/v2/contacts/synth-0001").json() == changed.json()
    assert shop.ask("GET", "/partner/v2/contacts/synth-0002").json()["note"] == ""


@pytest.mark.parametrize(
    "content", [b'{"note": 7}', b"{}", b"[]", b"no JSON", b'{"note": "\\ud800"}', b'{"note": "' + b"x" * 501 + b'"}']
)
def test_what_is_no_note_is_refused_and_changes_nothing(shop: Inside, content: bytes) -> None:
    shop.authorise()
    assert shop.ask("PATCH", "/partner/v2/contacts/synth-0001", content=content).status_code == 422
    assert shop.ask("GET", "/partner/v2/contacts/synth-0001").json()["note"] == ""


def test_a_contact_that_does_not_exist_is_not_found(shop: Inside) -> None:
    shop.authorise()
    for name in ("synth-0120", "synth-1", "synth-00001", "%3Cb%3E"):
        assert shop.ask("GET", f"/partner/v2/contacts/{name}").status_code == 404


# Faults


def test_with_the_fault_no_token_is_renewed_and_those_given_still_work(shop: Inside) -> None:
    shop.authorise()
    shop.faults.switch("token-refused", on=True)
    assert (shop.fetch_token().status_code, shop.fetch_token().json()) == (401, {"error": "invalid_client"})
    assert shop.ask("GET", "/partner/v2/contacts").status_code == 200
    shop.faults.switch("token-refused", on=False)
    assert shop.fetch_token().status_code == 200


def test_with_the_fault_some_phone_numbers_break_the_contract_and_without_none(shop: Inside) -> None:
    shop.authorise()

    def broken() -> int:
        contacts = shop.ask("GET", "/partner/v2/contacts", params={"limit": 50}).json()["items"]
        return sum(contact["phone"] is not None and not re.search(PATTERN, contact["phone"]) for contact in contacts)

    counts = []
    for on in (False, True, False):
        shop.faults.switch("phone-format", on=on)
        counts.append(broken())
    assert counts[0] == counts[2] == 0
    assert 0 < counts[1] < 50
