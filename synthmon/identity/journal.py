"""The audit: who did what, when and from where, as lines that are only added."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from synthmon.events import Events
from synthmon.model import words
from synthmon.model.account import Entry, Search
from synthmon.model.person import Caller, Way
from synthmon.store.accounts import Accounts

_log = Events()

SIGNED_IN, SIGN_IN_FAILED, SIGNED_OUT = "signed_in", "sign_in_failed", "signed_out"
FAILURES_A_MINUTE = 60  # lines that anybody can cause without being known; the log tells of the others
LONGEST_TARGET, LONGEST_DETAIL = 200, 500  # characters
NOBODYS_NAME = {
    Way.NOBODY: "nobody",
    Way.LOOPBACK: "somebody on this machine",
    Way.COMMAND_LINE: "the command line",
    Way.PASSWORD: "whoever knows the password",
}


class Journal:
    """Writes the audit down, and finds what is in it. Thread-safe."""

    def __init__(self, accounts: Accounts, now: Callable[[], datetime]) -> None:
        self._accounts, self._now = accounts, now
        self._failures: list[datetime] = []
        self._lock = threading.Lock()

    def write(self, caller: Caller, what: str, address: str, target: str = "", detail: str = "") -> None:
        """One line; raises `StoreError` where it cannot be kept."""
        actor = caller.name or NOBODYS_NAME.get(caller.way, "somebody")
        entry = Entry(
            at=self._now(),
            what=what,
            actor=words.printable(actor, LONGEST_TARGET),
            way=caller.way,
            role=caller.role,
            address=words.printable(address, LONGEST_TARGET),
            target=words.printable(target, LONGEST_TARGET),
            detail=words.printable(detail, LONGEST_DETAIL),
            subject=caller.subject,
        )
        self._accounts.write_down(entry)
        _log.info("audit", what=what, by=entry.actor, way=entry.way.value, address=address, target=entry.target)

    def failed(self, account: str, way: Way, address: str, why: str) -> None:
        """A sign-in that failed; of a flood only the first of each minute become lines."""
        shown = words.printable(account, LONGEST_TARGET)
        _log.warning("sign_in.failed", account=shown, way=way.value, address=address, why=why)
        now = self._now()
        with self._lock:
            self._failures = [at for at in self._failures if now - at < timedelta(minutes=1)]
            if len(self._failures) >= FAILURES_A_MINUTE:
                return
            self._failures.append(now)
        self.write(Caller(way, None, account or NOBODYS_NAME[Way.NOBODY]), SIGN_IN_FAILED, address, detail=why)

    def find(self, search: Search) -> list[Entry]:
        return self._accounts.audit(search)

    def has_signed_in(self, name: str, address: str) -> bool:
        """Whether that user has signed in from there before; whoever is called alike elsewhere is not meant."""
        return self._accounts.knows(SIGNED_IN, name, Way.USER, address)
