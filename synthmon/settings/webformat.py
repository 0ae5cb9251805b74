"""The models of what `web` says about signing in, and about what stands before it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal

from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import Maybe, Part, key, refuse, required
from synthmon.probefile.format.marks import BeforeValidator, WithJsonSchema
from synthmon.probefile.format.scalars import Duration, Label, WebAddress, text
from synthmon.settings.vaultformat import SecretReference

OpenPlace = Literal["healthz", "metrics"]


def _proxy(value: object) -> str:
    written = text(value)
    try:
        network = ip_network(written)
    except ValueError:
        hint = "write 10.1.2.3 or 10.0.0.0/8"
        raise refuse("proxies", f"{quoted(written)} is no address and no network", hint) from None
    if network.prefixlen == 0:
        message = "this is everybody, and whoever is believed can be anybody to the audit"
        raise refuse("proxies", message, "name the proxies alone")
    return written


ProxyNetwork = Annotated[str, BeforeValidator(_proxy), WithJsonSchema({"type": "string", "examples": ["10.0.0.0/8"]})]


class SessionsPart(Part):
    """How long somebody stays signed in."""

    idle: Maybe[Duration] = key("A session ends when it was not used for so long; 12h when left out.", example="12h")
    longest: Maybe[Duration] = key("A session ends after so long in any case; 7d when left out.", example="7d")


class RolesPart(Part):
    """Values of the claim by which each role is had; the highest one holds."""

    viewer: Maybe[list[Label]] = key("Who looks.", example="[staff]")
    operator: Maybe[list[Label]] = key("Who acts as well.", example="[on-call]")
    admin: Maybe[list[Label]] = key("Who also decides who may.", example="[platform-admins]")


class OidcPart(Part):
    """A provider of OpenID Connect, with which people sign in."""

    issuer: WebAddress = required("Its issuer, exactly as it calls itself.", example="https://login.example.com/realm")
    client_id: Label = required("What synthmon is called there.", example="synthmon")
    client_secret: Maybe[SecretReference] = key(
        "The secret of that client; without one it is a public client.", example="${{ secrets.oidc_client }}"
    )
    title: Maybe[Label] = key("What people call it; `single sign-on` when left out.", example="Example ID")
    scopes: Maybe[list[Label]] = key(
        "What is asked for; `[openid, profile, email]` when left out.", example="[openid, profile, groups]"
    )
    role_claim: Maybe[Label] = key(
        "The claim that gives roles, with dots for one inside another; `groups` when left out.",
        example="realm_access.roles",
    )
    name_claim: Maybe[Label] = key("The claim that says what somebody is called.", example="email")
    roles: RolesPart = required("Which values of the claim give which role.", example="{viewer: [staff]}")
