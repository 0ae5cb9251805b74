"""The models of how a target is reached: addresses, proxies, TLS. `synthmon.yaml` says the same of its regions."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import BY_SHAPE, LIST, MAPPING, TEXT, Maybe, Part, key, refuse, required
from synthmon.probefile.format.marks import BeforeValidator, Tag, WithJsonSchema
from synthmon.probefile.format.scalars import Duration, Label, Text, text

_HOST = (
    r"^(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$"
)
_PORT = regular(r"[0-9]{1,5}")
NONE = "none"


def _host(value: object) -> str:
    name = text(value)
    if not re.match(_HOST, name) or name.endswith("\n") or is_address(name):
        raise refuse("host", f"{quoted(name)} is not the name of a host", "write it like shop.example.com")
    return name.lower()


def is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(written)
    except ValueError:
        return False
    return True


def _address(value: object) -> str:
    written = text(value)
    if not is_address(written):
        raise refuse("address", f"{quoted(written)} is not an address", "write it like 10.0.0.7 or fd00::7")
    return written.lower()


def _server(value: object) -> str:
    written = text(value)
    host, colon, port = written.rpartition(":")
    bare = host.startswith("[") == host.endswith("]")
    with_port = bool(colon) and bare and bool(_PORT.fullmatch(port)) and 0 < int(port) < 65536
    if not is_address(written) and not (with_port and is_address(host.strip("[]"))):
        message = f"{quoted(written)} is not the address of a name server"
        raise refuse("address", message, "write it like 10.0.0.53, or 10.0.0.53:5353")
    return written.lower()


def _proxy_url(value: object) -> str:
    """Without a path, and without credentials, which messages would show."""
    written = text(value)
    if written == NONE:
        return written
    if "@" in written:
        raise refuse("proxy", "a proxy's url must not hold a name and password", "use `username` and `password`")
    if not _is_proxy(written):
        hint = "write it like http://proxy.example.com:3128"
        raise refuse("proxy", f"{quoted(written)} is not the url of a proxy", hint)
    return written.rstrip("/")


def _is_proxy(written: str) -> bool:
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        return False
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment
    fit = "${{" not in written and written.isascii() and " " not in written
    return bare and fit and parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0


def _tls_version(value: object) -> str:
    if isinstance(value, str | float) and value in {1.2, 1.3, "1.2", "1.3"}:
        return str(value)
    raise refuse("tls-version", "the oldest version of TLS that is spoken is 1.2 or 1.3", 'write "1.2" or "1.3"')


def _ip_version(value: object) -> int:
    if isinstance(value, int | str) and value in {4, 6, "4", "6"}:
        return int(str(value))
    raise refuse("ip-version", "`ip_version` is 4 or 6", "write 4 or 6, or delete the key")


Host = Annotated[str, BeforeValidator(_host), WithJsonSchema({"type": "string", "pattern": _HOST})]
Address = Annotated[str, BeforeValidator(_address), WithJsonSchema({"type": "string", "pattern": "^[0-9A-Fa-f:.]+$"})]
Server = Annotated[
    str, BeforeValidator(_server), WithJsonSchema({"type": "string", "pattern": r"^[0-9A-Fa-f:.\[\]]+$"})
]
ProxyUrl = Annotated[
    str,
    BeforeValidator(_proxy_url),
    WithJsonSchema({"type": "string", "pattern": "^(none|https?://[^@ /?#]+/?)$"}),
]
Version = Annotated[Any, BeforeValidator(_tls_version), WithJsonSchema({"enum": ["1.2", "1.3", 1.2, 1.3]})]
IpVersion = Annotated[Any, BeforeValidator(_ip_version), WithJsonSchema({"enum": [4, 6, "4", "6"]})]


class ProxyPart(Part):
    """A proxy that wants to know who asks."""

    url: ProxyUrl = required("Where it is.", example="http://proxy.example.com:3128")
    username: Maybe[Text] = key("Our name there.")
    password: Maybe[Text] = key("Our password there, usually a secret.", example="${{ secrets.proxy_password }}")


class NetworkPart(Part):
    """How targets are reached."""

    proxy: Maybe[Annotated[Annotated[ProxyUrl, Tag(TEXT)] | Annotated[ProxyPart, Tag(MAPPING)], BY_SHAPE]] = key(
        "Through which proxy: a url, `{url: …, username: …, password: …}`, or `none`.",
        example="http://proxy.example.com:3128",
    )
    ip_version: Maybe[IpVersion] = key("Over which version of IP only: 4 or 6.", example="4")
    hosts: Maybe[
        dict[Host, Annotated[Annotated[Address, Tag(TEXT)] | Annotated[list[Address], Tag(LIST)], BY_SHAPE]]
    ] = key("Addresses of names, which are not looked up then.", example="{shop.example.com: 10.0.0.7}")
    resolver: Maybe[Annotated[Annotated[Server, Tag(TEXT)] | Annotated[list[Server], Tag(LIST)], BY_SHAPE]] = key(
        "Which name servers are asked, in place of the machine's.", example="10.0.0.53"
    )


class TlsPart(Part):
    """How TLS is spoken."""

    verify: Maybe[bool] = key("Whether the target's certificate is verified; `true` when left out.")
    reason: Maybe[Label] = key("With `verify: false`: why. It stands in every report.")
    ca: Maybe[Text] = key(
        "Whose certificates are trusted, instead of the machine's authorities: a file of the probes folder, or PEM.",
        example="certificates/internal_ca.pem",
    )
    client_certificate: Maybe[Text] = key(
        "Our certificate, PEM text, with those it hangs on.", example="${{ secrets.partner_certificate }}"
    )
    client_key: Maybe[Text] = key("Its key, PEM text.", example="${{ secrets.partner_key }}")
    min_version: Maybe[Version] = key('The oldest version of TLS that is spoken: "1.2" or "1.3".', example='"1.3"')
    server_name: Maybe[Host] = key(
        "The name asked for and verified, in place of the url's.", example="shop.example.com"
    )
    warn_before: Maybe[Duration] = key("How long before its end the target's certificate degrades; 14d when left out.")


Tls = Annotated[Annotated[Literal["none"], Tag(TEXT)] | Annotated[TlsPart, Tag(MAPPING)], BY_SHAPE]
"""`none`, or a mapping."""
