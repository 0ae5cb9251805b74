"""Where the values of secrets come from: environment variables and files, read anew so that a rotated one is seen."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synthmon.errors import SecretUnavailable
from synthmon.model.secret import Secret

PREFIX = "SYNTHMON_SECRET_"
MAX_BYTES = 64 * 1024

_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file held when it looked like this."""

    stamp: _Stamp
    value: str


class Secrets:
    """The secrets of an installation. Thread-safe.

    `renames` are, per region, the secrets that are read there in place of others: `{region: {asked for: read}}`.
    A secret `shop_password` is looked for in this order: the variable SYNTHMON_SECRET_SHOP_PASSWORD, the file named by
    SYNTHMON_SECRET_SHOP_PASSWORD_FILE, a file `shop_password` in the secrets folder. Files are read again when they
    change, so a rotated secret is used from the next run on.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        folder: Path | None = None,
        renames: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._values = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
        self._folder = folder
        self._renames = renames or {}
        self._kept: dict[Path, _Kept] = {}
        self._lock = threading.Lock()

    def get(self, name: str, region: str) -> Secret:
        """The secret as the region sees it, under the name it was asked for.

        Raises `SecretUnavailable`, whose hint says how to provide it; neither ever holds a value.
        """
        read = self._renames.get(region, {}).get(name, name)
        return Secret(f"secrets.{name}", self._value(read, name, region))

    def rename(self, renames: Mapping[str, Mapping[str, str]]) -> None:
        """From now on, read these secrets in place of others."""
        self._renames = renames

    def lookup(self, name: str) -> Secret:
        """The secret as the installation itself sees it, for channels."""
        return Secret(f"secrets.{name}", self._value(name, name, None))

    def _value(self, name: str, asked: str, region: str | None) -> str:
        variable = f"{PREFIX}{name.upper()}"
        path = self._path(name, variable)
        value = self._values.get(variable)
        if value is None and path is not None:
            value = self._file(path, name)
        if value:
            return value
        why = "has no value" if value is None else "is empty"
        renamed = "" if name == asked else f" (which region {region} reads for `{asked}`)"
        raise SecretUnavailable(f"the secret `{name}`{renamed} {why}", hint=self._hint(name, variable))

    def _path(self, name: str, variable: str) -> Path | None:
        named = self._values.get(f"{variable}_FILE")
        if named is not None:
            return Path(named)
        # a name comes from a file of ours, but nothing may lead out of the folder through it
        inside = self._folder is not None and name.isidentifier()
        return self._folder / name if self._folder is not None and inside else None

    def _hint(self, name: str, variable: str) -> str:
        folder = f", or put it into the file {self._folder / name}" if self._folder is not None else ""
        return f"set {variable} or {variable}_FILE{folder}"

    # Files

    def _file(self, path: Path, name: str) -> str | None:
        """What the file holds, without its last line break; None if there is no such file."""
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev)
            with self._lock:
                kept = self._kept.get(path)
            if kept is None or kept.stamp != stamp:
                kept = _Kept(stamp, _text(path, name))
                with self._lock:
                    self._kept[path] = kept
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise SecretUnavailable(
                f"the file of the secret `{name}` cannot be read: {reason}", hint=f"look at {path}"
            ) from None
        return kept.value


def _text(path: Path, name: str) -> str:
    if not path.is_file():
        raise SecretUnavailable(f"the file of the secret `{name}` is not a regular file", hint=f"look at {path}")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise SecretUnavailable(f"the secret `{name}` is larger than {MAX_BYTES // 1024} KiB", hint=f"look at {path}")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise SecretUnavailable(f"the secret `{name}` is not UTF-8 text", hint=f"look at {path}") from None
    return text.removesuffix("\n").removesuffix("\r")
