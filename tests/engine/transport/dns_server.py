"""A name server on loopback that answers what it is told to: addresses, refusals, silence, nonsense, late."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

A, NS, AAAA = 1, 2, 28


@dataclass(frozen=True)
class Says:
    """`addresses` of both families; `code` as in RFC 1035; `raw` in place of a packet; None: nothing at all."""

    addresses: tuple[str, ...] = ()
    code: int = 0
    after: float = 0.0
    silent: frozenset[int] = frozenset()  # types of records that are not answered
    large: bool = False  # truncated over UDP
    raw: bytes | None = None


NXDOMAIN, SERVFAIL, REFUSED = Says(code=3), Says(code=2), Says(code=5)
NOTHING = Says(silent=frozenset({A, NS, AAAA}))
Answers = Mapping[str, "Says | Callable[[int], Says]"]


class DnsServer:
    """Answers by name; a callable gets the number of times the name was asked for. `asked` is what came.

    With `drip`, answers over TCP come a byte at a time, with so many seconds between them.
    """

    def __init__(self, answers: Answers, host: str = "127.0.0.1", drip: float = 0.0) -> None:
        self._answers, self._drip = answers, drip
        self._udp, self._tcp = _both(host)
        self.address = f"{host}:{self._udp.getsockname()[1]}"
        self.asked: list[tuple[str, int]] = []
        self.over_tcp = 0
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._serve, self._serve_tcp)]

    def __enter__(self) -> DnsServer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        closing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        closing.sendto(b"", self._udp.getsockname())
        self._tcp.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in (closing, self._udp, self._tcp):
            one.close()

    def _serve(self) -> None:
        while True:
            packet, sender = self._udp.recvfrom(4096)
            if not packet:
                return
            if (reply := self._reply(packet, tcp=False)) is not None:
                self._udp.sendto(reply, sender)

    def _serve_tcp(self) -> None:
        while True:
            try:
                channel, _ = self._tcp.accept()
            except OSError:
                return
            with channel:
                packet = channel.recv(4096)[2:]
                self.over_tcp += 1
                reply = self._reply(packet, tcp=True) or b""
                self._send(channel, struct.pack("!H", len(reply)) + reply)

    def _send(self, channel: socket.socket, reply: bytes) -> None:
        if not self._drip:
            channel.sendall(reply)
            return
        with contextlib.suppress(OSError):  # nobody waits for the rest
            for byte in reply:
                channel.sendall(bytes([byte]))
                time.sleep(self._drip)

    def _reply(self, packet: bytes, *, tcp: bool) -> bytes | None:
        name, end = _name(packet)
        (kind,) = struct.unpack_from("!H", packet, end)
        times = sum(1 for known, asked in self.asked if (known, asked) == (name, kind))
        self.asked.append((name, kind))
        found = self._answers.get(name, Says() if name == "" else NXDOMAIN)
        says = found if isinstance(found, Says) else found(times)
        if kind in says.silent:
            return None
        if says.after:
            time.sleep(says.after)
        if says.raw is not None:
            return packet[:2] + says.raw
        cut = says.large and not tcp
        records = [] if cut else [record for text in says.addresses if (record := _record(text, kind))]
        flags = 0x8180 | says.code | (0x0200 if cut else 0)
        head = packet[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0)
        return head + packet[12 : end + 4] + b"".join(records)


def _both(host: str) -> tuple[socket.socket, socket.socket]:
    """Sockets at one port of both kinds, which may take a few tries."""
    for _ in range(20):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((host, 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()
    raise OSError("no port is free for both")


def _name(packet: bytes) -> tuple[str, int]:
    labels, place = [], 12
    while packet[place]:
        labels.append(packet[place + 1 : place + 1 + packet[place]].decode())
        place += 1 + packet[place]
    return ".".join(labels), place + 1


def _record(text: str, kind: int) -> bytes | None:
    address = ipaddress.ip_address(text)
    if kind != (A if address.version == 4 else AAAA):
        return None
    return b"\xc0\x0c" + struct.pack("!2HIH", kind, 1, 60, len(address.packed)) + address.packed
