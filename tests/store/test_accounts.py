"""Who may come in, and what they did: kept alike by every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from synthmon.model.account import ApiToken, Entry, Search, Session, User
from synthmon.model.person import Role, Way
from synthmon.store.interface import Store
from synthmon.store.postgres import roles
from synthmon.store.sql import SqlStore
from tests.making import at

ADA = User("ada", Role.OPERATOR, "$argon2id$…", at(0), at(0))
SESSION = Session("s1", "a" * 64, "ada", Way.USER, None, at(0), at(0), at(3600), "192.0.2.7", "Firefox")
TOKEN = ApiToken("t1", "grafana", Role.VIEWER, "b" * 64, at(0), "ada", at(900))
LINE = Entry(at(0), "acknowledged", "ada", Way.USER, Role.OPERATOR, "192.0.2.7", "checkout", "x")


def test_a_user_comes_back_as_added_once_and_as_changed(store: Store) -> None:
    known = store.accounts
    assert not known.has_users()
    assert known.add_user(ADA)
    assert not known.add_user(replace(ADA, role=Role.ADMIN))
    assert [ADA] == known.users()
    assert known.change_user("ada", role=Role.VIEWER, disabled_at=at(60))
    assert not known.change_user("bob", role=Role.ADMIN)
    assert replace(ADA, role=Role.VIEWER, disabled_at=at(60)) == known.user("ada")
    assert known.user("bob") is None
    assert known.has_users()


def test_a_session_is_found_by_its_hash_seen_and_ended_once(store: Store) -> None:
    known = store.accounts
    known.keep_session(SESSION)
    known.see_session("s1", at(60))
    assert replace(SESSION, seen_at=at(60)) == known.session("a" * 64)
    assert known.session("s1") is None
    assert known.end_session("s1")
    assert not known.end_session("s1")
    assert [] == known.sessions()


def test_what_is_over_is_forgotten_when_somebody_signs_in(store: Store) -> None:
    known = store.accounts
    known.keep_session(SESSION)
    later = replace(SESSION, id="s2", hashed="c" * 64, began_at=at(3600), ends_at=at(7200))
    known.keep_session(later)
    assert ["s2"] == [one.id for one in known.sessions()]


def test_a_token_is_found_by_its_hash_and_kept_as_it_is_now(store: Store) -> None:
    known = store.accounts
    known.keep_api_token(TOKEN)
    known.see_api_token("t1", at(30))
    seen = replace(TOKEN, used_at=at(30))
    assert seen == known.api_token("b" * 64)
    known.keep_api_token(replace(seen, revoked_at=at(60)))
    assert [replace(seen, revoked_at=at(60))] == known.api_tokens()


def test_the_audit_is_read_newest_first_by_what_is_asked_and_goes_on_below_a_number(store: Store) -> None:
    known = store.accounts
    for second in range(5):
        known.write_down(replace(LINE, at=at(second), actor="ada" if second % 2 else "bob"))
    found = known.audit(Search(limit=2))
    assert [at(4), at(3)] == [one.at for one in found]
    assert [at(2), at(1), at(0)] == [one.at for one in known.audit(Search(below=found[-1].number))]
    assert [at(3), at(1)] == [one.at for one in known.audit(Search(actor="ada"))]
    assert [at(2)] == [one.at for one in known.audit(Search(start=at(2), end=at(3), what="acknowledged"))]
    assert [] == known.audit(Search(what="noted"))
    assert known.knows("acknowledged", "ada", Way.USER, "192.0.2.7")
    assert not known.knows("acknowledged", "ada", Way.USER, "192.0.2.8")
    assert not known.knows("acknowledged", "ada", Way.PROVIDER, "192.0.2.7")
    assert 2 == known.forget_audit(at(3), 2)
    assert 1 == known.forget_audit(at(3), 2)
    assert [at(4), at(3)] == [one.at for one in known.audit(Search())]


def test_no_line_of_the_audit_can_be_changed(sql: SqlStore, address: str) -> None:
    sql.accounts.write_down(LINE)
    engine = create_engine(address, poolclass=NullPool)
    with pytest.raises(DBAPIError, match="never changed"), engine.begin() as connection:
        connection.execute(text("UPDATE audit SET actor = 'mallory'"))
    assert ["ada"] == [one.actor for one in sql.accounts.audit(Search())]


def test_whoever_only_reads_the_database_reads_no_hash_and_no_audit(postgres_url: str) -> None:
    url = postgres_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(roles.sql("synthmon").encode())
        asked = "SELECT has_table_privilege(%s, %s, %s)"
        for who, table, what, may in (
            ("synthmon_reader", "users", "SELECT", False),
            ("synthmon_reader", "audit", "SELECT", False),
            ("synthmon_reader", "runs", "SELECT", True),
            ("synthmon_writer", "users", "SELECT", True),
            ("synthmon_writer", "audit", "INSERT", True),
            ("synthmon_writer", "audit", "DELETE", True),
            ("synthmon_writer", "audit", "UPDATE", False),
        ):
            assert (who, table, what, (may,)) == (
                who,
                table,
                what,
                connection.execute(asked, (who, table, what)).fetchone(),
            )


def test_times_are_kept_to_the_millisecond(store: Store) -> None:
    exact = at(0) + timedelta(milliseconds=7)
    store.accounts.keep_session(replace(SESSION, seen_at=exact + timedelta(microseconds=300)))
    assert [exact] == [one.seen_at for one in store.accounts.sessions()]
