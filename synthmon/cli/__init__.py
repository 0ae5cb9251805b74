"""What a person types: one file per command group, each loaded only when it is used.

Admission rule: reading arguments and printing results. A command asks `app` for something built and shows what it says.

The first word is looked up here without any library, so that `synthmon --help` costs little more than Python's own
start; the command itself, its options and its help are click's.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module

from synthmon import __version__
from synthmon.cli import first_process

# Name -> module and one line of help.
COMMANDS = {
    "init": ("start", "Write a first configuration and probe into a folder."),
    "validate": ("files", "Check probe files and synthmon.yaml; every problem at once."),
    "schema": ("files", "Print the JSON Schema of a probe file, for editors."),
    "fmt": ("fmt", "Lay probe files out alike."),
    "explain": ("explain", "Say in plain sentences what a probe does."),
    "run": ("run", "Run one probe once, now, and show what it found."),
    "import": ("importing", "Make probes of OpenAPI, Postman, HAR, cURL or Arazzo."),
    "prove": ("prove", "Say which faults of its target a probe would not notice."),
    "up": ("up", "Run the daemon: probe, judge, tell, report."),
    "agent": ("agent", "Run the agent of a region: probe, and deliver to the centre."),
    "worker": ("worker", "Make runs that the agents of a region hand out through a broker."),
    "centre": ("centre", "Run the centre alone: hear agents, judge, tell, report."),
    "agents": ("agents", "List the agents of regions; make and end their tokens."),
    "users": ("users", "Make, change and disable the users who sign in with a password."),
    "tokens": ("apitokens", "Make and end the tokens that programs show to the API."),
    "report": ("report", "Write an availability report."),
    "status": ("look", "Show how every probe is."),
    "incidents": ("incidents", "List incidents, take one on, note what was found."),
    "silence": ("silence", "Keep messages back for a while, or declare maintenance."),
    "notify": ("notify", "List channels, or send a test message through one."),
    "why": ("look", "Say why somebody was, or was not, told about a probe."),
    "backtest": ("backtest", "Try an edited alert policy on what has happened."),
    "capacity": ("capacity", "Say what the probes need, and what this machine can do."),
    "db": ("db", "Look after the database."),
    "demo": ("demo", "Watch a small shop that comes with synthmon, and break it."),
    "health": ("look", "Ask a running daemon whether it is well; for containers."),
}

HELP = ("-h", "--help", "help")
INTERRUPTED = 130  # as a shell reports SIGINT


def main() -> None:
    """Entry point of a process: does what was typed, and ends the process with the code of it."""
    codes: list[object] = []
    atexit.register(_end_at_once, codes)  # before all others, so it is called after all others
    try:
        typed()
    except SystemExit as end:
        codes.append(end.code)
        raise


def _end_at_once(codes: list[object]) -> None:
    """Python would take apart all that was loaded, piece by piece, which the kernel does at once.

    After an exception, or where the output cannot be written, Python ends as it always does, and says so.
    """
    if codes and isinstance(codes[0], int):
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):
            return
        os._exit(codes[0])


def typed() -> None:
    """Do what was typed: exits with the command's code. `docs/commands.md` tells what each means."""
    _open_what_is_closed()
    if first_process.is_first():
        first_process.end_when_asked()
    if hasattr(sys.stdout, "reconfigure"):  # a sign that the terminal's character set lacks ends no command
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(_answer(sys.argv[1:]))
    except KeyboardInterrupt:  # while the command's module was being loaded
        sys.exit(INTERRUPTED)


def _open_what_is_closed() -> None:
    """Output that the caller closed goes nowhere, instead of into the first file that is opened in its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for as long as we live


def _answer(words: list[str]) -> int:
    if len(words) > 1 and words[0] in HELP and words[1] in COMMANDS:
        words = [words[1], "--help"]
    if not words or words[0] in HELP:
        return _print(_help())
    if words[0] == "--version":
        return _print(f"synthmon {__version__}")
    return _call(words[0], words[1:]) if words[0] in COMMANDS else _unknown(words[0])


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


def _print(text: str) -> int:
    try:
        print(text, flush=True)  # noqa: T201 - printing is what a command line does
    except OSError as error:
        return int(import_module("synthmon.cli.guard").unwritten(error))
    return 0


def _unknown(word: str) -> int:
    guard = import_module("synthmon.cli.guard")
    if word.startswith("-"):
        return int(guard.complain(f"there is no option {word!r} before a command", "`synthmon --help` tells the order"))
    close = import_module("synthmon.language.suggest").did_you_mean(word, tuple(COMMANDS))
    hint = f"did you mean `synthmon {close}`?" if close else "`synthmon --help` lists the commands"
    return int(guard.complain(f"there is no command {word!r}", hint))


def do_without() -> None:
    """Libraries do without what they are made to do without, and would load if it is installed.

    httpx its command line, and Mako (of Alembic) coloured tracebacks: both bring pygments. So does structlog, with
    rich's tracebacks, which our logs do not hold: they write them as text. httpx speaks HTTP/1.1 to whom we deliver to,
    so httpcore has no use for h2. pydantic looks for no plugins: it would read what every installed package says of
    itself.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    without = ("httpx._main", "h2", "mako.ext.pygmentplugin", "rich.pretty", "rich.traceback")
    sys.modules |= dict.fromkeys(without)  # type: ignore[arg-type]


def _call(name: str, words: list[str]) -> int:
    begins = "click" not in sys.modules
    if begins:
        # Python's collector of cycles rests meanwhile, a sixth of what loading costs: what is loaded stays, and no
        # cycle is to be looked for in it, then or later.
        gc.disable()
        do_without()
    command = getattr(import_module(f"synthmon.cli.{COMMANDS[name][0]}"), function_of(name))
    guard = import_module("synthmon.cli.guard")
    if begins:
        gc.freeze()
        gc.enable()
    return int(guard.call(command, words, f"synthmon {name}"))


def function_of(name: str) -> str:
    """The name that a command has in its module: `import` is a word of Python."""
    return f"{name}_" if name == "import" else name
