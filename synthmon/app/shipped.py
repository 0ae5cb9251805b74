"""Files that travel with the package but live beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

import synthmon

_PACKAGE = Path(synthmon.__file__).parent


def shipped(name: str) -> Path:
    """The folder `probes` as installed, or the checkout's."""
    installed = _PACKAGE / "_shipped" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
