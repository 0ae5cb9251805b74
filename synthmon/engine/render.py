"""A declared request becomes one for the wire: each value encoded for the place where it stands, secrets revealed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from synthmon.engine.address import address
from synthmon.engine.built import Built, Fields, request_of, unframed
from synthmon.engine.content import body_of
from synthmon.engine.plan import Made, Plan, Usual, planned
from synthmon.engine.values import Values
from synthmon.engine.written import encodable, is_name, line, pairs, plain_text
from synthmon.errors import TemplateError
from synthmon.model.request import MultipartBody, RequestSpec
from synthmon.model.secret import Scrubber
from synthmon.model.text import Expression, Template, Text, Tree
from synthmon.model.words import printable
from synthmon.patterns import regular

if TYPE_CHECKING:
    import httpx

_ORIGIN = regular(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*[/?#]")
_CONTENT_TYPE = b"content-type"
_UNTYPED: Fields = {}


def render_request(spec: RequestSpec, values: Values, headers: Fields) -> Built:
    """The request; `headers` are the defaults, which the declaration's own replace.

    Raises `TemplateError` where a value does not fit its place, and what evaluating raises.
    """
    plan = planned(spec)
    if plan.usual is None:
        return carefully(spec, plan, values, headers)
    return usually(spec, plan, plan.usual, values, headers)


def usually(spec: RequestSpec, plan: Plan, usual: Usual, values: Values, headers: Fields) -> Built:
    """The same of a usual request, for whoever knows its plan."""
    made = usual.made[0] if usual.made else None
    if made is None or made.defaults is not headers:
        made = _made(spec, plan, usual, values, headers)
    text, fields = usual.text, made.fields.copy()
    if text is None:
        content = b""
    elif text.whole is None:
        content = text.written(values)
        fields[b"content-length"] = (b"Content-Length", b"%d" % len(content))
    else:
        content = text.whole
    marks = _marks({**headers, **usual.fields}, content, values) if spec.redirects else {}
    return Built(spec.method, made.url, fields, content, marks)


def _made(spec: RequestSpec, plan: Plan, usual: Usual, values: Values, headers: Fields) -> Made:
    """What is the same in every run, made once."""
    url = _same(spec, plan, values)
    content = b"" if usual.text is None else usual.text.whole or b""
    fields = unframed(url, usual.empty, {**headers, **usual.fields}, content)
    usual.made[:] = (Made(headers, url, fields),)
    return usual.made[0]


def carefully(spec: RequestSpec, plan: Plan, values: Values, headers: Fields) -> Built:
    """The same of any request."""
    url = _same(spec, plan, values) if plan.steady else target_url(spec.url, spec.params, values)
    content, typed = (b"", _UNTYPED) if spec.body is None else body_of(spec.body, values)
    fields = {**headers, **typed, **plan.fields}
    for lowered, name, text in plan.rendered:
        fields[lowered] = (name.encode("ascii"), header_text(name, text, values).encode())
    if isinstance(spec.body, MultipartBody):
        fields[_CONTENT_TYPE] = typed[_CONTENT_TYPE]  # nobody else knows its boundary
    marks = _marks(fields, content, values) if spec.redirects else {}
    return request_of(spec.method, url, fields, content, marks)


def _same(spec: RequestSpec, plan: Plan, values: Values) -> httpx.URL:
    """An address in which nothing has to be rendered, made once."""
    if not plan.same:
        plan.same.append(target_url(spec.url, spec.params, values))
    return plan.same[0]


def _marks(fields: Fields, content: bytes, values: Values) -> dict[str, Any]:
    """Which headers, and whether the body, hold a secret: a redirect to another origin must not take those along."""
    scrubber, body = Scrubber(values.known), content.decode("utf-8", "replace")
    held = (name.decode("ascii") for name, (_, value) in fields.items() if scrubber.holds(value.decode()))
    return {"synthmon.secret_headers": frozenset(held), "synthmon.secret_body": scrubber.holds(body)}


def header_text(name: str, text: Text, values: Values, prefix: str = "") -> str:
    """A header's value; control characters, which could begin another header or request, are refused."""
    if not is_name(name):
        raise TemplateError(f"`{name}` is no name for a header")
    return prefix + line(text, f"the value for the header `{name}`", values)


def target_url(url: Text, params: Mapping[str, Tree], values: Values) -> httpx.URL:
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
    return quote(encodable(text, f"`{expression.text}`", template, values), safe="")


def _check_segments(address: str, url: Text, values: Values) -> None:
    path = address.partition("?")[0]
    if isinstance(url, Template) and not {".", ".."}.isdisjoint(path.split("/")):
        raise TemplateError(
            "a part of the url's path is `.` or `..`, which leads elsewhere", captured=values.uses_capture(url)
        )


@lru_cache(maxsize=512)  # most steps have the same address in every run
def _checked(written: str) -> httpx.URL:
    try:
        url = address(written)
    except ValueError as error:
        raise TemplateError(f"the url cannot be used: {printable(str(error), 200)}") from error
    # httpx percent-encodes what no host may hold; a zone of an IPv6 address is the one lawful place for that sign
    odd_host = not url.host or ("%" in url.host and ":" not in url.host) or not 0 < (url.port or 80) < 65536
    if url.scheme not in {"http", "https"} or odd_host:
        raise TemplateError("the url must begin with http:// or https://, a host and, if at all, a port below 65536")
    if url.userinfo:
        raise TemplateError("the url holds a user or a password", hint="write `auth: {basic: …}` instead")
    return url
