"""What a thread keeps for its exchanges: a handle of libcurl with what is set on it, and the connections of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pycurl

from synthmon.engine.curl.dial import dial
from synthmon.engine.curl.doorkeeper import Doorkeeper
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from synthmon.engine.way import Way

if TYPE_CHECKING:
    import httpx

_STEADY = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.NETRC, pycurl.NETRC_IGNORED),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
    (pycurl.DNS_CACHE_TIMEOUT, 0),
    (pycurl.SSL_SESSIONID_CACHE, 0),
)
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


class Seat:
    """A handle keeps its options from one exchange to the next as long as both go the same kind of way.

    What is of one exchange alone (address, method, header, body, time) is set, or taken away, for each. Whatever is
    secret in a way, and whatever is set seldom, makes it a way of its own kind: the handle is cleared before and after.
    """

    def __init__(self, limits: Limits, bundle: tuple[int, int] | None) -> None:
        """`bundle`: how the file of authorities was, which the handle will have read."""
        self.handle, self.bundle = pycurl.Curl(), bundle
        self.inodes: set[int] = set()  # of the run's sockets
        self.reader = Reader(limits)
        self.door = Doorkeeper(self.inodes)
        self.pinned: set[str] = set()
        self.began = 0.0  # the last exchange, by `time.monotonic`
        self._kind: tuple[object, ...] | None = None  # of the way that the handle is set up for
        self._pool: pycurl.CurlShare | None = None
        self._run: object = None
        self.sockets: dict[tuple[str, bytes], int] = {}  # origin -> descriptor of its connection
        self.names: dict[str, tuple[str, ...]] = {}  # host -> addresses, of those that we look up
        self.ways: dict[tuple[str, bytes], Way] = {}

    def serves(self, run: object) -> bool:
        """Whether the connections that are open are those of this run."""
        return run is not None and run == self._run and self._pool is not None

    def renew(self, run: object) -> None:
        """Close what is open: a run begins with nothing that another one has."""
        if self._pool is not None:
            self.handle.unsetopt(pycurl.SHARE)
        self._pool, self._run = pycurl.CurlShare(), run
        self.sockets, self.names, self.ways = {}, {}, {}
        self.inodes.clear()
        self._pool.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_CONNECT)
        self.handle.setopt(pycurl.SHARE, self._pool)

    def forget(self) -> None:
        """Whatever is set on the handle is not to be relied upon."""
        self._kind = None

    def close(self) -> None:
        self.handle.close()
        self._pool = None

    def set_up(self, way: Way, request: httpx.Request, ca_file: str) -> None:
        """Everything that follows from the way."""
        kind = None if request.method == "HEAD" else way.kind
        if kind is not None and kind == self._kind:
            return
        self._kind = None
        handle = self.handle
        handle.reset()  # keeps the pool
        for option, value in _STEADY:
            handle.setopt(option, value)
        handle.setopt(pycurl.OPT_CERTINFO, int(way.secure))
        handle.setopt(pycurl.HEADERFUNCTION, self.reader.header)
        handle.setopt(pycurl.WRITEFUNCTION, self.reader.write)
        self.door.watch(handle)
        dial(handle, way.route, request.url, ca_file)
        self._method = ""
        self._fresh = self._connect = -1
        self._kind = kind

    def ask(self, request: httpx.Request, url: bytes, lines: list[bytes], *, left: float, connect: int) -> None:
        """What is of this exchange alone. Both times are limits: seconds for all of it, milliseconds to connect."""
        handle, remaining = self.handle, max(1, int(left * 1000))
        fresh, connect = int(request.extensions.get("synthmon.fresh", False)), min(connect, remaining)
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HTTPHEADER, lines)
        handle.setopt(pycurl.TIMEOUT_MS, remaining)
        if connect != self._connect:
            handle.setopt(pycurl.CONNECTTIMEOUT_MS, connect)
            self._connect = connect
        if fresh != self._fresh:
            handle.setopt(pycurl.FRESH_CONNECT, fresh)
            self._fresh = fresh
        self._ask_by(request.method, request.read())

    def _ask_by(self, method: str, body: bytes) -> None:
        handle = self.handle
        if body or method not in _WITHOUT_BODY:
            handle.setopt(pycurl.POSTFIELDS, body)  # COPYPOSTFIELDS would refuse a zero byte
            if method != self._method:
                handle.setopt(pycurl.CUSTOMREQUEST, method)
                self._method = method
            return
        handle.setopt(pycurl.NOBODY if method == "HEAD" else pycurl.HTTPGET, 1)
        if self._method:
            handle.unsetopt(pycurl.CUSTOMREQUEST)
            self._method = ""
