"""What every role of a process has: a data directory, what is declared, an address, chores, an orderly end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from synthmon import __version__
from synthmon.app import clock
from synthmon.app.configuration import Configuration, Declared, Origin, Reading, read
from synthmon.app.datadir import DataDirectory
from synthmon.app.housekeeping import Chore, ClockWatch, Housekeeping
from synthmon.app.secretsources import InstalledSecrets
from synthmon.events import Events
from synthmon.settings import Settings
from synthmon.web.server import WebServer, listen

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_log = Events()

LOOK_AT_FILES_EVERY = 2.0


class Role:
    """`start` once, `stop` once; subclasses fill in what they are made of.

    Made, it holds the data directory, its address and whatever `_open` opens; where it cannot have one of them it
    raises `SynthmonError`, and holds none.
    """

    name = "daemon"

    def __init__(self, origin: Origin, reader: Callable[[Origin], Reading] = read) -> None:
        self._configuration = Configuration(origin, self._take_over, reader)
        settings = self.settings = self._configuration.declared.settings
        self._secrets = InstalledSecrets(origin.environ, settings)
        self._started_at = clock.now()
        self._living = False
        with ExitStack() as held:
            # The directory first: whoever starts a daemon twice is told so, and not of a port that is taken.
            self._directory = DataDirectory(settings.data_dir)
            held.callback(self._directory.close)
            self._listener = listen(*self._address(settings))
            held.callback(self._listener.close)
            self.url = url_of(*self._listener.getsockname()[:2])
            self._open(held)
            self._watch = ClockWatch(lambda: clock.now().timestamp())
            self._housekeeping = Housekeeping(self._all_chores())
            self._web = WebServer(self._site(), self._listener, settings.web.proxies)
            held.pop_all()

    # To be filled in

    def _address(self, settings: Settings) -> tuple[str, int]:
        return settings.web.host, settings.web.port

    def _open(self, held: ExitStack) -> None:
        """Open and join everything; what must be given back if the rest fails goes to `held`."""
        raise NotImplementedError

    def _site(self) -> ASGIApp:
        raise NotImplementedError

    def _chores(self) -> Sequence[Chore]:
        raise NotImplementedError

    def _take_over(self, declared: Declared) -> None:
        """Changed files, checked and whole; raises `SynthmonError` where they cannot be had."""
        raise NotImplementedError

    def _realign(self) -> None:
        """The wall clock jumped."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Everything but pages and chores."""
        raise NotImplementedError

    def _end(self) -> int:
        """End in order; how many results were not kept."""
        raise NotImplementedError

    def _running(self) -> int:
        """Runs under way."""
        raise NotImplementedError

    # Living

    def start(self) -> None:
        """Everything runs when this returns; the first slots are still to come."""
        self._begin()
        self._web.start()
        self._housekeeping.start()
        self._directory.announce(self.url)
        probes = len(self._configuration.declared.probes)
        self._living = True
        _log.info(f"{self.name}.started", version=__version__, probes=probes, url=self.url)

    def reload(self) -> None:
        """Look at the files now. Never raises: what cannot be read or taken over is said, and the process goes on."""
        try:
            self._configuration.refresh()
        except Exception:  # noqa: BLE001 - whoever asks for a reload must not end the process by it
            _log.exception("config.not_read")

    def stop(self) -> None:
        """Nothing new starts; what runs gets its time, is judged, told and kept; then the process may end."""
        _log.info(f"{self.name}.stopping", running=self._running())
        self._living = False
        self._housekeeping.stop()
        lost = self._end()
        self._web.stop()
        self._directory.close()
        _log.info(f"{self.name}.stopped", results_not_kept=lost)

    def _all_chores(self) -> Sequence[Chore]:
        return (
            Chore("changed files", LOOK_AT_FILES_EVERY, self._configuration.refresh_if_changed),
            Chore("clock", 1.0, self._mind_the_clock),
            *self._chores(),
        )

    def _mind_the_clock(self) -> None:
        if jump := self._watch.jumped():
            _log.warning("clock.jumped", seconds=round(jump, 1))
            self._realign()
            self._clock_leapt(jump)

    def _clock_leapt(self, seconds: float) -> None:
        """Whoever remembers such things does so here."""

    def _troubles_of_chores(self) -> list[str]:
        said = [f"{chore}: {why}" for chore, why in self._housekeeping.failing.items()]
        if not self._housekeeping.lives and self._living:
            said.insert(0, "the housekeeping has stopped")
        return said


def url_of(host: str, port: int) -> str:
    """The address of a place that is listened at."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"
