"""Authentication of a collection -> `auth` of a step, a header or a parameter; every credential becomes a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from synthmon.importer.headers import basic
from synthmon.importer.maker import Maker
from synthmon.importer.naming import slug
from synthmon.importer.pick import items, mapping, text

_UNSPOKEN = {
    "digest": "digest authentication is not spoken",
    "hawk": "signatures of Hawk are not spoken",
    "oauth1": "signatures of OAuth 1 are not spoken",
    "ntlm": "NTLM is not spoken",
    "awsv4": "a signature of AWS is declared by you, with keys of its own",
    "edgegrid": "signatures of Akamai EdgeGrid are not spoken",
    "asap": "signatures of ASAP are not spoken",
    "jwt": "a token that is signed for each request is declared by you",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a step shows who it is."""

    auth: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()


def credentials(maker: Maker, found: dict[str, Any], fill: Callable[[str], str], place: str) -> Credentials:
    """`fill` puts holes in place of variables."""
    kind = text(found.get("type")).lower()
    if kind in ("", "noauth"):
        return Credentials()
    given = {name: fill(value) for name, value in _settings(found.get(kind)).items()}
    if kind == "basic":
        return Credentials(basic(maker, given.get("username", ""), given.get("password", ""), place))
    if kind == "bearer":
        return Credentials({"bearer": _hidden(maker, given.get("token", ""), "token", "a bearer token", place)})
    if kind == "apikey":
        return _api_key(maker, given, place)
    if kind == "oauth2":
        return _oauth2(maker, given, place)
    why = _UNSPOKEN.get(kind, "it is not known here")
    maker.table.dropped(place, f"authentication: {kind}", f"{why}; the step is sent without it")
    return Credentials()


def _settings(found: Any) -> dict[str, str]:
    """Version 2.1 has a list of keys and values, 2.0 an object."""
    if isinstance(found, list):
        return {text(one.get("key")): text(one.get("value")) for one in map(mapping, items(found))}
    return {name: text(value) for name, value in mapping(found).items()}


def _hidden(maker: Maker, value: str, wanted: str, where: str, place: str) -> str:
    hole = maker.vault.hide(value, wanted, where) if value else maker.vault.need(wanted, where)
    if hole != value:
        why = f"it is a secret now: {maker.holes.plain(hole)}"
        maker.table.changed(place, f"authentication: {where}", why)
    return hole


def _api_key(maker: Maker, given: dict[str, str], place: str) -> Credentials:
    name = given.get("key") or "X-Api-Key"
    hole = _hidden(maker, given.get("value", ""), slug(name.removeprefix("X-"), "api_key"), f"the key {name}", place)
    pair = ((name, hole),)
    return Credentials(query=pair) if given.get("in") == "query" else Credentials(headers=pair)


def _oauth2(maker: Maker, given: dict[str, str], place: str) -> Credentials:
    if given.get("grant_type") == "client_credentials" and given.get("accessTokenUrl"):
        profile = {
            "token_url": given["accessTokenUrl"],
            "client_id": given.get("clientId", "") or maker.vault.need("client_id", "the client's id"),
            "client_secret": _hidden(maker, given.get("clientSecret", ""), "client_secret", "a client secret", place),
        }
        if given.get("scope"):
            profile["scopes"] = given["scope"].split()  # type: ignore[assignment]
        maker.profiles["oauth2"] = {"oauth2": profile}
        maker.table.kept(place, "authentication: oauth2", "the profile oauth2")
        return Credentials("oauth2")
    token = _hidden(maker, given.get("accessToken", ""), "access_token", "an access token", place)
    if given.get("addTokenTo") == "queryParams":
        return Credentials(query=(("access_token", token),))
    why = "a person logs in to get this token; provide one that lasts, or declare a grant under `auth:`"
    maker.table.changed(place, "authentication: oauth2", why)
    return Credentials({"bearer": token})
