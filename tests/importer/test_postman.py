"""A collection becomes a probe; its scripts are read, and none is executed."""

from __future__ import annotations

from typing import Any

import pytest

from synthmon.importer.draft import NotImportable
from synthmon.importer.table import Fate
from tests.importer.imports import collection, of_tree, only_probe, only_step, reasons, scripted, written

BASE = {"variable": [{"key": "baseUrl", "value": "https://shop.example.com"}]}


def asked(**request: Any) -> dict[str, Any]:
    return {"name": "Read", "request": {"method": "GET", "url": "https://shop.example.com/api/me", **request}}


@pytest.mark.parametrize(
    ("line", "expect"),
    [
        ("pm.response.to.have.status(201);", {"status": 201}),
        ("pm.test('ok', function () { pm.response.to.have.status(201) })", {"status": 201}),
        ("pm.test('ok', () => {\n  pm.expect(pm.response.code).to.be.oneOf([200, 201]);\n});", {"status": [200, 201]}),
        ("tests['Status code is 200'] = responseCode.code === 200;", {"status": 200}),
        ("pm.response.to.be.ok", {"status": 200}),
        ("pm.response.to.be.unauthorized;", {"status": 401}),
        ("pm.response.to.have.header('ETag');", {"headers": {"ETag": {"exists": True}}}),
        ("pm.response.to.have.header('X-A', 'b');", {"headers": {"X-A": "b"}}),
        (
            "pm.expect(pm.response.headers.get('Content-Type')).to.include('json')",
            {"headers": {"Content-Type": {"contains": "json"}}},
        ),
        ("tests['h'] = postman.getResponseHeader('X-A')", {"headers": {"X-A": {"exists": True}}}),
        ("pm.expect(pm.cookies.get('sid')).to.exist", {"cookies": {"sid": {"exists": True}}}),
        (
            "const j = pm.response.json(); pm.expect(j.a.b[0]['c-d']).to.eql('x;y')",
            {"json": {"$.a.b[0]['c-d']": "x;y"}},
        ),
        (
            "var j = JSON.parse(responseBody)\ntests['a'] = j.n === 5 && j.ok == true",
            {"json": {"$.n": 5, "$.ok": True}},
        ),
        ("tests['a'] = 'x' in pm.response.json().args", {"json": {"$.args.x": {"exists": True}}}),
        ("tests['a'] = !('x' in pm.response.json().args)", {"json": {"$.args.x": {"exists": False}}}),
        (
            "const {user} = pm.response.json();\npm.expect(user.name).to.not.equal('bob')",
            {"json": {"$.user.name": {"not_equals": "bob"}}},
        ),
        (
            "pm.expect(pm.response.json().n).to.be.above(1)\npm.expect(pm.response.json().n).to.be.at.most(9)",
            {"json": {"$.n": {"more_than": 1, "at_most": 9}}},
        ),
        ("pm.expect(pm.response.json().items.length).to.equal(3)", {"json": {"$.items": {"length": 3}}}),
        ("pm.expect(pm.response.json().items).to.have.lengthOf(3)", {"json": {"$.items": {"length": 3}}}),
        ("pm.expect(pm.response.json().a).to.be.a('string')", {"json": {"$.a": {"type": "string"}}}),
        ("pm.expect(pm.response.json().a).to.be.true", {"json": {"$.a": True}}),
        ("pm.expect(pm.response.json()).to.have.property('a', 1)", {"json": {"$.a": 1}}),
        ("pm.expect(pm.response.json().a).to.match(/^x[0-9]+$/i)", {"json": {"$.a": {"matches": "(?i)^x[0-9]+$"}}}),
        ("pm.response.to.have.jsonBody('a.b', 2)", {"json": {"$.a.b": 2}}),
        (
            "pm.expect(pm.response.text()).to.include('a'); tests['b'] = responseBody.has('b')",
            {"text": [{"contains": "a"}, {"contains": "b"}]},
        ),
        ("try { tests['a'] = responseCode.code === 200 } catch (e) { console.log(e) }", {"status": 200}),
    ],
    ids=lambda value: None if isinstance(value, dict) else "".join(char for char in value if char.isalnum())[:40],
)
def test_a_well_known_statement_becomes_an_expectation(line: str, expect: dict[str, Any]) -> None:
    assert only_step(of_tree(collection(scripted(line)))).expect == expect


