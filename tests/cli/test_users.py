"""`synthmon users` and `tokens`, on the database alone and through a daemon that runs."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import httpx
import pytest

from synthmon.model.account import Search
from synthmon.model.person import Way
from synthmon.store.opening import open_store
from tests.cli.conftest import Watched
from tests.cli.typed import Said, Terminal

GOOD = "correct horse battery"


def types_in(terminal: Terminal, piped: str | bytes, *words: str | Path) -> Said:
    content = piped.encode() if isinstance(piped, str) else piped
    terminal.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    return terminal.types(*words)


@pytest.fixture(params=["alone", "beside a daemon"])
def there(request: pytest.FixtureRequest, terminal: Terminal) -> Path:
    """A data directory whose daemon runs, or that nobody uses."""
    if request.param == "alone":
        return terminal.folder / ".synthmon"
    watched: Watched = request.getfixturevalue("watched")
    return watched.data


def test_a_user_is_made_changed_and_disabled(terminal: Terminal, there: Path) -> None:
    data = ("--data", there)
    assert "There is no user" in terminal.types("users", "list", *data).out
    made = types_in(terminal, f"{GOOD}\nmore\n", "users", "add", "Ada", "--role", "admin", *data)
    assert (0, "ada: added, as admin\n") == (made.code, made.out), made.err
    secret = terminal.write("new-password", f"{GOOD} 2\n")
    assert (
        "ada: the password is changed\n"
        == terminal.types("users", "passwd", "ada", "--password-file", secret, *data).out
    )
    assert "ada: operator from now on\n" == terminal.types("users", "role", "ada", "operator", *data).out
    assert "ada: disabled\n" == terminal.types("users", "disable", "ada", *data).out
    assert "disabled" in terminal.types("users", "list", *data).out
    assert "ada: enabled\n" == terminal.types("users", "enable", "ada", *data).out
    listed = json.loads(terminal.types("users", "list", "--json", *data).out)["users"]
    assert [("ada", "operator", None)] == [(one["name"], one["role"], one["disabled_at"]) for one in listed]
    assert "argon2" not in json.dumps(listed)


def test_who_disables_somebody_is_told_which_of_their_tokens_still_hold(
    terminal: Terminal, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", there)
    types_in(terminal, GOOD, "users", "add", "bea", *data)
    monkeypatch.setattr("synthmon.cli.apitokens.user", lambda: "bea")
    for name in ("charts", "old"):
        terminal.types("tokens", "add", name, "--role", "viewer", *data)
    listed = json.loads(terminal.types("tokens", "list", "--json", *data).out)["tokens"]
    ids = {one["name"]: one["id"] for one in listed if one["created_by"] == "bea"}
    terminal.types("tokens", "revoke", ids["old"], *data)
    told = terminal.types("users", "disable", "bea", *data).out
    ends = f"`synthmon tokens revoke {ids['charts']}` ends it"
    assert f"bea: disabled\nThe token charts (viewer), made by bea, still holds; {ends}.\n" == told


@pytest.mark.parametrize(
    ("words", "piped", "said"),
    [
        (("add", "bob"), "short", "12 to 200 characters"),
        (("add", "bob"), "", "there is no password"),
        (("add", "bob"), b"\xff\xfe", "no text in UTF-8"),
        (("add", "<b>"), GOOD, "no name for a user"),
        (("add", "-x"), GOOD, "no such option"),
        (("add", "bob", "--role", "king"), GOOD, "king"),
        (("passwd", "nobody"), GOOD, "there is no such user"),
        (("role", "nobody", "admin"), "", "there is no such user"),
        (("disable", "a/../b"), "", "there is no"),
        (("add", "bob", "--password-file", "nowhere"), "", "nowhere"),
    ],
)
def test_what_is_wrong_with_a_user_is_said(
    terminal: Terminal, there: Path, words: tuple[str, ...], piped: str | bytes, said: str
) -> None:
    wrong = types_in(terminal, piped, "users", *words, "--data", there)
    assert (2, True) == (wrong.code, said in wrong.err.lower() or said in wrong.err), wrong.err
    assert GOOD not in wrong.err + wrong.out


def test_a_token_goes_to_standard_output_alone_and_ends(terminal: Terminal, there: Path) -> None:
    data = ("--data", there)
    made = terminal.types("tokens", "add", "grafana", "--for", "90d", *data)
    assert (0, True) == (made.code, made.out.startswith("synthmon_api_")), made.err
    assert 1 == len(made.out.splitlines())
    listed = json.loads(terminal.types("tokens", "list", "--json", *data).out)["tokens"]
    (token,) = (one for one in listed if one["id"] in made.err)
    assert ("grafana", "viewer", "holds") == (token["name"], token["role"], token["state"])
    assert made.out.strip() not in made.err + terminal.types("tokens", "list", *data).out
    assert f"Revoked: {token['id']} (grafana)\n" == terminal.types("tokens", "revoke", token["id"], *data).out
    again = terminal.types("tokens", "revoke", token["id"], *data)
    assert (2, True) == (again.code, "no such token that holds" in again.err)
    assert 2 == terminal.types("tokens", "add", "x", "--for", "soon", *data).code


def test_who_typed_it_is_in_the_audit_and_the_daemon_asks_to_sign_in_from_then_on(
    terminal: Terminal, watched: Watched
) -> None:
    terminal.patch.setitem(os.environ, "USER", "grace")
    types_in(terminal, GOOD, "users", "add", "eve", "--data", watched.data)
    store = open_store(watched.data / "synthmon.db", read_only=True)
    line = store.accounts.audit(Search(limit=1))[0]
    store.close()
    assert ("user_added", "grace", Way.COMMAND_LINE, "eve") == (line.what, line.actor, line.way, line.target)
    address = (watched.data / "address").read_text()
    answer = httpx.get(address, trust_env=False)
    assert (303, "/sign-in?next=/") == (answer.status_code, answer.headers["location"])
    assert 0 == terminal.types("health", "--data", watched.data).code  # the command line needs nobody
