"""The regions of the demo: a line from each to the shop and one to the centre, and the faults that one region can have.

A fault of a region is what a real network does to everybody there; the shop's own faults are in `faults`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType

from synthmon.demo.faults import FAULTS
from synthmon.demo.relay import Line, Relay, Weather

REGIONS: Mapping[str, str] = {"eu-west": "Frankfurt", "us-east": "Virginia", "ap-south": "Mumbai"}
Address = tuple[str, int]

REGION_FAULTS: Mapping[str, str] = {
    "region-partition": "the region reaches neither the shop nor the centre",
    "region-slow": "whatever goes between the region and the shop takes half a second each way",
    "region-lossy": "a third of the region's connections to the shop get no answer",
    "shop-cut": "the region's connections to the shop are refused",
    "centre-cut": "the region does not reach the centre; its results wait",
}
# Faults of the shop that one region can have alone: what stands there for it is broken. Its port is the same for all.
LOCAL_FAULTS: Mapping[str, str] = {name: text for name, text in FAULTS.items() if name != "shop-down"}
_SHOP: Mapping[str, Weather] = {  # the gravest first
    "region-partition": Weather(Line.SILENT),
    "shop-cut": Weather(Line.REFUSED),
    "region-lossy": Weather(lost=1 / 3),
    "region-slow": Weather(delay=0.5),
}
_CENTRE: Mapping[str, Weather] = {
    "region-partition": Weather(Line.SILENT),
    "centre-cut": Weather(Line.SILENT),
}


def forecast(active: set[str], of: Mapping[str, Weather]) -> Weather:
    """What a line is like while faults are on: the gravest of them counts."""
    return next((weather for fault, weather in of.items() if fault in active), Weather())


class Networks:
    """A context manager: inside it each region has a port for the shop and one for the centre. Thread-safe.

    `break_shop(fault, on, way)` switches a fault of the shop for those who reach it by an address.
    """

    def __init__(
        self,
        shop: Address,
        centre: Address,
        chance: Callable[[], float],
        break_shop: Callable[[str, bool, str], None],
    ) -> None:
        self._break_shop = break_shop
        self._shop = {region: Relay(shop, chance) for region in REGIONS}
        self._centre = {region: Relay(centre, chance) for region in REGIONS}
        self._active: dict[str, set[str]] = {region: set() for region in REGIONS}
        self._lock = threading.Lock()
        self._open = ExitStack()

    def __enter__(self) -> Networks:
        with ExitStack() as opened:
            for relay in (*self._shop.values(), *self._centre.values()):
                opened.enter_context(relay)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def shop_url(self, region: str) -> str:
        """Where the shop is for those who are in the region."""
        return f"http://127.0.0.1:{self._shop[region].port}"

    def centre_url(self, region: str) -> str:
        return f"http://127.0.0.1:{self._centre[region].port}"

    def switch(self, fault: str, region: str, *, on: bool) -> None:
        """Raises KeyError for a fault or a region that is not known."""
        if fault in LOCAL_FAULTS:
            self._break_shop(fault, on, self.shop_url(region).removeprefix("http://"))
        elif fault not in REGION_FAULTS:
            raise KeyError(fault)
        with self._lock:
            active = self._active[region]
            (active.add if on else active.discard)(fault)
            self._shop[region].weather = forecast(active, _SHOP)
            self._centre[region].weather = forecast(active, _CENTRE)

    @property
    def active(self) -> Mapping[str, list[str]]:
        """By region, the network's first."""
        known = (*REGION_FAULTS, *LOCAL_FAULTS)
        with self._lock:
            return {region: [name for name in known if name in faults] for region, faults in self._active.items()}
