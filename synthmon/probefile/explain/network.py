"""How a target is reached, in words: proxies, addresses, certificates."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model.network import WARN_BEFORE, Network, Proxy, Tls
from synthmon.model.probe import Probe
from synthmon.model.reach import Trust
from synthmon.model.text import Text
from synthmon.probefile.explain.phrases import listed, span, text


def of_probe(probe: Probe) -> Iterator[str]:
    """Whom it may reach, and how it does from each region."""
    if probe.trust is Trust.IMPORTED:
        yield "The file comes from elsewhere: it reaches only public hosts that synthmon.yaml names for such files"
    ways = [tuple(_ways(region.network)) for region in probe.regions]
    if ways and all(way == ways[0] for way in ways):
        yield from ways[0]
        return
    for region, way in zip(probe.regions, ways, strict=True):
        yield from (f"From {region.name}: {sentence}" for sentence in way)


def _ways(network: Network) -> Iterator[str]:
    if isinstance(network.proxy, Proxy):
        who = "" if network.proxy.username is None else f" as {text(network.proxy.username)}"
        word = "" if network.proxy.password is None else f" with the password {text(network.proxy.password)}"
        yield f"Requests go through the proxy {network.proxy.url}{who}{word}"
    if network.proxy is False:
        yield "Requests go through no proxy"
    if network.ip_version is not None:
        yield f"Only IPv{network.ip_version} is used"
    for name, addresses in network.hosts.items():
        yield f"{name} is taken to be at {listed(addresses)}"
    if network.resolver:
        yield f"Names are looked up at {listed(network.resolver)}"


def of_step(tls: Tls) -> Iterator[str]:
    if tls.unverified is not None:
        yield f"The target's certificate is NOT verified: {tls.unverified}"
    if tls.certificate is not None:
        key = _given(tls.key or "", "client_key")
        yield f"Shows a client certificate, {_given(tls.certificate, 'client_certificate')}, with the key {key}"
    if tls.authorities is not None:
        yield f"Trusts only certificates of the authorities in {_given(tls.authorities, 'ca')}"
    if tls.server_name is not None:
        yield f"Asks for the certificate of {tls.server_name}"
    if tls.min_version is not None:
        yield f"Speaks TLS {tls.min_version} or newer"
    if tls.warn_before != WARN_BEFORE:
        yield f"Degraded if the target's certificate ends in less than {span(tls.warn_before)}"


def _given(pem: Text, key: str) -> str:
    """What an expression names; of a text, which may be written in place or in a file, under which key it is given."""
    return f"`{key}`" if isinstance(pem, str) else text(pem)
