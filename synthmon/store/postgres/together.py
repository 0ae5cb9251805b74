"""Several statements in one journey to the server: sent one behind the other, and then their answers waited for.

This is libpq's pipeline mode, as https://www.postgresql.org/docs/current/libpq-pipeline-mode.html has it. The driver's
own ends with a message after which the server no longer counts how long a transaction stands still, and its
`idle_in_transaction_session_timeout` would free nobody of the locks of a frozen process; so it is spoken here.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Sequence

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

Send = Callable[[], None]
"""Sends one statement, by one of the functions of libpq whose names begin with `send_`."""

_FAILED = {ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE}


def together(pgconn: PGconn, sends: Sequence[Send], answered: Callable[[int, PGresult], None]) -> None:
    """Tell of each answer with the place of its statement; raises the first error, after which nothing was done."""
    pgconn.enter_pipeline_mode()
    try:
        for send in sends:
            send()
        pgconn.pipeline_sync()
        _flush(pgconn)
        results = _results(pgconn)
    except BaseException:
        _abandon(pgconn)
        raise
    pgconn.exit_pipeline_mode()
    for place, result in enumerate(results):
        if result.status in _FAILED:
            raise error_from_result(result)
        answered(place, result)


def _abandon(pgconn: PGconn) -> None:
    """Leave a journey that has failed; what it failed of is what is raised, whatever happens here.

    With answers under way there is no leaving, and whoever asked next would be given them: the connection ends then.
    """
    if pgconn.status != ConnStatus.OK:
        return
    try:
        pgconn.exit_pipeline_mode()
    except psycopg.Error:
        pgconn.finish()


def _flush(pgconn: PGconn) -> None:
    """Also read meanwhile: a server that cannot get rid of its answers takes nothing either."""
    while pgconn.flush():
        _wait(pgconn, select.POLLIN | select.POLLOUT)


def _results(pgconn: PGconn) -> list[PGresult]:
    """Up to the end of the journey."""
    results: list[PGresult] = []
    while True:
        while pgconn.is_busy():
            _wait(pgconn, select.POLLIN)
        result = pgconn.get_result()
        if result is None:  # between two statements
            if pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError(pgconn.get_error_message())
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return results
        else:
            results.append(result)


def _wait(pgconn: PGconn, for_what: int) -> None:
    poll = select.poll()
    poll.register(pgconn.socket, for_what)
    ((_, found),) = poll.poll()
    if found & ~select.POLLOUT:
        pgconn.consume_input()
