"""The secrets of an installation, looked for in one place after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from synthmon.errors import SecretUnavailable
from synthmon.model.secret import Secret
from synthmon.secrets.environment import PREFIX, Variables
from synthmon.secrets.files import Files, Folder
from synthmon.secrets.provider import Provider

__all__ = ["CREDENTIALS", "PREFIX", "Secrets"]

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what a unit's `LoadCredential=` and `SetCredentialEncrypted=` name."""


class Secrets:
    """The secrets of an installation. Thread-safe.

    `renames` are, per region, the secrets that are read there in place of others: `{region: {asked for: read}}`.
    A secret `shop_password` is looked for in this order: the variable SYNTHMON_SECRET_SHOP_PASSWORD, the file named by
    SYNTHMON_SECRET_SHOP_PASSWORD_FILE, a credential `shop_password` of systemd, a file of that name in the secrets
    folder, and then `further` places. Files are read again when they change, so a rotated secret is used from the next
    run on.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        folder: Path | None = None,
        renames: Mapping[str, Mapping[str, str]] | None = None,
        further: Sequence[Provider] = (),
    ) -> None:
        files = Files()
        self._renames = renames or {}
        self._providers: list[Provider] = [Variables(environ, files)]
        if credentials := environ.get(CREDENTIALS):
            advice = "name it in the unit's LoadCredential="
            self._providers.append(Folder(Path(credentials), files, advice))
        if folder is not None:
            self._providers.append(Folder(folder, files))
        self._nearest = len(self._providers)
        self._providers += further

    def get(self, name: str, region: str) -> Secret:
        """The secret as the region sees it, under the name it was asked for.

        Raises `SecretUnavailable`, whose hint says how to provide it; neither ever holds a value.
        """
        read = self._renames.get(region, {}).get(name, name)
        return Secret(f"secrets.{name}", self._value(read, name, region))

    def rename(self, renames: Mapping[str, Mapping[str, str]]) -> None:
        """From now on, read these secrets in place of others."""
        self._renames = renames

    def ask_last(self, further: Sequence[Provider]) -> None:
        """From now on, these places are asked where variables and files have no value."""
        self._providers = [*self._providers[: self._nearest], *further]

    def lookup(self, name: str) -> Secret:
        """The secret as the installation itself sees it, for channels."""
        return Secret(f"secrets.{name}", self._value(name, name, None))

    def _value(self, name: str, asked: str, region: str | None) -> str:
        found = (value for provider in self._providers if (value := provider.value(name)) is not None)
        value = next(found, None)
        if value:
            return value
        why = "has no value" if value is None else "is empty"
        renamed = "" if name == asked else f" (which region {region} reads for `{asked}`)"
        hint = ", or ".join(provider.hint(name) for provider in self._providers)
        raise SecretUnavailable(f"the secret `{name}`{renamed} {why}", hint=hint)
