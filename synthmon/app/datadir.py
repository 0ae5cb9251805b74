"""The data directory: one daemon at a time, and the token by which the command line acts through it."""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from synthmon.errors import ConfigurationError
from synthmon.model.secret import Secret

TOKEN_FILE, LOCK_FILE, ADDRESS_FILE = "api-token", "lock", "address"


class DataDirectory:
    """Holds the lock for as long as it is open; `close` gives it back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            hint = "name another one with SYNTHMON_DATA_DIR"
            message = f"the data directory {folder} cannot be used: {error.strerror}"
            raise ConfigurationError(message, hint=hint) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            hint = "stop that one, or name another data directory with SYNTHMON_DATA_DIR"
            raise ConfigurationError(f"another synthmon is running in {folder}", hint=hint) from error

    def new_token(self) -> Secret:
        """A new token for this daemon's life, readable by its user only."""
        token = secrets.token_urlsafe(32)
        self._put(TOKEN_FILE, token)
        return Secret("api token", token)

    def announce(self, url: str) -> None:
        """Where the command line finds this daemon."""
        self._put(ADDRESS_FILE, url)

    def close(self) -> None:
        for name in (TOKEN_FILE, ADDRESS_FILE):
            with suppress(OSError):  # a disk that was mounted read-only meanwhile keeps no daemon from ending in order
                (self.folder / name).unlink()
        os.close(self._lock)

    def _put(self, name: str, text: str) -> None:
        try:
            self._write(name, text)
        except OSError as error:
            hint = f"free some space, or give this user the right to write {self.folder}"
            raise ConfigurationError(f"{self.folder / name} cannot be written: {error.strerror}", hint=hint) from error

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)


def running_daemon(folder: Path) -> tuple[str, Secret]:
    """Address and token of the daemon of that data directory; raises `ConfigurationError` when none runs."""
    try:
        url = (folder / ADDRESS_FILE).read_text("utf-8").strip()
        token = (folder / TOKEN_FILE).read_text("utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"no daemon is running in {folder}", hint="start one with `synthmon up`") from error
    return url, Secret("api token", token)


def is_running(folder: Path) -> bool:
    """Whether a daemon holds that data directory now."""
    try:
        lock = os.open(folder / LOCK_FILE, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
