"""What libcurl says of an exchange that is over: its phases by libcurl's own clock, to whom it went and how."""

from __future__ import annotations

import pycurl

from synthmon.engine.certificate import certificate_until
from synthmon.engine.fault import Wire
from synthmon.engine.proxying import proxy_label
from synthmon.engine.resolver import Looked
from synthmon.engine.seat import Seat
from synthmon.engine.way import Way
from synthmon.model.run import Phases

_VERSIONS = {1: "1.0", 2: "1.1", 3: "2", 30: "3"}  # CURL_HTTP_VERSION_…
_NAMES = ("dns", "connect", "tls", "send", "first_byte", "transfer")
_LAST = len(_NAMES) - 1
KEPT, PLAIN, SECURE = (3, 4, 5), (0, 1, 3, 4, 5), (0, 1, 2, 3, 4, 5)
_OPENED = (pycurl.NAMELOOKUP_TIME_T, pycurl.CONNECT_TIME_T, pycurl.APPCONNECT_TIME_T)
_NOT_OPENED = (0, 0, 0)


def wire_of(seat: Seat, way: Way, looked: Looked) -> Wire:
    """Of the exchange that the seat has just had; `looked` is what we ourselves looked up for it."""
    info, reader, door = seat.handle.getinfo, seat.reader, seat.door
    began, reused = reader.began, door.reused
    phases, phase = _phases(seat, way, looked)
    host, port = info(pycurl.PRIMARY_IP), info(pycurl.PRIMARY_PORT)
    return Wire(
        phases=phases,
        address=(f"[{host}]:{port}" if ":" in host else f"{host}:{port}") if host else None,
        http_version=_VERSIONS.get(info(pycurl.INFO_HTTP_VERSION)) if began else None,
        reused=reused,
        received=reader.received,
        phase=phase,
        fallback=bool(host and door.tried and host != door.tried[0]),
        proxy=proxy_label(way.route),
        certificate_until=certificate_until(seat.handle) if way.secure and not reused else None,
    )


def _phases(seat: Seat, way: Way, looked: Looked) -> tuple[Phases, str]:
    info, began, reused = seat.handle.getinfo, seat.reader.began, seat.door.reused
    total = info(pycurl.TOTAL_TIME_T)
    first = info(pycurl.STARTTRANSFER_TIME_T) if began else 0
    sent = info(pycurl.POSTTRANSFER_TIME_T) or (first and info(pycurl.PRETRANSFER_TIME_T))
    if reused and sent and first and not looked.took:
        return answered(sent, first, total), "transfer"
    opened = _NOT_OPENED if reused else map(info, _OPENED)
    places = KEPT if reused else SECURE if way.secure else PLAIN
    return phases_of((*opened, sent, first, total if first else 0), places, total, looked.took)


def answered(sent: int, first: int, total: int) -> Phases:
    """The phases of an exchange over a connection that was there, to its end: as `phases_of` finds them."""
    begun = max(sent, first)
    return Phases(
        None, None, None, sent / 1e6, (begun - sent) / 1e6, (total - begun) / 1e6 if total > begun else 0.0, total / 1e6
    )


def phases_of(marks: tuple[int, ...], places: tuple[int, ...], total: int, took: float) -> tuple[Phases, str]:
    """The phases between marks, in microseconds from the beginning, and which was the last. What did not happen is
    None; the one that was going on, whose mark is missing, has what is left. `took`: of our own looking up.
    """
    spent: list[float | None] = [None] * len(_NAMES)
    at, phase = 0, _LAST
    for place in places:
        mark = marks[place]
        if not mark and place != _LAST:
            spent[place], phase = max(0, total - at) / 1e6, place
            break
        spent[place] = (mark - at) / 1e6 if mark > at else 0.0
        at = max(at, mark)
    if took:
        spent[0] = (spent[0] or 0.0) + took
    dns, connect, tls, send, first_byte, transfer = spent
    return Phases(dns, connect, tls, send, first_byte, transfer, total / 1e6 + took), _NAMES[phase]
