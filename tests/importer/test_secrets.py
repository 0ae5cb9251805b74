"""Credentials of every format are written nowhere: not plain, not encoded, not in the table, not in a message."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from synthmon.app.importing import Imported
from synthmon.importer.report import as_values
from tests.importer.imports import api, collection, exchange, of_text, of_tree, recording, scripted

CHANCE = random.Random("secrets")
LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGH23456789-_.~"


def secret(extra: str = "") -> str:
    return "".join(CHANCE.choice(LETTERS) for _ in range(18)) + extra


def header(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value, "key": name}


def forms(value: str) -> Iterator[str]:
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield base64.b64encode(value.encode()).decode().rstrip("=")[:-2]
    yield base64.b64encode(f"ann:{value}".encode()).decode().rstrip("=")[8:-2]


def curl(given: Callable[[], str]) -> Imported:
    value = given()
    return of_text(
        f"curl -u 'ann:{given()}' 'https://a.example/x?access_token={quote(value)}' -H 'X-Api-Key: {given()}'\n"
        f"curl https://a.example/y -b 'sid={given()}' -d 'password={quote(given())}' -H 'X-Copy: see {value} there'\n"
        f"curl https://a.example/z --oauth2-bearer {given()} -F 'client_secret={given()}'"
    )


def postman(given: Callable[[], str]) -> Imported:
    value = given()
    body = {"mode": "raw", "raw": json.dumps({"password": given(), "deep": [{"apiToken": given()}]})}
    auth = {"type": "oauth2", "oauth2": {"accessToken": given(), "clientSecret": given()}}
    item = scripted(
        f"pm.environment.set('password', '{given()}');",
        f"pm.expect(pm.response.json().echo).to.eql('{value}');",
        method="POST",
        url={"raw": f"https://ann:{quote(given())}@a.example/{value}/x?api_key={quote(given())}"},
        header=[header("X-Token", value), header("Cookie", f"sid={given()}")],
        body=body,
    )
    second = scripted(url="https://a.example/{{password}}/{{plain}}")
    variables = [{"key": "plain", "value": given(), "type": "secret"}, {"key": "db_password", "value": given()}]
    return of_tree(collection(item, second, auth=auth, variable=variables))


def har(given: Callable[[], str]) -> Imported:
    token, session = given(), given()
    answer = {"token": token, "nested": {"refresh_token": given()}}
    setting = {"headers": [header("Set-Cookie", f"sid={session}; Path=/"), header("X-Auth", given())]}
    sent = {"headers": [header("Authorization", f"Bearer {token}"), header("Cookie", f"sid={session}; old={given()}")]}
    posted = {"postData": {"mimeType": "application/json", "text": json.dumps({"password": given(), "n": token})}}
    return of_tree(
        recording(
            exchange(
                "POST",
                f"/login?key={quote(given())}&signature={quote(given())}",
                answer,
                request=posted,
                response=setting,
            ),
            exchange("GET", f"/me/{token}?proof={quote(token)}", {}, request=sent),
            exchange("GET", f"/other/{token}.png?token={token}", {}, response={"content": {"mimeType": "image/png"}}),
        )
    )


def openapi(given: Callable[[], str]) -> Imported:
    value = given()
    parameters = [
        {"name": "api_key", "in": "query", "required": True, "example": value},
        {"name": "X-Auth-Token", "in": "header", "example": given()},
        {"name": "session", "in": "cookie", "example": given()},
    ]
    body = {
        "content": {"application/json": {"example": {"password": given(), "list": [{"secret": given()}], "x": value}}}
    }
    answer = {"200": {"content": {"application/json": {"example": {"token": given()}}}}}
    servers = [{"url": "https://{password}.a.example", "variables": {"password": {"default": given()}}}]
    paths = {"/x": {"post": {"parameters": parameters, "requestBody": body, "responses": answer}}}
    return of_tree({**api(paths), "servers": servers}, writes=True)


@pytest.mark.parametrize("made_by", [curl, postman, har, openapi])
def test_no_value_of_a_credential_is_written_in_any_form(made_by: Callable[[Callable[[], str]], Imported]) -> None:
    values: list[str] = []

    def given() -> str:
        values.append(secret())
        return values[-1]

    imported = made_by(given)
    assert imported.drafts.probes
    said: list[Any] = [as_values(imported.drafts, list(imported.files)), imported.files]
    everything = json.dumps(said, ensure_ascii=False) + "".join(imported.files.values())
    found = {value for value in values for form in forms(value) if form in everything}
    assert found == set()
