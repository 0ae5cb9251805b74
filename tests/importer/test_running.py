"""What was imported really runs: against httpbin, which answers with what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthmon.app.configuration import Origin
from synthmon.app.importing import Imported
from synthmon.app.oneshot import OneShot, Wanted
from synthmon.model.run import Outcome, RunResult
from tests.importer.bin import SECRET, httpbin
from tests.importer.imports import collection, of_text, of_tree, on_this_machine, scripted


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with httpbin() as address:
        yield address


def run(imported: Imported, folder: Path, **secrets: str) -> RunResult:
    environ = {f"SYNTHMON_SECRET_{name.upper()}": value for name, value in secrets.items()}
    result = OneShot(Origin(environ, None, folder), Wanted(str(on_this_machine(imported, folder)))).run()
    assert result.outcome is Outcome.PASSED, [step.failures for step in result.steps]
    return result


def test_a_command_of_curl_asks_for_the_same(url: str, tmp_path: Path) -> None:
    command = f"curl -u ann:{SECRET} {url}/basic-auth/ann/{SECRET}"
    run(of_text(command, mine=True), tmp_path, password=SECRET)


def test_a_collection_logs_in_takes_what_came_and_uses_it(url: str, tmp_path: Path) -> None:
    body = {"mode": "raw", "raw": '{"token": "{{$guid}}", "n": 7}', "options": {"raw": {"language": "json"}}}
    login = scripted(
        "const json = pm.response.json();",
        "pm.test('ok', () => { pm.response.to.have.status(200); pm.expect(json.json.n).to.eql(7); });",
        "pm.environment.set('token', json.json.token);",
        method="POST",
        url="{{base}}/post",
        body=body,
    )
    use = scripted(
        "tests['status'] = responseCode.code === 200; tests['it is there'] = 'token' in pm.response.json();",
        "pm.expect(pm.response.json().authenticated).to.be.true",
        url="{{base}}/bearer",
    )
    use["request"]["auth"] = {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]}
    redirected = scripted("pm.response.to.have.status(200)", url="{{base}}/redirect/2")
    tree = collection(login, use, redirected, variable=[{"key": "base", "value": url}])
    assert len(run(of_tree(tree, mine=True), tmp_path).steps) == 3


def test_a_recording_keeps_its_cookies_and_takes_what_an_answer_brings(url: str, tmp_path: Path) -> None:
    entries = [
        _entry("GET", f"{url}/cookies/set?lang=de", {"cookies": {"lang": "de"}}),
        _entry("GET", f"{url}/uuid", {"uuid": "9b2b5d51-6a3a-4d6a-8a51-0c2f6a1d7e11"}),
        _entry("GET", f"{url}/anything/9b2b5d51-6a3a-4d6a-8a51-0c2f6a1d7e11", {}),
    ]
    imported = of_tree({"log": {"entries": entries}}, mine=True)
    result = run(imported, tmp_path)
    assert len(result.steps) == 3
    assert imported.drafts.probes[0].steps[2].request["url"] == "/anything/${{ captures.uuid }}"


def _entry(method: str, address: str, answer: Any, **request: Any) -> dict[str, Any]:
    content = {"mimeType": "application/json", "text": json.dumps(answer)}
    moved = {"status": 302, "redirectURL": "/cookies", "content": {}} if "cookies/set" in address else {}
    response = {"status": 200, "headers": [], "content": content, **moved}
    return {"request": {"method": method, "url": address, "headers": [], **request}, "response": response}


def test_a_document_asks_with_its_examples(url: str, tmp_path: Path) -> None:
    parameters = [
        {"name": "id", "in": "path", "required": True, "example": "a b/c"},
        {"name": "tags", "in": "query", "example": ["x", "y"]},
        {"name": "X-Tenant", "in": "header", "example": "acme"},
    ]
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Bin"},
        "servers": [{"url": url}],
        "security": [{"door": []}],
        "paths": {"/anything/{id}": {"get": {"parameters": parameters, "responses": {"200": {}}}}},
        "components": {"securitySchemes": {"door": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    run(of_tree(document, mine=True), tmp_path, door_key=SECRET)
