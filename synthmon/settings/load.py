"""Environment and `synthmon.yaml` -> `Settings`, and every problem in them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from synthmon.language.suggest import did_you_mean
from synthmon.model.probe import Severity as AlertSeverity
from synthmon.model.secret import Secret
from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.installation import LOCAL, Installation, InstallationRegion
from synthmon.probefile.check import check
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.findings import Findings
from synthmon.probefile.format.base import frozen
from synthmon.probefile.format.scalars import NAME_RULE, is_name
from synthmon.probefile.node import Node
from synthmon.probefile.problem import Problem
from synthmon.probefile.reader import MAX_BYTES, read
from synthmon.settings.agent import build_agent
from synthmon.settings.binding import parse_bind
from synthmon.settings.broker import broker_url
from synthmon.settings.calm import build_dead_man, build_escalations, build_hours, build_windows
from synthmon.settings.channels import build_channels, refuse_expressions
from synthmon.settings.environment import Environment, environment_problem
from synthmon.settings.format import ConfigPart, RoutePart
from synthmon.settings.network import build_reach, own_places, region_network
from synthmon.settings.public import build_public
from synthmon.settings.reports import Ground, build_reports, zone_name
from synthmon.settings.retention import build_retention
from synthmon.settings.sharing import shard_here
from synthmon.settings.signin import build_lifetimes, build_oidc
from synthmon.settings.traces import build_otlp, build_telling
from synthmon.settings.values import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    ChannelSettings,
    ReportSettings,
    RouteSettings,
    Settings,
    WebSettings,
    is_loopback,
)
from synthmon.settings.vault import build_vault

FILE_NAME = "synthmon.yaml"
DATA_FOLDER = ".synthmon"
SECRETS_FOLDER = Path("/run/secrets")
SHORTEST_PASSWORD = 8
_STANDINS = {"synthmon_config": 1}


@dataclass(frozen=True, slots=True)
class _File:
    """What `synthmon.yaml` says, or would say if it existed; `folder` is where its relative paths begin.

    `is_read`: False where it is there, and its regions or channels cannot be read, so that they are not known.
    """

    part: ConfigPart
    folder: Path
    path: Path | None = None
    findings: Findings | None = None
    is_read: bool = True

    @property
    def root(self) -> Node | None:
        return self.findings.document.root if self.findings else None

    def node(self, *path: str | int) -> Node | None:
        return self.findings.document.find(path) if self.findings else None


def load_settings(
    environ: Mapping[str, str], config_path: Path | None, cwd: Path
) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings, complete in any case, and what is wrong; with an error among the problems they must not be used.

    `config_path` is the file named on the command line; without it SYNTHMON_CONFIG, then `synthmon.yaml` in `cwd`.
    """
    environment = Environment(environ)
    environment.check_names()
    file, problems = _file(environment, config_path, cwd)
    settings = _settings(environment, file, cwd)
    if file.findings is not None:
        problems = [*problems, *file.findings.problems()]
    return settings, (*environment.problems, *problems)


# The file


