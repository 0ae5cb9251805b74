"""Secrets in environment variables, by themselves or as the names of files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from synthmon.errors import SecretUnavailable
from synthmon.secrets.files import Files

PREFIX = "SYNTHMON_SECRET_"


class Variables:
    """SYNTHMON_SECRET_SHOP_PASSWORD for a secret `shop_password`, then the file SYNTHMON_SECRET_SHOP_PASSWORD_FILE."""

    def __init__(self, environ: Mapping[str, str], files: Files) -> None:
        self._values = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        self._files = files

    def value(self, name: str) -> str | None:
        variable = f"{PREFIX}{name.upper()}"
        written, named = self._values.get(variable), self._values.get(f"{variable}_FILE")
        if written is not None or named is None:
            return written
        read = self._files.read(Path(named), name)
        if read is None:  # no other place is asked for what was meant to be here
            raise SecretUnavailable(
                f"the secret `{name}` has no value: {variable}_FILE names no file", hint=f"look at {named}"
            )
        return read

    def hint(self, name: str) -> str:
        variable = f"{PREFIX}{name.upper()}"
        return f"set {variable} or {variable}_FILE"
