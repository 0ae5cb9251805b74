"""Stand-ins for the hosts of the three examples: a shop with log-in, cart and payment, and a partner's contacts.

Each keeps the state of one region in memory and answers as its service would; `faults` are switched by name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

PASSWORD, SEED, CARD = "correct-horse-9", "JBSWY3DPEHPK3PXP", "tok_test_4242"
CLIENT_ID, CLIENT_SECRET = "synthmon-client", "s3cr3t-of-the-client"
SECRETS = {
    "shop_password": PASSWORD,
    "shop_totp_seed": SEED,
    "psp_test_card": CARD,
    "partner_client_id": CLIENT_ID,
    "partner_client_secret": CLIENT_SECRET,
}
SHOPS = {"shop.example.com": "EUR", "eu.shop.example.com": "EUR", "us.shop.example.com": "USD"}
PARTNERS = {"api.eu.partner.example": "acme-eu", "api.us.partner.example": "acme-us"}


def one_time_code(seed: str, at: float) -> str:
    """RFC 6238 with six digits and windows of 30 s, written anew so that it can disagree with ours."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(at // 30)), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def _json(status: int, value: Any = None, **headers: str) -> httpx.Response:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    return httpx.Response(status, headers=given) if value is None else httpx.Response(status, json=value, headers=given)


@dataclass
class Hosts:
    """`now` gives seconds since 1970, `wait` lets time pass. `orders` are what is left behind."""

    now: Callable[[], float]
    wait: Callable[[float], None]
    faults: set[str] = field(default_factory=set)
    users: dict[str, str] = field(default_factory=dict)  # token -> e-mail address
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)  # by their reference
    keys: dict[str, str] = field(default_factory=dict)  # idempotency key -> reference
    notes: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)  # the partner's, the last one is good
    seen: dict[str, int] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        host, path = request.url.host, request.url.path
        times = self.seen[f"{request.method} {path}"] = self.seen.get(f"{request.method} {path}", 0) + 1
        if host in SHOPS:
            return self._shop(request, path.removeprefix("/api"), SHOPS[host], times)
        if host in PARTNERS:
            return self._partner(request, path, PARTNERS[host], times)
        raise httpx.ConnectError(f"nobody stands in for {host}", request=request)

    # The shop

    def _shop(self, request: httpx.Request, path: str, currency: str, times: int) -> httpx.Response:
        if (request.method, path) == ("POST", "/sessions"):
            return self._log_in(json.loads(request.content))
        user = self.users.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if user is None:
            return _json(401, {"error": "who are you"})
        match request.method, path.split("/")[1:]:
            case "GET", ["me"]:
                return _json(200, {"email": "ann@example.com" if "another profile" in self.faults else user})
            case "DELETE", ["sessions", "current"]:
                return _json(204)
            case "POST", ["cart", "items"]:
                item = json.loads(request.content)
                total = {"amount": 20.5, "currency": currency}
                return _json(201, {"cart_id": "c-1", "items": [item], "total": total})
            case "POST", ["checkout"]:
                return self._pay(request, currency, times)
            case "GET", ["orders", order]:
                return self._order(order, times)
            case "DELETE", ["orders", "by-reference", reference]:
                return _json(204 if self.orders.pop(reference, None) else 404)
        return _json(404)

    def _log_in(self, asked: dict[str, str]) -> httpx.Response:
        if "slow log-in" in self.faults:
            self.wait(0.9)
        right = asked["password"] == PASSWORD and asked.get("otp", "") in {"", one_time_code(SEED, self.now())}
        if not right and "every password" not in self.faults:
            return _json(401, {"error": "no"})
        token = f"token-of-{len(self.users):04}-{asked['email']}"
        self.users[token] = asked["email"]
        body = {"user": {"email": asked["email"]}, "token": token, "expires_in": 3600}
        return _json(201, body, Set_Cookie="session=5e5510nc00k1e0f4nn; Path=/; HttpOnly")

    def _pay(self, request: httpx.Request, currency: str, times: int) -> httpx.Response:
        if times == 1 and "gateway hiccup" in self.faults:
            return _json(502)
        self.wait({"slow payment": 2.0, "very slow payment": 6.0}.get(next(iter(self.faults), ""), 0.0))
        asked, key = json.loads(request.content), request.headers["Idempotency-Key"]
        assert asked["payment"] == {"method": "card", "card_token": CARD}
        reference = self.keys.setdefault(key, asked["reference"])
        amount = 25.0 if "another total" in self.faults else 20.5
        order = {"order_id": "o-17", "status": "pending", "total": {"amount": amount, "currency": currency}}
        self.orders[reference] = order
        return _json(201, order)

    def _order(self, order_id: str, times: int) -> httpx.Response:
        order = next(order for order in self.orders.values() if order["order_id"] == order_id)
        if (times >= 3 or "paid at once" in self.faults) and "never paid" not in self.faults:
            order["status"] = "declined" if "declined" in self.faults else "paid"
        return _json(200, order)

    # The partner

    def _partner(self, request: httpx.Request, path: str, tenant: str, times: int) -> httpx.Response:
        if path == "/oauth/token":
            return self._token(request, times)
        early = "token rejected" in self.faults and path == "/v2/contacts" and times == 1
        if early or request.headers.get("Authorization") != f"Bearer {self.tokens[-1]}":
            return _json(401, {"error": "invalid_token"})
        assert request.headers["X-Tenant"] == tenant
        match request.method, path.split("/")[2:]:
            case "GET", ["contacts"]:
                return self._page(request)
            case "GET", ["contacts", contact]:
                return _json(200, self._contact(contact))
            case "PATCH", ["contacts", contact]:
                if "stale" not in self.faults:
                    self.notes[contact] = json.loads(request.content)["note"]
                return _json(200, self._contact(contact))
        return _json(404)

    def _token(self, request: httpx.Request, times: int) -> httpx.Response:
        form, shown = parse_qs(request.content.decode()), request.headers.get("Authorization", "")
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if shown != f"Basic {expected}" or form["grant_type"] != ["client_credentials"]:
            return _json(401, {"error": "invalid_client"})
        if "renewal refused" in self.faults and times == 2:
            return _json(400, {"error": "invalid_grant"})
        self.tokens.append(f"partner-token-{len(self.tokens):04}-abcdef")
        life = 60 if "short token" in self.faults else 3600
        return _json(200, {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": life})

    def _page(self, request: httpx.Request) -> httpx.Response:
        first = "cursor" not in request.url.params
        assert request.url.params["limit"] == "50"
        items = [self._contact(f"synth-{number:04}") for number in range(1, 4)]
        if "odd phone" in self.faults and first:
            items[2]["phone"] = "0170 1234567"
        more = "page-2" if first and "one page" not in self.faults else None
        left = "7" if "few requests left" in self.faults else "500"
        return _json(200, {"items": items, "next": more}, X_RateLimit_Remaining=left)

    def _contact(self, contact: str) -> dict[str, Any]:
        return {
            "id": contact,
            "name": "Ann Lee",
            "email": f"{contact}@people.example.com",
            "phone": "+4989123456" if contact.endswith("1") else None,
            "address": "12 High Street",
            "updated_at": "2026-11-20T08:00:00Z",
            "note": self.notes.get(contact, ""),
        }
