"""httpx's transport interface on libcurl, which measures phases outside the interpreter and bounds the whole exchange.

A thread keeps one easy handle and with it the parsed CA bundle, but nothing that would let one run profit from another:
connections live in a pool that is replaced when a run begins, names are looked up anew, TLS sessions are not resumed.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from pathlib import Path

import certifi
import httpx
import pycurl

from synthmon.engine.built import Received, pairs_of
from synthmon.engine.certificate import about_ours, certificate_until, describe_certificate
from synthmon.engine.dial import dial, looked_up, pin, written_url
from synthmon.engine.fault import TransportFault, Wire, explain
from synthmon.engine.hangup import Lines, inode_of
from synthmon.engine.inflate import OFFERED
from synthmon.engine.limits import Limits
from synthmon.engine.names import attribute, look_up_at
from synthmon.engine.ports import Stop
from synthmon.engine.proxying import blamed, proxy_label
from synthmon.engine.reader import Reader
from synthmon.engine.resolver import Looked
from synthmon.engine.route import DIRECT, ROUTE, Route, denied, host_of, is_literal
from synthmon.engine.sockets import Doorkeeper, hung_up
from synthmon.language.once import Once
from synthmon.model.run import Failure, FailureKind, Phases

_VERSIONS = {1: "1.0", 2: "1.1", 3: "2", 30: "3"}  # CURL_HTTP_VERSION_…
_WITHOUT_BODY = {"GET", "HEAD"}
_INSTANTS = (  # of an exchange, in microseconds from its beginning
    pycurl.NAMELOOKUP_TIME_T,
    pycurl.CONNECT_TIME_T,
    pycurl.APPCONNECT_TIME_T,
    pycurl.PRETRANSFER_TIME_T,
    pycurl.POSTTRANSFER_TIME_T,
    pycurl.STARTTRANSFER_TIME_T,
    pycurl.TOTAL_TIME_T,
)
_OWN = {b"host", b"content-length", b"transfer-encoding", b"connection"}  # libcurl writes these itself
_ADDED = ((b"expect", b"Expect:"), (b"content-type", b"Content-Type:"), (b"accept", b"Accept:"))
_OFFERED = b"Accept-Encoding: " + OFFERED
DEFAULT_TIMEOUT = 15.0


class CurlTransport(httpx.BaseTransport):
    """Sends one request per call, once. Thread-safe: each thread has its own handle.

    Request extensions: `synthmon.deadline`, an instant of `time.monotonic`; `synthmon.run`, what tells one run from
    another (connections are shared within it only); `synthmon.fresh`, to open a new connection; `synthmon.unstoppable`,
    to go on when others are hung up on; `synthmon.route`, the way there (see `route`). The response's extension
    `synthmon.wire` is a `Wire`. Raises `TransportFault` when there is no answer to judge.
    """

    def __init__(self, stop: Stop | None = None, ca_file: str | None = None, limits: Limits | None = None) -> None:
        self._stop = stop
        self._ca_file = ca_file or trusted_certificates()
        self._limits = limits or Limits()
        self._local = threading.local()
        self._lines = Lines()

    def hang_up(self) -> bool:
        """Break off what is on the wire, once the stop is set; whether everything ended within some seconds."""
        return self._lines.hang_up()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        route: Route = request.extensions.setdefault(ROUTE, DIRECT)
        if (refused := route.refuses(request.url)) is not None:
            raise TransportFault(refused, Wire(Phases()))
        handle = self._handle(request)
        reader = Reader(self._limits)
        deadline = request.extensions.setdefault("synthmon.deadline", time.monotonic() + DEFAULT_TIMEOUT)
        looked = self._look_up(route, request, deadline)
        stop = None if request.extensions.get("synthmon.unstoppable") else self._stop
        door = self._door(route, request, stop)
        try:
            self._prepare(handle, request, reader, deadline - time.monotonic())
            dial(handle, route, request.url, self._ca_file)
            pin(handle, looked_up(route, request.url), looked.addresses, self._local.pinned)
            door.watch(handle)
            with self._lines.busy(self._local.inodes, stoppable=stop is not None):
                if (stopped := _stopped(stop)) is None:
                    handle.perform()
                    stopped = _stopped(stop)  # a body that ends with its connection would be taken for whole
        except pycurl.error as error:
            raise self._fault(handle, request, reader, error, door, looked) from error
        if stopped is not None:
            raise TransportFault(stopped, Wire(Phases()))
        self._local.sockets[_origin(request.url)] = handle.getinfo(pycurl.ACTIVESOCKET)
        wire = _wire(handle, request, reader, door, looked)
        reader.finish()
        if reader.refused is not None:
            raise TransportFault(reader.refused, wire)
        if route.proxy is not None and reader.status == 407:  # which no target says
            raise TransportFault(blamed(Failure(FailureKind.AUTH, ""), wire, 407), wire)
        bodiless = request.method == "HEAD" or reader.status in {204, 304}
        body = b"" if bodiless else bytes(reader.body)
        return Received(reader.status, reader.headers, body, request, {"synthmon.wire": wire})

    def _door(self, route: Route, request: httpx.Request, stop: Stop | None) -> Doorkeeper:
        inodes: set[int] = self._local.inodes

        def made(descriptor: int) -> Failure | None:
            inodes.add(inode_of(descriptor))  # before the stop is looked at: who is hung up on is in either case known
            return _stopped(stop)

        return Doorkeeper(lambda address: route.refuses_address(request.url, address), made)

    def _look_up(self, route: Route, request: httpx.Request, deadline: float) -> Looked:
        """Addresses that libcurl is not to look up itself; once a run, as connections are made once a run."""
        names, host = self._local.names, host_of(looked_up(route, request.url))
        if given := route.addresses_of(host):
            return Looked(given)
        if not route.network.resolver or is_literal(host):
            return Looked()
        if host in names:
            return Looked(names[host])
        found = look_up_at(route.network, host, min(deadline, time.monotonic() + self._limits.lookup))
        if found.failure is not None:
            wire = Wire(Phases(dns=found.took, total=found.took), phase="dns", proxy=proxy_label(route))
            raise TransportFault(blamed(found.failure, wire, 0), wire)
        names[host] = found.addresses
        return found

    def close(self) -> None:
        """Handles of other threads close with those threads."""
        handle = getattr(self._local, "handle", None)
        if handle is not None:
            handle.close()
            self._local.handle = self._local.pool = self._local.run = None

    def _handle(self, request: httpx.Request) -> pycurl.Curl:
        """This thread's handle; with an empty pool of connections for a new run, or if the server hung up meanwhile."""
        local, run = self._local, request.extensions.get("synthmon.run")
        if getattr(local, "handle", None) is None:
            local.handle, local.pool, local.run, local.pinned = pycurl.Curl(), None, None, set()
        local.handle.reset()  # keeps the pool
        if local.pool is None or run is None or run != local.run or hung_up(local.sockets.get(_origin(request.url))):
            if local.pool is not None:
                local.handle.unsetopt(pycurl.SHARE)
            local.pool, local.run, local.sockets, local.names = pycurl.CurlShare(), run, {}, {}
            local.inodes = set()
            local.pool.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_CONNECT)
            local.handle.setopt(pycurl.SHARE, local.pool)
        handle: pycurl.Curl = local.handle
        return handle

    def _prepare(self, handle: pycurl.Curl, request: httpx.Request, reader: Reader, left: float) -> None:
        limits, secure = self._limits, request.url.scheme == "https"
        remaining = max(1, int(left * 1000))
        longest = int((limits.secure if secure else limits.connect) * 1000)
        for option, value in (
            (pycurl.URL, written_url(request.extensions[ROUTE], request.url)),
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.NETRC, pycurl.NETRC_IGNORED),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
            (pycurl.DNS_CACHE_TIMEOUT, 0),
            (pycurl.SSL_SESSIONID_CACHE, 0),
            (pycurl.TIMEOUT_MS, remaining),
            (pycurl.CONNECTTIMEOUT_MS, min(longest, remaining)),
            (pycurl.OPT_CERTINFO, int(secure)),
            (pycurl.FRESH_CONNECT, int(request.extensions.get("synthmon.fresh", False))),
            (pycurl.HEADERFUNCTION, reader.header),
            (pycurl.WRITEFUNCTION, reader.write),
        ):
            handle.setopt(option, value)
        _set_method(handle, request)
        handle.setopt(pycurl.HTTPHEADER, _header_lines(request))

    def _fault(
        self,
        handle: pycurl.Curl,
        request: httpx.Request,
        reader: Reader,
        error: pycurl.error,
        door: Doorkeeper,
        looked: Looked,
    ) -> TransportFault:
        code, text = error.args[0], str(error.args[1]) if len(error.args) > 1 else ""
        route: Route = request.extensions[ROUTE]
        wire = _wire(handle, request, reader, door, looked)
        if reader.refused is not None or door.denied is not None:
            return TransportFault(reader.refused or door.denied or denied("nobody said why"), wire)
        connected = handle.getinfo(pycurl.HTTP_CONNECTCODE)
        if code in {pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY}:
            host = host_of(looked_up(route, request.url))
            return TransportFault(blamed(attribute(host, request.extensions["synthmon.deadline"]), wire, 0), wire)
        failure = explain(code, text, door.error or handle.getinfo(pycurl.OS_ERRNO), wire)
        failure = blamed(failure, wire, connected) if not reader.began else failure
        if code == pycurl.E_PEER_FAILED_VERIFICATION and failure.kind is FailureKind.TLS:
            failure = self._described(failure, request, looked)
        elif wire.phase == "tls" or failure.kind is FailureKind.TLS:
            failure = about_ours(failure, code, route.tls)
        if door.refused:
            failure = _not_again(wire, failure.detail)
        stale = wire.reused and not reader.began and failure.kind in {FailureKind.CONNECT, FailureKind.PROTOCOL}
        return TransportFault(failure, wire, resendable=stale)

    def _described(self, failure: Failure, request: httpx.Request, looked: Looked) -> Failure:
        """The failure with what the certificate says, asked for in the same way as the first time."""
        route: Route = request.extensions[ROUTE].without_certificate()

        def prepared(handle: pycurl.Curl) -> None:
            door = self._door(route, request, None)
            dial(handle, route, request.url, self._ca_file)
            pin(handle, looked_up(route, request.url), looked.addresses, set())
            door.watch(handle)

        return describe_certificate(
            failure, written_url(route, request.url), prepared, request.extensions["synthmon.deadline"]
        )


