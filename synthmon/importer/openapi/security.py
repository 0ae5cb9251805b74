"""Security schemes -> `auth` of a step and profiles of the probe; every credential is a secret to be provided."""

from __future__ import annotations

from typing import Any

from synthmon.importer.maker import Maker
from synthmon.importer.naming import slug
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.pick import items, mapping, text
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """As whom a step asks; `headers` are for a second scheme beside the first."""

    auth: Any = None
    headers: tuple[tuple[str, str], ...] = ()


def shown(maker: Maker, document: Document, operation: Operation) -> Shown:
    """The first alternative of `security` that a probe can do."""
    own = operation.tree.get("security", document.tree.get("security"))
    alternatives = [mapping(one) for one in items(own)]
    if not alternatives or any(not one for one in alternatives):
        return Shown()
    place = f"{operation.place}.security"
    for alternative in alternatives:
        made = _all(maker, document, alternative)
        if made is not None:
            for other in alternatives:
                if other is not alternative and other != alternative:
                    names = " and ".join(map(str, other))
                    maker.table.dropped(place, names, "another way is taken; one is enough")
            return made
    names = ", ".join(" and ".join(map(str, one)) for one in alternatives)
    maker.table.dropped(place, names, "none of these ways is known; the step is sent without")
    return Shown()


def _all(maker: Maker, document: Document, alternative: dict[str, Any]) -> Shown | None:
    """All schemes of one alternative together; None if one of them cannot be done."""
    found = [(name, _one(maker, document, str(name), items(scopes))) for name, scopes in alternative.items()]
    if any(one is None for _, one in found):
        return None
    auths = [one for _, one in found if one is not None]
    headers: list[tuple[str, str]] = []
    first = auths[0]
    for other in auths[1:]:
        key = mapping(other).get("api_key")
        if not isinstance(key, dict) or "header" not in key:
            return None
        headers.append((key["header"], key["value"]))
    return Shown(first, tuple(headers))


def _one(maker: Maker, document: Document, name: str, scopes: list[Any]) -> Any:
    scheme = mapping(
        document.follow(mapping(mapping(document.tree.get("components")).get("securitySchemes")).get(name))
    )
    kind, place = text(scheme.get("type")), f"components.securitySchemes.{name}"
    base = slug(name, "api")
    if kind == "apiKey":
        return _api_key(maker, scheme, base, place)
    if kind == "http" and text(scheme.get("scheme")).lower() == "basic":
        user, password = (
            maker.need(f"{base}_user", "a user's name", place),
            maker.need(f"{base}_password", "a password", place),
        )
        return {"basic": {"username": user, "password": password}}
    if kind == "http" and text(scheme.get("scheme")).lower() == "bearer":
        return {"bearer": maker.need(f"{base}_token", "a bearer token", place)}
    if kind == "oauth2":
        return _oauth2(maker, mapping(scheme.get("flows")), base, scopes, place)
    if kind == "openIdConnect":
        why = "where tokens are had is told by a document on the network, which is not fetched: provide a token"
        maker.table.changed(place, "openIdConnect", why)
        return {"bearer": maker.need(f"{base}_token", "an access token", place)}
    why = {"mutualTLS": "a client certificate is declared by you, under `tls:`"}.get(kind, "this way is not known")
    maker.table.dropped(place, kind or "the scheme", why)
    return None


def _api_key(maker: Maker, scheme: dict[str, Any], base: str, place: str) -> Any:
    where, name = text(scheme.get("in")), text(scheme.get("name"))
    if where not in ("header", "query", "cookie") or not name or "{{" in name:
        maker.table.dropped(place, "apiKey", "it does not say where the key is sent")
        return None
    wanted = base if base.endswith("key") else f"{base}_key"
    return {"api_key": {where: name, "value": maker.need(wanted, f"the key {name}", place)}}


def _oauth2(maker: Maker, flows: dict[str, Any], base: str, scopes: list[Any], place: str) -> Any:
    for flow, grant in (("clientCredentials", "client_credentials"), ("password", "password")):
        told = mapping(flows.get(flow))
        url = text(told.get("tokenUrl"))
        if not url.startswith(("http://", "https://")):
            if told:
                maker.table.dropped(place, flow, f"its tokenUrl {url!r} is no whole address")
            continue
        profile: dict[str, Any] = {
            "grant": grant,
            "token_url": url,
            "client_id": maker.need(f"{base}_client_id", "the client's id", place),
            "client_secret": maker.need(f"{base}_client_secret", "the client's secret", place),
        }
        if grant == "password":
            profile["username"] = maker.need(f"{base}_user", "a user's name", place)
            profile["password"] = maker.need(f"{base}_password", "a password", place)
        if words := [text(scope) for scope in scopes if text(scope).strip() and "{{" not in text(scope)]:
            profile["scopes"] = words
        for other in flows:
            if other != flow:
                maker.table.dropped(place, str(other), f"the grant {grant} is taken, which needs no person")
        return maker.profile(profile, base)
    why = f"{', '.join(map(str, flows)) or 'its flow'}: a person logs in to get a token; provide one that lasts"
    maker.table.changed(place, "oauth2", why)
    return {"bearer": maker.need(f"{base}_token", "an access token", place)}
