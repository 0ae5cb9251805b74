"""Command lines of cURL become steps that ask for the same."""

from __future__ import annotations

from typing import Any

import pytest

from synthmon.importer.draft import NotImportable
from synthmon.importer.table import Fate
from tests.importer.imports import of_text, only_probe, only_step, reasons, written

URL = "https://shop.example.com/api/me"


@pytest.mark.parametrize(
    ("command", "request_"),
    [
        (f"curl {URL}", {"method": "GET", "url": "/api/me"}),
        (f"curl -X PATCH {URL} -d a=1 --data b=x%20y", {"method": "PATCH", "form": {"a": 1, "b": "x y"}}),
        (f"curl {URL} -d '{{\"a\":[1,null]}}' -H 'content-type: application/json'", {"json": {"a": [1, None]}}),
        (f"curl --json '{{\"a\":1}}' {URL}", {"json": {"a": 1}, "headers": {"Accept": "application/json"}}),
        (
            f"curl {URL} --data-raw @kept -H 'Content-Type: text/plain'",
            {"raw": {"content_type": "text/plain", "text": "@kept"}},
        ),
        (f"curl {URL} --data-urlencode 'q=a b&c' --data-urlencode =x", {"form": {"q": "a b&c"}, "method": "POST"}),
        (
            f"curl -G {URL} -d q=a -d q=b --data-urlencode 'r=ä ö'",
            {"params": {"q": ["a", "b"], "r": "ä ö"}, "method": "GET"},
        ),
        (f"curl -sSLI {URL}", {"method": "HEAD", "redirects": 20}),
        (f"curl -L --max-redirs 3 {URL}", {"redirects": 3}),
        (
            f"curl {URL} -A mine -e https://a.example/ -H 'X-Empty;' -H 'Accept:'",
            {"headers": {"User-Agent": "mine", "Referer": "https://a.example/", "X-Empty": ""}},
        ),
        ("curl --url https://shop.example.com/?page=1&sort=up#top", {"url": "/", "params": {"page": 1}}),
        (f"curl '{URL}?a=1&b&c='", {"url": "/api/me?a=1&b&c="}),
        ("curl shop.example.com/x", {"url": "/x"}),
        ("/usr/bin/curl https://shop.example.com/a%20b/ü", {"url": "/a%20b/%C3%BC"}),
    ],
    ids=[
        "get",
        "form",
        "json",
        "json-option",
        "raw",
        "urlencode",
        "get-data",
        "head",
        "redirects",
        "headers",
        "ampersand",
        "odd-query",
        "no-scheme",
        "path",
    ],
)
def test_a_command_becomes_a_request(command: str, request_: dict[str, Any]) -> None:
    made = only_step(of_text(command)).request
    if "=x" in command and "form" in request_ and len(request_["form"]) == 1:
        assert made["raw"]["text"] == "q=a%20b%26c&x"  # a piece without a name is no field of a form
    else:
        assert {name: made.get(name) for name in request_} == request_


def test_credentials_become_secrets_and_are_written_nowhere() -> None:
    imported = of_text(
        "curl -u 'ann:pa55-w0rd:x' 'https://shop.example.com/a?api_key=KEY-1234567' -H 'X-Auth-Token: tok-abcdefg'\n"
        "curl https://shop.example.com/b -H 'Authorization: Bearer brr-1234567' -b 'sid=ses-7654321; lang=de'\n"
        "curl https://bob:s3cr3t-pw@shop.example.com/c -H 'Authorization: AWS4-HMAC-SHA256 Credential=cred-7777777'\n"
        "curl https://shop.example.com/d --json '"
        '{"login":"ann","password":"KEY-1234567","n":{"clientSecret":98765432}}\'\n'
    )
    first, second, third, fourth = only_probe(imported).steps
    assert first.auth == {"basic": {"username": "ann", "password": "${{ secrets.password }}"}}
    assert first.request["params"] == {"api_key": "${{ secrets.api_key }}"}
    assert first.request["headers"] == {"X-Auth-Token": "${{ secrets.auth_token }}"}
    assert second.auth == {"bearer": "${{ secrets.token }}"}
    assert second.request["headers"] == {"Cookie": "${{ secrets.cookie }}"}
    assert third.request["headers"] == {"Authorization": "AWS4-HMAC-SHA256 ${{ secrets.authorization }}"}
    assert fourth.request["json"] == {
        "login": "ann",
        "password": "${{ secrets.api_key }}",  # the same value is the same secret
        "n": {"clientSecret": "${{ secrets.client_secret }}"},
    }
    everything = written(imported)
    for value in (
        "pa55-w0rd",
        "KEY-1234567",
        "tok-abcdefg",
        "brr-1234567",
        "ses-7654321",
        "s3cr3t-pw",
        "7777777",
        "98765432",
    ):
        assert value not in everything
    assert "SYNTHMON_SECRET_API_KEY" in everything


