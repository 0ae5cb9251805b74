"""A receiver as PagerDuty is one: one alert for each deduplication key; what it says is not always what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from synthmon.errors import DeliveryError
from synthmon.model.incident import Notification, Occasion
from synthmon.model.probe import Severity
from tests.simulation.plan import MODES, SECOND, Span

ANSWERS = "ok", "lost"  # in these the receiver took it, even where nobody hears of that


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that the receiver took. `woke`: it made a new alert, so somebody's telephone rang."""

    at: int
    occasion: Occasion
    key: str
    incident: str
    severity: Severity
    woke: bool


@dataclass(slots=True)
class Receiver:
    """A channel of the sender's. `fate` is drawn when an attempt begins and met when it ends."""

    name: str
    chance: Random
    troubles: tuple[Span, ...]
    unwilling: Callable[[], float]
    now: int = 0
    fate: str = "ok"
    alerts: dict[str, str] = field(default_factory=dict)  # open ones: key -> incident
    taken: list[Taken] = field(default_factory=list)
    keyed: bool = True

    def draw(self, at: int) -> tuple[str, int]:
        """What will become of an attempt that begins now, and how many milliseconds it takes."""
        modes = [span.what for span in self.troubles if span.covers(at)]
        fate = modes[0] if modes and self.chance.random() < 0.9 else "ok"
        if self.chance.random() < self.unwilling():
            fate = self.chance.choice(MODES)
        return fate, 10 * SECOND if fate in {"hang", "lost"} else self.chance.randrange(30, 600)

    def send(self, notification: Notification) -> str:
        match self.fate:
            case "busy":
                raise DeliveryError("answered 429", retry_after=float(self.chance.randrange(60)))
            case "broken":
                raise DeliveryError("answered 503")
            case "hang":
                raise DeliveryError("timed out")
            case "refuse":
                raise DeliveryError("answered 400", permanent=True)
            case "lost":
                self.take(notification)
                raise DeliveryError("the connection broke before the answer came")
        self.take(notification)
        return "accepted"

    def take(self, told: Notification) -> None:
        """Trigger, acknowledge and resolve as the Events API has it: a trigger on an open key joins its alert."""
        woke = told.occasion is Occasion.TRIGGER and told.dedup_key not in self.alerts
        if told.occasion is Occasion.TRIGGER:
            self.alerts.setdefault(told.dedup_key, told.incident_id)
        elif told.occasion is Occasion.RESOLVE:
            self.alerts.pop(told.dedup_key, None)
        severity = told.message.severity
        self.taken.append(Taken(self.now, told.occasion, told.dedup_key, told.incident_id, severity, woke))
