"""What the shop remembers: sessions, carts, orders, the partner's tokens and contacts. All in memory, all bounded."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from synthmon.nouns import dataclass

PRICES = {"SYNTH-TEST-001": 19.90, "MUG-BLUE": 12.50}
SESSION_LASTS = 900.0  # seconds
MOST = 5000  # of anything; the oldest go

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """The newest few thousand things by key."""

    def __init__(self) -> None:
        self._things: OrderedDict[str, Thing] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, thing: Thing) -> None:
        with self._lock:
            self._things[key] = thing
            while len(self._things) > MOST:
                self._things.popitem(last=False)

    def get(self, key: str) -> Thing | None:
        with self._lock:
            return self._things.get(key)

    def pop(self, key: str) -> Thing | None:
        with self._lock:
            return self._things.pop(key, None)


@dataclass(frozen=True, slots=True)
class Session:
    email: str
    until: float


@dataclass(frozen=True, slots=True)
class Order:
    """Paid from `paid_at` on: a payment settles later than it is accepted."""

    id: str
    reference: str
    amount: float
    sku: str
    quantity: int
    paid_at: float

    def status(self, now: float) -> str:
        return "paid" if now >= self.paid_at else "pending"


@dataclass(frozen=True, slots=True)
class Cart:
    """The demo's cart holds one thing at a time, up to ten of it."""

    sku: str
    quantity: int

    @property
    def total(self) -> float:
        return round(PRICES[self.sku] * self.quantity, 2)


@dataclass(frozen=True, slots=True)
class Terms:
    """How the demo behaves: how long a payment takes to settle and a token lives (seconds), and who may come in."""

    password: str
    client_id: str
    client_secret: str
    email: str = "synthetic@example.com"
    settles_after: float = 1.0
    token_lives: float = 120.0


class Goods:
    """Everything together. `now` tells seconds that only grow."""

    def __init__(self, terms: Terms, now: Callable[[], float] = time.monotonic) -> None:
        self.terms, self.now = terms, now
        self.sessions: Shelf[Session] = Shelf()
        self.carts: Shelf[Cart] = Shelf()
        self.orders: Shelf[Order] = Shelf()
        self.references: Shelf[str] = Shelf()  # order ids by the customer's reference
        self.answers: Shelf[str] = Shelf()  # order ids by idempotency key
        self.tokens: Shelf[float] = Shelf()  # expiry by partner token
        self.notes: Shelf[str] = Shelf()  # by contact id

    def new_session(self, email: str) -> str:
        token = secrets.token_urlsafe(24)
        self.sessions.put(token, Session(email, self.now() + SESSION_LASTS))
        return token

    def session(self, token: str) -> Session | None:
        found = self.sessions.get(token)
        return found if found is not None and self.now() < found.until else None

    def new_order(self, reference: str, cart: Cart) -> Order:
        paid_at = self.now() + self.terms.settles_after
        order = Order(f"O-{secrets.token_hex(6)}", reference, cart.total, cart.sku, cart.quantity, paid_at)
        self.orders.put(order.id, order)
        self.references.put(reference, order.id)
        return order

    def new_token(self) -> str:
        token = secrets.token_urlsafe(32)
        self.tokens.put(token, self.now() + self.terms.token_lives)
        return token

    def token_is_good(self, token: str) -> bool:
        until = self.tokens.get(token)
        return until is not None and self.now() < until