def test_variables_of_the_shell_become_variables_and_secrets() -> None:
    probe = only_probe(
        of_text('curl "$BASE/users/${USER_ID:-7}?x=$X" -H "Authorization: Bearer $TOKEN"', variables={"BASE": URL})
    )
    assert probe.base_url == "${{ vars.base }}"
    assert probe.variables == {"base": URL, "user_id": "7", "x": "set-me"}
    assert probe.steps[0].auth == {"bearer": "${{ secrets.token }}"}
    assert probe.steps[0].request["url"] == "/users/${{ vars.user_id }}"


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (f"curl -k {URL}", "--insecure"),
        (f"curl --cert me.pem {URL}", "--cert"),
        (f"curl -x http://proxy:3128 {URL}", "--proxy"),
        (f"curl -b cookies.txt {URL}", "--cookie"),
        (f"curl {URL} | jq .id", "| jq .id"),
        (f"curl --frobnicate {URL}", "--frobnicate"),
        (f"curl -o out {URL}", "--output"),
        (f"wget x\ncurl {URL}", "wget"),
        (f"curl -H 'Bad Name: x' {URL}", "header Bad Name"),
        (f"curl -H $'X-A: b\\r\\nX-Evil: c' {URL}", "header X-A"),
        (f"curl -X GET {URL} -d a=1", "body"),
    ],
    ids=["insecure", "cert", "proxy", "cookies", "pipe", "unknown", "output", "other", "name", "crlf", "body"],
)
def test_what_a_probe_cannot_do_is_dropped_with_the_reason(command: str, what: str) -> None:
    imported = of_text(command, "curl")
    only_probe(imported)
    assert reasons(imported)[what]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("curl -T file https://a.example/", "uploads the file"),
        ("curl -d @body.json https://a.example/", "is the file 'body.json', which is not read"),
        ("curl --digest -u a:b https://a.example/", "authentication by `--digest` is not spoken"),
        ("curl -X BREW https://a.example/", "'BREW' is no method that is probed"),
        ("curl file:///etc/passwd", "file: is no scheme that is probed"),
        ("curl javascript:alert(1)", "cannot be asked for"),
        ("curl https://a.example:99999/", "its port is none"),
        ('curl "$HOST x/y"', "its host is none"),
        ("curl -s", "it has no url"),
    ],
    ids=["upload", "file", "digest", "method", "scheme", "javascript", "port", "variable", "nothing"],
)
def test_a_command_that_is_no_step_says_why(command: str, message: str) -> None:
    imported = of_text(command, "curl")
    assert imported.files == {}
    assert any(message in row.why for row in imported.drafts.rows if row.fate is Fate.DROPPED)


@pytest.mark.parametrize(
    "text", ["", "   \n", "# nothing", "wget https://a.example"], ids=["empty", "blank", "comment", "wget"]
)
def test_a_text_without_a_command_is_refused(text: str) -> None:
    with pytest.raises(NotImportable, match="there is no curl command in it"):
        of_text(text, "curl")


def test_a_command_for_windows_is_told_how_to_be_copied() -> None:
    with pytest.raises(NotImportable, match=r"cmd\.exe") as refused:
        of_text('curl ^"https://a.example/^" ^\n  -H ^"A: b^"', "curl")
    assert "Copy as cURL (bash)" in str(refused.value.hint)


def test_a_time_limit_and_several_requests_are_kept() -> None:
    probe = only_probe(of_text(f"curl -m 2.5 {URL} https://shop.example.com/b --next -I {URL}"))
    assert [step.more for step in probe.steps] == [{"timeout": "2.5s"}, {"timeout": "2.5s"}, {}]
    assert [step.request["method"] for step in probe.steps] == ["GET", "GET", "HEAD"]


def test_a_form_of_parts_is_kept() -> None:
    step = only_step(
        of_text(f"curl {URL} -F a=1 -F 'b=x;y;type=text/csv' -F 'p=@/tmp/me.png;type=image/png' --form-string c=@d")
    )
    assert step.request["method"] == "POST"
    assert step.request["multipart"] == {
        "a": 1,
        "b": {"text": "x;y", "content_type": "text/csv"},
        "p": {"text": "synthetic", "filename": "me.png", "content_type": "image/png"},
        "c": "@d",
    }


def test_a_retry_is_kept_for_what_may_be_repeated() -> None:
    imported = of_text(f"curl --retry 2 {URL}\ncurl --retry 2 {URL} -d a=1")
    assert [step.more for step in only_probe(imported).steps] == [{"retry": {"attempts": 3}}, {}]
    assert "a POST sent again may do it twice" in reasons(imported)["--retry"]