def _file(environment: Environment, named: Path | None, cwd: Path) -> tuple[_File, list[Problem]]:
    variable = environment.get("SYNTHMON_CONFIG")
    path = named or (Path(variable) if variable else None)
    nothing = ConfigPart(synthmon_config=1)
    if path is None and not os.path.lexists(cwd / FILE_NAME):  # a link that leads nowhere is not "no file"
        return _File(nothing, cwd), []
    path = cwd / (path or FILE_NAME)
    shown, unread = _shown(path, cwd), _File(nothing, path.parent, is_read=False)
    try:
        content = _content(path)
    except OSError as error:
        message = f"the file cannot be read: {(error.strerror or str(error)).lower()}"
        return unread, [Problem("unreadable", message, Source(shown, 0, 0))]
    reading = read(content, shown, "configuration")
    if reading.document is None:
        return unread, reading.problems
    checked = check(reading.document, ConfigPart, reading.findings, _STANDINS)
    part = checked.part or nothing
    is_read = checked.part is not None and checked.suspects.isdisjoint({"regions", "channels"})
    return _File(part, path.parent, path, reading.findings, is_read), []


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise OSError(0, "it is not a regular file" if path.exists() else "there is no such file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _shown(path: Path, cwd: Path) -> str:
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else str(path)


# Settings


def _settings(environment: Environment, file: _File, cwd: Path) -> Settings:
    part = file.part
    data_dir = cwd / (environment.get("SYNTHMON_DATA_DIR") or DATA_FOLDER)
    regions = _regions(file)
    run_here = _run_here(environment, regions)
    channels = build_channels(part.channels or {}, file.node("channels"), file.findings)
    secrets_folder = environment.get("SYNTHMON_SECRETS_DIR")
    database_url = environment.get("SYNTHMON_DATABASE_URL") or f"sqlite:///{data_dir / 'synthmon.db'}"
    web, agent, broker = _web(environment, file), build_agent(environment, cwd), broker_url(environment)
    return Settings(
        environment=part.environment or "default",
        probes=_probes(environment, file, cwd),
        data_dir=data_dir,
        database_url=database_url,
        upgrade_database=_is_on(environment, "SYNTHMON_DB_UPGRADE"),
        secrets_folder=cwd / secrets_folder if secrets_folder else SECRETS_FOLDER,
        installation=Installation(
            part.environment or "default",
            regions if part.regions else {name: InstallationRegion() for name in run_here},
            frozenset(part.channels or ()),
            known=file.is_read,
            reach=build_reach(part.reach, own_places(web, database_url, broker, agent)),
            telling=build_telling(part.traces),
        ),
        regions_run_here=run_here,
        config_path=file.path,
        channels=channels,
        routes=_routes(file, channels),
        escalations=build_escalations(part, lambda name, *path: _channel(file, name, file.node(*path))),
        windows=build_windows(part, zone_name(part)),
        fallback=_channel(file, part.fallback, file.node("fallback")),
        reports=_reports(file, channels),
        retention=build_retention(part, file.node("retention"), file.findings),
        web=web,
        dead_man=build_dead_man(part, file.node("dead_man"), file.findings),
        agent=agent,
        shard=shard_here(environment),
        broker_url=broker,
        vault=build_vault(part.vault, file.node("vault"), file.findings, file.folder),
        otlp=build_otlp(part.traces, file.node("traces"), file.findings),
    )


def _is_on(environment: Environment, name: str) -> bool:
    value = environment.get(name)
    if value not in {None, "0", "1"}:
        message = f"{name} is {quoted(value or '')}, which is neither 1 nor 0"
        environment.problems.append(environment_problem("environment", message))
    return value == "1"


def _probes(environment: Environment, file: _File, cwd: Path) -> Path:
    if variable := environment.get("SYNTHMON_PROBES"):
        return cwd / variable
    return file.folder / (file.part.probes or "probes")


def _regions(file: _File) -> dict[str, InstallationRegion]:
    regions = {}
    for name, part in (file.part.regions or {}).items():
        if file.findings is not None:
            refuse_expressions(file.findings, file.node("regions", name, "vars"))
        network = region_network(part.network, file.node("regions", name, "network"), file.findings)
        regions[name] = InstallationRegion(frozen(part.vars or {}), dict(part.secrets or {}), part.title, network)
    node = file.node("regions")
    if file.findings is not None and file.part.regions == {} and node is not None and not node.cut:
        file.findings.error("regions", "an installation has at least one region", node, "name one, or delete the key")
    return regions


def _run_here(environment: Environment, regions: Mapping[str, InstallationRegion]) -> frozenset[str]:
    """The region that the environment names, or all of them; without regions in the file, `local`."""
    name = environment.get("SYNTHMON_REGION")
    if name is None:
        return frozenset(regions or {LOCAL})
    if not regions and not is_name(name):
        message = f"SYNTHMON_REGION is {quoted(name)}, which is not a name"
        environment.problems.append(environment_problem("name", message, NAME_RULE))
        return frozenset({LOCAL})
    if regions and name not in regions:
        better = did_you_mean(name, regions)
        help_ = f"did you mean `{better}`?" if better else f"it has {', '.join(sorted(regions))}"
        message = f"SYNTHMON_REGION is {quoted(name)}, a region that the installation does not have"
        environment.problems.append(environment_problem("unknown-region", message, help_))
        return frozenset(regions)
    return frozenset({name})


# Channels and routes


def _channel(file: _File, name: str | None, node: Node | None) -> str | None:
    """The name, after it was made sure that there is such a channel."""
    known = file.part.channels or {}
    if name is not None and name not in known and file.findings is not None and node is not None:
        better = did_you_mean(name, known)
        help_ = f"did you mean `{better}`?" if better else "define it under `channels:`"
        file.findings.error("unknown-channel", f"there is no channel {quoted(name)}", node, help_)
    return name


def _routes(file: _File, channels: Mapping[str, ChannelSettings]) -> tuple[RouteSettings, ...]:
    for name, channel in channels.items():
        _channel(file, channel.backup, file.node("channels", name, "backup"))
    return tuple(_route(file, index, part) for index, part in enumerate(file.part.routes or ()))


def _route(file: _File, index: int, part: RoutePart) -> RouteSettings:
    for place, name in enumerate(part.notify):
        _channel(file, name, file.node("routes", index, "notify", place))
    match = part.match
    return RouteSettings(
        notify=tuple(dict.fromkeys(part.notify)),
        tag=match.tag if match else None,
        owner=match.owner if match else None,
        severity=AlertSeverity(match.severity) if match and match.severity else None,
        probe=match.probe if match else None,
        hours=build_hours(match, zone_name(file.part), file.node("routes", index, "match"), file.findings),
    )


# Reports and pages


def _reports(file: _File, channels: Mapping[str, ChannelSettings]) -> ReportSettings:
    def check(name: str, *path: str | int) -> str | None:
        return _channel(file, name, file.node(*path))

    return build_reports(Ground(file.part, channels, file.node, check, file.findings))


def _web(environment: Environment, file: _File) -> WebSettings:
    part = file.part.web
    password = environment.get("SYNTHMON_WEB_PASSWORD")
    variable = environment.get("SYNTHMON_WEB_BIND")
    written = variable or (part.bind if part else None)
    try:
        host, port = parse_bind(written) if written else (DEFAULT_HOST, DEFAULT_PORT)
    except ValueError:
        message = f"SYNTHMON_WEB_BIND is {quoted(written)}, which is not an address to bind to"
        environment.problems.append(environment_problem("bind", message, "write 127.0.0.1:8420"))
        host, port = DEFAULT_HOST, DEFAULT_PORT
    if not is_loopback(host):
        _check_password(environment, password)
    return WebSettings(
        host=host,
        port=port,
        password=Secret("web password", password) if password else None,
        url=part.url if part else None,
        trace_url=part.trace_url if part else None,
        public=build_public(part.public if part else None, file.findings),
        proxies=tuple(part.proxies or ()) if part else (),
        open_to_all=WebSettings().open_to_all if part is None or part.open is None else frozenset(part.open),
        lifetimes=build_lifetimes(part.sessions if part else None, file.node("web", "sessions"), file.findings),
        oidc=build_oidc(part.oidc if part else None, file.node("web", "oidc"), file.findings),
    )


def _check_password(environment: Environment, password: str | None) -> None:
    """One that other machines can try is not short. Whether anybody can sign in at all, the database knows as well."""
    if password is not None and len(password) < SHORTEST_PASSWORD:
        message = f"the password of the pages is shorter than {SHORTEST_PASSWORD} characters"
        environment.problems.append(environment_problem("open-pages", message, "choose a longer one"))
