"""AWS Signature Version 4 gives the signatures that Amazon has published; without its library the way to it is told."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import httpx
import pytest

from synthmon.engine.awssign import Signer, signature
from synthmon.model.auth import AwsAuth
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import World, probe, request, step, text

SUITE = Signer("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", "us-east-1", "service")
SUITE_AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
AMAZON = "https://example.amazonaws.com"

# From Amazon's test suite for Signature Version 4, by the names it has there; without those of requests that no client
# sends so, because their addresses are not encoded or a header stands there twice.
VECTORS = {
    "get-vanilla": ("GET", "/", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "get-vanilla-query-order-key-case": (
        *("GET", "/?Param2=value2&Param1=value1", {}, b""),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-unreserved": (
        *("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", {}, b""),
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ),
    "get-relative": ("GET", "/example/..", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "post-vanilla": ("POST", "/", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-x-www-form-urlencoded": (
        *("POST", "/", FORM, b"Param1=value1"),
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}

# From the examples in Amazon's documentation of S3.
S3 = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", "us-east-1", "s3")
S3_AT = datetime(2013, 5, 24, tzinfo=UTC)
S3_VECTORS = {
    "/?lifecycle": "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    "/?max-keys=2&prefix=J": "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
}


def signed(method: str, url: str, headers: dict[str, str], body: bytes, signer: Signer, at: datetime) -> dict[str, str]:
    return dict(signature(httpx.Request(method, url, headers=headers, content=body or None), signer, at))


@pytest.mark.parametrize("name", VECTORS)
def test_requests_are_signed_as_amazons_test_suite_has_it(name: str) -> None:
    method, path, headers, body, expected = VECTORS[name]
    found = signed(method, AMAZON + path, headers, body, SUITE, SUITE_AT)
    assert f"Signature={expected}" in found["Authorization"]
    assert "20150830T123600Z" == found["X-Amz-Date"]


@pytest.mark.parametrize("target", S3_VECTORS)
def test_requests_to_s3_are_signed_as_its_documentation_has_it(target: str) -> None:
    found = signed("GET", f"https://examplebucket.s3.amazonaws.com{target}", {}, b"", S3, S3_AT)
    assert f"Signature={S3_VECTORS[target]}" in found["Authorization"]
    assert "SignedHeaders=host;x-amz-content-sha256;x-amz-date" in found["Authorization"]


def test_a_step_is_signed_and_shows_neither_key_nor_signature() -> None:
    world = World(lambda seen: httpx.Response(500, text=repr(seen.headers)), {"key": "k3y-s3cret", "token": "t0ken-x"})
    way = AwsAuth("AKID", text("${{ secrets.key }}"), "eu-west-1", "execute-api", text("${{ secrets.token }}"))
    result = world.run(probe(step("a", request=request("POST", "/orders", json={"a": 1}), auth=way)))
    (sent,) = world.seen
    assert sent.headers["Authorization"].startswith(
        "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/execute-api/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="
    )
    assert sent.headers["X-Amz-Security-Token"] == "t0ken-x"
    told = repr(result)
    assert not any(secret in told for secret in ("k3y-s3cret", "t0ken-x", sent.headers["Authorization"][-64:]))


def test_without_its_library_the_run_is_an_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "synthmon.engine.awssign")
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.delitem(sys.modules, "botocore.auth")
    way = AwsAuth("AKID", text("${{ secrets.key }}"), "eu-west-1", "s3")
    result = World(secrets={"key": "k3y-s3cret"}).run(probe(step("a", auth=way)))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.TEMPLATE)
    assert result.failures[0].message == "signing for AWS needs a library that is not installed"
    assert result.failures[0].detail == "pip install 'synthmon[aws]'"
