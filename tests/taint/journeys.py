"""A probe that has a secret in every place where one can stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from synthmon.model.answer import Capture, CaptureFrom
from synthmon.model.auth import (
    ApiKeyAuth,
    AwsAuth,
    BasicAuth,
    BearerAuth,
    ClientAuthentication,
    Grant,
    HmacAuth,
    KeyPlace,
    OAuth2Profile,
    ProfileAuth,
)
from synthmon.model.journey import Step
from synthmon.model.probe import AlertRule, Objective, Probe, Track
from tests.engine.world import BASE, HERE, expect, from_json, matcher, probe, request, step, text

RULES = (AlertRule("It is down", Track.DOWN, 2, 2), AlertRule("It is slow", Track.SLOW, 3, 3))


def journey(name: str, names: Sequence[str], interval: float) -> Probe:
    """Uses each of the secrets, whose shapes their names tell, where that shape can stand."""
    use = {one.split("_")[1]: f"${{{{ secrets.{one} }}}}" for one in names}
    one_line = [f"${{{{ secrets.{one} }}}}" for one in names if "pem" not in one and "spaced" not in one]
    return replace(
        probe(
            *_steps(use, one_line),
            cleanup=(step("tidy", "/tidy/${{ captures.token }}", "DELETE"),),
            profiles=_profiles(use, names),
            variables={"mixed": text(f"a{use['token']}b{use['unicode']}c")},
            latency_budget=30.0,
        ),
        name=name,
        interval=interval,
        title=f"Customer can {name}",
        content_hash=sha256(name.encode()).hexdigest(),
        secrets=tuple(names),
        alerts=RULES,
        objectives=(Objective("availability", 0.99, 86400.0),),
    )


def _steps(use: dict[str, str], one_line: list[str]) -> list[Step]:
    any_text: Any = expect(json={"$.v": {"equals": "right"}})
    bodies: dict[str, Any] = {
        "json": {"json": {"password": list(use.values()), "in": "${{ vars.mixed }}"}},
        "form": {"form": {"key": use["quoted"], "pem": use["pem"]}},
        "raw": {"raw": f"<{use['pem']}>{use['unicode']}</x>"},
    }
    return [
        step(
            "login",
            request=request("POST", "/login", json={"code": _called("totp", use["seed"])}),
            captures=(from_json("token", "$.token", secret=True), Capture("sid", CaptureFrom.COOKIE, "sid", HERE)),
        ),
        *(step(one, request=request("POST", f"/{one}", **body), expect=any_text) for one, body in bodies.items()),
        step("path", f"/path/{use['quoted']}/{use['address']}", expect=any_text),
        step(
            "query", request=request(url="/query", params={"k": use["padded"], "n": use["numbers"], "l": use["short"]})
        ),
        step("headers", request=request(url="/headers", headers={f"X-{n}": one for n, one in enumerate(one_line)})),
        step(
            "derived",
            request=request(url="/derived", headers={"X-A": _called("base64", use["token"])}),
        ),
        step("basic", "/basic", auth=BasicAuth("ada", text(use["unicode"]))),
        step("bearer", "/bearer", auth=BearerAuth(text("${{ captures.token }}"))),
        step("key", "/key", auth=ApiKeyAuth(KeyPlace.HEADER, "X-Partner-Key", text(use["padded"]))),
        step("keyq", "/keyq", auth=ApiKeyAuth(KeyPlace.QUERY, "key", text(use["address"])), latency_budget=1.0),
        step("signed", request=request("POST", "/signed", json={"a": use["unicode"]}), auth=_signing(use)),
        step("amazon", "/amazon", auth=AwsAuth("AKID", text(use["token"]), "eu-west-1", "s3", text(use["padded"]))),
        step("client", "/client", auth=ProfileAuth("client")),
        step("token", "/token/x", auth=ProfileAuth("person", renew=True)),
        step("shown", expect=expect(json={"$.v": {"one_of": list(use.values())}}), request=request(url="/shown")),
        step("says", "/says", expect=expect(text=(matcher({"contains": use["short"]}),))),
        step("follow", request=request(url="/follow", redirects=2, headers={"X-K": use["token"]})),
    ]


def _signing(use: dict[str, str]) -> HmacAuth:
    added = {"X-Digest": text("${{ sha256(request.body) }}"), "X-Sign": text("${{ request.signature }}")}
    to_sign = text(f"{use['numbers']}${{{{ request.target }}}}${{{{ request.body }}}}")
    return HmacAuth(text(use["padded"]), to_sign, added, {"pass": text(use["quoted"])}, key_encoding="base64")


def _profiles(use: dict[str, str], names: Sequence[str]) -> tuple[OAuth2Profile, ...]:
    client = OAuth2Profile(
        "client", f"{BASE}/client/token", "client", text(use["quoted"]), params={"n": text(use["numbers"])}
    )
    person = OAuth2Profile(
        "person",
        f"{BASE}/token/y",
        "client",
        text(use["spaced"]),
        client_authentication=ClientAuthentication.POST,
        grant=Grant.PASSWORD,
        username="ada",
        password=text(use["unicode"]),
    )
    return client, person


def _called(function: str, template: str) -> str:
    """`${{ base64(secrets.a) }}` from `${{ secrets.a }}`."""
    return template.replace("secrets.", f"{function}(secrets.").replace(" }}", ") }}")
