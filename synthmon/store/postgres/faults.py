"""What PostgreSQL's error codes mean, and how to mend it."""

from __future__ import annotations

from dataclasses import replace

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from synthmon.store.database import Fault, Unanswered
from synthmon.store.faults import cause_of

_TRY_AGAIN = "synthmon tries again by itself; look into the server's log and load if it goes on"
_GONE = Fault("the server does not answer", "check that it runs, and that host, port and network lead to it")
_SLOW = Fault("the server took too long", "look for long transactions and locks in pg_stat_activity")
_REFUSED = Fault("the server refuses this user", "check the user, the password and the server's pg_hba.conf")
_FORBIDDEN = Fault(
    "this user may not do that",
    "`synthmon db roles` prints what each role may; upgrade with the role that owns the tables",
)

# By SQLSTATE, or its class (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_FAULTS = {
    "08": _GONE,
    "22": Fault("the database refused a value", away=False),
    "23": Fault("the database refused what contradicts it", away=False),
    "25006": Fault(
        "the server takes no writes: it is a standby, or set to read-only",
        "name the primary in SYNTHMON_DATABASE_URL; writing goes on by itself when the server takes writes",
    ),
    "25P03": Fault("the server ended a transaction that stood still", _TRY_AGAIN),
    "28": _REFUSED,
    "3D": Fault("there is no such database on the server", "make it with: CREATE DATABASE name OWNER role"),
    "40": Fault("another transaction was in the way", _TRY_AGAIN, again=True),
    "40P01": Fault("two transactions waited for each other", _TRY_AGAIN, again=True),
    "42501": _FORBIDDEN,
    "42P01": Fault("a table is missing", "run `synthmon db upgrade`"),
    "53": Fault("the server is short of something", _TRY_AGAIN),
    "53100": Fault("no room is left on the server's disk", "free some; writing goes on by itself afterwards"),
    "53300": Fault(
        "the server takes no more connections",
        "raise its max_connections: a replica of the centre uses up to 12; synthmon tries again by itself",
    ),
    "54": Fault("the database refused what is larger than it takes", away=False),
    "55P03": Fault("another transaction held a lock for too long", _SLOW.hint),
    "57": _GONE,
    "57014": _SLOW,
    "57P01": Fault("the server ended the connection", _TRY_AGAIN),
    "57P03": Fault("the server is starting or shutting down", _TRY_AGAIN),
    "58": Fault("the server's disk failed", "look into the server's log"),
    "XX001": Fault("the server's data are damaged", "look into the server's log, and restore a backup"),
}

# What libpq says without a code, because the server could not be asked for one; the first that fits.
_SAID = {
    "server does not support SSL": Fault(
        "the server does not speak TLS, and its name is not this machine's",
        "give the server a certificate; in a network that is yours alone, add ?sslmode=disable to the address",
    ),
    "certificate": Fault(
        "the server's certificate was not accepted",
        "name the authority that signed it: ?sslrootcert=/path/to/ca.pem in the address",
    ),
    "password": _REFUSED,
    "no password supplied": _REFUSED,
    "too many clients": _FAULTS["53300"],
    "too many connections": _FAULTS["53300"],
    "remaining connection slots": _FAULTS["53300"],
    "does not exist": _FAULTS["3D"],
    "the database system is": _FAULTS["57P03"],
}


def fault_of(error: BaseException) -> Fault | None:
    """None for what does not come from the driver."""
    cause = cause_of(error)
    if isinstance(error, Unanswered):
        return replace(_GONE, what=f"the server is silent: {error}")
    if isinstance(error, PoolExhausted):
        return Fault("every connection for reading is in use", "the server is slow, or asked for too much at once")
    if not isinstance(cause, psycopg.Error):
        return None
    code = cause.sqlstate
    fault = _by_code(code) if code else _by_words(str(cause), lost=_is_lost(error, cause))
    words = _first_line(cause)
    return replace(fault, what=f"{fault.what}: {words}" if words else fault.what, code=code)


def _by_code(code: str) -> Fault:
    return _FAULTS.get(code) or _FAULTS.get(code[:2]) or Fault("the database refused", away=False)


def _by_words(words: str, *, lost: bool) -> Fault:
    if not lost:
        return Fault("the database refused", away=False)
    return next((fault for part, fault in _SAID.items() if part in words), _GONE)


def _is_lost(error: BaseException, cause: psycopg.Error) -> bool:
    """Without a code: the connection could not be made or has ended; anything else is about a value of ours."""
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def _first_line(cause: psycopg.Error) -> str:
    """One line: libpq adds advice and every address that it tried, PostgreSQL the statement."""
    words = cause.diag.message_primary or str(cause)
    return words.strip().partition("\n")[0].strip()
