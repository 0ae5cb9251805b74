"""Sessions: the browsers that people signed in with, kept by the hash of their cookie, until they idle or are old."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from synthmon.identity.lifetimes import Lifetimes
from synthmon.identity.randomness import hashed, public_id, unguessable
from synthmon.model import words
from synthmon.model.account import Session
from synthmon.model.person import Caller, Way
from synthmon.nouns import dataclass

if TYPE_CHECKING:  # settings read how long sessions live, and no database
    from synthmon.store.accounts import Accounts

PROVIDERS_LONGEST = timedelta(hours=12)  # the role was read at the provider when the session began
SEEN_EVERY = timedelta(minutes=1)
_PREFIXES = {Way.USER: "u.", Way.PASSWORD: "p.", Way.PROVIDER: "o."}
LONGEST_COOKIE, LONGEST_BROWSER = 100, 120  # characters


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody asks: an address, and the browser as it calls itself."""

    address: str
    browser: str = ""


class Sessions:
    """Begins, finds and ends them. Thread-safe; processes that share the database share them.

    `grounds` is, per way of coming in, what it rests on (the installation's password, the provider): it goes into the
    hash, so that with another password none of its sessions is found any more. A way that is not there is closed.
    """

    def __init__(
        self,
        accounts: Accounts,
        lifetimes: Callable[[], Lifetimes],
        grounds: Callable[[], Mapping[Way, str]],
        now: Callable[[], datetime],
    ) -> None:
        self._accounts, self._lifetimes, self._grounds, self._now = accounts, lifetimes, grounds, now

    def begin(self, caller: Caller, origin: Origin) -> tuple[Session, str]:
        """A new one, and what its cookie holds; the role of a user is not kept, as it is looked up."""
        way = caller.way
        text, now = unguessable(_PREFIXES[way]), self._now()
        longest = self._lifetimes().longest
        session = Session(
            id=public_id(),
            hashed=hashed(text + self._grounds()[way]),
            name=caller.name,
            way=way,
            role=None if way is Way.USER else caller.role,
            began_at=now,
            seen_at=now,
            ends_at=now + (min(longest, PROVIDERS_LONGEST) if way is Way.PROVIDER else longest),
            address=origin.address,
            browser=words.printable(origin.browser, LONGEST_BROWSER),
            subject=caller.subject,
        )
        self._accounts.keep_session(session)
        return session, text

    def find(self, cookie: str) -> Session | None:
        """The one of that cookie, if it lives; that it was used is kept, once a minute at most."""
        if not cookie or len(cookie) > LONGEST_COOKIE:
            return None
        ground = next((text for way, text in self._grounds().items() if cookie.startswith(_PREFIXES[way])), None)
        session, now = self._accounts.session(hashed(cookie + ground)) if ground is not None else None, self._now()
        if session is None or not self.lives(session, now):
            return None
        if now - session.seen_at >= SEEN_EVERY:
            self._accounts.see_session(session.id, now)
        return session

    def lives(self, session: Session, now: datetime) -> bool:
        return now < session.ends_at and now - session.seen_at < self._lifetimes().idle

    def all(self) -> list[Session]:
        """Those that live, the newest first."""
        now = self._now()
        return [one for one in self._accounts.sessions() if self.lives(one, now)]

    def of(self, caller: Caller) -> list[Session]:
        return [one for one in self.all() if one.whose == caller.who]

    def end(self, session_id: str) -> bool:
        return self._accounts.end_session(session_id)

    def end_all(self, caller: Caller, but: str | None = None) -> int:
        """Sign somebody out everywhere, but for one session; how many ended."""
        return sum(self.end(one.id) for one in self.of(caller) if one.id != but)
