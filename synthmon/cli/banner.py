"""What `synthmon demo` says when everything runs: where to look, and what to type in another terminal."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from synthmon.demo.faults import FAULTS
from synthmon.demo.regions import REGION_FAULTS, REGIONS


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


def welcome(status_page: str, pager: str, folder: Path, *, keep: bool = False) -> str:
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
            _end(keep),
            "",
        ]
    )


def welcome_to_regions(status_page: str, pager: str, folder: Path, *, keep: bool = False) -> str:
    """The same for the demo of several regions."""
    command, region = our_command(), next(iter(REGIONS))
    width = max(map(len, REGION_FAULTS))
    return "\n".join(
        [
            "",
            f"  Status page   {status_page}",
            f"  Agents        {status_page}/agents",
            f"  Pager         {pager}",
            f"  Files         {folder}",
            "",
            f"  A centre on PostgreSQL, and agents in {_listed(list(REGIONS))} that watch the same shop.",
            "  Trouble the network of one region from another terminal in this folder:",
            "",
            *[
                f"    {command} demo fault {name:<{width}} --region {region}  # {text}"
                for name, text in REGION_FAULTS.items()
            ],
            "",
            "  break the shop for one region, or for all of them:",
            "",
            f"    {command} demo fault login-500 --region {region}",
            f"    {command} demo fault login-500",
            "",
            "  and mend it with --off. What all regions see is a page within half a minute; what one sees is a ticket.",
            "  A region that is not heard of for 90 seconds is a ticket of its own: the shop is not down for it.",
            "",
            f"    (cd {shlex.quote(str(folder))} && . ./environment && {_whole(command)} agents list)",
            f"    {command} demo report --open",
            "",
            _end(keep),
            "",
        ]
    )


def _end(keep: bool) -> str:
    return "  Ctrl-C ends everything; the files stay." if keep else "  Ctrl-C ends everything and takes the files away."


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _whole(command: str) -> str:
    """The same command from another folder."""
    first, *rest = shlex.split(command)
    path = Path.cwd() / first
    return shlex.join([str(path) if path.exists() else first, *rest])
