"""Calls a command and turns whatever goes wrong into one message and an exit code, so that nobody meets a traceback."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from synthmon.errors import SynthmonError, is_thread_refused
from synthmon.model import words as wording

BAD_INPUT = 2  # something that a person can mend: an argument, a file, a folder, the database
OUR_FAULT = 3  # synthmon itself, as for a run that could not be judged; never 1, which says that the target failed
INTERRUPTED = 130  # as a shell reports SIGINT
READER_GONE = 141  # as a shell reports SIGPIPE, which is what other programs die of when `head` has read enough

_LONGEST_LINE = 10_000  # characters


def call(command: click.Command, words: list[str], path: str) -> int:
    """Run the command as `path` (such as `synthmon run`) and return its exit code; raises nothing."""
    try:
        code = _invoke(command, words, path)
        sys.stdout.flush()
    except click.ClickException as error:
        return _complain_of_usage(error, path)
    except SynthmonError as error:
        return complain(str(error), error.hint)
    except (KeyboardInterrupt, click.Abort):
        return complain("interrupted", None, INTERRUPTED)
    except OSError as error:
        return unwritten(error)
    except RuntimeError as error:
        return _no_thread() if is_thread_refused(error) else _own_up(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a defect is told of, too
        return _own_up(error)
    return code


def _invoke(command: click.Command, words: list[str], path: str) -> int:
    """click's own `main` exits 1 where the reader of a pipe has gone, which would read as a failed run."""
    try:
        with command.make_context(path, words) as context:
            command.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def complain(message: str, hint: str | None, code: int = BAD_INPUT) -> int:
    """Say what is wrong and how to mend it on standard error; the code to exit with."""
    _tell(f"synthmon: {message}", hint)
    return code


def unwritten(error: OSError) -> int:
    """The exit code where a file, a folder or the output could not be used; the message names it."""
    if isinstance(error, BrokenPipeError):
        _drop_output()
        return READER_GONE
    reason = (error.strerror or str(error)).lower()
    if error.filename is None:
        _drop_output()
        return complain(f"the output cannot be written: {reason}", None)
    return complain(f"{error.filename}: {reason}", "check that the folder exists and that this user may use it")


def _complain_of_usage(error: click.ClickException, path: str) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else path
    if type(error).__name__ == "NoArgsIsHelpError":  # a group without its command: its help is the message
        sys.stderr.write(error.format_message() + "\n")
        return BAD_INPUT
    message, _, meant = error.format_message().partition(" Did you mean ")
    hint = f"did you mean {meant}" if meant else f"`{path} --help` tells what it takes"
    _tell(f"{path}: {message[:1].lower()}{message[1:].rstrip('.')}", hint)
    return BAD_INPUT


def _no_thread() -> int:
    hint = "raise the limit on processes and threads (`ulimit -u`, `pids` of a container) or the memory"
    return complain("the system lets this process start no further thread", hint)


def _own_up(error: Exception) -> int:
    """Name the defect and its place; the text of the error is left out of what could be pasted somewhere unread."""
    import traceback  # here, because a defect is seldom met

    if sys.flags.dev_mode:
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition('site-packages/')[2]}:{last.lineno}"
    return complain(
        f"a defect of synthmon's own: {type(error).__name__} at {place}",
        "please report it; with PYTHONDEVMODE=1 in the environment the whole traceback is shown",
        OUR_FAULT,
    )


def _tell(message: str, hint: str | None) -> None:
    lines = [wording.printable(line, _LONGEST_LINE) for line in message.split("\n")]
    if hint:
        lines.append(f"  help: {wording.printable(hint, _LONGEST_LINE)}")
    with suppress(OSError):
        sys.stderr.write("\n".join(lines) + "\n")


def _drop_output() -> None:
    """What is still buffered goes nowhere; Python would otherwise complain about it when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
