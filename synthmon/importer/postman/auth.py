"""Authentication of a collection -> `auth` of a step, a header or a parameter; every credential becomes a secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synthmon.importer.headers import basic
from synthmon.importer.maker import Maker
from synthmon.importer.naming import slug
from synthmon.importer.pick import items, mapping, text
from synthmon.nouns import dataclass

_GRANTS = {"client_credentials": "client_credentials", "password_credentials": "password"}
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


def credentials(maker: Maker, found: dict[str, Any], fill: Callable[[str], str], place: str) -> Credentials:
    """`fill` puts holes in place of variables."""
    kind = text(found.get("type")).lower()
    if kind in ("", "noauth"):
        return Credentials()
    given = {name: fill(value) for name, value in settings(found.get(kind)).items()}
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


def settings(found: Any) -> dict[str, str]:
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
    name = maker.spelled(given.get("key", ""), place).replace("{{", "") or "X-Api-Key"
    hole = _hidden(maker, given.get("value", ""), slug(name.removeprefix("X-"), "api_key"), f"the key {name}", place)
    return Credentials({"api_key": {"query" if given.get("in") == "query" else "header": name, "value": hole}})


def _oauth2(maker: Maker, given: dict[str, str], place: str) -> Credentials:
    grant = _GRANTS.get(given.get("grant_type", ""))
    if grant and given.get("accessTokenUrl"):
        name = maker.profile(_profile(maker, grant, given, place))
        maker.table.kept(place, "authentication: oauth2", f"the profile {name}")
        return Credentials(name)
    token = _hidden(maker, given.get("accessToken", ""), "access_token", "an access token", place)
    why = "a person logs in to get this token; provide one that lasts, or declare a grant under `auth:`"
    maker.table.changed(place, "authentication: oauth2", why)
    if given.get("addTokenTo") == "queryParams":
        return Credentials({"api_key": {"query": "access_token", "value": token}})
    return Credentials({"bearer": token})


def _profile(maker: Maker, grant: str, given: dict[str, str], place: str) -> dict[str, Any]:
    secret = _hidden(maker, given.get("clientSecret", ""), "client_secret", "a client secret", place)
    profile: dict[str, Any] = {
        "grant": grant,
        "token_url": given["accessTokenUrl"],
        "client_id": given.get("clientId", "") or maker.vault.need("client_id", "the client's id"),
        "client_secret": secret,
    }
    if given.get("client_authentication") == "body":
        profile["client_authentication"] = "client_secret_post"
    if grant == "password":
        profile["username"] = given.get("username", "")
        profile["password"] = _hidden(maker, given.get("password", ""), "password", "a password", place)
    if given.get("scope"):
        profile["scopes"] = maker.spelled(given["scope"], place).replace("{{", "").split()
    return profile
