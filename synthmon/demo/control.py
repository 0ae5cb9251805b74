"""Switching faults in a demo that runs: its address is found through a file that only its user can read."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlencode

import httpx

from synthmon import loopback
from synthmon.demo.faults import EVERY, FAULTS
from synthmon.demo.regions import LOCAL_FAULTS, REGION_FAULTS, REGIONS
from synthmon.errors import SynthmonError
from synthmon.nouns import dataclass

PATIENCE = 5.0  # seconds
SHOP, REGIONAL = "control", "regions"
_STARTS = {SHOP: ("", "demo"), REGIONAL: ("of several regions ", "demo regions")}


class DemoError(SynthmonError):
    """The demo cannot be reached, or does not know what it is asked for."""


@dataclass(frozen=True, slots=True)
class Control:
    """Where a running demo listens for commands, and the token that it asks for."""

    url: str
    token: str
    pid: int


def control_path(name: str = SHOP) -> Path:
    """`<temporary directory>/synthmon-demo-<user>/control.json`; `regions.json` for the faults of regions."""
    return Path(tempfile.gettempdir()) / f"synthmon-demo-{os.getuid()}" / f"{name}.json"


def announce(control: Control, name: str = SHOP) -> Path:
    """Write the file; the folder is the user's alone, and one that somebody else put there is refused."""
    path = control_path(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    _refuse_foreign(path.parent)
    draft = path.with_name(f".{name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(control), file)
    draft.replace(path)
    return path


def withdraw(control: Control, name: str = SHOP) -> None:
    """Remove the file, unless another demo has written its own since."""
    path = control_path(name)
    try:
        if json.loads(path.read_text("utf-8")).get("token") == control.token:
            path.unlink()
    except (OSError, ValueError):
        return
    _leave(path.parent)


@contextmanager
def remembered(folder: Path) -> Iterator[None]:
    """Inside it, while the demo runs, commands in other terminals find where it keeps its files."""
    path = control_path().with_name("folder")
    path.write_text(str(folder), "utf-8")
    try:
        yield
    finally:
        _forget(path, folder)


def _forget(path: Path, folder: Path) -> None:
    """Unless another demo has written its own since."""
    try:
        if path.read_text("utf-8") == str(folder):
            path.unlink()
    except (OSError, ValueError):
        return
    _leave(path.parent)


def _leave(folder: Path) -> None:
    """Whoever takes the last file away takes the folder with it."""
    with suppress(OSError):  # something of another demo is in it
        folder.rmdir()


def demo_folder() -> Path:
    """Where the running demo keeps its files; raises `DemoError` when there is none."""
    find()
    try:
        return Path(control_path().with_name("folder").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DemoError(
            "the demo does not say where its files are", hint="start it again with `synthmon demo`"
        ) from error


def find(name: str = SHOP) -> Control:
    """The demo that runs now; raises `DemoError` when there is none."""
    path = control_path(name)
    try:
        _refuse_foreign(path.parent)
        _refuse_foreign(path)
        return Control(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        what, command = _STARTS[name]
        raise DemoError(f"no demo {what}is running", hint=f"start one with `synthmon {command}`") from error


def switch_fault(name: str, *, on: bool, way: str = EVERY) -> None:
    """Switch a fault in the running demo, for all or for those who come by one address; raises `DemoError`."""
    _expect(name, "fault", FAULTS)
    _ask("PUT" if on else "DELETE", f"/faults/{name}{'?' + urlencode({'way': way}) if way else ''}")


def active_faults() -> Mapping[str, bool]:
    """Every fault and whether it is on, in the running demo."""
    known: dict[str, bool] = _ask("GET", "/faults").json()
    return known


def switch_region_fault(name: str, region: str, *, on: bool) -> None:
    """Switch a fault of one region in the running demo of several; raises `DemoError`."""
    _expect(name, "fault of a region", {**REGION_FAULTS, **LOCAL_FAULTS})
    _expect(region, "region", REGIONS)
    _ask("PUT" if on else "DELETE", f"/faults/{region}/{name}", REGIONAL)


def active_region_faults() -> Mapping[str, list[str]]:
    """The faults that are on, by region; empty where no demo of several regions runs."""
    if not control_path(REGIONAL).exists():
        return {}
    known: dict[str, list[str]] = _ask("GET", "/faults", REGIONAL).json()
    return known


def _expect(name: str, what: str, known: Mapping[str, str]) -> None:
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are {', '.join(known)}"
        raise DemoError(f"there is no {what} {name!r}", hint=hint)


def _ask(method: str, path: str, name: str = SHOP) -> httpx.Response:
    control = find(name)
    headers = {"authorization": f"Bearer {control.token}"}
    try:
        with loopback.client(control.url, PATIENCE) as client:
            answer = client.request(method, control.url + path, headers=headers)
    except httpx.TransportError as error:
        raise DemoError("the demo does not answer", hint="start it again with `synthmon demo`") from error
    if answer.status_code >= 400:
        raise DemoError(f"the demo refused: {answer.status_code}", hint="start it again with `synthmon demo`")
    return answer


def _refuse_foreign(path: Path) -> None:
    found = path.lstat()
    if found.st_uid != os.getuid() or stat.S_ISLNK(found.st_mode):
        raise DemoError(f"{path} belongs to somebody else", hint="remove it, or set TMPDIR to a folder of yours")
