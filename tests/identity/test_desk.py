"""Who asks: by password, session and token; what ends a session; what the audit hears."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from synthmon.errors import ConfigurationError, SignInRefused
from synthmon.identity.desk import Identity, Ways
from synthmon.identity.lifetimes import Lifetimes
from synthmon.identity.oidc.place import ProviderPlace
from synthmon.identity.oidc.provider import Provider
from synthmon.identity.sessions import Origin
from synthmon.model.account import Search
from synthmon.model.person import NOBODY, Caller, Role, Way
from synthmon.model.secret import Secret
from synthmon.store.interface import Store
from synthmon.store.memory import MemoryStore
from tests.making import NOON

pytestmark = pytest.mark.usefixtures("quick_passwords")

GOOD = "correct horse battery"
HERE, THERE = Origin("192.0.2.1", "Firefox\x1b[31m"), Origin("192.0.2.2")
COMMAND_LINE = "the command line's"


class Clock:
    def __init__(self) -> None:
        self.now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., Identity]


@pytest.fixture
def make(clock: Clock) -> Make:
    store: Store = MemoryStore()

    def made(**ways: Any) -> Identity:
        """Each one over the same database, as processes of the centre are."""
        return Identity(store.accounts, Ways(Secret("api token", COMMAND_LINE), **ways), clock)

    return made


@pytest.fixture
def known(make: Make) -> Identity:
    """With ada, an operator."""
    identity = make()
    identity.users.add("ada", Role.OPERATOR, GOOD)
    return identity


def audit(identity: Identity) -> list[tuple[str, str, str]]:
    return [(one.what, one.actor, one.detail) for one in reversed(identity.journal.find(Search()))]


def test_on_this_machine_whoever_comes_is_an_operator_until_there_is_a_user(make: Make) -> None:
    identity = make()
    assert Caller(Way.LOOPBACK, Role.OPERATOR) == identity.caller(None, "")
    identity.users.add("ada", Role.VIEWER, GOOD)
    identity.users.disable("ada")
    assert NOBODY == identity.caller(None, "")


@pytest.mark.parametrize(
    "ways", [{"here_only": False}, {"password": Secret("web password", GOOD)}], ids=["elsewhere", "password"]
)
def test_whoever_reaches_pages_that_are_not_of_this_machine_alone_is_nobody(make: Make, ways: dict[str, Any]) -> None:
    assert NOBODY == make(**ways).caller(None, "")


def test_the_command_lines_token_is_an_admins_and_a_wrong_one_is_nobodys_everywhere(make: Make) -> None:
    identity = make()
    assert Caller(Way.COMMAND_LINE, Role.ADMIN) == identity.caller(COMMAND_LINE, "")
    assert NOBODY == identity.caller("another", "")
    assert NOBODY == identity.caller("", "")


def test_a_user_signs_in_and_every_process_knows_the_session(known: Identity, make: Make) -> None:
    cookie = known.sign_in(" Ada ", GOOD, HERE)
    session = make().sessions.all()[0]
    assert Caller(Way.USER, Role.OPERATOR, "ada", session.id) == make().caller(None, cookie)
    assert ("192.0.2.1", "Firefox\\x1b[31m") == (session.address, session.browser)
    assert cookie not in repr(session)
    assert [("signed_in", "ada", "")] == audit(known)


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong"), ("bob", GOOD), ("", GOOD), ("ada", ""), ("\x00", "x")]
)
def test_what_is_wrong_is_not_told_apart(known: Identity, name: str, password: str) -> None:
    with pytest.raises(SignInRefused) as refusal:
        known.sign_in(name, password, HERE)
    wanted = "That is not the name and the password of anybody here." if name else "That is not the password."
    assert (401, wanted) == (refusal.value.status, str(refusal.value))
    who = "ada" if name == "ada" else "nobody"  # a name that nobody has may be a password
    assert [("sign_in_failed", who, "wrong name or password")] == audit(known)


def test_a_role_and_an_end_hold_at_once(known: Identity) -> None:
    cookie = known.sign_in("ada", GOOD, HERE)
    known.users.set_role("ada", Role.VIEWER)
    assert Role.VIEWER is known.caller(None, cookie).role
    known.users.disable("ada")
    assert NOBODY == known.caller(None, cookie)
    with pytest.raises(SignInRefused):
        known.sign_in("ada", GOOD, HERE)
    known.users.enable("ada")
    assert NOBODY == known.caller(None, cookie)
    assert known.sign_in("ada", GOOD, HERE)


def test_a_session_ends_when_it_idles_and_when_it_is_old(known: Identity, make: Make, clock: Clock) -> None:
    lived = Lifetimes(timedelta(hours=1), timedelta(hours=3))
    identity = make(lifetimes=lived)
    idle, used = identity.sign_in("ada", GOOD, HERE), identity.sign_in("ada", GOOD, THERE)
    for _ in range(3):
        clock.wait(minutes=59)
        assert "ada" == identity.caller(None, used).name
    assert NOBODY == identity.caller(None, idle)
    clock.wait(minutes=3)
    assert NOBODY == identity.caller(None, used)


def test_a_new_password_ends_the_other_sessions(known: Identity) -> None:
    here, there = known.sign_in("ada", GOOD, HERE), known.sign_in("ada", GOOD, THERE)
    known.users.set_password("ada", f"{GOOD} 2", but=known.caller(None, here).session)
    assert "ada" == known.caller(None, here).name
    assert NOBODY == known.caller(None, there)
    with pytest.raises(SignInRefused):
        known.sign_in("ada", GOOD, HERE)


def test_sessions_of_the_installations_password_end_with_it(make: Make) -> None:
    cookie = make(password=Secret("web password", GOOD)).sign_in("", GOOD, HERE)
    assert Role.ADMIN is make(password=Secret("web password", GOOD)).caller(None, cookie).role
    assert NOBODY == make(password=Secret("web password", "another one")).caller(None, cookie)
    assert NOBODY == make(here_only=False).caller(None, cookie)


def test_sessions_from_elsewhere_end_with_the_provider_and_after_half_a_day(make: Make, clock: Clock) -> None:
    def over(issuer: str) -> Identity:
        provider = Provider(ProviderPlace(issuer, "synthmon"), lambda: None, clock)
        return make(provider=provider, lifetimes=Lifetimes(timedelta(days=9), timedelta(days=30)))

    identity = over("https://one.example")
    cookie = identity.welcome(Caller(Way.PROVIDER, Role.VIEWER, "ada"), HERE)
    assert (Way.PROVIDER, "ada") == ((found := identity.caller(None, cookie)).way, found.name)
    assert NOBODY == over("https://two.example").caller(None, cookie)
    assert NOBODY == make(here_only=False).caller(None, cookie)
    clock.wait(hours=12)
    assert NOBODY == identity.caller(None, cookie)


def test_whoever_is_called_alike_elsewhere_is_not_the_user(known: Identity, make: Make, clock: Clock) -> None:
    provider = Provider(ProviderPlace("https://one.example", "synthmon"), lambda: None, clock)
    identity = make(provider=provider)
    identity.welcome(Caller(Way.PROVIDER, Role.VIEWER, "ada"), HERE)
    mine = identity.sign_in("ada", GOOD, HERE)
    assert 1 == identity.sessions.end_all(Caller(Way.PROVIDER, name="ada"))
    assert "ada" == identity.caller(None, mine).name


@pytest.mark.parametrize("cookie", ["", "u.", "u.guess", "x" * 43, "u." + "x" * 43, "o.\ud800", "u." + "x" * 4000])
def test_a_made_up_session_is_nobodys(known: Identity, cookie: str) -> None:
    assert NOBODY == known.caller(None, cookie)


def test_after_five_wrong_passwords_one_waits_a_minute(known: Identity, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            known.sign_in("ada", "wrong", HERE)
    with pytest.raises(SignInRefused, match="Wait a minute") as refusal:
        known.sign_in("ada", GOOD, HERE)
    assert 429 == refusal.value.status
    clock.wait(minutes=1)
    assert known.sign_in("ada", GOOD, HERE)


def test_a_flood_of_failures_is_not_a_flood_of_lines(known: Identity) -> None:
    for number in range(100):
        known.journal.failed(f"user-{number}", Way.USER, "192.0.2.9", "wrong name or password")
    assert 60 == len(known.journal.find(Search(limit=500)))


def test_a_hash_of_other_parameters_is_made_anew_by_signing_in(
    known: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = known.users.require("ada").hashed
    monkeypatch.setattr("synthmon.identity.passwords._OURS", "$argon2id$v=19$m=1$")
    known.sign_in("ada", GOOD, HERE)
    assert before != known.users.require("ada").hashed


def test_a_token_opens_by_its_role_until_it_ends(known: Identity, clock: Clock) -> None:
    token, text = known.tokens.add("grafana", Role.VIEWER, timedelta(days=1), "ada")
    assert text.startswith("synthmon_api_")
    assert Caller(Way.TOKEN, Role.VIEWER, "grafana") == known.caller(text, "")
    assert clock.now == known.tokens.all()[0].used_at
    assert text not in repr(known.tokens.all())
    clock.wait(days=1)
    assert NOBODY == known.caller(text, "")
    with pytest.raises(ConfigurationError, match="no such token"):
        known.tokens.revoke(token.id)


def test_a_revoked_token_opens_nothing(known: Identity) -> None:
    token, text = known.tokens.add("grafana", Role.ADMIN, None, "ada")
    known.tokens.revoke(token.id)
    assert NOBODY == known.caller(text, "")


@pytest.mark.parametrize("name", ["", "Ada", "a b", "-x", "x" * 65, "a/b", "<b>", "ada\n", "é"])
def test_what_is_no_name_is_no_user(known: Identity, name: str) -> None:
    if name == "Ada":
        name = "ada"  # written large it is the one that is there
    with pytest.raises(ConfigurationError):
        known.users.add(name, Role.VIEWER, GOOD)
