"""How people sign in, from its parts of `synthmon.yaml`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from synthmon.identity.lifetimes import Lifetimes
from synthmon.probefile.findings import Findings
from synthmon.probefile.node import Node
from synthmon.settings.vault import secret_of
from synthmon.settings.webformat import OidcPart, SessionsPart

if TYPE_CHECKING:
    from synthmon.identity.oidc.place import ProviderPlace

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=90)


def build_lifetimes(part: SessionsPart | None, node: Node | None, findings: Findings | None) -> Lifetimes:
    """How long sessions live; what is wrong is reported."""
    if part is None:
        return Lifetimes()
    default = Lifetimes()
    longest = timedelta(seconds=part.longest) if part.longest is not None else default.longest
    idle = timedelta(seconds=part.idle) if part.idle is not None else min(default.idle, longest)
    if findings is not None and node is not None:
        if not SHORTEST <= longest <= LONGEST:
            findings.error("sessions", "a session ends after five minutes to 90 days", node, "write 7d")
        elif not SHORTEST <= idle <= longest:
            message = "a session idles for five minutes at least, and for no longer than it lives"
            findings.error("sessions", message, node, "write 12h")
    return Lifetimes(idle, longest)


def build_oidc(part: OidcPart | None, node: Node | None, findings: Findings | None) -> ProviderPlace | None:
    """The provider; what is wrong with it is reported. None where there is none."""
    if part is None or node is None or findings is None:
        return None
    from synthmon.identity.oidc.place import USUAL_SCOPES, ProviderPlace  # here, because few have a provider
    from synthmon.model.person import Role

    roles = {role: frozenset(values) for role in Role if (values := getattr(part.roles, role.value))}
    _check(part, roles, node, findings)
    return ProviderPlace(
        issuer=part.issuer,
        client_id=part.client_id,
        client_secret=secret_of(findings, node.child("client_secret")),
        scopes=tuple(part.scopes) if part.scopes is not None else USUAL_SCOPES,
        role_claim=part.role_claim or "groups",
        name_claim=part.name_claim,
        roles=roles,
        title=part.title or "single sign-on",
    )


def _check(part: OidcPart, roles: object, node: Node, findings: Findings) -> None:
    from synthmon.identity.oidc.place import is_safe  # here, as above

    issuer, scopes, given = node.child("issuer"), node.child("scopes"), node.child("roles")
    if issuer is not None and not is_safe(part.issuer):
        message = "whoever is on the way to this provider could sign in as anybody"
        findings.error("oidc", message, issuer, "write https://; http:// is only for this machine")
    if scopes is not None and part.scopes is not None and "openid" not in part.scopes:
        findings.error("oidc", "without the scope `openid` a provider says not who it was", scopes, "add openid")
    if given is not None and not given.cut and not roles:
        findings.error("oidc", "nobody has a role by this, so nobody could come in", given, "name values for a role")
