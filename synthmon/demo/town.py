"""The demo of several regions: PostgreSQL, a centre and an agent for each region, as processes that end with it."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import httpx

from synthmon import loopback
from synthmon.demo import demo_secrets
from synthmon.demo.control import DemoError
from synthmon.demo.postgres import ready_url
from synthmon.demo.regions import REGIONS, Networks
from synthmon.demo.tied import Tied, synthmon
from synthmon.nouns import dataclass

COMES_WITHIN = 60.0  # seconds
GLANCE = 0.1
_CONFIGURATION = """\
synthmon_config: 1
environment: demo-regions
regions:
{regions}
channels:
  pager: {{webhook: {{url: "{pager}/pager"}}}}
  terminal: {{console: {{}}}}
routes:
  - notify: [pager, terminal]
web: {{bind: "127.0.0.1:{port}"}}
"""
ENVIRONMENT = "environment"  # a file that a shell can read
_EXPORT = "export "
_REGION = '  {name}: {{title: {title}, vars: {{shop: "{shop}", partner: "{shop}/partner"}}}}'


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the town is built: a folder with probes in it, the shop's pager, the port of the centre's pages.

    `token_of` asks the centre in a folder, with an environment, for a region's token.
    """

    folder: Path
    pager_url: str
    web_port: int
    token_of: Callable[[Path, Mapping[str, str], str], str]


class Town:
    """A context manager: inside it everything runs. `failed` names what has ended by itself."""

    def __init__(self, plan: Plan, networks: Networks) -> None:
        self._plan, self._networks = plan, networks
        self._open = ExitStack()
        self._running: dict[str, Tied] = {}
        self._environment: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._plan.web_port}"

    def __enter__(self) -> Town:
        with ExitStack() as opened:
            self._open = opened
            (self._plan.folder / "logs").mkdir()
            self._start_database()
            self._furnish()
            self._start_centre()
            for region in REGIONS:
                self._start_agent(region)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, process in self._running.items():
            if name.startswith("agent"):
                process.ask_to_end()  # all at once, instead of one after the other
        self._open.close()

    def failed(self) -> str | None:
        """What ended although nobody asked for it, with its last words."""
        for name, process in self._running.items():
            if process.ended is not None:
                return f"the {name} has ended ({process.ended}): {process.last_words}"
        return None

    def pids(self) -> Mapping[str, int]:
        """Of the processes, by name: `database`, `centre`, `agent of REGION`."""
        return {name: process.pid for name, process in self._running.items()}

    # One after the other

    def _run(
        self,
        name: str,
        words: Sequence[str],
        more: Mapping[str, str],
        *,
        speaks: bool = False,
        folder: Path | None = None,
    ) -> Tied:
        log = self._plan.folder / "logs" / f"{name.rpartition(' ')[2]}.log"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("SYNTHMON_")}
        process = Tied(words, log, {**clean, **more}, folder or self._plan.folder, speaks=speaks)
        self._running[name] = self._open.enter_context(process)
        return process

    def _start_database(self) -> None:
        if os.geteuid() == 0:
            self._plan.folder.chmod(0o711)  # the server runs as nobody then, and has to come through to its own folder
        words = ("synthmon.demo.postgres", str(self._plan.folder / "database"))
        database = self._run("database", words, {}, speaks=True)
        url = ready_url(database.first)
        if url is None:
            raise DemoError(f"the database could not start: {database.last_words}", hint="with --keep its log stays")
        self._environment = {
            "SYNTHMON_DATABASE_URL": url,
            "SYNTHMON_DATA_DIR": str(self._plan.folder / "centre"),
            "SYNTHMON_DB_UPGRADE": "1",
        }

    def _furnish(self) -> None:
        """A folder as a user would have it, and the variables with which commands see what the centre sees."""
        regions = "\n".join(
            _REGION.format(name=name, title=title, shop=self._networks.shop_url(name))
            for name, title in REGIONS.items()
        )
        plan = self._plan
        text = _CONFIGURATION.format(regions=regions, pager=plan.pager_url, port=plan.web_port)
        (plan.folder / "synthmon.yaml").write_text(text, "utf-8")
        lines = [f"{_EXPORT} {name}={shlex.quote(value)}\n" for name, value in self._environment.items()]
        file = plan.folder / ENVIRONMENT
        file.touch(mode=0o600)
        file.write_text("".join(lines), "utf-8")

    def _start_centre(self) -> None:
        centre = self._run("centre", synthmon("centre"), self._environment)
        until = time.monotonic() + COMES_WITHIN
        while not _answers(self.url):
            if centre.ended is not None or time.monotonic() > until:
                raise DemoError(f"the centre could not start: {centre.last_words}", hint="choose another --web-port")
            time.sleep(GLANCE)

    def _start_agent(self, region: str) -> None:
        folder = self._plan.folder / "agents" / region
        folder.mkdir(parents=True)
        token = folder / "token"
        token.touch(mode=0o600)
        token.write_text(self._plan.token_of(self._plan.folder, self._environment, region), "utf-8")
        secrets = {f"SYNTHMON_SECRET_{name.upper()}": value for name, value in demo_secrets().items()}
        told = {
            "SYNTHMON_REGION": region,
            "SYNTHMON_CENTRE_URL": self._networks.centre_url(region),
            "SYNTHMON_AGENT_TOKEN_FILE": str(token),
            "SYNTHMON_DATA_DIR": str(folder),
        }
        # In a folder of its own, without files: it takes what is declared from the centre, as one on another machine.
        self._run(f"agent of {region}", synthmon("agent"), {**secrets, **told}, folder=folder)


def environment_of(folder: Path) -> dict[str, str]:
    """The variables with which commands see what the centre of a town in the folder sees; none if there is no town."""
    try:
        lines = (folder / ENVIRONMENT).read_text("utf-8").splitlines()
    except OSError:
        return {}
    words = (shlex.split(line.removeprefix(_EXPORT))[0].partition("=") for line in lines)
    return {name: value for name, _, value in words}


def _answers(url: str) -> bool:
    try:
        with loopback.client(url, 2) as client:
            return client.get(f"{url}/healthz").is_success
    except httpx.TransportError:
        return False
