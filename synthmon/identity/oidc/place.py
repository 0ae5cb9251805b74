"""A provider as declared, and what its claims mean here."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any
from urllib.parse import urlsplit

from synthmon.model import words
from synthmon.model.person import LONGEST_NAME, Role
from synthmon.nouns import dataclass

USUAL_SCOPES = ("openid", "profile", "email")
NAME_CLAIMS = ("preferred_username", "email", "name")
MOST_VALUES = 1000  # of a claim that are looked at


@dataclass(frozen=True, slots=True)
class ProviderPlace:
    """`client_secret` is the name of a secret; `roles` are the values of the claim by which each role is had.

    `role_claim` names a claim, or one inside of it with dots: `realm_access.roles`.
    """

    issuer: str
    client_id: str
    client_secret: str | None = None
    scopes: tuple[str, ...] = USUAL_SCOPES
    role_claim: str = "groups"
    name_claim: str | None = None
    roles: Mapping[Role, frozenset[str]] = field(default_factory=dict)
    title: str = "single sign-on"


def role_of(claims: Mapping[str, Any], place: ProviderPlace) -> Role | None:
    """The highest role that the claim gives; None for nobody of ours."""
    values = set(values_of(claims, place.role_claim))
    return next((role for role in reversed(Role) if values & place.roles.get(role, frozenset())), None)


def values_of(claims: Mapping[str, Any], path: str) -> Sequence[str]:
    """The texts of a claim, be it one or a list; a name with dots is looked for whole first."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    many = found if isinstance(found, list) else [found]
    return [one for one in many[:MOST_VALUES] if isinstance(one, str)]


def name_of(claims: Mapping[str, Any], place: ProviderPlace) -> str:
    """What somebody is called: the first claim that says it, at last the subject."""
    for claim in (place.name_claim,) if place.name_claim else NAME_CLAIMS:
        said = claims.get(claim)
        if claim == "email" and claims.get("email_verified") is False:
            continue
        if isinstance(said, str) and said.strip():
            return words.printable(said.strip(), LONGEST_NAME)
    return words.printable(str(claims["sub"]), LONGEST_NAME)


def is_safe(address: str, issuer: str = "") -> bool:
    """Whether it is HTTPS; plain HTTP only on this machine, for an issuer that is there as well."""
    try:
        parts, of_issuer = urlsplit(address), urlsplit(issuer or address)
    except ValueError:
        return False
    if parts.username or parts.password or parts.fragment or not parts.hostname:
        return False
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and _is_here(parts.hostname) and _is_here(of_issuer.hostname or "")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
