"""Whom requests of a probe may reach: a policy of addresses and names, held against each connection before it is made.

Reasons are returned, not truth values: None where nothing is in the way.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from synthmon.nouns import dataclass
from synthmon.patterns import regular

Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Range: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

METADATA: dict[str, str] = {
    "169.254.169.254": "AWS, Azure, Google Cloud and others",
    "169.254.170.2": "AWS ECS",
    "169.254.170.23": "AWS EKS",
    "fd00:ec2::254": "AWS",
    "fd00:ec2::23": "AWS EKS",
    "fd20:ce::254": "Google Cloud",
    "100.100.100.200": "Alibaba Cloud",
    "192.0.0.192": "Oracle Cloud",
    "168.63.129.16": "Azure",
}
METADATA_NAMES = frozenset(
    {
        "metadata.google.internal",
        "metadata.goog",
        "instance-data",
        "instance-data.ec2.internal",
        "metadata.azure.internal",
    }
)
_METADATA = {ipaddress.ip_address(address): whose for address, whose in METADATA.items()}
_NUMBER = regular(r"0[xX][0-9a-fA-F]{0,8}|0[0-7]{0,11}|[1-9][0-9]{0,9}")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address

_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291, section 2.4: all global unicast that is assigned
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))  # IANA's registries


class Trust(StrEnum):
    """Who answers for a probe file: the operator wrote it, or it came from elsewhere."""

    OPERATOR = "operator"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Allowance:
    """An exception with its reason: to one range of addresses or to one name, at one port or (None) at all of them."""

    written: str
    reason: str
    addresses: Range | None = None
    host: str | None = None
    port: int | None = None

    def covers(self, host: str, address: Address | None, port: int) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.host is not None:
            return self.host == host
        return address is not None and self.addresses is not None and address in self.addresses


@dataclass(frozen=True, slots=True)
class Reach:
    """What an installation says of it.

    `imported` are the hosts that files from elsewhere may reach: names, or `*.example.com` for all below one. `own` are
    hosts and ports of synthmon itself.
    """

    allow: tuple[Allowance, ...] = ()
    imported: tuple[str, ...] = ()
    own: tuple[tuple[str, int], ...] = ()

    def refuses(self, trust: Trust, host: str, port: int) -> str | None:
        """Why nothing may be sent to the host, as far as its name tells; an address as a host is judged, too."""
        return _refuses(self, trust, host, port)

    def by_name(self, trust: Trust, host: str, port: int) -> str | None:
        """The same, thought through anew."""
        name = plain(host)
        if trust is Trust.IMPORTED and not any(_fits(name, pattern) for pattern in self.imported):
            return f"{name} is not among the hosts that imported files may reach"
        address = as_address(name)
        if address is not None:
            return self.refuses_address(trust, name, address, port)
        if name in METADATA_NAMES and not self._allowed(trust, name, None, port):
            return f"{name} is the metadata service of a cloud, which hands out credentials"
        if any(name == host and port == at for host, at in self.own) and not self._allowed(trust, name, None, port):
            return f"port {port} of {name} is synthmon's own"
        return None

    def refuses_address(
        self, trust: Trust, host: str, address: Address, port: int, is_here: Callable[[Address], bool] = lambda _: False
    ) -> str | None:
        """Why no connection may be made to the address that `host` turned out to have.

        `is_here` tells whether an address is one of this machine's, loopback aside.
        """
        address, name = meant(address), plain(host)
        if self._allowed(trust, name, address, port):
            return None
        if address in _METADATA:
            return f"{address} is the metadata service of {_METADATA[address]}, which hands out credentials"
        if address.is_link_local:
            return f"{address} is a link-local address"
        if address.is_multicast:
            return f"{address} is a multicast address"
        if any(port == at and _is_at(address, own, is_here) for own, at in self.own):
            return f"port {port} of {address} is synthmon's own"
        if trust is Trust.IMPORTED and not _is_public(address):
            return f"{address} is not a public address, and imported files reach no others"
        return None

    def _allowed(self, trust: Trust, host: str, address: Address | None, port: int) -> bool:
        return trust is Trust.OPERATOR and any(one.covers(host, address, port) for one in self.allow)


@lru_cache(maxsize=1024)  # asked before each request, and the same for as long as the settings are
def _refuses(reach: Reach, trust: Trust, host: str, port: int) -> str | None:
    return reach.by_name(trust, host, port)


def _is_public(address: Address) -> bool:
    """Stricter than `is_global`, whose table is as old as the interpreter: of IPv6 only what is given to anybody."""
    if address.version == 6 and address not in _UNICAST:
        return False
    return address.is_global and not any(address in special for special in _SPECIAL)


def _is_at(address: Address, own: str, is_here: Callable[[Address], bool]) -> bool:
    """Whether a connection to the address ends at the host `own`."""
    written = as_address(own)
    if own == "localhost" or (written is not None and (written.is_loopback or written.is_unspecified)):
        return address.is_loopback or address.is_unspecified or is_here(address)
    return written == address


def meant(address: Address) -> Address:
    """The address that packets go to: IPv4 in the clothes of IPv6 is IPv4."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return ipaddress.IPv6Address(int(address))  # without its zone


@lru_cache(maxsize=1024)  # every request asks for its host
def plain(host: str) -> str:
    """A host as it is compared: lower-case, without brackets and the root's dot."""
    return host.strip("[]").lower().rstrip(".")


@lru_cache(maxsize=1024)
def as_address(host: str) -> Address | None:
    """The address that a host is, in any of the ways in which one may be written: `0x7f000001`, `127.1`, `[::1]`."""
    try:
        return meant(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    return _old_address(host)


def _old_address(host: str) -> Address | None:
    """One to four numbers, the last filling what is left, each decimal, octal or hexadecimal: what inet_aton reads."""
    written = host.split(".")
    if not 1 <= len(written) <= 4 or not all(_NUMBER.fullmatch(part) for part in written):
        return None
    *front, last = (_number(part) for part in written)
    if any(number > 255 for number in front) or last >= 256 ** (4 - len(front)):
        return None
    whole = sum(number << (24 - 8 * place) for place, number in enumerate(front))
    return ipaddress.IPv4Address(whole + last)


def _number(written: str) -> int:
    if written[:2] in {"0x", "0X"}:
        return int(written[2:] or "0", 16)
    return int(written, 8 if written.startswith("0") else 10)


def _fits(host: str, pattern: str) -> bool:
    return host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:]))
