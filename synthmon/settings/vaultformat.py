"""The models of `vault` in `synthmon.yaml`: where it is, and how synthmon shows it who it is."""

from __future__ import annotations

from typing import Annotated

from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import Maybe, Part, key, refuse, required
from synthmon.probefile.format.marks import BeforeValidator, WithJsonSchema
from synthmon.probefile.format.scalars import Duration, Label, SecretName, WebAddress, text

_SECRET = regular(r"\$\{\{\s*secrets\.([a-z_][a-z0-9_]{0,62})\s*\}\}\Z")
_PLACE = regular(r"[^#\s]+#[^#\s]+\Z")


def secret_name(written: str) -> str | None:
    """The name in `${{ secrets.NAME }}`; None for anything else."""
    found = _SECRET.match(written.strip())
    return found[1] if found else None


def _place(value: object) -> str:
    written = text(value)
    if not _PLACE.match(written):
        raise refuse("vault", f"{quoted(written)} names no value in Vault", "write it like teams/shop#password")
    return written


SecretReference = Annotated[
    str, BeforeValidator(text), WithJsonSchema({"type": "string", "pattern": r"^\$\{\{\s*secrets\.[a-z_]"})
]
"""`${{ secrets.NAME }}` and nothing else, which is checked where a message can hide what else it is."""
VaultValue = Annotated[str, BeforeValidator(_place), WithJsonSchema({"type": "string", "pattern": "^[^#]+#[^#]+$"})]


class AppRolePart(Part):
    """Logging in as an AppRole."""

    role_id: Label = required("The role's id.")
    secret_id: Maybe[SecretReference] = key("The role's secret id.", example="${{ secrets.vault_secret_id }}")
    mount: Maybe[Label] = key("Where this way to log in is mounted; `approle` when left out.")


class KubernetesPart(Part):
    """Logging in as a service account of Kubernetes."""

    role: Label = required("The role in Vault.", example="synthmon")
    mount: Maybe[Label] = key("Where this way to log in is mounted; `kubernetes` when left out.")


class VaultLoginPart(Part):
    """How synthmon logs in: one of these."""

    token: Maybe[SecretReference] = key("A token.", example="${{ secrets.vault_token }}")
    approle: Maybe[AppRolePart] = key("An AppRole.")
    kubernetes: Maybe[KubernetesPart] = key("A service account of Kubernetes.")


class VaultPart(Part):
    """A Vault that holds secrets in an engine `kv` of version 2."""

    address: WebAddress = required("Where it is.", example="https://vault.example.com:8200")
    login: VaultLoginPart = required("How synthmon logs in.", example='{token: "${{ secrets.vault_token }}"}')
    namespace: Maybe[Label] = key("The namespace.")
    mount: Maybe[Label] = key("Where the engine is mounted; `secret` when left out.")
    path: Maybe[Label] = key("The document that has a key for each secret; `synthmon` when left out.")
    secrets: Maybe[dict[SecretName, VaultValue]] = key(
        "Secrets that stand elsewhere in the engine: their document and key.",
        example="{shop_password: teams/shop#password}",
    )
    ca: Maybe[Label] = key("A file of the authorities by which its certificate is known, from this file's folder.")
    cache: Maybe[Duration] = key("How long a value is used before it is asked for again; 5m when left out.")
    keep: Maybe[Duration] = key("How much longer the last values are used while Vault gives none; 1h when left out.")
