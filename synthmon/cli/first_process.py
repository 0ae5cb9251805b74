"""What the kernel asks of the first process of a container: to want SIGTERM, and to bury what others left behind."""

from __future__ import annotations

import os

ENDED = 143  # as a shell reports SIGTERM


def is_first() -> bool:
    return os.getpid() == 1


def end_when_asked() -> None:
    """End on SIGTERM at once, as any other process does unasked; a first process that asks for nothing never hears it.

    A command that ends in order asks for the signal itself, and takes this one's place.
    """
    import signal  # only here: printing help needs none

    signal.signal(signal.SIGTERM, lambda *_: os._exit(ENDED))


def leave_no_zombies() -> None:
    """Let the kernel bury every child. Only for a process that starts none itself: exit codes are lost with it."""
    import signal

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):  # those that ended before the signal was given up
            pass
    except ChildProcessError:
        return
