"""Secrets in HashiCorp's Vault or OpenBao: read when they are needed, kept in memory, used a while when it is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import hvac
import requests
from hvac.exceptions import Forbidden, InvalidPath, VaultError

from synthmon.errors import SecretUnavailable
from synthmon.events import Events
from synthmon.model.words import printable, seconds
from synthmon.nouns import dataclass
from synthmon.secrets.files import Files
from synthmon.secrets.place import VaultLogin, VaultPlace

TIMEOUT = 5.0  # seconds for each request
PAUSE = 10.0  # seconds after a failure before it is asked again
_RENEW_AFTER = 2 / 3  # of a token's life

_log = Events()


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    values: Mapping[str, Any]
    at: float


class _NotHad(Exception):
    """Vault gave nothing, and why."""


class Vault:
    """A provider. `lookup` gives the secrets with which synthmon logs in, from the other places. Thread-safe."""

    def __init__(
        self, place: VaultPlace, lookup: Callable[[str], str], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._place, self._lookup, self._monotonic = place, lookup, monotonic
        self._files = Files()
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}
        self._failed: dict[str, tuple[float, str]] = {}  # documents, when they were not had, and why
        self._client = _client(place)
        self._renew_at: float | None = None

    # What a provider is asked

    def value(self, name: str) -> str | None:
        document, key = self._place.where(name)
        found = self._document(document, name).get(key)
        if found is None or isinstance(found, str):
            return found
        if isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
        raise SecretUnavailable(
            f"the secret `{name}` is no text in Vault", hint=f"look at the key `{key}` of {self._named(document)}"
        )

    def hint(self, name: str) -> str:
        document, key = self._place.where(name)
        return f"put it into Vault: the key `{key}` of {self._named(document)}"

    def _named(self, document: str) -> str:
        return f"{self._place.mount}/{document}"

    # Documents

    def _document(self, path: str, name: str) -> Mapping[str, Any]:
        kept = self._kept.get(path)
        if kept is not None and self._monotonic() - kept.at < self._place.cache:
            return kept.values
        # who has values that may still be used does not wait until somebody else has asked
        if not self._lock.acquire(blocking=not self._may_use(kept)):
            assert kept is not None
            return kept.values
        try:
            return self._asked(path, name)
        finally:
            self._lock.release()

    def _may_use(self, kept: _Kept | None) -> bool:
        return kept is not None and self._monotonic() - kept.at < self._place.cache + self._place.keep

    def _asked(self, path: str, name: str) -> Mapping[str, Any]:
        """Under the lock: what is fresh meanwhile, what Vault says, or what it said last."""
        kept, now = self._kept.get(path), self._monotonic()
        if kept is not None and now - kept.at < self._place.cache:
            return kept.values
        failed = self._failed.get(path)
        if failed is None or now - failed[0] >= PAUSE:
            try:
                values = self._read(path)
            except _NotHad as error:
                if failed is None:
                    _log.warning("vault.gives_nothing", address=self._place.address, document=path, text=str(error))
                failed = self._failed[path] = (self._monotonic(), str(error))
            else:
                if self._failed.pop(path, None) is not None:
                    _log.info("vault.gives_again", address=self._place.address, document=path)
                self._kept[path] = _Kept(values, self._monotonic())
                return values
        if kept is not None and self._may_use(kept):
            return kept.values
        too_old = f", and its last value is older than {seconds(self._place.keep)}" if kept is not None else ""
        raise SecretUnavailable(
            f"the secret `{name}` cannot be had from Vault: {failed[1]}{too_old}",
            hint=f"look at `vault` in synthmon.yaml and at {self._place.address}",
        )

    def _read(self, path: str) -> Mapping[str, Any]:
        """The document, after one more login if the token no longer holds; without such a document nothing."""
        try:
            self._be_logged_in()
            try:
                return self._data(path)
            except Forbidden:
                self._log_in()
                return self._data(path)
        except InvalidPath:
            return {}
        except Forbidden as error:
            raise _NotHad(f"it does not let us read {self._named(path)} ({_said(error)})") from None
        except SecretUnavailable as error:
            raise _NotHad(str(error)) from None
        except VaultError as error:
            raise _NotHad(f"it answered {_said(error)}") from None
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise _NotHad(_unanswered(error)) from None

    def _data(self, path: str) -> Mapping[str, Any]:
        answer = self._client.secrets.kv.v2.read_secret_version(
            path=path, mount_point=self._place.mount, raise_on_deleted_version=True
        )
        data = answer["data"]["data"]
        if not isinstance(data, dict):
            raise TypeError
        return data

    # The token

    def _be_logged_in(self) -> None:
        if not self._client.token:
            self._log_in()
        elif self._renew_at is not None and self._monotonic() >= self._renew_at:
            try:
                self._take(self._client.auth.token.renew_self()["auth"])
            except VaultError:
                self._log_in()

    def _log_in(self) -> None:
        place, auth = self._place, self._client.auth
        mount = place.login_mount or place.login.value
        self._client.token = ""
        match place.login:
            case VaultLogin.TOKEN:
                self._client.token = self._lookup(place.credential or "")
                told = auth.token.lookup_self()["data"]
                self._plan(told.get("ttl"), told.get("renewable"))
            case VaultLogin.APPROLE:
                secret_id = self._lookup(place.credential) if place.credential else None
                self._take(auth.approle.login(place.role, secret_id, use_token=False, mount_point=mount)["auth"])
            case VaultLogin.KUBERNETES:
                token = self._files.read(place.service_account, "service account") or ""
                self._take(auth.kubernetes.login(place.role, token, use_token=False, mount_point=mount)["auth"])

    def _take(self, auth: Mapping[str, Any]) -> None:
        self._client.token = auth["client_token"]
        self._plan(auth.get("lease_duration"), auth.get("renewable"))

    def _plan(self, lives: object, renewable: object) -> None:
        """A token that cannot be renewed is used until it is refused."""
        lasts = isinstance(lives, int | float) and lives > 0 and renewable
        self._renew_at = self._monotonic() + float(lives) * _RENEW_AFTER if lasts else None  # type: ignore[arg-type]


def _client(place: VaultPlace) -> Any:
    session = requests.Session()
    session.trust_env = False  # neither proxies nor passwords of the environment
    session.verify = True if place.ca_file is None else str(place.ca_file)
    # an empty token, so that none is taken from the environment or from ~/.vault-token
    return hvac.Client(
        url=place.address,
        token="",
        timeout=TIMEOUT,
        allow_redirects=False,  # one would take the token to wherever it leads
        session=session,
        namespace=place.namespace,
    )


def _said(error: VaultError) -> str:
    errors = getattr(error, "errors", None)
    text = "; ".join(map(str, errors)) if isinstance(errors, list) and errors else type(error).__name__
    return printable(text, 200)


def _unanswered(error: Exception) -> str:
    """Without the words of the library, which name addresses and sockets at length."""
    if isinstance(error, requests.Timeout):
        return f"it did not answer within {seconds(TIMEOUT)}"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted"
    if isinstance(error, requests.ConnectionError):
        return "it cannot be reached"
    return "what it answered cannot be read"
