"""The worst of targets: it remembers every secret that it was ever told, and shows them in whatever form it can."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Sequence
from urllib.parse import quote

import httpx

Fault = Callable[["Target", httpx.Request, str], httpx.Response]


class Target:
    """`fault` is what it does to the step that is its turn to break; other steps are answered as they wish."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.secrets = secrets
        self.fault: Fault = FAULTS[0]
        self.broken = ""
        self.slow: Callable[[float], None] = lambda _seconds: None
        self.tokens = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        step = request.url.path.split("/")[1]
        if step == self.broken:
            return self.fault(self, request, self.everything(request))
        if step == "token":
            return self.granted()
        answer = {"ok": True, "token": f"captured-{'x' * 8}", "v": "right"}
        return httpx.Response(200, json=answer, headers={"Set-Cookie": "sid=0123456789abcdef0123; Path=/"})

    def granted(self) -> httpx.Response:
        self.tokens += 1
        return httpx.Response(200, json={"access_token": f"granted-{self.tokens}-tokens", "expires_in": 3600})

    def everything(self, request: httpx.Request) -> str:
        """What it was sent, and every secret, in many forms."""
        told = [str(request.url), request.content.decode("utf-8", "replace"), *request.headers.values(), *self.secrets]
        shapes = [*told, *map(quote, told), *map(html.escape, told), *(json.dumps(one) for one in told)]
        shapes += [one.encode("utf-8", "replace").hex() for one in told]
        shapes += [_base64(before + one) for one in told for before in ("", "a", "ab")]
        return " | ".join(shapes)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()


def _ascii(text: str) -> str:
    return "".join(char for char in text if 32 <= ord(char) < 127)


def as_json(_target: Target, _request: httpx.Request, everything: str) -> httpx.Response:
    return httpx.Response(418, json={"told": everything, "v": everything[:300], "token": None})


def as_page(target: Target, _request: httpx.Request, everything: str) -> httpx.Response:
    return httpx.Response(500, html=f"<p title='{html.escape(everything)}'>{everything}</p>")


def as_wrong_values(target: Target, _request: httpx.Request, _everything: str) -> httpx.Response:
    """Passes for a good answer until somebody looks at its values."""
    values = {f"k{number}": secret for number, secret in enumerate(target.secrets)}
    return httpx.Response(200, json={"v": values | {"x" * 90 + secret: secret for secret in target.secrets}})


def as_headers(target: Target, _request: httpx.Request, everything: str) -> httpx.Response:
    shown = _ascii(everything)
    headers = {"Set-Cookie": f"seen={quote(shown[:800])}", "X-Echo": shown[:3000], "Retry-After": shown[:50]}
    return httpx.Response(503, headers=headers)


def as_redirect(target: Target, _request: httpx.Request, everything: str) -> httpx.Response:
    return httpx.Response(302, headers={"Location": f"/elsewhere?next={quote(quote(everything))[:6000]}"})


def as_long_body(target: Target, _request: httpx.Request, _everything: str) -> httpx.Response:
    """Each secret stands across one of the places where a text may be cut."""
    pieces = [f"{'x' * (4096 - len(secret) // 2)}{secret}" for secret in target.secrets]
    return httpx.Response(400, text="\n".join(pieces))


def as_refused_token(target: Target, request: httpx.Request, everything: str) -> httpx.Response:
    if "token" in request.url.path:
        return httpx.Response(400, json={"error": "invalid_client", "error_description": everything[:3000]})
    return httpx.Response(401, text=everything, headers={"WWW-Authenticate": _ascii(everything)[:2000]})


def as_lost_connection(target: Target, request: httpx.Request, everything: str) -> httpx.Response:
    raise httpx.ConnectError(everything[:150], request=request)


def as_our_own_fault(target: Target, request: httpx.Request, everything: str) -> httpx.Response:
    raise RuntimeError(everything[:3000])


def as_slowness(target: Target, request: httpx.Request, everything: str) -> httpx.Response:
    target.slow(2.0)
    return httpx.Response(200, json={"ok": True, "token": "captured-slowly", "v": "right", "more": everything})


FAULTS: tuple[Fault, ...] = (
    *(as_json, as_page, as_wrong_values, as_headers, as_redirect),
    *(as_long_body, as_refused_token, as_lost_connection, as_our_own_fault, as_slowness),
)
