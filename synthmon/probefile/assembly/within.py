"""Files that probes name: found below the probes folder and nowhere else, read up to a size, as text or bytes.

The one place where a path written in a file becomes a file that is opened. Whatever the path says (`..`, a root, a
link), what is opened lies in the folder.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from synthmon.language.suggest import did_you_mean
from synthmon.probefile.excerpt import quoted

MAX_BYTES = 1 << 20
BELOW = "paths are relative to the probes folder"


class NotWithin(Exception):
    """A file that cannot be had: what is wrong, and how to mend it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message, self.help = message, help


def path_within(folder: Path, name: str, keep: str = "keep what probes use in it") -> Path:
    """The file that `name`, a path relative to the folder, means; raises `NotWithin`.

    Links are followed, and where they lead must be in the folder too. `keep` says where such files belong.
    """
    root = folder.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):  # a circle of links, a NUL in the name
        path = root.parent
    if not path.is_relative_to(root):
        raise NotWithin(f"{quoted(name)} leads out of the probes folder", keep)
    if name.startswith("/"):  # it is in the folder here, and would not be where an agent keeps what it pulled
        raise NotWithin(f"{quoted(name)} begins with a root", BELOW)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise NotWithin(f"there is no file {quoted(name)} below the probes folder", _beside(path, name)) from None
    if not stat.S_ISREG(mode):
        what = "is a folder" if stat.S_ISDIR(mode) else "is no ordinary file"
        raise NotWithin(f"{quoted(name)} {what}", BELOW)
    return path


def _beside(path: Path, name: str) -> str:
    """The file of that kind that may have been meant, where that one would lie; or how such paths are written."""
    stem, dot, kind = path.name.partition(".")
    try:
        alike = (entry.name.removesuffix(dot + kind) for entry in path.parent.glob(f"*{dot}{kind}"))
        better = did_you_mean(stem, alike)
        return f"did you mean {quoted(str(PurePosixPath(name).with_name(better + dot + kind)))}?" if better else BELOW
    except (OSError, ValueError):
        return BELOW


def bytes_within(folder: Path, name: str, most: int = MAX_BYTES, keep: str = "keep what probes use in it") -> bytes:
    """What the file holds, at most `most` bytes; raises `NotWithin`."""
    path = path_within(folder, name, keep)
    try:
        # No link is followed any more, and no pipe put in its place meanwhile is waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(most + 1) or b""
    except OSError as error:
        raise NotWithin(f"{quoted(name)} cannot be read: {(error.strerror or str(error)).lower()}") from None
    if len(content) > most:
        raise NotWithin(f"{quoted(name)} is larger than {most // 1024} KiB")
    return content


def text_within(folder: Path, name: str, most: int = MAX_BYTES, keep: str = "keep what probes use in it") -> str:
    """The file as UTF-8 text, without a byte order mark; raises `NotWithin`."""
    try:
        return bytes_within(folder, name, most, keep).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotWithin(f"{quoted(name)} is not UTF-8 text", "save it as UTF-8") from None
