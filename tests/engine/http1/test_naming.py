"""Where a name leads: the families by turns, the machine itself without asking, no waiting for a silent resolver."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from synthmon.engine.http1.naming import Place, Unnamed, at_literal, interleaved, places, places_of

V4, V6 = socket.AF_INET, socket.AF_INET6


def test_families_take_turns_and_the_first_ones_first() -> None:
    found: list[Place] = [(V6, ("::1", 1)), (V6, ("::2", 1)), (V6, ("::3", 1)), (V4, ("127.0.0.1", 1))]
    assert [address for _, (address, _) in interleaved(found)] == ["::1", "127.0.0.1", "::2", "::3"]
    assert [address for _, (address, _) in interleaved(found[::-1])] == ["127.0.0.1", "::3", "::2", "::1"]


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "shop.localhost", "localhost."])
def test_this_machine_is_never_asked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    assert places_of(name, 80, None, 1.0) == [(V6, ("::1", 80)), (V4, ("127.0.0.1", 80))]
    assert places_of(name, 80, 4, 1.0) == [(V4, ("127.0.0.1", 80))]


@pytest.mark.parametrize("spelt", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1"])
def test_an_address_is_the_same_however_it_is_spelt(spelt: str) -> None:
    assert at_literal(spelt, 80) == [(V4, ("127.0.0.1", 80))]


def test_addresses_that_are_known_are_of_the_wanted_family() -> None:
    assert places(("127.0.0.1", "::1"), 80, 6) == [(V6, ("::1", 80))]


def test_a_resolver_that_is_silent_keeps_nobody_waiting_and_no_other_name_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    real = socket.getaddrinfo

    def ask(host: bytes, *rest: object) -> object:
        if host == b"silent.test":
            answered.wait(10)
        return real("127.0.0.1", *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    began = time.monotonic()
    silent = [places_of("silent.test", 80, None, 0.01) for _ in range(20)]
    assert silent == [Unnamed(silent=True)] * 20
    assert places_of("shop.test", 80, None, 5.0) == [(V4, ("127.0.0.1", 80))]
    assert time.monotonic() - began < 5.0
    answered.set()


def test_a_name_without_an_address_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "as told")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    assert places_of("shop.test", 80, None, 5.0) == Unnamed(silent=False)
