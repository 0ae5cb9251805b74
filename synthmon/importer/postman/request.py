"""The request of a collection's item: its address, headers and body, with holes in place of variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from synthmon.importer import jsontext
from synthmon.importer.address import grouped
from synthmon.importer.bodies import FORM, fields, hidden, json_body
from synthmon.importer.holes import is_holed
from synthmon.importer.maker import WITHOUT_BODY, Maker
from synthmon.importer.multipart import Part, multipart
from synthmon.importer.pick import at, items, mapping, text
from synthmon.importer.postman.collection import Item
from synthmon.importer.requests import NoStep
from synthmon.language.graphql import parse_document

Fill = Callable[[str], str]
_LANGUAGES = {"json": "application/json", "xml": "application/xml", "html": "text/html"}


def address(maker: Maker, item: Item, fill: Fill, scheme_of_variable: Callable[[str], str]) -> str:
    """The url as Postman would ask for it: `http://` where no scheme is written, path variables put in."""
    url = item.request.get("url")
    raw = text(mapping(url).get("raw")) if isinstance(url, dict) else text(url)
    raw = (raw or _joined(mapping(url))).strip().replace("\n", "").replace("\r", "")
    if not raw:
        raise NoStep("it has no url")
    for one in map(mapping, items(mapping(url).get("query"))):
        if one.get("disabled"):
            maker.table.dropped(item.place, f"parameter {text(one.get('key'))}", "it is switched off")
    filled = fill(raw)
    for one in map(mapping, items(mapping(url).get("variable"))):
        name = text(one.get("key")) or text(one.get("id"))
        if name and f"/:{name}" in filled:
            value = text(one.get("value"))
            hole = fill(value) if value else maker.variable(name, "set-me", "a part of the path: set it")
            if not is_holed(hole):
                hole = maker.variable(name, hole)
            filled = filled.replace(f"/:{name}", f"/{hole}", 1)
    return _with_scheme(maker, item, filled, scheme_of_variable)


def _joined(url: dict[str, Any]) -> str:
    """The address from its parts, where `raw` is missing."""
    host, path = url.get("host"), url.get("path")
    name = ".".join(map(text, host)) if isinstance(host, list) else text(host)
    if not name:
        return ""
    parts = [text(at(part, "value")) if isinstance(part, dict) else text(part) for part in items(path)]
    way = "/".join(parts) if isinstance(path, list) else text(path).removeprefix("/")
    port = f":{text(url.get('port'))}" if url.get("port") else ""
    query = "&".join(
        f"{text(one.get('key'))}={text(one.get('value'))}"
        for one in map(mapping, items(url.get("query")))
        if not one.get("disabled")
    )
    return f"{text(url.get('protocol'), 'http') or 'http'}://{name}{port}/{way}" + (f"?{query}" if query else "")


def _with_scheme(maker: Maker, item: Item, url: str, scheme_of_variable: Callable[[str], str]) -> str:
    """Postman asks by http where a url has no scheme."""
    if is_holed(url[:1] + url) and url.startswith("\U0010f000"):
        return scheme_of_variable(url)
    if "://" not in url.partition("/?")[0].partition("?")[0]:
        if ":\\" in url[:10]:
            raise NoStep("the url is written with backslashes")
        maker.table.changed(item.place, "url", "it has no scheme, so http:// is asked, as Postman does")
        return f"http://{url}"
    return url


def headers(maker: Maker, item: Item, fill: Fill) -> list[tuple[str, str]]:
    """The headers that are switched on; version 2 allows a text of lines, too."""
    found = item.request.get("header")
    if isinstance(found, str):
        lines = (line.partition(":") for line in found.splitlines() if ":" in line)
        return [(name.strip(), fill(value.strip())) for name, _, value in lines]
    made = []
    for one in map(mapping, items(found)):
        name = text(one.get("key"))
        if one.get("disabled"):
            maker.table.dropped(item.place, f"header {name}", "it is switched off")
        elif name:
            made.append((fill(name), fill(text(one.get("value")))))
    return made


def body(maker: Maker, item: Item, fill: Fill) -> tuple[str | None, dict[str, Any], str]:
    """Text or ready keys of the body, and its type; raises `NoStep` for one that cannot be written."""
    found = mapping(item.request.get("body"))
    mode = text(found.get("mode"))
    if not mode or found.get("disabled"):
        return None, {}, ""
    if mode == "raw":
        raw = text(found.get("raw"))
        kind = _LANGUAGES.get(text(at(found, "options", "raw", "language")), "")
        return (fill(raw) if raw else None), {}, kind
    if mode == "graphql":
        return None, _graphql(maker, item, mapping(found.get("graphql")), fill), ""
    if mode == "file":
        raise NoStep("its body is a file, which is not part of the collection")
    return _form(maker, item, found, mode, fill)


def _form(
    maker: Maker, item: Item, found: dict[str, Any], mode: str, fill: Fill
) -> tuple[str | None, dict[str, Any], str]:
    parts: list[Part] = []
    for one in map(mapping, items(found.get(mode))):
        name = text(one.get("key"))
        if one.get("disabled") or one.get("enabled") is False:
            maker.table.dropped(item.place, f"field {name}", "it is switched off")
        elif one.get("type") == "file":
            source = one.get("src")
            path = text(source[0]) if isinstance(source, list) and source else text(source)
            filename = path.replace("\\", "/").rpartition("/")[2]
            parts.append(Part(fill(name), None, filename, text(one.get("contentType"))))
        else:
            parts.append(Part(fill(name), fill(text(one.get("value"))), "", text(one.get("contentType"))))
    if not parts or text(item.request.get("method"), "GET").upper() in WITHOUT_BODY:
        return ("" if parts else None), {}, ""
    named = [replace(part, name=maker.spelled(part.name, item.place)) for part in parts]
    if mode == "formdata":
        return None, multipart(maker, named, item.place), ""
    pairs = [(part.name, part.content or "") for part in named]
    return None, {"form": grouped(fields(maker, pairs, item.place))}, FORM


def _graphql(maker: Maker, item: Item, found: dict[str, Any], fill: Fill) -> dict[str, Any]:
    """`graphql` of a request, or its JSON where the document is none by the rules or changes from run to run."""
    query = fill(text(found.get("query")))
    made: dict[str, Any] = {"query": query}
    variables = found.get("variables")
    if isinstance(variables, str) and variables.strip():
        try:
            variables = jsontext.parse(fill(variables))
        except ValueError:
            maker.table.dropped(item.place, "variables of GraphQL", "they are no JSON")
            variables = None
    if isinstance(variables, dict) and variables:
        made["variables"] = hidden(maker, variables, item.place)
    method = text(item.request.get("method"), "GET").upper()
    if method == "POST" and not is_holed(query) and _is_document(query, made.get("variables", {})):
        return {"graphql": made}
    return json_body(maker, made, "application/json", item.place)


def _is_document(query: str, variables: dict[str, Any]) -> bool:
    """Whether it is one operation that declares exactly these variables."""
    try:
        [operation] = parse_document(query).operations
    except ValueError:
        return False
    declared = {one.name for one in operation.variables}
    required = {one.name for one in operation.variables if one.required}
    return operation.kind != "subscription" and required <= set(variables) <= declared
