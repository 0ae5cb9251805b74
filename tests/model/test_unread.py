"""What is unpacked when somebody wants it, by several threads."""

from __future__ import annotations

from typing import Any

from synthmon.model.rollup import Unread


class ForgottenAtOnce(Unread[str]):
    """As though another thread forgot the value right after it was unpacked."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, None if name == "_value" else value)


def test_whoever_reads_has_the_value_although_another_forgets_it() -> None:
    assert "told" == ForgottenAtOnce(lambda data: data.decode(), b"told").read()


def test_what_was_forgotten_is_unpacked_again() -> None:
    times: list[bytes] = []
    one: Unread[bytes] = Unread(lambda data: times.append(data) or data, b"told")  # type: ignore[func-returns-value]
    assert (one.read(), one.read()) == (b"told", b"told")
    one.forget()
    assert b"told" == one.read()
    assert [b"told", b"told"] == times
