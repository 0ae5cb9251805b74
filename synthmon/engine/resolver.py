"""Looks names up at servers that are named, and tells a name that is wrong from a server that does not answer."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from synthmon.engine.dns import Code, Kind, Malformed, Question, Reply, encoded_name, read_reply
from synthmon.engine.ports import Stop
from synthmon.model.run import Failure, FailureKind
from synthmon.model.words import printable, seconds
from synthmon.nouns import dataclass

AGAIN = 0.7  # seconds after which the next server is asked as well, or the only one again
LOOK = 0.1  # seconds after which it is looked whether a stop was asked for
GRACE = 0.05  # seconds for which addresses of the other family are waited for (RFC 8305, section 3)
_LARGEST = 65_535
_PORT = 53
_OTHER = 99  # a code of ours for what is no answer at all


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of it, after `took` seconds. With a failure there are no addresses."""

    addresses: tuple[str, ...] = ()
    took: float = 0.0
    failure: Failure | None = None


def look_up(
    name: str, servers: Sequence[str], kinds: Sequence[Kind], deadline: float, stop: Stop | None = None
) -> Looked:
    """The addresses of a name in ASCII by `deadline`, an instant of `time.monotonic`, or none once the stop is set.
    Never raises for what servers do.

    The failure is `dns` if the name has no address or its own servers fail, and `resolver` (ours) if the servers asked
    are silent, unwilling or unable to answer anything.
    """
    began = time.monotonic()
    try:
        questions = [Question(_unguessable(), name.rstrip(".").lower(), kind) for kind in kinds]
        encoded_name(questions[0].name)
    except ValueError as error:
        message = f"{printable(name, 253)} is no name that can be looked up: {error}"
        return Looked(failure=Failure(FailureKind.DNS, message, detail="no name"))
    with _Asking(questions, servers) as asking:
        asking.run(deadline, stop)
    addresses = tuple(dict.fromkeys(found for reply in asking.replies.values() for found in reply.addresses))
    took = time.monotonic() - began
    if addresses:
        return Looked(addresses, took)
    failure = _failure(name, servers, asking, took, deadline, stop)
    return Looked((), time.monotonic() - began, failure)


def _failure(
    name: str, servers: Sequence[str], asking: _Asking, took: float, deadline: float, stop: Stop | None
) -> Failure:
    shown, whom = printable(name, 253), " and ".join(servers[:3])
    codes = {reply.code for reply in asking.replies.values()} | asking.unusable
    if Code.NXDOMAIN in codes:
        return Failure(
            FailureKind.DNS, f"the name {shown} does not exist", actual=f"NXDOMAIN from {whom}", detail="NXDOMAIN"
        )
    if Code.NOERROR in codes:
        return Failure(
            FailureKind.DNS, f"the name {shown} has no address", actual=f"none from {whom}", detail="no data"
        )
    if not codes:
        message = f"no resolver answered within {seconds(took)} when asked for {shown}"
        return Failure(FailureKind.RESOLVER, message, actual=f"silence of {whom}", detail="silence")
    said = " and ".join(sorted(_said(code) for code in codes))
    if codes & {Code.SERVFAIL, _OTHER} and answers_at_all(servers, deadline, stop):
        message = f"the servers of {shown} do not answer as they must: looking it up ended with {said}"
        return Failure(FailureKind.DNS, message, actual=f"{said} from {whom}", detail=said)
    message = f"the resolver could not answer for {shown}: {said}"
    return Failure(FailureKind.RESOLVER, message, actual=f"{said} from {whom}", detail=said)


def answers_at_all(servers: Sequence[str], deadline: float, stop: Stop | None = None) -> bool:
    """Whether a resolver that failed for one name knows who serves the root: then the name's servers are at fault."""
    with _Asking([Question(_unguessable(), "", Kind.NS)], servers) as asking:
        asking.run(max(deadline, time.monotonic() + AGAIN / 2), stop)
    return any(reply.code == Code.NOERROR for reply in asking.replies.values())


def _said(code: int) -> str:
    if code == _OTHER:
        return "an answer that cannot be read"
    return Code(code).name if code in set(Code) else f"code {code}"


def _unguessable() -> int:
    return int.from_bytes(os.urandom(2))


def endpoint(server: str) -> tuple[str, int]:
    """Address and port of `10.0.0.53`, `10.0.0.53:5353`, `fd00::53` or `[fd00::53]:5353`; raises `ValueError`."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(server.strip("[]"))), _PORT
    host, _, port = server.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise ValueError("a resolver is an address, with a port or without one")
    return str(ipaddress.ip_address(host.strip("[]"))), int(port)


def system_servers(path: str = "/etc/resolv.conf") -> tuple[str, ...]:
    """The servers that this machine asks, where it says so; empty elsewhere."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            lines = file.read(65_536).splitlines()
    except OSError:
        return ()
    found = []
    for words in (line.split() for line in lines):
        if len(words) >= 2 and words[0] == "nameserver":
            with contextlib.suppress(ValueError):
                endpoint(words[1])
                found.append(words[1])
    return tuple(found[:3])  # as the system's own resolver does