def _stopped(stop: Stop | None) -> Failure | None:
    if stop is None or not stop.is_set():
        return None
    return Failure(FailureKind.SHUTDOWN, "synthmon was stopped during the run")


def _set_method(handle: pycurl.Curl, request: httpx.Request) -> None:
    body = request.read()
    if request.method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
    elif body or request.method not in _WITHOUT_BODY:
        handle.setopt(pycurl.POST, 1)
        handle.setopt(pycurl.POSTFIELDS, body)  # COPYPOSTFIELDS would refuse a zero byte
        handle.setopt(pycurl.CUSTOMREQUEST, request.method)
    else:
        handle.setopt(pycurl.HTTPGET, 1)


def _header_lines(request: httpx.Request) -> list[bytes]:
    pairs = pairs_of(request)
    fields = {name.lower(): value for name, value in pairs}
    lines = [name + (b": " + value if value else b";") for name, value in pairs if name.lower() not in _OWN]
    # What libcurl would add by itself is switched off: the request is the one that was rendered.
    lines += [line for name, line in _ADDED if name not in fields]
    if b"accept-encoding" not in fields:
        lines.append(_OFFERED)
    if host := fields.get(b"host"):
        lines.append(b"Host: " + host)
    return lines


def _not_again(wire: Wire, detail: str | None) -> Failure:
    """What it means that libcurl wanted to send a request again."""
    if wire.reused:
        gone = "the server closed the connection, kept open from the step before, instead of answering"
        return Failure(FailureKind.CONNECT, gone, detail=detail)
    return Failure(FailureKind.PROTOCOL, "the server turned the request away unanswered", detail=detail)


