"""The shop's API: who comes in, what a cart costs, when an order is paid, and the faults of its own."""

from __future__ import annotations

import pytest

from synthmon.demo.goods import MOST, SESSION_LASTS, Shelf
from tests.demo.conftest import EMAIL, PASSWORD, Inside


def test_the_right_password_opens_a_session(shop: Inside) -> None:
    answer = shop.ask("POST", "/api/sessions", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 201
    body = answer.json()
    assert body["user"]["email"] == EMAIL
    assert len(body["token"]) >= 20
    assert body["expires_in"] == SESSION_LASTS
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=strict" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"email": EMAIL, "password": "wrong"}},
        {"json": {"email": "nobody@example.com", "password": PASSWORD}},
        {"json": {"email": EMAIL}},
        {"json": {"email": [EMAIL], "password": {"is": PASSWORD}}},
        {"json": [EMAIL, PASSWORD]},
        {"content": b"not JSON"},
        {"content": b"\xff\xfe"},
        {"content": b"[" * 100_000},
        {"content": b""},
    ],
)
def test_anything_else_is_refused_without_a_token(shop: Inside, sent: dict[str, object]) -> None:
    answer = shop.ask("POST", "/api/sessions", **sent)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"title", "status"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/me"),
        ("POST", "/api/cart/items"),
        ("POST", "/api/checkout"),
        ("GET", "/api/orders/O-1"),
        ("DELETE", "/api/orders/by-reference/ref-1"),
        ("DELETE", "/api/sessions/current"),
    ],
)
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer guess", "Basic Z3Vlc3M6"])
def test_without_a_session_everything_is_refused(shop: Inside, method: str, path: str, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    assert shop.ask(method, path, headers=headers).status_code == 401


def test_a_session_shows_its_own_customer_until_it_is_ended(shop: Inside) -> None:
    shop.log_in()
    assert shop.ask("GET", "/api/me").json() == {"email": EMAIL}
    assert shop.ask("DELETE", "/api/sessions/current").status_code == 204
    assert shop.ask("GET", "/api/me").status_code == 401
    assert shop.ask("DELETE", "/api/sessions/current").status_code == 401


def test_a_session_ends_by_itself(shop: Inside) -> None:
    shop.log_in()
    shop.time += SESSION_LASTS - 1
    assert shop.ask("GET", "/api/me").status_code == 200
    shop.time += 1
    assert shop.ask("GET", "/api/me").status_code == 401


@pytest.mark.parametrize(
    ("sku", "quantity", "total"), [("SYNTH-TEST-001", 1, 19.9), ("SYNTH-TEST-001", 3, 59.7), ("MUG-BLUE", 10, 125.0)]
)
def test_a_cart_costs_what_lies_in_it_and_the_order_says_the_same(
    shop: Inside, sku: str, quantity: int, total: float
) -> None:
    shop.log_in()
    cart = shop.fill_cart(sku, quantity)
    assert cart.status_code == 201
    assert cart.json()["items"] == [{"sku": sku, "quantity": quantity}]
    assert cart.json()["total"] == {"amount": total, "currency": "EUR"}
    order = shop.check_out().json()
    assert order["total"] == cart.json()["total"]
    assert order["lines"] == cart.json()["items"]


@pytest.mark.parametrize(
    "item",
    [
        {"sku": "NO-SUCH-THING", "quantity": 1},
        {"sku": ["SYNTH-TEST-001"], "quantity": 1},
        {"sku": "SYNTH-TEST-001", "quantity": 0},
        {"sku": "SYNTH-TEST-001", "quantity": 11},
        {"sku": "SYNTH-TEST-001", "quantity": True},
        {"sku": "SYNTH-TEST-001", "quantity": "1"},
        {"sku": "SYNTH-TEST-001", "quantity": 1.5},
        {},
    ],
)
def test_what_cannot_be_bought_does_not_get_into_the_cart(shop: Inside, item: dict[str, object]) -> None:
    shop.log_in()
    assert shop.ask("POST", "/api/cart/items", json=item).status_code == 422
    assert shop.check_out().status_code == 409


def test_a_payment_is_pending_until_it_settles(shop: Inside) -> None:
    shop.log_in()
    shop.fill_cart()
    order = shop.check_out()
    assert order.status_code == 201
    assert order.json()["status"] == "pending"
    path = f"/api/orders/{order.json()['order_id']}"
    shop.time += 0.9
    assert shop.ask("GET", path).json()["status"] == "pending"
    shop.time += 0.1
    assert shop.ask("GET", path).json() == {**order.json(), "status": "paid"}


def test_an_order_is_cancelled_by_its_reference_once(shop: Inside) -> None:
    shop.log_in()
    shop.fill_cart()
    order_id = shop.check_out("ref-7").json()["order_id"]
    assert shop.ask("DELETE", "/api/orders/by-reference/ref-7").status_code == 204
    assert shop.ask("GET", f"/api/orders/{order_id}").status_code == 404
    assert shop.ask("DELETE", "/api/orders/by-reference/ref-7").status_code == 404


def test_the_same_idempotency_key_buys_once(shop: Inside) -> None:
    shop.log_in()
    shop.fill_cart()
    ids = [shop.check_out(headers={"Idempotency-Key": key}).json()["order_id"] for key in ("k1", "k1", "k2")]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("reference", ["x" * 101, 7, ["a"], None])
def test_a_reference_is_a_short_text(shop: Inside, reference: object) -> None:
    shop.log_in()
    shop.fill_cart()
    assert shop.ask("POST", "/api/checkout", json={"reference": reference}).status_code == 422


def test_the_shop_forgets_the_oldest_rather_than_grow() -> None:
    shelf: Shelf[int] = Shelf()
    for number in range(MOST + 1):
        shelf.put(str(number), number)
    assert (shelf.get("0"), shelf.get("1"), shelf.get(str(MOST))) == (None, 1, MOST)


# Faults


def test_a_payment_takes_a_moment_and_with_the_fault_five_to_seven_seconds(shop: Inside) -> None:
    shop.log_in()
    shop.fill_cart()
    for on in (False, True, False):
        shop.faults.switch("payment-slow", on=on)
        shop.slept.clear()
        assert all(shop.check_out().status_code == 201 for _ in range(20))
        assert (min(shop.slept) >= 5.0) is on
        assert max(shop.slept) <= (7.0 if on else 0.08)
    assert len(set(shop.slept)) > 1


def test_with_the_fault_a_payment_answers_only_after_everybody_has_gone(shop: Inside) -> None:
    shop.log_in()
    shop.fill_cart()
    shop.faults.switch("payment-timeout", on=True)
    shop.check_out()
    assert shop.slept[0] >= 3600.0
    shop.faults.switch("payment-timeout", on=False)
    shop.check_out()
    assert sum(shop.slept[1:]) < 1.0


def test_with_the_fault_nobody_can_log_in_and_those_inside_go_on(shop: Inside) -> None:
    shop.log_in()
    shop.faults.switch("login-500", on=True)
    answer = shop.ask("POST", "/api/sessions", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 500
    assert answer.json() == {"title": "the session store is not reachable", "status": 500}
    assert shop.ask("GET", "/api/me").status_code == 200
    shop.faults.switch("login-500", on=False)
    assert shop.ask("POST", "/api/sessions", json={"email": EMAIL, "password": PASSWORD}).status_code == 201
