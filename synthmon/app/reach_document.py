"""How regions reach targets, and whom probes may reach, as JSON: what agents that pull are told of it.

Credentials of proxies travel as the expressions that name them. What synthmon's own places are, each process knows of
itself.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from synthmon.language.template import as_written, parse_text
from synthmon.model.network import Network, Proxy
from synthmon.model.reach import Allowance, Reach
from synthmon.model.run import Json
from synthmon.model.text import Source, Text
from synthmon.wire.fields import Fields

_HERE = Source("synthmon.yaml", 0, 0)


def network_to_json(network: Network) -> Json:
    proxy: Json = network.proxy
    if isinstance(network.proxy, Proxy):
        way = network.proxy
        proxy = {"url": way.url, "username": _written(way.username), "password": _written(way.password)}
    return {
        "proxy": proxy,
        "ip_version": network.ip_version,
        "hosts": {name: list(found) for name, found in network.hosts.items()},
        "resolver": list(network.resolver),
    }


def network_of(fields: Fields | None) -> Network:
    """Raises `MalformedDocument`."""
    if fields is None:
        return Network()
    proxy, hosts = fields.value("proxy"), fields.part("hosts")
    return Network(
        proxy=_proxy(fields.part("proxy")) if isinstance(proxy, dict) else False if proxy is False else None,
        ip_version=fields.maybe_whole("ip_version"),
        hosts={name: fields.part("hosts").texts(name) for name in hosts.names()},
        resolver=fields.texts("resolver"),
    )


def _proxy(fields: Fields) -> Proxy:
    username, password = (_text(fields.maybe_text(name)) for name in ("username", "password"))
    return Proxy(fields.text("url"), username, password, trusted=True)


def _written(text: Text | None) -> str | None:
    return None if text is None else as_written(text)


def _text(written: str | None) -> Text | None:
    return None if written is None else parse_text(written, _HERE)


def reach_to_json(reach: Reach) -> Json:
    return {
        "allow": [
            {
                "written": one.written,
                "reason": one.reason,
                "addresses": None if one.addresses is None else str(one.addresses),
                "host": one.host,
                "port": one.port,
            }
            for one in reach.allow
        ],
        "imported": list(reach.imported),
    }


def reach_of(fields: Fields | None, here: Reach) -> Reach:
    """What the document says, and `here`, what this process knows of its own; raises `MalformedDocument`."""
    if fields is None:
        return here
    return replace(here, allow=fields.objects("allow", _allowance), imported=fields.texts("imported"))


def _allowance(fields: Fields) -> Allowance:
    addresses = fields.maybe_text("addresses")
    return Allowance(
        fields.text("written"),
        fields.text("reason"),
        None if addresses is None else ipaddress.ip_network(addresses),
        fields.maybe_text("host"),
        fields.maybe_whole("port"),
    )
