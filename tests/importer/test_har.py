"""A recording becomes the journey that was recorded: noise left out, values correlated, credentials secret."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from synthmon.importer.draft import NotImportable
from synthmon.importer.table import Fate
from tests.importer.imports import exchange, of_tree, only_probe, only_step, reasons, recording, written

TOKEN = "t0k-9f8e7d6c5b4a"


def header(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def posted(body: Any) -> dict[str, Any]:
    return {"postData": {"mimeType": "application/json", "text": json.dumps(body)}}


def test_a_token_that_an_answer_brings_becomes_a_capture_and_references() -> None:
    imported = of_tree(
        recording(
            exchange(
                "POST",
                "/sessions",
                {"user": {"id": 4711}, "access_token": TOKEN},
                request=posted({"user": "ann", "password": "geheim-123"}),
            ),
            exchange(
                "GET",
                "/users/4711/cart?user=4711",
                {},
                request={"headers": [header("Authorization", f"Bearer {TOKEN}")]},
            ),
            exchange("POST", "/orders", {}, request=posted({"buyer": 4711, "proof": f"x-{TOKEN}"})),
        )
    )
    login, cart, order = only_probe(imported).steps
    assert login.capture == {"user_id": "$.user.id", "access_token": {"json": "$.access_token", "secret": True}}
    assert login.request["json"] == {"user": "ann", "password": "${{ secrets.password }}"}
    assert cart.request["url"] == "/users/${{ captures.user_id }}/cart"
    assert cart.request["params"] == {"user": "${{ captures.user_id }}"}
    assert cart.auth == {"bearer": "${{ captures.access_token }}"}
    assert order.request["json"] == {"buyer": "${{ captures.user_id }}", "proof": "x-${{ captures.access_token }}"}
    assert cart.name == "GET /users/{user_id}/cart"
    assert not any(value in written(imported) for value in (TOKEN, "geheim-123"))


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        ({"headers": [header("X-CSRF-Token", TOKEN)]}, {"header": "X-CSRF-Token", "secret": True}),
        ({"headers": [header("Set-Cookie", f"XSRF-TOKEN={TOKEN}; Path=/")]}, {"cookie": "XSRF-TOKEN", "secret": True}),
        (
            {
                "content": {
                    "mimeType": "application/json",
                    "encoding": "base64",
                    "text": base64.b64encode(json.dumps([{"odd-key": TOKEN}]).encode()).decode(),
                }
            },
            {"json": "$[0]['odd-key']", "secret": True},
        ),
    ],
    ids=["header", "cookie", "base64"],
)
def test_a_value_is_found_wherever_an_answer_has_it(answer: dict[str, Any], how: dict[str, Any]) -> None:
    later = exchange("POST", "/b", {}, request={"headers": [header("X-CSRF-Token", TOKEN)], **posted({"a": 1})})
    first, second = only_probe(of_tree(recording(exchange("GET", "/a", response=answer), later))).steps
    [(name, capture)] = first.capture.items()
    assert capture == how
    assert second.request["headers"]["X-CSRF-Token"] == f"${{{{ captures.{name} }}}}"


def test_what_the_client_knew_before_is_no_capture() -> None:
    """An answer that echoes what was sent did not bring it."""
    imported = of_tree(
        recording(
            exchange("GET", "/search?q=headphones", {"query": "headphones"}),
            exchange("GET", "/search?q=headphones", {}),
        )
    )
    assert [step.capture for step in only_probe(imported).steps] == [{}, {}]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (exchange("GET", "/a.png", response={"content": {"mimeType": "image/png"}}), "a file of a page (image/png)"),
        (exchange("GET", "/a.js?v=2", response={"content": {}}), "a file of a page"),
        (exchange("GET", "/x", _resourceType="font"), "a font of a page"),
        (exchange("OPTIONS", "/api", {}), "a browser asks by itself"),
        (exchange("GET", "/x", response={"status": 0}), "it was cancelled"),
        (exchange("GET", "/", request={"url": "https://www.google-analytics.com/collect"}), "it counts or advertises"),
        (exchange("GET", "/", request={"url": "https://other.example.org/x"}), "`--host other.example.org` takes it"),
        (exchange("GET", "/", request={"url": "data:text/plain,x"}), "it is no address of the web"),
        (exchange("GET", "/", request={"url": "javascript:alert(1)"}), "it is no address of the web"),
        (exchange("GET", "/", request={"url": ""}), "it has no url"),
        (exchange("BREW", "/"), "is no method that is probed"),
    ],
    ids=[
        "image",
        "script",
        "resource",
        "preflight",
        "cancelled",
        "counter",
        "other",
        "data",
        "javascript",
        "none",
        "method",
    ],
)
def test_what_is_not_part_of_the_journey_is_dropped(entry: dict[str, Any], why: str) -> None:
    imported = of_tree(recording(exchange("GET", "/start", {}), entry))
    assert [step.id for step in only_probe(imported).steps] == ["get_start"]
    assert any(why in row.why and row.place == "log.entries[1]" for row in imported.drafts.rows)


def test_the_host_that_is_named_is_taken_instead() -> None:
    other = exchange("GET", "/", {}, request={"url": "https://api.partner.example:8443/v1/x"})
    probe = only_probe(of_tree(recording(exchange("GET", "/a", {}), other), hosts=("api.partner.example",)))
    assert (probe.base_url, probe.steps[0].request["url"]) == ("https://api.partner.example:8443", "/v1/x")


def test_hosts_of_the_same_site_belong_together() -> None:
    other = exchange("GET", "/", {}, request={"url": "https://api.example.com/me"})
    probe = only_probe(of_tree(recording(exchange("GET", "/a", {}), other)))
    assert [step.request["url"] for step in probe.steps] == ["/a", "https://api.example.com/me"]


def test_redirects_are_one_step_and_cookies_are_left_to_the_jar() -> None:
    moved = {"status": 302, "headers": [header("Location", "/home"), header("Set-Cookie", "sid=abcdef123; HttpOnly")]}
    old = header("Cookie", "sid=abcdef123; _ga=GA1.2; consent=yes-to-all")
    imported = of_tree(
        recording(
            exchange("POST", "/login", request=posted({"user": "ann"}), response=moved),
            exchange("GET", "/home", {"hello": 1}, request={"headers": [old]}),
            exchange("GET", "/cart", {}, request={"headers": [old]}),
        )
    )
    login, cart = only_probe(imported).steps
    assert (login.request["redirects"], login.expect["status"]) == (1, 200)
    assert cart.request["headers"] == {"Cookie": "${{ secrets.cookie }}"}
    assert reasons(imported, Fate.CHANGED)["cookie sid"].endswith("the jar of the run sends it")
    assert reasons(imported)["cookie _ga"] == "it counts visitors"
    assert "yes-to-all" not in written(imported)


def test_bodies_keep_their_kind() -> None:
    form = {"mimeType": "application/x-www-form-urlencoded; charset=UTF-8", "text": "a=1&b=x+y&a=2"}
    only = {
        "mimeType": "application/x-www-form-urlencoded",
        "params": [header("c", "3"), header("password", "hidden-99")],
    }
    raw = {"mimeType": "text/csv", "text": "id,note\n1,{{x}} ${{y}}"}
    steps = only_probe(
        of_tree(recording(*(exchange("POST", "/x", {}, request={"postData": one}) for one in (form, only, raw))))
    ).steps
    assert steps[0].request["form"] == {"a": [1, 2], "b": "x y"}
    assert steps[1].request["form"] == {"c": 3, "password": "${{ secrets.password }}"}
    assert steps[2].request["raw"] == {"content_type": "text/csv", "text": 'id,note\n1,{${{ "" }}{x}} $${{y}}'}


def test_the_answer_that_was_recorded_is_expected() -> None:
    step = only_step(of_tree(recording(exchange("GET", "/a", {"x": 1}, response={"status": 203}))))
    assert step.expect["status"] == 203


@pytest.mark.parametrize(
    "tree", [{"log": {"entries": []}}, {"log": {}}, {"log": {"entries": "x"}}], ids=["empty", "none", "text"]
)
def test_a_recording_of_nothing_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(NotImportable, match="so nothing was recorded"):
        of_tree(tree, "har")


def test_a_recorded_form_of_parts_is_taken_apart() -> None:
    lines = [
        *("--b1", 'Content-Disposition: form-data; name="note"', "", "hello"),
        *("--b1", 'Content-Disposition: form-data; name="photo"; filename="a.png"', "Content-Type: image/png", "", "…"),
        *("--b1--", ""),
    ]
    data = {"mimeType": "multipart/form-data; boundary=b1", "text": "\r\n".join(lines)}
    step = only_step(of_tree(recording(exchange("POST", "/upload", {}, request={"postData": data}))))
    assert step.request["multipart"] == {
        "note": "hello",
        "photo": {"text": "synthetic", "filename": "a.png", "content_type": "image/png"},
    }


def test_a_token_in_a_form_of_a_page_is_taken_by_a_pattern() -> None:
    page = '<html>\n<form><input type="hidden" name="csrf_token" value="f00d-8a9b-c0de">\n<input name="user">'
    shown = {"content": {"mimeType": "text/html; charset=utf-8", "text": page}}
    form = {"mimeType": "application/x-www-form-urlencoded", "text": "csrf_token=f00d-8a9b-c0de&user=ann"}
    imported = of_tree(
        recording(
            exchange("GET", "/login", response=shown),
            exchange("POST", "/login", {}, request={"postData": form}),
        )
    )
    first, second = only_probe(imported).steps
    pattern = '<input type="hidden" name="csrf_token" value="([^"]+)'
    assert first.capture == {"csrf_token": {"regex": pattern, "secret": True}}
    assert second.request["form"] == {"csrf_token": "${{ captures.csrf_token }}", "user": "ann"}
    assert "f00d-8a9b-c0de" not in written(imported)
