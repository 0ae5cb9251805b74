"""Passwords are hashed as stated, verified alike for everybody, and never more at once than the machine bears."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from synthmon.errors import ConfigurationError, SignInRefused
from synthmon.identity import passwords
from synthmon.identity.passwords import Passwords, refuse_weak

GOOD = "correct horse battery"


def test_a_hash_states_its_parameters_has_its_own_salt_and_verifies_one_password() -> None:
    known = Passwords()
    one, other = known.hash(GOOD), known.hash(GOOD)
    assert one.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
    assert one != other
    assert known.verify(GOOD, one)
    assert not known.verify(GOOD.upper(), one)
    assert not known.verify(GOOD, None)
    assert not known.is_outdated(one)


def test_a_hash_of_other_parameters_verifies_and_is_known_to_be_old() -> None:
    old = Argon2id(salt=b"saltsaltsalt", length=32, iterations=1, lanes=1, memory_cost=64).derive_phc_encoded(b"x")
    assert Passwords().verify("x", old)
    assert Passwords.is_outdated(old)


@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.parametrize(
    "written",
    [
        "",
        "plain",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$argon2id$v=19$m=9999999,t=3,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0",
        "$argon2id$v=19$m=999999,t=3,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0",
        "$argon2id$v=19$m=64,t=99,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0",
    ],
)
def test_what_is_no_hash_of_ours_lets_nobody_in_and_eats_no_memory(written: str) -> None:
    assert not Passwords().verify("x", written)


@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.parametrize("known", [True, False])
def test_when_too_many_sign_in_the_rest_is_sent_away_whether_the_user_is_known_or_not(
    monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    busy = Passwords()
    hashed = busy.hash(GOOD) if known else None
    busy.verify("x", hashed)
    turns = [busy._turns.acquire(blocking=False) for _ in range(passwords.AT_ONCE)]
    with pytest.raises(SignInRefused, match="Too many people") as refusal:
        busy.verify(GOOD, hashed)
    assert (503, [True, True]) == (refusal.value.status, turns)
    busy._turns.release()
    assert known == busy.verify(GOOD, hashed)


def test_nobody_waits_behind_a_long_queue() -> None:
    busy = Passwords()
    while busy._places.acquire(blocking=False):
        pass
    with pytest.raises(SignInRefused):
        busy.hash(GOOD)


@pytest.mark.parametrize("weak", ["", "short", "x" * 201, "aaaaaaaaaaaaaaaa", "abababababababab", "hello-ada-hello"])
def test_a_password_that_is_easily_found_is_refused(weak: str) -> None:
    with pytest.raises(ConfigurationError):
        refuse_weak(weak, "ada")


@pytest.mark.parametrize("good", [GOOD, "пароль из слов", "x7!" * 4 + "qr", "😀" * 4 + "four signs"])
def test_what_a_good_password_is_made_of_is_nobodys_business(good: str) -> None:
    refuse_weak(good, "ada")
