"""Secrets in files, read again when they change, so that a rotated one is seen."""

from __future__ import annotations

import threading
from pathlib import Path

from synthmon.errors import SecretUnavailable
from synthmon.nouns import dataclass

MAX_BYTES = 64 * 1024

_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    """What a file held when it looked like this."""

    stamp: _Stamp
    value: str


class Files:
    """What files hold, kept as long as they look the same. Thread-safe."""

    def __init__(self) -> None:
        self._kept: dict[Path, _Kept] = {}
        self._lock = threading.Lock()

    def read(self, path: Path, name: str) -> str | None:
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


class Folder:
    """A folder with a file per secret: that of the container's secrets, or of systemd's credentials."""

    def __init__(self, folder: Path, files: Files, advice: str = "put it into the file {}") -> None:
        self._folder, self._files, self._advice = folder, files, advice

    def value(self, name: str) -> str | None:
        # a name comes from a file of ours, but nothing may lead out of the folder through it
        return self._files.read(self._folder / name, name) if name.isidentifier() else None

    def hint(self, name: str) -> str:
        return self._advice.format(self._folder / name)


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
