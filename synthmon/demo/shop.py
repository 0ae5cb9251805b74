"""The shop's API: sessions, cart, checkout with a payment that settles later, orders."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from synthmon.demo.bodies import json_object
from synthmon.demo.faults import Faults
from synthmon.demo.goods import PRICES, SESSION_LASTS, Cart, Goods, Order

CURRENCY = "EUR"
_MOODS = secrets.SystemRandom()
NEVER = 3600.0  # seconds; whoever asked has given up long before
LONGEST_REFERENCE = 100  # characters


class Shop:
    """Answers as the shop's API under `/api`. `sleep` is how long a payment takes, in seconds."""

    def __init__(
        self, goods: Goods, faults: Faults, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._goods, self._faults, self._sleep = goods, faults, sleep

    def routes(self) -> list[Route]:
        return [
            Route("/api/sessions", self.log_in, methods=["POST"]),
            Route("/api/sessions/current", self.log_out, methods=["DELETE"]),
            Route("/api/me", self.me),
            Route("/api/cart/items", self.add_item, methods=["POST"]),
            Route("/api/checkout", self.check_out, methods=["POST"]),
            Route("/api/orders/{order}", self.order),
            Route("/api/orders/by-reference/{reference}", self.cancel, methods=["DELETE"]),
        ]

    async def log_in(self, request: Request) -> Response:
        if "login-500" in self._faults:
            return _problem(500, "the session store is not reachable")
        body = await json_object(request)
        right = body.get("email") == self._goods.terms.email and body.get("password") == self._goods.terms.password
        if not right:
            return _problem(401, "wrong e-mail or password")
        token = self._goods.new_session(body["email"])
        answer = JSONResponse(
            {
                "token": token,
                "expires_in": int(SESSION_LASTS),
                "user": {"email": body["email"], "name": "Sam Synthetic"},
            },
            201,
        )
        answer.set_cookie("session", token, httponly=True, samesite="strict", path="/api")
        return answer

    async def log_out(self, request: Request) -> Response:
        token = _bearer(request)
        return Response(status_code=204) if self._goods.sessions.pop(token) else _problem(401, "no such session")

    async def me(self, request: Request) -> Response:
        session = self._goods.session(_bearer(request))
        return JSONResponse({"email": session.email}) if session else _problem(401, "log in first")

    async def add_item(self, request: Request) -> Response:
        token = _bearer(request)
        if self._goods.session(token) is None:
            return _problem(401, "log in first")
        cart = _cart(await json_object(request))
        if cart is None:
            return _problem(422, "an item has a known sku and a quantity from 1 to 10")
        self._goods.carts.put(token, cart)
        items = [{"sku": cart.sku, "quantity": cart.quantity}]
        return JSONResponse({"cart_id": f"C-{token[:8]}", "items": items, "total": _money(cart.total)}, 201)

    async def check_out(self, request: Request) -> Response:
        token = _bearer(request)
        if self._goods.session(token) is None:
            return _problem(401, "log in first")
        cart = self._goods.carts.get(token)
        if cart is None:
            return _problem(409, "fill the cart first")
        reference = (await json_object(request)).get("reference", "")
        if not isinstance(reference, str) or len(reference) > LONGEST_REFERENCE:
            return _problem(422, f"a reference is a text of at most {LONGEST_REFERENCE} characters")
        await self._pay()
        known = self._goods.answers.get(request.headers.get("idempotency-key", ""))
        order = self._goods.orders.get(known) if known else None
        if order is None:
            order = self._goods.new_order(reference, cart)
            if key := request.headers.get("idempotency-key"):
                self._goods.answers.put(key, order.id)
        return JSONResponse(self._shown(order), 201)

    async def _pay(self) -> None:
        """The payment provider, who is usually quick."""
        if "payment-timeout" in self._faults:
            await self._sleep(NEVER)
        slow = "payment-slow" in self._faults
        await self._sleep(_MOODS.uniform(5.0, 7.0) if slow else _MOODS.uniform(0.02, 0.08))

    async def order(self, request: Request) -> Response:
        if self._goods.session(_bearer(request)) is None:
            return _problem(401, "log in first")
        order = self._goods.orders.get(request.path_params["order"])
        return JSONResponse(self._shown(order)) if order else _problem(404, "no such order")

    async def cancel(self, request: Request) -> Response:
        if self._goods.session(_bearer(request)) is None:
            return _problem(401, "log in first")
        order_id = self._goods.references.pop(request.path_params["reference"])
        if order_id is None:
            return _problem(404, "no order has that reference")
        self._goods.orders.pop(order_id)
        return Response(status_code=204)

    def _shown(self, order: Order) -> dict[str, Any]:
        return {
            "order_id": order.id,
            "reference": order.reference,
            "status": order.status(self._goods.now()),
            "total": _money(order.amount),
            "lines": [{"sku": order.sku, "quantity": order.quantity}],
        }


def _money(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": CURRENCY}


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _cart(body: dict[str, Any]) -> Cart | None:
    """The cart that was asked for, or None; `true` is no quantity, and a list no sku."""
    sku, quantity = body.get("sku"), body.get("quantity")
    good = isinstance(sku, str) and sku in PRICES and type(quantity) is int and 1 <= quantity <= 10
    return Cart(str(sku), int(str(quantity))) if good else None


def _problem(status: int, detail: str) -> Response:
    """A problem document (RFC 9457)."""
    return JSONResponse({"title": detail, "status": status}, status, media_type="application/problem+json")
