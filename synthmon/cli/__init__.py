"""What a person types: one file per command group, each loaded only when it is used.

Admission rule: reading arguments and printing results. A command asks `app` for something built and shows what it says.

The first word is looked up here without any library, so that `synthmon --help` costs little more than Python's own
start; the command itself, its options and its help are click's.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from synthmon import __version__
from synthmon.errors import SynthmonError

# Name -> module and one line of help.
COMMANDS = {
    "init": ("start", "Write a first configuration and probe into a folder."),
    "validate": ("files", "Check probe files and synthmon.yaml; every problem at once."),
    "schema": ("files", "Print the JSON Schema of a probe file, for editors."),
    "run": ("run", "Run one probe once, now, and show what it found."),
    "up": ("up", "Run the daemon: probe, judge, tell, report."),
    "report": ("report", "Write an availability report."),
    "status": ("look", "Show how every probe is."),
    "incidents": ("look", "List incidents, or acknowledge one."),
    "why": ("look", "Say why somebody was, or was not, told about a probe."),
    "db": ("db", "Look after the database."),
    "demo": ("demo", "Watch a small shop that comes with synthmon, and break it."),
    "health": ("look", "Ask a running daemon whether it is well; for containers."),
}

EXIT_BAD_INPUT = 2


def main() -> None:
    """Entry point. What a person can mend is shown as one message and exits 2; it never shows a traceback."""
    words = sys.argv[1:]
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_help())  # noqa: T201 - printing is what a command line does
    elif words[0] == "--version":
        print(f"synthmon {__version__}")  # noqa: T201
    elif words[0] in COMMANDS:
        sys.exit(_call(words[0], words[1:]))
    else:
        sys.exit(_unknown(words[0]))


def _help() -> str:
    lines = [f"  {name:<11}{text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            "Usage: synthmon COMMAND [OPTIONS] [ARGUMENTS]",
            "",
            "Synthetic transaction monitoring: probe journeys in YAML, judged, paged and reported.",
            "",
            "Commands:",
            *lines,
            "",
            "`synthmon COMMAND --help` tells more of each. `synthmon --version` prints the version.",
        ]
    )


def _unknown(word: str) -> int:
    close = import_module("synthmon.language.suggest").did_you_mean(word, tuple(COMMANDS))
    help_text = f"did you mean `synthmon {close}`?" if close else "`synthmon --help` lists the commands"
    return _complain(f"there is no command {word!r}", help_text)


def _call(name: str, words: list[str]) -> int:
    command = getattr(import_module(f"synthmon.cli.{COMMANDS[name][0]}"), name)
    try:
        command.main(args=words, prog_name=f"synthmon {name}")
    except SynthmonError as error:
        return _complain(str(error), error.hint)
    except BrokenPipeError:  # the reader of a pipe has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _complain(message: str, hint: str | None) -> int:
    print(f"synthmon: {message}", file=sys.stderr)  # noqa: T201
    if hint:
        print(f"  help: {hint}", file=sys.stderr)  # noqa: T201
    return EXIT_BAD_INPUT
