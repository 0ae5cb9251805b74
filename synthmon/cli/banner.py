"""What `synthmon demo` says when everything runs: where to look, and what to type in another terminal."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from synthmon.demo.faults import FAULTS


def our_command() -> str:
    """How to call synthmon from another terminal in this folder, as it stands.

    `synthmon` if it is on PATH; else the script that runs, such as `.venv/bin/synthmon`, or the interpreter with `-m`.
    """
    if shutil.which("synthmon"):
        return "synthmon"
    script = Path(sys.argv[0])
    if script.name == "__main__.py":
        return f"{_from_here(Path(sys.executable))} -m synthmon"
    return _from_here(script)


def _from_here(path: Path) -> str:
    """Relative to this folder if it lies in it; never resolved, since the interpreter of an environment is a link."""
    whole, here = Path.cwd() / path, Path.cwd()
    near = whole.relative_to(here) if whole.is_relative_to(here) else whole
    shown = str(near) if near.is_absolute() or len(near.parts) > 1 else f"./{near}"
    return shlex.quote(shown)


def welcome(status_page: str, pager: str, folder: Path) -> str:
    """Addresses, and commands that can be typed as they are printed."""
    command, data = our_command(), shlex.quote(str(folder / "data"))
    width = max(map(len, FAULTS))
    return "\n".join(
        [
            "",
            f"  Status page   {status_page}",
            f"  Pager         {pager}",
            f"  Files         {folder}",
            "",
            "  Three probes watch a shop every few seconds. Break it from another terminal in this folder:",
            "",
            *[f"    {command} demo fault {name:<{width}}  # {text}" for name, text in FAULTS.items()],
            "",
            "  and mend it with --off. Within a minute the pager has a page (payment-slow opens a ticket), and another",
            "  message when it is over. Look into it, and write the report of the day:",
            "",
            f"    {command} status --data {data}",
            f"    {command} why checkout --data {data}",
            f"    {command} demo report --open",
            "",
            "  Ctrl-C ends everything.",
            "",
        ]
    )