@dataclass(slots=True)
class _Asking:
    """The questions under way: each server is asked all of them, the next one when nothing has come for a while."""

    questions: Sequence[Question]
    servers: Sequence[str]
    replies: dict[Kind, Reply] = field(default_factory=dict)
    unusable: set[int] = field(default_factory=set)  # what servers said that is no answer
    _sockets: dict[int, tuple[socket.socket, str]] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def __enter__(self) -> _Asking:
        return self

    def __exit__(self, *_: object) -> None:
        for channel, _server in self._sockets.values():
            channel.close()

    def run(self, deadline: float, stop: Stop | None = None) -> None:
        """Until every question is answered, nobody is left to ask, the time is over, or the stop is set."""
        waiting, ask_at = self._order(), 0.0
        while not self._done():
            now = time.monotonic()
            if any(reply.addresses for reply in self.replies.values()):
                deadline = min(deadline, now + GRACE)
            if now >= deadline or (stop is not None and stop.is_set()):
                return
            if now >= ask_at or self._hopeless():
                server = next(waiting, None)
                if server is None and self._hopeless():
                    return
                ask_at = deadline if server is None else now + AGAIN
                if server is not None:
                    self._ask(server)
            if not self._hopeless():
                self._listen(min(deadline, ask_at, now + LOOK), deadline)

    def _hopeless(self) -> bool:
        """Whether nobody who was asked will answer any more."""
        return all(server in self._refused for _, server in self._sockets.values())

    def _order(self) -> Iterator[str]:
        """Every server in turn, then all of them once more: a packet may get lost."""
        yield from self.servers
        yield from self.servers

    def _done(self) -> bool:
        return len(self.replies) == len(self.questions) or any(
            reply.code == Code.NXDOMAIN for reply in self.replies.values()
        )

    def _ask(self, server: str) -> None:
        host, port = endpoint(server)
        try:
            channel = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        except OSError:
            return
        try:
            channel.setblocking(False)  # noqa: FBT003 - the standard library's own order
            channel.connect((host, port))
            for question in self.questions:
                if question.kind not in self.replies:
                    channel.send(question.encoded())
        except OSError:  # no way there, or nothing listens: the second packet is told so
            channel.close()
        else:
            self._sockets[channel.fileno()] = channel, server

    def _listen(self, until: float, deadline: float) -> None:
        poll = select.poll()
        for descriptor in self._sockets:
            poll.register(descriptor, select.POLLIN)
        for descriptor, _event in poll.poll(max(0.0, until - time.monotonic()) * 1000):
            channel, server = self._sockets[descriptor]
            try:
                self._take(channel.recv(_LARGEST), server, deadline)
            except BlockingIOError:
                continue
            except OSError:  # nothing listens there
                channel.close()
                del self._sockets[descriptor]

    def _take(self, packet: bytes, server: str, deadline: float) -> None:
        for question in self.questions:
            if packet[:2] != question.number.to_bytes(2) or question.kind in self.replies:
                continue
            try:
                reply = read_reply(packet, question)
                if reply.truncated:
                    reply = read_reply(_over_tcp(question, server, deadline), question)
            except (Malformed, OSError):
                self._note(_OTHER, server)
                continue
            if reply.code in {Code.NOERROR, Code.NXDOMAIN}:
                self.replies[question.kind] = reply
            else:
                self._note(reply.code, server)

    def _note(self, code: int, server: str) -> None:
        self.unusable.add(code)
        self._refused.add(server)


def _over_tcp(question: Question, server: str, deadline: float) -> bytes:
    """An answer too large for a datagram (RFC 7766); raises `OSError`."""
    deadline = max(deadline, time.monotonic() + 0.1)
    with socket.create_connection(endpoint(server), timeout=deadline - time.monotonic()) as channel:
        packet = question.encoded()
        channel.sendall(len(packet).to_bytes(2) + packet)
        length = int.from_bytes(_exactly(channel, 2, deadline))
        return _exactly(channel, length, deadline)


def _exactly(channel: socket.socket, count: int, deadline: float) -> bytes:
    """So many bytes by the deadline, however slowly they drip; raises `OSError`."""
    found = b""
    while len(found) < count:
        if (left := deadline - time.monotonic()) <= 0:
            raise TimeoutError("the server took too long to say all of its answer")
        channel.settimeout(left)
        piece = channel.recv(count - len(found))
        if not piece:
            raise ConnectionError("the server closed the connection")
        found += piece
    return found
