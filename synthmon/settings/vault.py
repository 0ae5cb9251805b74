"""Where in a Vault secrets are, from its part of `synthmon.yaml`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from synthmon.probefile.findings import Findings
from synthmon.probefile.node import Node
from synthmon.secrets import VaultLogin, VaultPlace
from synthmon.settings.values import is_loopback
from synthmon.settings.vaultformat import VaultLoginPart, VaultPart, secret_name

CACHE, KEEP = 300.0, 3600.0  # seconds


def build_vault(
    part: VaultPart | None, node: Node | None, findings: Findings | None, folder: Path
) -> VaultPlace | None:
    """Where it is and how to log in; what is wrong is reported. None where there is none."""
    if part is None or node is None or findings is None:
        return None
    written = node.child("login")
    login = _login(part.login, written, findings)
    address = urlsplit(part.address)
    place = node.child("address")
    if address.scheme == "http" and not is_loopback(address.hostname or "") and place is not None:
        message = "what is asked of Vault over http, and what it answers, can be read on the way"
        findings.error("vault", message, place, "write https://")
    approle_node = written.child("approle") if written else None
    secret_id = secret_of(findings, approle_node.child("secret_id") if approle_node else None)
    token = secret_of(findings, written.child("token") if written else None)
    approle, kubernetes = part.login.approle, part.login.kubernetes
    if login is None:
        return None
    return VaultPlace(
        address=part.address,
        login=login,
        credential=secret_id or token,
        role=approle.role_id if approle else kubernetes.role if kubernetes else None,
        login_mount=approle.mount if approle else kubernetes.mount if kubernetes else None,
        mount=part.mount or "secret",
        path=part.path or "synthmon",
        namespace=part.namespace,
        ca_file=folder / part.ca if part.ca else None,
        cache=CACHE if part.cache is None else part.cache,
        keep=KEEP if part.keep is None else part.keep,
        secrets={name: _split(value) for name, value in (part.secrets or {}).items()},
    )


def secret_of(findings: Findings, node: Node | None) -> str | None:
    """The name of the secret that stands there; anything else is reported and hidden from every message."""
    if node is None or not isinstance(node.data, str):
        return None
    name = secret_name(node.data)
    if name is None:
        findings.document.hidden.append((node.start.index, node.end.index))
        findings.error("literal-secret", "this is a secret and stands in no file", node, "write ${{ secrets.NAME }}")
    return name


def _split(written: str) -> tuple[str, str]:
    document, _, key = written.partition("#")
    return document.strip("/"), key


def _login(part: VaultLoginPart, node: Node | None, findings: Findings) -> VaultLogin | None:
    ways = [way for way in VaultLogin if getattr(part, way.value) is not None]
    if len(ways) == 1:
        return ways[0]
    if node is not None and not node.cut:
        has = f"this has {' and '.join(f'`{way}`' for way in ways)}" if ways else "this says nothing"
        findings.error("vault", f"one of `token`, `approle` and `kubernetes` is needed; {has}", node)
    return None