@pytest.mark.parametrize(
    "line",
    [
        "if (x) { pm.response.to.have.status(500); }",
        "for (const a of b) { tests['a'] = responseCode.code === 500; }",
        "function check() { pm.response.to.have.status(500) }",
        "const f = () => { pm.response.to.have.status(500) }",
        "[1].forEach(function (one) { pm.response.to.have.status(500) })",
        "pm.sendRequest('https://x.example', function (e, r) { pm.response.to.have.status(500) })",
        "// pm.response.to.have.status(500)\nconst a = 'pm.response.to.have.status(500)'",
        "/* pm.response.to.have.status(500); */ let b = 1",
        "pm.expect(pm.response.code).to.equal(wanted)",
        "pm.expect(pm.response.json().a).to.equal('a' + 'b')",
        "pm.expect(pm.variables.get('a')).to.equal('b')",
        "pm.response.to.not.have.status(400)",
        "eval(pm.response.text())",
        "tests['a'] = responseCode.code === 200 || responseCode.code === 500",
    ],
    ids=[
        "if",
        "for",
        "function",
        "arrow",
        "callback",
        "request",
        "comment",
        "block",
        "variable",
        "sum",
        "pm",
        "not",
        "eval",
        "or",
    ],
)
def test_what_is_conditional_computed_or_unknown_is_dropped_and_told(line: str) -> None:
    imported = of_tree(collection(scripted(line)))
    assert only_step(imported).expect == {}
    assert any("test script" in row.place for row in imported.drafts.rows if row.fate is Fate.DROPPED)


