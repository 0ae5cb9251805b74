"""The secrets of an installation, joined from its environment and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from synthmon.errors import ConfigurationError
from synthmon.secrets import Secrets, VaultPlace
from synthmon.secrets.provider import Provider
from synthmon.settings import Settings


class InstalledSecrets(Secrets):
    """Where secrets come from; raises `ConfigurationError` if Vault is declared and its library is not installed."""

    def __init__(self, environ: Mapping[str, str], settings: Settings) -> None:
        self._near = Secrets(environ, settings.secrets_folder)  # what logging in to Vault takes
        self._vault = settings.vault
        super().__init__(environ, settings.secrets_folder, settings.region_secrets, self._last(settings.vault))

    def follow(self, settings: Settings) -> None:
        """Take over changed settings. What Vault said is forgotten only if another one is declared."""
        if settings.vault != self._vault:
            self.ask_last(self._last(settings.vault))
            self._vault = settings.vault
        self.rename(settings.region_secrets)

    def _last(self, place: VaultPlace | None) -> tuple[Provider, ...]:
        if place is None:
            return ()
        try:
            module = import_module("synthmon.secrets.vault")  # an extra
        except ModuleNotFoundError as error:
            if error.name not in {"hvac", "requests"}:
                raise
            raise ConfigurationError(
                "synthmon.yaml has `vault`, and the library for it is not installed",
                hint="pip install 'synthmon[vault]'",
            ) from None
        return (module.Vault(place, lambda name: self._near.lookup(name).reveal()),)
