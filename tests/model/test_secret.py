"""A secret never has a text form, and the scrubber finds it in every form in which it may come back."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.model.secret import HIDDEN, Scrubber, Secret, _forms

VALUES = st.text(st.characters(codec="utf-8"), min_size=4, max_size=40).filter(lambda value: not value.isspace())


def test_a_secret_says_which_it_is_and_never_what() -> None:
    secret = Secret("secrets.shop_password", "hunter2-and-more")
    shown = {str(secret), f"{secret}", f"{secret:>30}".strip(), "%s" % secret}  # noqa: UP031
    assert shown == {"‹secrets.shop_password›"}
    assert repr(secret) == "Secret(‹secrets.shop_password›)"
    assert secret.reveal() == "hunter2-and-more"


FORMS = {
    "plain": lambda value: value,
    "in a path": lambda value: quote(value, safe=""),
    "in a path, slashes kept": quote,
    "in a path, small hexadecimals": lambda value: re.sub(
        "%..", lambda hexadecimal: hexadecimal[0].lower(), quote(value, safe="")
    ),
    "in a form": lambda value: urlencode({"name": value}),
    "in a query": quote_plus,
    "in JSON": json.dumps,
    "in JSON, unescaped": lambda value: json.dumps(value, ensure_ascii=False),
    "in a page": html.escape,
    "in JSON within JSON": lambda value: json.dumps(json.dumps({"name": value})),
    "in JSON within a page": lambda value: html.escape(json.dumps({"name": value})),
    "in a page within JSON": lambda value: json.dumps(html.escape(value)),
    "in JSON within a query": lambda value: quote_plus(json.dumps({"name": value})),
    "in JSON, base64": lambda value: base64.b64encode(json.dumps({"name": value}).encode()).decode(),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64url": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "basic": lambda value: base64.b64encode(b"user:" + value.encode()).decode(),
    "basic, another user": lambda value: base64.b64encode(b"admin1:" + value.encode()).decode(),
    "basic, a third": lambda value: base64.b64encode(b"somebody:" + value.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_secret_is_masked_in_every_form_in_which_it_travels(form) -> None:  # type: ignore[no-untyped-def]
    value = "s3cr/t+pässwörd \"&'?\\"
    text = f"before {form(value)} after"
    scrubbed = Scrubber([Secret("secrets.key", value)]).text(text)
    assert "‹secrets.key›" in scrubbed
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" after")
    assert form(value) not in scrubbed


@given(VALUES, st.binary(max_size=5), st.binary(max_size=5))
def test_whatever_stands_around_it_the_base64_of_a_secret_gives_nothing_away(
    value: str, before: bytes, after: bytes
) -> None:
    encoded = base64.b64encode(before + value.encode() + after).decode()
    scrubbed = Scrubber([Secret("s", value)]).text(encoded)
    assert "‹s›" in scrubbed
    assert len(scrubbed.replace("‹s›", "")) <= 4 + len(base64.b64encode(before)) + len(base64.b64encode(after))


@given(st.text("aZ09_.~-", min_size=4, max_size=40), st.text("aZ09_.~-\n", max_size=30))
def test_what_is_longer_than_every_text_is_in_none_of_them(value: str, text: str) -> None:
    scrubber, longest = Scrubber([Secret("s", value)]), max(map(len, text.split("\n")))
    assert scrubber.finds(text) == scrubber.finds(text, longest)
    assert all(len(form) >= len(value) * 4 // 3 - 1 for form in {*_forms(value)} - {value})
    assert [*_forms(value)] == sorted(_forms(value), key=len)


@given(st.text("aZ09_.~- /é\n", min_size=4, max_size=30), st.data())
def test_every_form_is_found_in_texts_of_which_none_is_longer(value: str, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(_forms(value)))
    assert Scrubber([Secret("s", value)]).finds(f"a\n{form}\nb", len(form))


@pytest.mark.parametrize("value", ["correct horse\nbattery staple and more", "ä" * 9])
def test_a_form_that_is_shorter_than_the_secret_is_found_in_a_text_that_is_shorter_too(value: str) -> None:
    shortest = min(_forms(value), key=len)
    assert Scrubber([Secret("s", value)]).finds(shortest, len(shortest))


def test_the_longest_secret_is_masked_first() -> None:
    scrubber = Scrubber([Secret("short", "abcd"), Secret("long", "abcdefgh")])
    assert scrubber.text("abcdefgh and abcd") == "‹long› and ‹short›"


def test_values_too_short_to_protect_are_left_alone() -> None:
    assert Scrubber([Secret("pin", "123"), Secret("empty", "")]).text("123 of 1234") == "123 of 1234"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"Bearer correct-ho…" and on', '"Bearer ‹s›…" and on'),
        ('got "correct-horse"… (80 characters more)', 'got "‹s›"… (80 characters more)'),
        ("…horse-battery, then", "…‹s›, then"),
        ("nothing of it… here", "nothing of it… here"),
        ("core… is no beginning", "core… is no beginning"),
    ],
)
def test_what_is_left_of_a_secret_beside_a_cut_is_masked_too(text: str, expected: str) -> None:
    assert Scrubber([Secret("s", "correct-horse-battery")]).text(text) == expected


@given(VALUES, st.integers(4, 39))
def test_no_beginning_of_a_secret_survives_in_front_of_a_cut(value: str, kept: int) -> None:
    beginning = value[:kept].rstrip("\"' ")
    if len(beginning) >= 4 and "…" not in value:
        assert beginning not in Scrubber([Secret("‹", value)]).text(f"-{value[:kept]}…").replace("‹‹›", "")


def test_headers_that_carry_credentials_are_hidden_whatever_they_hold() -> None:
    scrubber = Scrubber([Secret("s", "correct-horse")])
    headers = [("Authorization", "Bearer x"), ("set-cookie", "a=b"), ("X-Api-Key", "k"), ("X-Echo", "is correct-horse")]
    expected = (("Authorization", HIDDEN), ("set-cookie", HIDDEN), ("X-Api-Key", HIDDEN), ("X-Echo", "is ‹s›"))
    assert scrubber.headers(headers) == expected


def test_a_name_that_holds_the_value_stays_whole_however_often_a_text_is_scrubbed() -> None:
    scrubber = Scrubber([Secret("secrets.partner_id", "partner"), Secret("captures.partner", "secrets")])
    once = scrubber.text("https://partner.example/partner?of=secrets")
    assert once == "https://‹secrets.partner_id›.example/‹secrets.partner_id›?of=‹captures.partner›"
    assert scrubber.text(once) == once
    assert scrubber.text("‹secrets.partner›") == "‹‹captures.partner›.‹secrets.partner_id››"  # no name of these


@given(VALUES, st.binary(max_size=2))
def test_the_base64_of_a_secret_is_found_in_each_alphabet_and_in_addresses(value: str, before: bytes) -> None:
    scrubber, whole = Scrubber((Secret("secrets.key", value),)), before + value.encode()
    for encoded in (base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()):
        assert scrubber.holds(encoded)
        assert scrubber.holds(quote(encoded, safe=""))