def test_a_variable_that_a_script_sets_from_an_answer_is_a_capture_for_later_requests() -> None:
    login = scripted(
        "const json = pm.response.json();",
        "pm.environment.set('token', json.token);",
        'pm.collectionVariables.set("cart", pm.response.json().carts[0].id);',
        "postman.setEnvironmentVariable('etag', postman.getResponseHeader('ETag'));",
        "pm.globals.set('fixed', 'value');",
    )
    later = asked(
        url="{{baseUrl}}/carts/{{cart}}?fixed={{fixed}}",
        header=[{"key": "If-Match", "value": "{{etag}}"}],
        auth={"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
    )
    first, second = only_probe(of_tree(collection(login, later, **BASE))).steps
    assert first.capture == {
        "token": {"json": "$.token", "secret": True},
        "cart": "$.carts[0].id",
        "etag": {"header": "ETag"},
    }
    assert second.request["url"] == "${{ vars.base_url }}/carts/${{ captures.cart }}"
    assert second.request["params"] == {"fixed": "${{ vars.fixed }}"}
    assert second.request["headers"] == {"If-Match": "${{ captures.etag }}"}
    assert second.auth == {"bearer": "${{ captures.token }}"}


def test_variables_have_the_value_of_the_collection_or_of_the_command_or_say_that_they_have_none() -> None:
    tree = collection(
        asked(url="{{baseUrl}}/a/{{id}}/{{other}}?x={{deep}}"), variable=[{"key": "deep", "value": "1{{id}}"}]
    )
    imported = of_tree(tree, variables={"id": "7"})
    probe = only_probe(imported)
    assert probe.variables == {
        "base_url": "https://set-me.invalid",
        "id": "7",
        "other": "set-me",
        "deep": "1${{ vars.id }}",
    }
    assert "--var other=" in next(row.why for row in imported.drafts.rows if "other" in row.why)


def test_dynamic_variables_become_functions() -> None:
    raw = '{"id": "{{$guid}}", "at": {{$timestamp}}, "n": {{$randomInt}}, "who": "{{$randomFullName}}"}'
    body = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
    assert only_step(of_tree(collection(asked(method="POST", body=body)))).request["json"] == {
        "id": "${{ uuid() }}",
        "at": "${{ unix_time() }}",
        "n": "${{ random_int(0, 1000) }}",
        "who": "${{ random_string(8) }}",
    }


@pytest.mark.parametrize(
    ("auth", "made"),
    [
        (
            {"type": "basic", "basic": {"username": "ann", "password": "s3cret-77"}},
            {"basic": {"username": "ann", "password": "${{ secrets.password }}"}},
        ),
        ({"type": "bearer", "bearer": [{"key": "token", "value": "s3cret-77"}]}, {"bearer": "${{ secrets.token }}"}),
        (
            {"type": "apikey", "apikey": [{"key": "key", "value": "X-Key"}, {"key": "value", "value": "s3cret-77"}]},
            {"api_key": {"header": "X-Key", "value": "${{ secrets.key }}"}},
        ),
        (
            {"type": "apikey", "apikey": {"key": "k", "value": "s3cret-77", "in": "query"}},
            {"api_key": {"query": "k", "value": "${{ secrets.k }}"}},
        ),
        ({"type": "oauth2", "oauth2": {"accessToken": "s3cret-77"}}, {"bearer": "${{ secrets.access_token }}"}),
        (
            {
                "type": "oauth2",
                "oauth2": {
                    "grant_type": "client_credentials",
                    "accessTokenUrl": "https://a.example/t",
                    "clientId": "c",
                    "clientSecret": "s3cret-77",
                },
            },
            "oauth2",
        ),
        ({"type": "digest", "digest": {"username": "ann", "password": "s3cret-77"}}, None),
        ({"type": "noauth"}, None),
    ],
    ids=["basic", "bearer", "key", "key-in-query", "token", "client-credentials", "digest", "none"],
)
def test_authentication_is_taken_over_without_its_values(auth: dict[str, Any], made: Any) -> None:
    imported = of_tree(collection(asked(), auth=auth))
    assert only_step(imported).auth == made
    assert "s3cret-77" not in written(imported)


def test_a_variable_in_the_place_of_a_credential_is_a_secret_wherever_it_stands() -> None:
    tree = collection(
        asked(url="https://shop.example.com/a?x={{k}}"),
        asked(header=[{"key": "X-Api-Key", "value": "{{k}}"}]),
        variable=[{"key": "k", "value": "key-of-the-shop"}],
    )
    imported = of_tree(tree)
    first, second = only_probe(imported).steps
    assert (first.request["params"], second.request["headers"]) == (
        {"x": "${{ secrets.k }}"},
        {"X-Api-Key": "${{ secrets.k }}"},
    )
    assert "key-of-the-shop" not in written(imported)


def test_a_time_becomes_a_latency_budget_and_a_saved_example_the_expected_status() -> None:
    item = scripted("pm.expect(pm.response.responseTime).to.be.below(1500)")
    item["response"] = [{"name": "ok", "code": 202}]
    step = only_step(of_tree(collection(item)))
    assert (step.latency_budget, step.expect) == ("1500ms", {"status": 202})


def test_what_is_switched_off_is_dropped() -> None:
    url = {"raw": "https://shop.example.com/a?b=1", "query": [{"key": "c", "value": "2", "disabled": True}]}
    header = [{"key": "X-Off", "value": "1", "disabled": True}]
    form = {
        "mode": "urlencoded",
        "urlencoded": [{"key": "d", "value": "1", "disabled": True}, {"key": "e", "value": "{{n}}"}],
    }
    imported = of_tree(
        collection(asked(method="POST", url=url, header=header, body=form), variable=[{"key": "n", "value": 5}])
    )
    request = only_step(imported).request
    assert (request["params"], request["form"], "headers" in request) == ({"b": 1}, {"e": "${{ vars.n }}"}, False)
    assert {"parameter c", "header X-Off", "field d"} <= set(reasons(imported))


def test_folders_stand_above_their_first_request_and_can_be_chosen() -> None:
    tree = collection({"name": "Cart", "item": [asked(), asked()]}, {"name": "Pay", "item": [asked()]})
    assert [step.heading for step in only_probe(of_tree(tree)).steps] == ["Cart", "", "Pay"]
    assert len(only_probe(of_tree(tree, only=("pay",))).steps) == 1
    with pytest.raises(NotImportable, match="no request with such a name"):
        of_tree(tree, only=("nowhere",))


def test_a_host_from_an_answer_is_no_step() -> None:
    login = scripted("pm.environment.set('next', pm.response.json().links.next);")
    imported = of_tree(collection(login, asked(url="{{next}}/x")))
    assert len(only_probe(imported).steps) == 1
    assert "an answer must not choose who is asked next" in reasons(imported)["the request"]


def test_version_1_is_refused_with_the_way_to_convert_it() -> None:
    with pytest.raises(NotImportable, match="version 1") as refused:
        of_tree({"name": "old", "requests": [], "order": []}, "postman")
    assert "Collection v2.1" in str(refused.value.hint)


def test_a_form_of_parts_has_texts_and_stand_ins_for_files() -> None:
    form = [
        {"key": "note", "value": "hello"},
        {"key": "apiKey", "value": "part-of-a-key"},
        {"key": "photo", "type": "file", "src": "/home/ann/pictures/a.png", "contentType": "image/png"},
    ]
    imported = of_tree(collection(asked(method="POST", body={"mode": "formdata", "formdata": form})))
    assert only_step(imported).request["multipart"] == {
        "note": "hello",
        "apiKey": "${{ secrets.api_key }}",
        "photo": {"text": "synthetic", "filename": "a.png", "content_type": "image/png"},
    }
    assert "/home/ann" not in written(imported)


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("query Order($id: ID!) { order(id: $id) { state } }", "graphql"),
        ("query { orders { state } }", "json"),  # the variable is declared nowhere
        ("query Order($id: ID!, $n: Int!) { order(id: $id, n: $n) { state } }", "json"),  # one is missing
        ("query { {{fields}} }", "json"),
        ("no document", "json"),
    ],
    ids=["whole", "undeclared", "missing", "changing", "none"],
)
def test_a_document_of_graphql_is_one_where_it_is_whole(query: str, key: str) -> None:
    body = {"mode": "graphql", "graphql": {"query": query, "variables": '{"id": 5}'}}
    request = only_step(of_tree(collection(asked(method="POST", body=body)))).request
    assert request[key]["variables"] == {"id": 5}
