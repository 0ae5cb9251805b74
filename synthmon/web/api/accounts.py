"""Users, tokens of the API and the audit: for programs of admins, and for the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from synthmon.errors import ConfigurationError, SignInRefused
from synthmon.identity.journal import LONGEST_TARGET
from synthmon.identity.passwords import LONGEST
from synthmon.model.account import ApiToken, Entry, Search, User
from synthmon.model.person import Role, Way
from synthmon.web.api.fields import Answer, AskedInstant, Instant, Name, Question
from synthmon.web.api.incidents import actor
from synthmon.web.api.operation import Call
from synthmon.web.api.paging import Next, Piece, mark, piece_of, place
from synthmon.web.api.problem import Refused
from synthmon.web.tokens_page import read_life
from synthmon.web.users_page import WHAT
from synthmon.web.views import View


class UserItem(Answer):
    """A user of this installation; nothing of the password but since when it is."""

    name: str
    role: Role
    created_at: Instant
    changed_at: Instant = Field(description="Since when the password is.")
    disabled_at: Instant | None


class UserList(Answer):
    items: list[UserItem]
    next: Next


class UserWanted(Question):
    name: Name = Field(description="Small letters, digits and `. _ - @`.")
    role: Role
    password: str = Field(max_length=LONGEST, description="12 characters at least.")
    actor: Name | None = Field(default=None, description="Who makes the user; believed of the command line only.")


class UserChange(Question):
    """What is changed: the role, the password, or whether the user may come in."""

    do: Literal["role", "password", "disable", "enable"]
    role: Role | None = Field(default=None, description="Needed for `role`.")
    password: str | None = Field(default=None, max_length=LONGEST, description="Needed for `password`.")
    actor: Name | None = Field(default=None, description="Who changes it; believed of the command line only.")


class ApiTokenItem(Answer):
    """A token of the API, never what it opens with."""

    id: str
    name: str
    role: Role
    state: Literal["holds", "expired", "revoked"]
    created_at: Instant
    created_by: str
    expires_at: Instant | None
    used_at: Instant | None = Field(description="To the minute.")
    revoked_at: Instant | None


class ApiTokenList(Answer):
    items: list[ApiTokenItem]
    next: Next


class ApiTokenWanted(Question):
    name: Name = Field(description="What the program is called.")
    role: Role = Role.VIEWER
    life: Name = Field(default="never", description="How long it holds: a duration such as `90d`, or `never`.")
    actor: Name | None = Field(default=None, description="Who makes it; believed of the command line only.")


class ApiTokenMade(Answer):
    token: ApiTokenItem
    text: str = Field(description="What it opens with; it is shown this once.")


class Revoking(Question):
    actor: Name | None = Field(default=None, description="Who ends it; believed of the command line only.")


class AuditFilter(Piece):
    """Which lines of the audit, the newest first."""

    actor: str | None = Field(default=None, max_length=LONGEST_TARGET)
    what: str | None = Field(default=None, max_length=100, description="Such as `acknowledged`.")
    start: AskedInstant | None = Field(default=None, description="From this instant on.")
    end: AskedInstant | None = Field(default=None, description="Before this instant.")


class EntryItem(Answer):
    """Who did what. `way` is how it was known who it was, `subject` who that is at a provider."""

    number: int
    at: Instant
    what: str
    actor: str
    way: Way
    role: Role | None
    address: str
    target: str
    detail: str
    subject: str


class AuditList(Answer):
    items: list[EntryItem]
    next: Next


def users(view: View, call: Call) -> UserList:
    found = [user_item(one) for one in view.identity.users.all()]
    shown, following = piece_of(found, call.query, lambda one: one.name)
    return UserList(items=shown, next=following)


def add_user(view: View, call: Call) -> UserItem:
    wanted: UserWanted = call.body
    with _refusing():
        user = view.identity.users.add(wanted.name, wanted.role, wanted.password)
    _noted(view, call, user.name, f"role {user.role}")
    return user_item(user)


def change_user(view: View, call: Call) -> UserItem:
    wanted: UserChange = call.body
    name, known = call.path["user"], view.identity.users
    value: Any = getattr(wanted, wanted.do, "")
    if value is None:
        raise Refused(422, f"/{wanted.do}: it is needed to change it")
    ways: dict[str, Callable[[], User]] = {
        "role": lambda: known.set_role(name, value),
        "password": lambda: known.set_password(name, value),
        "disable": lambda: known.disable(name),
        "enable": lambda: known.enable(name),
    }
    with _refusing(404):
        known.require(name)
    with _refusing():
        user = ways[wanted.do]()
    view.said(call.request).what = WHAT[wanted.do]
    _noted(view, call, user.name, f"role {value}" if wanted.do == "role" else "")
    return user_item(known.require(user.name))


def tokens(view: View, call: Call) -> ApiTokenList:
    now = view.ports.now()
    found = [token_item(one, now) for one in view.identity.tokens.all()]
    shown, following = piece_of(found, call.query, lambda one: f"{one.created_at.isoformat()} {one.id}")
    return ApiTokenList(items=shown, next=following)


def add_token(view: View, call: Call) -> ApiTokenMade:
    wanted: ApiTokenWanted = call.body
    with _refusing():
        life = read_life(wanted.life)
        token, text = view.identity.tokens.add(wanted.name, wanted.role, life, actor(view, call))
    _noted(view, call, f"{token.name} ({token.id})", f"role {token.role}")
    return ApiTokenMade(token=token_item(token, view.ports.now()), text=text)


def revoke_token(view: View, call: Call) -> ApiTokenItem:
    with _refusing(404):
        token = view.identity.tokens.revoke(call.path["token"])
    _noted(view, call, f"{token.name} ({token.id})", "")
    now = view.ports.now()
    return next(token_item(one, now) for one in view.identity.tokens.all() if one.id == token.id)


def audit(view: View, call: Call) -> AuditList:
    asked: AuditFilter = call.query
    known = place(asked.after, int)
    below = known[0] if known is not None else None
    search = Search(asked.actor, asked.what, asked.start, asked.end, below, asked.limit + 1)
    found = view.identity.journal.find(search)
    shown = found[: asked.limit]
    following = mark([shown[-1].number]) if len(found) > asked.limit else None
    return AuditList(items=[_entry_item(one) for one in shown], next=following)


def user_item(user: User) -> UserItem:
    return UserItem(
        name=user.name,
        role=user.role,
        created_at=user.created_at,
        changed_at=user.changed_at,
        disabled_at=user.disabled_at,
    )


def token_item(token: ApiToken, now: datetime) -> ApiTokenItem:
    return ApiTokenItem(
        id=token.id,
        name=token.name,
        role=token.role,
        state="holds" if token.holds(now) else "revoked" if token.revoked_at else "expired",
        created_at=token.created_at,
        created_by=token.created_by,
        expires_at=token.expires_at,
        used_at=token.used_at,
        revoked_at=token.revoked_at,
    )


def _entry_item(entry: Entry) -> EntryItem:
    return EntryItem(
        number=entry.number,
        at=entry.at,
        what=entry.what,
        actor=entry.actor,
        way=entry.way,
        role=entry.role,
        address=entry.address,
        target=entry.target,
        detail=entry.detail,
        subject=entry.subject,
    )


def _noted(view: View, call: Call, target: str, detail: str) -> None:
    said = view.said(call.request)
    said.target, said.detail = target, detail
    actor(view, call)


@contextmanager
def _refusing(status: int = 422) -> Iterator[None]:
    """What is wrong, as a problem."""
    try:
        yield
    except SignInRefused as error:
        raise Refused(error.status, str(error)) from error
    except ConfigurationError as error:
        raise Refused(status, str(error), hint=error.hint) from error


def as_json(item: Answer) -> dict[str, Any]:
    """As the API gives it."""
    return item.model_dump(mode="json")
