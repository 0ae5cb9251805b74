"""A declared request becomes one for the wire: each value encoded for the place where it stands, secrets revealed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from synthmon.engine.values import Values, revealed
from synthmon.errors import TemplateError
from synthmon.model.journey import Body, BodyKind, Expression, RequestSpec, Template, Text, Tree
from synthmon.model.run import Json
from synthmon.model.secret import Scrubber, Secret

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*[/?#]")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2

_CONTENT_TYPES = {
    BodyKind.JSON: "application/json",
    BodyKind.FORM: "application/x-www-form-urlencoded",
    BodyKind.RAW: "text/plain; charset=utf-8",
}


def render_request(spec: RequestSpec, values: Values, headers: Mapping[str, str]) -> httpx.Request:
    """The request; `headers` are the defaults, which the declaration's own replace.

    Raises `TemplateError` where a value does not fit its place, and what evaluating raises.
    """
    url = target_url(spec.url, spec.params, values)
    fields = {**{name.lower(): (name, value) for name, value in headers.items()}, **dict(_declared(spec, values))}
    content = b"" if spec.body is None else _content(spec.body, values)
    if spec.body is not None:
        fields.setdefault("content-type", ("Content-Type", _CONTENT_TYPES[spec.body.kind]))
    raw = [(name.encode("ascii"), value.encode()) for name, value in fields.values()]
    marks = _marks(fields, content, values) if spec.redirects else {}
    return httpx.Request(spec.method, url, headers=raw, content=content or None, extensions=marks)


def _marks(fields: Mapping[str, tuple[str, str]], content: bytes, values: Values) -> dict[str, Any]:
    """Which headers, and whether the body, hold a secret: a redirect to another origin must not take those along."""
    scrubber, body = Scrubber(values.known), content.decode("utf-8", "replace")
    return {
        "synthmon.secret_headers": frozenset(name for name, (_, value) in fields.items() if scrubber.holds(value)),
        "synthmon.secret_body": scrubber.holds(body),
    }


def _declared(spec: RequestSpec, values: Values) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, text in spec.headers.items():
        yield name.lower(), (name, header_text(name, text, values))


def plain_text(text: Text, values: Values) -> str:
    """The text with its expressions in place, as it goes into a raw body or a credential."""
    value = values.text(text)
    return value.reveal() if isinstance(value, Secret) else value


def header_text(name: str, text: Text, values: Values, prefix: str = "") -> str:
    """A header's value; control characters, which could begin another header or request, are refused."""
    if not _TOKEN.fullmatch(name):
        raise TemplateError(f"`{name}` is no name for a header")
    value = plain_text(text, values)
    if found := _CONTROL.search(value):
        where = f"the value for the header `{name}` has the control character U+{ord(found[0]):04X}"
        raise TemplateError(f"{where}, which no header may carry", captured=values.uses_capture(text))
    return _encodable(prefix + value, f"the value for the header `{name}`", text, values)


def target_url(url: Text, params: Mapping[str, Tree], values: Values) -> str:
    """The address: what is inserted in front of the path stands as it is, behind it everything is percent-encoded.

    Scheme and host never come from an answer of the target, and no inserted value can step out of its path segment.
    """
    parts = url.parts if isinstance(url, Template) else (url,)
    built = ""
    for part in parts:
        built += part if isinstance(part, str) else _inserted(part, built, values)
    address, _, fragment = built.partition("#")
    del fragment  # never sent (RFC 9110, section 4.2.5)
    _check_segments(address, url, values)
    query = urlencode(list(pairs(params, values)), quote_via=quote)
    if query:
        address += ("&" if "?" in address else "?") + query
    return _checked(address)


def _inserted(expression: Expression, built: str, values: Values) -> str:
    template = Template((expression,))
    captured = values.uses_capture(template)
    text = plain_text(template, values)
    if not _ORIGIN.match(built):
        if captured:
            raise TemplateError(
                f"`{expression.text}` stands in the scheme or host of the url, which never come from a capture",
                hint="write the host down, or put it into `vars`",
            )
        return text
    if captured and not text and "?" not in built:
        raise TemplateError(f"`{expression.text}` is empty, and the url would lead elsewhere without it", captured=True)
    return quote(_encodable(text, f"`{expression.text}`", template, values), safe="")


def _check_segments(address: str, url: Text, values: Values) -> None:
    path = address.partition("?")[0]
    if isinstance(url, Template) and not {".", ".."}.isdisjoint(path.split("/")):
        raise TemplateError(
            "a part of the url's path is `.` or `..`, which leads elsewhere", captured=values.uses_capture(url)
        )


def _checked(address: str) -> str:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise TemplateError(f"the url cannot be used: {error}") from error
    # httpx percent-encodes what no host may hold; a zone of an IPv6 address is the one lawful place for that sign
    odd_host = not url.host or ("%" in url.host and ":" not in url.host) or not 0 < (url.port or 80) < 65536
    if url.scheme not in {"http", "https"} or odd_host:
        raise TemplateError("the url must begin with http:// or https://, a host and, if at all, a port below 65536")
    if url.userinfo:
        raise TemplateError("the url holds a user or a password", hint="write `auth: {basic: …}` instead")
    return address


def pairs(params: Mapping[str, Tree], values: Values) -> Iterator[tuple[str, str]]:
    """Names and texts of a query or a form; a list repeats its name."""
    for name, tree in params.items():
        value = values.tree(tree)
        for item in value if isinstance(value, list | tuple) else (value,):
            yield name, _encodable(_scalar(name, revealed(item), tree, values), f"`{name}`", tree, values)


def _scalar(name: str, value: Json, tree: Tree, values: Values) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return json.dumps(value)
    kind = "null" if value is None else "an object" if isinstance(value, Mapping) else "a list in a list"
    raise TemplateError(
        f"`{name}` is {kind}, and takes a text, a number or true or false",
        captured=values.uses_capture(tree),
        hint="give the capture a `default`, or use json(…) to write a structure as text",
    )


def _content(body: Body, values: Values) -> bytes:
    match body.kind:
        case BodyKind.JSON:
            return _json(body.value, values)
        case BodyKind.FORM:
            fields = body.value if isinstance(body.value, Mapping) else {}
            return urlencode(list(pairs(fields, values))).encode("ascii")
        case BodyKind.RAW:
            text = body.value if isinstance(body.value, str | Template) else ""
            return _encodable(plain_text(text, values), "the body", body.value, values).encode()


def _json(tree: Tree, values: Values) -> bytes:
    try:
        text = json.dumps(revealed(values.tree(tree)), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise TemplateError(f"the JSON body cannot be written: {error}") from error
    return _encodable(text, "the body", tree, values).encode()


def _encodable(text: str, what: str, tree: Tree, values: Values) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"{what} holds half of a surrogate pair, which is no character"
        raise TemplateError(message, captured=values.uses_capture(tree)) from error
    return text
