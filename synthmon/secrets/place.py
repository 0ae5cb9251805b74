"""Where in a Vault the secrets are, and how synthmon shows it who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from synthmon.nouns import dataclass

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


class VaultLogin(StrEnum):
    TOKEN = "token"  # noqa: S105 - the name of a way
    APPROLE = "approle"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True, slots=True)
class VaultPlace:
    """An engine `kv` version 2 at `mount`, and a document there that has a key for each secret.

    `secrets` names others: `{name: (document, key)}`. Values are used for `cache` seconds before they are asked for
    again, and for `keep` seconds more while Vault gives none. `credential` and `role` depend on the login: the name of
    the secret that is the token; the role's id and the name of the secret that is its secret id; the role.
    """

    address: str
    login: VaultLogin
    credential: str | None = None
    role: str | None = None
    login_mount: str | None = None
    mount: str = "secret"
    path: str = "synthmon"
    namespace: str | None = None
    ca_file: Path | None = None
    cache: float = 300.0
    keep: float = 3600.0
    secrets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    service_account: Path = SERVICE_ACCOUNT

    def where(self, name: str) -> tuple[str, str]:
        """The document and the key in it that hold a secret."""
        return self.secrets.get(name, (self.path, name))