_origin = Once[httpx.URL, tuple[str, bytes]](lambda url: (url.scheme, url.netloc))


def _wire(handle: pycurl.Curl, request: httpx.Request, reader: Reader, door: Doorkeeper, looked: Looked) -> Wire:
    """Phases from libcurl's clock; one that did not happen is None, the one that was going on has what is left."""
    looked_up, connected, shaken, ready, sent, first, total = (handle.getinfo(option) / 1e6 for option in _INSTANTS)
    first = first if reader.began else 0.0
    secure, reused = request.url.scheme == "https", door.reused
    marks: list[tuple[str, float]] = []
    if not reused:
        marks += [("dns", looked_up), ("connect", connected)]
        marks += [("tls", shaken)] if secure else []
    marks += [("send", sent or (first and ready)), ("first_byte", first), ("transfer", total if first else 0.0)]
    spent: dict[str, float] = {}
    at, phase = 0.0, "transfer"
    for name, mark in marks:
        if not mark and name != "transfer":
            spent[name], phase = max(0.0, total - at), name
            break
        spent[name] = max(0.0, mark - at)
        at = max(at, mark)
    if looked.took:
        spent["dns"] = spent.get("dns", 0.0) + looked.took
    address = _address(handle)
    return Wire(
        phases=Phases(**spent, total=total + looked.took),
        address=address,
        http_version=_VERSIONS.get(handle.getinfo(pycurl.INFO_HTTP_VERSION)) if reader.began else None,
        reused=reused,
        received=reader.received,
        phase=phase,
        fallback=bool(address and door.tried and handle.getinfo(pycurl.PRIMARY_IP) != door.tried[0]),
        proxy=proxy_label(request.extensions[ROUTE]),
        certificate_until=certificate_until(handle) if secure and not reused else None,
    )


def _address(handle: pycurl.Curl) -> str | None:
    host, port = handle.getinfo(pycurl.PRIMARY_IP), handle.getinfo(pycurl.PRIMARY_PORT)
    if not host:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def trusted_certificates() -> str:
    """The machine's bundle of trusted authorities, where it has one; certifi's otherwise."""
    paths = ssl.get_default_verify_paths()
    for candidate in (os.environ.get("SSL_CERT_FILE"), paths.cafile, "/etc/ssl/certs/ca-certificates.crt"):
        if candidate and Path(candidate).is_file():
            return candidate
    return certifi.where()
