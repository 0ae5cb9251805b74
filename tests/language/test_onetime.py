"""One-time codes are those of the standards."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from synthmon.errors import TemplateError
from synthmon.language.onetime import Seed, hotp
from synthmon.model.secret import Secret
from tests.language.seeing import fault, refusal

TWENTY = b"12345678901234567890"
KEYS = {"SHA1": TWENTY, "SHA256": (TWENTY * 2)[:32], "SHA512": (TWENTY * 4)[:64]}

# RFC 4226, appendix D
COUNTED = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")

# RFC 6238, appendix B
TIMED = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}


def test_the_codes_of_counters_are_those_of_rfc_4226() -> None:
    assert COUNTED == tuple(hotp(TWENTY, counter) for counter in range(10))


@pytest.mark.parametrize("instant", TIMED)
def test_the_codes_of_the_time_are_those_of_rfc_6238(instant: int) -> None:
    seeds = [Seed(base64.b32encode(key).decode(), 8, 30, algorithm) for algorithm, key in KEYS.items()]
    assert TIMED[instant] == tuple(seed.code(seed.counter(instant)) for seed in seeds)


@pytest.mark.parametrize("length", range(1, 21))
def test_a_seed_of_any_length_is_read_with_its_padding_and_without(length: int) -> None:
    padded = base64.b32encode(TWENTY[:length]).decode()
    written = (padded, padded.rstrip("="), padded.lower(), " ".join(padded))
    assert [TWENTY[:length]] * 4 == [Seed(text).key for text in written]


def test_what_cannot_be_a_seed_is_told_without_showing_it() -> None:
    error = fault("totp(secrets.password)", secret=lambda name: Secret(f"secrets.{name}", "horse-1890"))
    assert "totp(…) takes a seed in base32, and this is none" in str(error)
    assert "a seed has the letters A to Z and the digits 2 to 7, as an authenticator is given it" == error.hint
    assert "horse" not in repr(error)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('"MFRGG", 5', "totp(…): its second argument, the digits of a code, is a number from 6 to 10"),
        ('"MFRGG", 6, "30"', "totp(…): its third argument, the seconds of a window, is a whole number"),
        ('"MFRGG", 6, 30, "MD5"', "totp(…) does not know that algorithm"),
        ('""', "totp(…) takes a seed in base32, and this is none"),
    ],
)
def test_what_cannot_make_a_code_is_found_when_the_file_is_read(arguments: str, message: str) -> None:
    assert message in refusal(f"totp({arguments})")[0]


@pytest.mark.parametrize("window", [1.5, float("inf"), float("nan"), True, "30"])
def test_a_window_that_is_no_whole_number_is_told_whatever_it_is(window: Any) -> None:
    with pytest.raises(TemplateError, match="the seconds of a window, is a whole number"):
        Seed("MFRGG", 6, window)
