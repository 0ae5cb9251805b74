"""What libcurl says of an exchange that is over: its phases by libcurl's own clock, to whom it went and how."""

from __future__ import annotations

import pycurl

from synthmon.engine.curl.certificate import certificate_until
from synthmon.engine.curl.handed import SUSPECT, handed_over
from synthmon.engine.curl.seat import Seat
from synthmon.engine.fault import Wire
from synthmon.engine.phases import KEPT, PLAIN, SECURE, answered, phases_of
from synthmon.engine.proxying import proxy_label
from synthmon.engine.resolver import Looked
from synthmon.engine.way import Way
from synthmon.model.run import Phases

_VERSIONS = {1: "1.0", 2: "1.1", 3: "2", 30: "3"}  # CURL_HTTP_VERSION_…
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
        if sent >= SUSPECT:
            sent = handed_over(info(pycurl.ACTIVESOCKET), seat.began, 0, sent)
        return answered(sent, first, total), "transfer"
    opened = _NOT_OPENED if reused else tuple(map(info, _OPENED))
    if first:
        sent = handed_over(info(pycurl.ACTIVESOCKET), seat.began, max(opened), sent)
    places = KEPT if reused else SECURE if way.secure else PLAIN
    return phases_of((*opened, sent, first, total if first else 0), places, total, looked.took)
