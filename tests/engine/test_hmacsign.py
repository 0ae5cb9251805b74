"""Requests signed with a shared key: the text is made from what is really sent, and the signature is right."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import httpx
import pytest

from synthmon.model.auth import HmacAuth
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import World, from_json, probe, request, step, text

KEY = "partner-k3y"


def signing(
    to_sign: str, *, headers: dict[str, str] | None = None, query: dict[str, str] | None = None, **more: Any
) -> HmacAuth:
    return HmacAuth(
        text(more.pop("key", "${{ secrets.key }}")),
        text(to_sign),
        {name: text(one) for name, one in (headers or {}).items()},
        {name: text(one) for name, one in (query or {}).items()},
        **more,
    )


IN_HEADER = {"X-Signature": "${{ request.signature }}"}


def sent(auth: HmacAuth, secrets: dict[str, str] | None = None, **asked: Any) -> httpx.Request:
    world = World(secrets={"key": KEY, **(secrets or {})})
    result = world.run(probe(step("a", request=request(**asked), auth=auth)))
    assert result.outcome is Outcome.PASSED, result.failures
    return world.seen[0]


def test_the_signature_of_a_query_is_the_one_that_binance_has_published() -> None:
    published = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    target = "/api/v3/order?symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
    query = {"timestamp": "1499827319559", "signature": "${{ request.signature }}"}
    auth = signing("${{ request.query }}${{ request.body }}", query=query)
    seen = sent(auth, {"key": published}, method="POST", url=target)
    assert str(seen.url).endswith(
        "&recvWindow=5000&timestamp=1499827319559"
        "&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    )


def test_time_method_path_and_body_are_signed_with_a_key_in_base64() -> None:
    raw = b"\x00\xffbinary key"
    auth = signing(
        "${{ request.timestamp }}${{ request.method }}${{ request.target }}${{ request.body }}",
        headers={"X-Sign": "${{ request.signature }}", "X-Time": "${{ request.timestamp }}"},
        key_encoding="base64",
        encoding="base64",
        algorithm="sha512",
    )
    seen = sent(auth, {"key": base64.b64encode(raw).decode()}, method="POST", url="/a%20b?x=1&y=é", json={"ä": 1})
    text_ = f"{seen.headers['X-Time']}POST/a%20b?x=1&y=%C3%A9" + '{"ä":1}'
    assert seen.headers["X-Time"] == "1795420800"
    assert seen.headers["X-Sign"] == base64.b64encode(hmac.digest(raw, text_.encode(), "sha512")).decode()


def test_a_canonical_text_over_lines_sees_headers_digests_dates_and_a_nonce() -> None:
    auth = signing(
        "${{ request.method }}\n${{ request.host }}\n${{ request.path }}\n${{ request.headers['content-TYPE'] }}\n"
        "${{ request.headers['x-nonce'] }}\n${{ request.body_sha256 }}\n${{ request.body_sha256_base64 }}\n"
        "${{ request.body_md5_base64 }}\n${{ request.iso_date }}\n${{ request.http_date }}\n"
        "${{ request.timestamp_ms }}",
        headers={"Authorization": "HMAC client:${{ request.signature }}", "X-Nonce": "${{ request.nonce }}"},
    )
    seen = sent(auth, method="PUT", url="/orders", raw="body")
    lines = ["PUT", "shop.test", "/orders", "text/plain; charset=utf-8", seen.headers["X-Nonce"]]
    lines += [hashlib.sha256(b"body").hexdigest(), base64.b64encode(hashlib.sha256(b"body").digest()).decode()]
    lines += [base64.b64encode(hashlib.md5(b"body").digest()).decode()]
    lines += ["2026-11-23T08:00:00Z", "Mon, 23 Nov 2026 08:00:00 GMT", "1795420800000"]
    expected = hmac.new(KEY.encode(), "\n".join(lines).encode(), "sha256").hexdigest()
    assert seen.headers["Authorization"] == f"HMAC client:{expected}"
    assert len(seen.headers["X-Nonce"]) == 32


def test_captured_values_can_be_signed_and_each_sending_is_signed_anew() -> None:
    world = World(lambda seen: httpx.Response(200, json={"id": "o-1"}), {"key": KEY})
    auth = signing("${{ captures.id }} ${{ request.timestamp }}", headers={"X-S": "${{ request.signature }}"})
    world.run(probe(step("get", captures=(from_json("id", "$.id"),)), step("a", auth=auth)))
    world.clock.advance(5)
    world.run(probe(step("get", captures=(from_json("id", "$.id"),)), step("a", auth=auth)))
    signatures = [seen.headers["X-S"] for seen in world.seen if "X-S" in seen.headers]
    times = (1795420800, 1795420805)
    assert signatures == [hmac.new(KEY.encode(), f"o-1 {at}".encode(), "sha256").hexdigest() for at in times]


@pytest.mark.parametrize(("encoding", "key"), [("base64", "no base64!"), ("hex", "xyz")])
def test_a_key_that_is_not_written_so_is_our_error_and_is_not_shown(encoding: str, key: str) -> None:
    world = World(secrets={"key": key})
    result = world.run(probe(step("a", auth=signing("${{ request.path }}", headers=IN_HEADER, key_encoding=encoding))))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.SECRET)
    assert result.failures[0].message == f"the key of `hmac` is not written in {encoding}"
    assert key not in repr(result)


def test_neither_key_nor_signature_are_shown() -> None:
    world = World(lambda seen: httpx.Response(500, text=f"{KEY} {seen.headers['X-Signature']}"), {"key": KEY})
    result = world.run(probe(step("a", auth=signing("${{ request.path }}", headers=IN_HEADER))))
    assert result.steps[0].evidence is not None
    assert result.steps[0].evidence.response_body == "‹secrets.key› ‹auth.signature›"
    assert world.seen[0].headers["X-Signature"] not in repr(result)


def test_a_signature_is_not_taken_to_another_origin() -> None:
    away = httpx.Response(302, headers={"Location": "http://other.test/b"})
    world = World(lambda seen: away if seen.url.path == "/a" else httpx.Response(200), {"key": KEY})
    auth = signing("${{ request.path }}", headers=IN_HEADER)
    world.run(probe(step("a", request=request(url="/a", redirects=1), auth=auth)))
    assert ["X-Signature" in seen.headers for seen in world.seen] == [True, False]
