"""What a run sent, as a shell reads it: every word as it was, every secret a variable."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthmon.engine.command import Command, Sent, commands
from synthmon.engine.route import ROUTE, ProxyWay, Route, Secured
from synthmon.engine.shell import word
from synthmon.model.network import Network
from synthmon.model.secret import Secret

TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)
NAMES = ("SYNTHMON_SECRET_A", "SYNTHMON_SECRET_B", "SYNTHMON_CAPTURE_C")
PASSWORD = Secret("secrets.password", "p'a\"s$s`w&rd")


def read_by_a_shell(words: list[str], variables: Mapping[str, str]) -> list[str]:
    """What a program gets that a shell calls with these words."""
    told = subprocess.run(
        ["/bin/sh", "-c", "printf '%s\\0' " + " ".join(words)],
        env={name: value for value, name in variables.items()},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return told.stdout.decode().split("\0")[:-1]


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=30), st.lists(TEXTS.filter(bool), max_size=3, unique=True), st.data())
@example(["it's", "", "-x", "~", "$HOME", "`id`", "a\nb", "*", "!!", "#", "\\", "\\'"], ["'", "$HOME"], None)
def test_a_shell_reads_every_word_as_it_was(texts: list[str], secrets: list[str], data: st.DataObject | None) -> None:
    variables = dict(zip(secrets, NAMES, strict=False))
    if data is not None and secrets:
        texts = [text + data.draw(st.sampled_from([*secrets, ""])) + text[:2] for text in texts]
    words = [word(text, variables) for text in texts]
    assert read_by_a_shell(words, variables) == texts


def command(request: httpx.Request, *secrets: Secret, plain: Mapping[str, str] | None = None) -> Command:
    values = {secret.name: secret.reveal() for secret in secrets} if plain is None else plain
    [found] = commands([Sent.of("ask", request)], secrets, values)
    return found


def test_a_request_is_a_command_with_a_line_for_each_part() -> None:
    request = httpx.Request(
        "POST", "https://shop.example.com/cart?a=1&b=[2]", headers={"X-A": "it's"}, content=b'{"a": 1}'
    )
    lines = command(request).text.splitlines()
    assert lines[0] == "curl \\"
    assert "  --request POST \\" in lines
    assert "  --url 'https://shop.example.com/cart?a=1&b=[2]' \\" in lines
    assert "  --globoff \\" in lines
    assert "  --header 'x-a: it'\\''s' \\" in [line.lower() for line in lines]
    assert lines[-1] == "  --data-raw '{\"a\": 1}'"
    assert "content-length" not in command(request).text.lower()


def test_a_secret_is_a_variable_in_each_form_in_which_it_travels() -> None:
    url = f"https://shop.example.com/x?p={httpx.QueryParams({'p': PASSWORD.reveal()})['p']}"
    request = httpx.Request("POST", url, headers={"X-Key": PASSWORD.reveal()}, json={"password": PASSWORD.reveal()})
    found = command(request, PASSWORD)
    assert PASSWORD.reveal() not in found.text
    assert "p'a" not in found.text
    assert '"$SYNTHMON_SECRET_PASSWORD"' in found.text
    assert '"$SYNTHMON_SECRET_PASSWORD_AS_JSON"' in found.text
    assert dict(found.needs)["SYNTHMON_SECRET_PASSWORD"] == "the secret password"


def test_basic_authentication_is_left_to_curl() -> None:
    request = httpx.Request("GET", "https://shop.example.com/")
    encoded = base64.b64encode(f"ann:{PASSWORD.reveal()}".encode()).decode()
    request.headers["Authorization"] = f"Basic {encoded}"
    found = command(request, PASSWORD, Secret("auth.basic", encoded))
    assert "--user 'ann:'\"$SYNTHMON_SECRET_PASSWORD\"" in found.text
    assert encoded not in found.text


def test_what_is_computed_from_a_secret_has_a_variable_of_its_own() -> None:
    made = Secret("secrets.password", "0123456789abcdef")
    token = Secret("captures.token", "t-1")
    request = httpx.Request("GET", "https://shop.example.com/", headers={"X-Mac": made.reveal(), "X-T": "t-1"})
    found = command(request, PASSWORD, made, token, plain={"secrets.password": PASSWORD.reveal()})
    assert dict(found.needs) == {
        "SYNTHMON_SECRET_PASSWORD_COMPUTED_1": "what the probe computes from secrets.password",
        "SYNTHMON_CAPTURE_TOKEN": "what was captured as token",
    }


def test_a_command_shows_a_terminal_nothing_that_it_would_obey() -> None:
    sent = Sent("a", "POST", "https://shop.test/", (), "ok \x1b]0;title\x07\r\t\u202e\x9b1m".encode())
    [command] = commands([sent], [], {})
    assert command.text.replace("\n", "").isprintable()
    assert "--data-raw 'ok '\"$(printf '\\033')\"']0;title'" in command.text


def test_bytes_that_are_no_text_go_through_printf() -> None:
    content = bytes(range(256))
    request = httpx.Request("PUT", "https://shop.example.com/", content=content)
    found = command(request).text
    assert found.endswith("--data-binary @-")
    assert (
        subprocess.run(["/bin/sh", "-c", found.split(" | curl")[0]], capture_output=True, check=True).stdout == content
    )


def test_bytes_with_a_secret_among_them_are_left_out() -> None:
    request = httpx.Request("PUT", "https://shop.example.com/", content=b"\xff\x00" + PASSWORD.reveal().encode())
    found = command(request, PASSWORD).text
    assert found.startswith("# 14 bytes of the body hold a secret amid bytes and are left out\ncurl")
    assert "p'a" not in found


@pytest.mark.parametrize(
    ("method", "expected"), [("GET", "curl \\\n  --url"), ("HEAD", "curl \\\n  --head"), ("DELETE", "--request DELETE")]
)
def test_a_method_is_named_where_curl_would_take_another(method: str, expected: str) -> None:
    assert expected in command(httpx.Request(method, "https://shop.example.com/")).text


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=20), TEXTS)
def test_no_secret_is_in_a_command(rest: str, around: str) -> None:
    value = f"Z9{rest}"
    request = httpx.Request(
        "POST",
        "https://shop.example.com/x",
        params={"q": value},
        headers=[(b"X-A", f"{around.strip()}{value}".encode()), (b"X-B", base64.b64encode(value.encode()))],
        json={"a": around + value},
    )
    assert value not in command(request, Secret("secrets.s", value)).text


def test_the_way_to_a_target_is_told_as_far_as_curl_can_be_told() -> None:
    network = Network(ip_version=4, hosts={"shop.example.com": ("10.0.0.7", "fd00::7")})
    proxy = ProxyWay(httpx.URL("http://proxy.example.com:3128"), "me", PASSWORD.reveal())
    tls = Secured(unverified=True, certificate="PEM-CERTIFICATE", key="PEM-KEY", min_version="1.3")
    request = httpx.Request("GET", "https://shop.example.com/x", extensions={ROUTE: Route(network, tls, proxy)})
    found = command(request, PASSWORD)
    for option in (
        "--insecure",
        "--tlsv1.3",
        "--ipv4",
        "--resolve 'shop.example.com:443:10.0.0.7,[fd00::7]'",
        "--proxy http://proxy.example.com:3128",
        "--proxy-user 'me:'\"$SYNTHMON_SECRET_PASSWORD\"",
        '--cert "$SYNTHMON_CERTIFICATE_FILE"',
        '--key "$SYNTHMON_KEY_FILE"',
    ):
        assert f"\n  {option}" in found.text
    assert "PEM-" not in found.text
    assert [name for name, _ in found.needs] == [
        *("SYNTHMON_SECRET_PASSWORD", "SYNTHMON_CERTIFICATE_FILE", "SYNTHMON_KEY_FILE")
    ]
