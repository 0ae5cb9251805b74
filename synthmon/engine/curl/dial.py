"""A route as options of a libcurl handle: addresses, proxy, TLS. What is set here, `reset` takes away again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pycurl

from synthmon.engine.route import Route, Secured, bracketed, host_of, port_of

if TYPE_CHECKING:
    import httpx

Pins = Mapping[str, Sequence[str]]
"""Addresses by host, for the names that libcurl must not look up itself."""

_SUPPRESS_CONNECT_HEADERS = 265  # CURLOPT_SUPPRESS_CONNECT_HEADERS, which pycurl does not name
_FAMILIES = {4: pycurl.IPRESOLVE_V4, 6: pycurl.IPRESOLVE_V6, None: pycurl.IPRESOLVE_WHATEVER}
_VERSIONS = {"1.2": pycurl.SSLVERSION_TLSv1_2, "1.3": pycurl.SSLVERSION_TLSv1_3}


def dial(handle: pycurl.Curl, route: Route, url: httpx.URL, ca_file: str) -> None:
    """Everything but the addresses of names, for which see `pin`."""
    handle.setopt(pycurl.IPRESOLVE, _FAMILIES[route.network.ip_version])
    _proxy(handle, route, ca_file)
    if url.scheme == "https":
        _secure(handle, route.tls, ca_file)
        if route.tls.server_name is not None:
            # libcurl takes the name from the url: so the url says that name, and the connection goes where it was meant
            target = f"{route.tls.server_name}:{port_of(url)}:{bracketed(host_of(url))}:{port_of(url)}"
            handle.setopt(pycurl.CONNECT_TO, [target])


def pin(handle: pycurl.Curl, url: httpx.URL, addresses: Sequence[str], before: set[str]) -> None:
    """Give a name its addresses, and take away those that were given `before`, which the handle would keep for ever."""
    if not addresses and not before:
        return
    place = f"{host_of(url)}:{port_of(url)}"
    stay = {place} if addresses else set()
    lines = [f"-{other}" for other in sorted(before - stay)]
    before.clear()
    if addresses:
        lines.append(f"{place}:{','.join(bracketed(address) for address in addresses)}")
        before.add(place)
    if lines:
        handle.setopt(pycurl.RESOLVE, lines)


def _proxy(handle: pycurl.Curl, route: Route, ca_file: str) -> None:
    way = route.proxy
    if way is None:
        handle.setopt(pycurl.PROXY, "")  # nothing from the environment
        return
    handle.setopt(pycurl.PROXY, way.label)
    handle.setopt(pycurl.NOPROXY, "")
    handle.setopt(pycurl.PROXY_CAINFO, ca_file)
    handle.setopt(_SUPPRESS_CONNECT_HEADERS, 1)  # what the proxy says of a tunnel is no answer of the target
    handle.setopt(pycurl.HEADEROPT, pycurl.HEADER_SEPARATE)  # the proxy is told nothing that is for the target
    if way.username is not None:
        handle.setopt(pycurl.PROXYAUTH, pycurl.HTTPAUTH_BASIC)
        handle.setopt(pycurl.PROXYUSERNAME, way.username)
        handle.setopt(pycurl.PROXYPASSWORD, way.password or "")


def _secure(handle: pycurl.Curl, tls: Secured, ca_file: str) -> None:
    handle.setopt(pycurl.SSL_VERIFYPEER, 0 if tls.unverified else 1)
    handle.setopt(pycurl.SSL_VERIFYHOST, 0 if tls.unverified else 2)
    if tls.authorities is None:
        handle.setopt(pycurl.CAINFO, ca_file)
    else:
        handle.setopt(pycurl.CAINFO_BLOB, tls.authorities.encode())
    if tls.min_version is not None:
        handle.setopt(pycurl.SSLVERSION, _VERSIONS[tls.min_version])
    if tls.certificate is not None and tls.key is not None:
        handle.setopt(pycurl.SSLCERT_BLOB, tls.certificate.encode())
        handle.setopt(pycurl.SSLKEY_BLOB, tls.key.encode())
        handle.setopt(pycurl.KEYPASSWD, "")  # never ask whoever sits at the terminal
