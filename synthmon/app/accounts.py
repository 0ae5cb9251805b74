"""How the command line reaches users and tokens of the API: through the daemon that runs here, else the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from synthmon import loopback
from synthmon.app import clock
from synthmon.app.configuration import Origin
from synthmon.app.datadir import is_running, running_daemon
from synthmon.app.looking import readable, settings_of, settings_to_find
from synthmon.errors import ConfigurationError, SignInRefused
from synthmon.identity.desk import Identity, Ways
from synthmon.identity.randomness import unguessable
from synthmon.identity.users import read_role
from synthmon.model.person import Caller, Role, Way
from synthmon.model.secret import Secret
from synthmon.settings import Settings
from synthmon.store.migrate import prepare
from synthmon.store.opening import open_store
from synthmon.web.api.accounts import as_json, token_item, user_item
from synthmon.web.tokens_page import read_life
from synthmon.web.users_page import WHAT

PATIENCE = 10.0  # seconds
PIECE = 500


class Accounts:
    """What an admin does by command. `by` is who types. Raises `SynthmonError` with what is wrong."""

    def __init__(self, origin: Origin, data: Path | None, by: str) -> None:
        self._origin, self._data, self._by = origin, data, by

    def users(self) -> list[Any]:
        return self._all("users", lambda known: [as_json(user_item(one)) for one in known.users.all()])

    def add_user(self, name: str, role: str, password: str) -> Any:
        def here(known: Identity) -> Any:
            user = known.users.add(name, read_role(role), password)
            self._note(known, "user_added", user.name, f"role {user.role}")
            return as_json(user_item(user))

        return self._do("POST", "users", {"name": name, "role": role, "password": password}, here)

    def change_user(self, name: str, what: str, value: str = "") -> Any:
        """`what` is role, password, disable or enable."""

        def here(known: Identity) -> Any:
            ways: dict[str, Callable[[], Any]] = {
                "role": lambda: known.users.set_role(name, read_role(value)),
                "password": lambda: known.users.set_password(name, value),
                "disable": lambda: known.users.disable(name),
                "enable": lambda: known.users.enable(name),
            }
            user = ways[what]()
            self._note(known, WHAT[what], user.name, f"role {value}" if what == "role" else "")
            return as_json(user_item(known.users.require(name)))

        return self._do("POST", f"users/{_segment(name)}", {"do": what, **({what: value} if value else {})}, here)

    def tokens(self) -> list[Any]:
        return self._all("tokens", lambda known: [as_json(token_item(one, clock.now())) for one in known.tokens.all()])

    def add_token(self, name: str, role: str, life: str) -> tuple[Any, str]:
        """The token, and what it opens with."""

        def here(known: Identity) -> Any:
            token, text = known.tokens.add(name, read_role(role), read_life(life), self._by)
            self._note(known, "token_added", f"{token.name} ({token.id})", f"role {token.role}")
            return {"token": as_json(token_item(token, clock.now())), "text": text}

        answer = self._do("POST", "tokens", {"name": name, "role": role, "life": life}, here)
        return answer["token"], str(answer["text"])

    def revoke_token(self, token_id: str) -> str:
        """Its name."""

        def here(known: Identity) -> Any:
            token = known.tokens.revoke(token_id)
            self._note(known, "token_revoked", f"{token.name} ({token.id})", "")
            return {"name": token.name}

        return str(self._do("POST", f"tokens/{_segment(token_id)}/revoke", {}, here)["name"])

    def _all(self, what: str, here: Callable[[Identity], list[Any]]) -> list[Any]:
        """A whole list, piece by piece."""
        found: list[Any] = []
        path: str | None = f"{what}?limit={PIECE}"
        while path is not None:
            piece = self._do("GET", path, None, lambda known: {"items": here(known), "next": None})
            found += piece["items"]
            path = f"{what}?limit={PIECE}&after={piece['next']}" if piece["next"] else None
        return found

    # There or here

    def _do(self, method: str, path: str, body: dict[str, str] | None, here: Callable[[Identity], Any]) -> Any:
        settings = settings_to_find(self._origin, self._data)
        if is_running(settings.data_dir):
            return self._ask(settings, method, path, body)
        try:
            with self._opened() as known:
                return here(known)
        except SignInRefused as error:  # too much at once, which cannot be in a process of its own
            raise ConfigurationError(str(error), hint=error.hint) from error

    def _ask(self, settings: Settings, method: str, path: str, body: dict[str, str] | None) -> Any:
        url, token = running_daemon(settings.data_dir)
        headers = {"authorization": f"Bearer {token.reveal()}"}
        where, said = (
            f"{url}/api/v1/{path}",
            None if body is None else {name: readable(text) for name, text in {**body, "actor": self._by}.items()},
        )
        try:
            with loopback.client(url, PATIENCE) as client:
                answer = client.request(method, where, headers=headers, json=said)
        except httpx.TransportError as error:
            raise ConfigurationError(f"the daemon at {url} does not answer", hint="is it still running?") from error
        return _understood(answer)

    @contextmanager
    def _opened(self) -> Iterator[Identity]:
        settings = settings_of(self._origin, self._data)
        prepare(settings.database_url, asked=settings.upgrade_database)
        store = open_store(settings.database_url)
        try:
            yield Identity(store.accounts, Ways(Secret("api token", unguessable())), clock.now)
        finally:
            store.close()

    def _note(self, known: Identity, what: str, target: str, detail: str) -> None:
        known.journal.write(Caller(Way.COMMAND_LINE, Role.ADMIN, self._by), what, "", target, detail)


def _understood(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except ValueError as error:
        raise ConfigurationError(f"what answers at {answer.url.host} is no synthmon of this version") from error
    if not answer.is_success:
        said = body if isinstance(body, dict) else {}
        raise ConfigurationError(str(said.get("detail") or answer.status_code), hint=said.get("hint"))
    return body


def _segment(text: str) -> str:
    """One part of a path; what cannot be a name of ours is refused before it becomes another path."""
    if not text or not all(sign.isalnum() or sign in "._@-" for sign in text) or not text.isascii():
        raise ConfigurationError("there is nothing of that name", hint="names have letters, digits and . _ - @")
    return text
