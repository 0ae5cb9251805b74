"""Where the API is: the first server that is usable, its variables as variables of the probe."""

from __future__ import annotations

import re

from synthmon.importer.draft import NotImportable
from synthmon.importer.maker import Maker
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.pick import items, mapping, text

_VARIABLE = re.compile(r"\{([^{}]{1,100})\}")


def base_of(maker: Maker, document: Document, operation: Operation) -> str:
    """The address in front of the operation's path; raises `NotImportable` if nothing says the host."""
    own = operation.tree.get("servers") or operation.shared.get("servers")
    servers = items(own) or items(document.tree.get("servers"))
    place = f"{operation.place}.servers" if own else "servers"
    for number, server in enumerate(map(mapping, servers)):
        url = text(server.get("url"))
        if not (maker.wishes.base_url and not own) and _usable(url):
            _tell_others(maker, servers, number, place)
            return _filled(maker, url, mapping(server.get("variables")), place).rstrip("/")
    return _wished(maker, text(mapping(servers[0] if servers else None).get("url")), document.label, place)


def _usable(url: str) -> bool:
    return url.startswith(("http://", "https://", "{"))


def _wished(maker: Maker, url: str, label: str, place: str) -> str:
    """The address that the person gave, with the path of a relative server behind it."""
    wished = maker.wishes.base_url
    if not wished:
        said = f"its server is `{url}`, which has no host" if url else "it names no server"
        hint = "say where the API is: --base-url https://api.example.com"
        raise NotImportable(f"{label}: the document does not say where the API is: {said}", hint=hint)
    if _usable(url) or not url.strip("/"):
        if url.strip("/"):
            maker.table.changed(place, url, f"--base-url {wished} takes its place")
        return wished.rstrip("/")
    maker.table.changed(place, url, f"it has no host; {wished} stands in front of it")
    return f"{wished.rstrip('/')}/{url.strip('/')}"


def _tell_others(maker: Maker, servers: list[object], taken: int, place: str) -> None:
    for number, server in enumerate(map(mapping, servers)):
        if number == taken:
            maker.table.kept(f"{place}[{number}]", text(server.get("url")), "the base of the requests")
        else:
            why = "a probe asks one server; `regions` can give each region its own"
            maker.table.dropped(f"{place}[{number}]", text(server.get("url")), why)


def _filled(maker: Maker, url: str, variables: dict[str, object], place: str) -> str:
    def hole(found: re.Match[str]) -> str:
        name = found[1]
        told = mapping(variables.get(name))
        default = text(told.get("default")) or text(next(iter(items(told.get("enum"))), "")) or "set-me"
        if name in ("scheme", "protocol") or found.start() == 0:  # of a probe it is known beforehand
            value = maker.wishes.variables.get(name, default)
            maker.table.changed(f"{place}.variables.{name}", "variable", f"it is written out: {value}")
            return value
        made = maker.variable(name, default)
        maker.table.kept(f"{place}.variables.{name}", "variable", maker.holes.plain(made))
        return made

    return _VARIABLE.sub(hole, url)
