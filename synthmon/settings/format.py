"""What `synthmon.yaml` may look like: one part per mapping, from which its JSON Schema is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from ipaddress import ip_network
from typing import Annotated, Any, ClassVar, Literal

from synthmon.judge.hours import DAYS, MIDNIGHT
from synthmon.judge.windows import check_rule
from synthmon.language.suggest import did_you_mean
from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import BY_SHAPE, LIST, MAPPING, Maybe, Part, Tree, key, refuse, required
from synthmon.probefile.format.marks import BeforeValidator, Tag, WithJsonSchema
from synthmon.probefile.format.network import NetworkPart
from synthmon.probefile.format.scalars import Duration, Identifier, Label, Name, SecretName, Text, WebAddress, text
from synthmon.settings.binding import Bind
from synthmon.settings.publicformat import PublicPart
from synthmon.settings.tracesformat import TracesPart
from synthmon.settings.vaultformat import VaultPart
from synthmon.settings.webformat import OidcPart, OpenPlace, ProxyNetwork, SessionsPart
from synthmon.settings.zones import zone_of

_HOURS = regular(r"^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])\Z")
_DAY = "|".join(DAYS)
_TIME = regular(r"([01]\d|2[0-3]):([0-5]\d)\Z")
_HOST = regular(r"(?=.{1,253}\Z)([A-Za-z0-9_]([A-Za-z0-9_-]{0,62})\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})\Z")
_PORT = regular(r"[0-9]{1,5}")
_MAIL = regular(r"(?=.{3,254}\Z)[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f-\x9f]+@[^\s@,;:<>()\\\"\x00-\x1f\x7f-\x9f]+\Z")


def _timezone(value: object) -> str:
    name = text(value)
    try:
        zone_of(name)
    except (KeyError, ValueError, OSError):  # an unknown name is a KeyError, a path or a folder one of the others
        raise refuse("timezone", f"{quoted(name)} is not a time zone", _nearest_zone(name)) from None
    return name


def _nearest_zone(name: str) -> str:
    from zoneinfo import available_timezones  # here, because few are mistaken

    known = available_timezones()
    if not known:
        return "there is no database of time zones here: install tzdata, or write UTC, which needs none"
    better = did_you_mean(name, known)
    return f"did you mean `{better}`?" if better else "write a name of the IANA database, like Europe/Berlin"


def _clock_time(value: object) -> time:
    found = _TIME.match(value) if isinstance(value, str) else None
    if found is None:
        raise refuse("time", "a time of day has hours and minutes", 'write it like "07:30"')
    return time(int(found[1]), int(found[2]))


def _weekday(value: object) -> str:
    written = text(value)
    if written not in DAYS:
        raise refuse("days", f"{quoted(written)} is no day of the week", f"write one of {', '.join(DAYS)}")
    return written


def mail_address(written: str) -> str:
    """An address without a name beside it; raises `ValueError`."""
    if not _MAIL.match(written):
        raise ValueError("an address has the form name@host")
    return written


def _mail_address(value: object) -> str:
    written = text(value)
    try:
        return mail_address(written)
    except ValueError:
        hint = "write the bare address, like owners@example.com"
        raise refuse("address", f"{quoted(written)} is not an e-mail address", hint) from None


def parse_hours(written: str) -> tuple[int, int]:
    """Minutes of the day of `08:00-18:00`; raises `ValueError`. The end may be 24:00, or lie on the next day."""
    found = _HOURS.match(written)
    if found is None:
        raise ValueError("hours are two times of day")
    begins, ends = (int(found[hour]) * 60 + int(found[hour + 1]) for hour in (1, 3))
    if ends > MIDNIGHT:
        raise ValueError("a day ends at 24:00")
    if begins == ends or (begins, ends) == (0, MIDNIGHT):
        raise ValueError("these hours are the whole day")
    return begins, ends


def _hours(value: object) -> str:
    written = value if isinstance(value, str) else ""
    try:
        parse_hours(written)
    except ValueError as error:
        hint = "delete the key" if "whole" in str(error) else 'write them like "08:00-18:00", or "22:00-06:00"'
        raise refuse("hours", str(error), hint) from None
    return written


def parse_days(written: str) -> frozenset[int]:
    """Days counted from Monday of `fri`, `mon-fri` or `sat-mon`; raises `ValueError`."""
    first, _, last = written.partition("-")
    one, other = DAYS.index(first), DAYS.index(last or first)
    return frozenset((one + day) % 7 for day in range((other - one) % 7 + 1))


def _days(value: object) -> str:
    written = text(value)
    try:
        parse_days(written)
    except ValueError:
        hint = f"write {', '.join(DAYS)}, or a stretch like mon-fri"
        raise refuse("days", f"{quoted(written)} is no day of the week", hint) from None
    return written


def _recurrence(value: object) -> str:
    rule = text(value).strip()
    if (problem := check_rule(rule)) is not None:
        raise refuse("rrule", problem, "write it like FREQ=WEEKLY;BYDAY=SU;BYHOUR=2")
    return rule


def _trace_url(value: object) -> str:
    address = text(value)
    if not address.startswith(("http://", "https://")) or "{trace_id}" not in address:
        hint = "write it like https://traces.example.com/trace/{trace_id}"
        raise refuse("url", "a trace's address is a web address with `{trace_id}` in it", hint)
    return address


def parse_destination(written: str) -> tuple[str, int | None]:
    """Address, network or host, and port, of `10.0.0.0/8`, `[::1]:8420` or `db.example.com`; raises `ValueError`."""
    try:
        return str(ip_network(written)), None
    except ValueError:
        pass
    host, colon, port = written.rpartition(":")
    if not colon or not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        host, port = written, ""
    if host.startswith("[") and host.endswith("]"):
        host = str(ip_network(host[1:-1]))
    elif ":" in host or "/" in host:
        host = str(ip_network(host))
    elif not _HOST.match(host):
        raise ValueError("a destination is an address, a network or a host")
    return host.lower(), int(port) if port else None


def _destination(value: object) -> str:
    written = text(value)
    try:
        parse_destination(written)
    except ValueError:
        hint = "write 169.254.10.5, 169.254.10.0/24, 127.0.0.1:8420 or metadata.google.internal"
        raise refuse("destination", f"{quoted(written)} is no address, network or host", hint) from None
    return written


def _host_pattern(value: object) -> str:
    written = text(value).lower()
    if not _HOST.match(written.removeprefix("*.")):
        raise refuse("host", f"{quoted(written)} is not the name of a host", "write api.example.com or *.example.com")
    return written


TimeZone = Annotated[str, BeforeValidator(_timezone), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]})]
ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["07:30"]}),
]
HoursOfDay = Annotated[
    str,
    BeforeValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": f"{_HOURS.pattern[:-2]}$", "examples": ["08:00-18:00"]}),
]
Days = Annotated[
    str,
    BeforeValidator(_days),
    WithJsonSchema({"type": "string", "pattern": f"^({_DAY})(-({_DAY}))?$", "examples": ["mon-fri"]}),
]
Weekday = Annotated[
    str, BeforeValidator(_weekday), WithJsonSchema({"type": "string", "enum": list(DAYS), "examples": ["mon"]})
]
MailAddress = Annotated[
    str, BeforeValidator(_mail_address), WithJsonSchema({"type": "string", "format": "email", "maxLength": 254})
]
RecurrenceRule = Annotated[
    str,
    BeforeValidator(_recurrence),
    WithJsonSchema({"type": "string", "pattern": "^FREQ=", "examples": ["FREQ=WEEKLY;BYDAY=SU;BYHOUR=2"]}),
]
TraceUrl = Annotated[str, BeforeValidator(_trace_url), WithJsonSchema({"type": "string", "pattern": "^https?://"})]


Destination = Annotated[str, BeforeValidator(_destination), WithJsonSchema({"type": "string", "minLength": 1})]
HostPattern = Annotated[
    str, BeforeValidator(_host_pattern), WithJsonSchema({"type": "string", "pattern": r"^(\*\.)?[A-Za-z0-9._-]+$"})
]


class RegionPart(Part):
    """A region of the installation."""

    title: Maybe[Label] = key("What people call it.", example="Frankfurt")
    vars: Maybe[dict[Identifier, Tree]] = key("Values that win over a probe's own for this region.")
    secrets: Maybe[dict[SecretName, SecretName]] = key(
        "Other secrets for this region: the name that probes use, and the name that is read instead."
    )
    network: Maybe[NetworkPart] = key("How targets are reached from there, where a probe does not say it itself.")


class AllowancePart(Part):
    """Something that probes may reach though it is refused otherwise."""

    to: Destination = required(
        "An address, a network or a host, with a port or without one.", example="169.254.10.0/24"
    )
    reason: Label = required("Why.", example="the load balancers' own network")


class ReachPart(Part):
    """Whom probes may reach."""

    allow: Maybe[list[AllowancePart]] = key("Exceptions, each with its reason.")
    imported: Maybe[list[HostPattern]] = key(
        "Hosts that files with `trust: imported` may reach; `*.` in front means all below.", example="[api.example.com]"
    )


class MatchPart(Part):
    """Which alerts a route takes: all that is named must fit."""

    tag: Maybe[Label] = key("A tag of the probe.")
    owner: Maybe[Label] = key("The probe's owner.")
    severity: Maybe[Literal["page", "ticket"]] = key("The alert's severity.")
    probe: Maybe[Name] = key("The probe's name.")
    hours: Maybe[HoursOfDay] = key("Hours of the day; all day when left out.", example='"08:00-18:00"')
    days: Maybe[list[Days]] = key("Days of the week; every day when left out.", example="[mon-fri]", min_length=1)
    timezone: Maybe[TimeZone] = key("Whose hours and days; those of the reports when left out.")


class RoutePart(Part):
    """Where alerts go that name no channel themselves."""

    match: Maybe[MatchPart] = key("Which alerts; all of them when left out.")
    notify: list[Name] = required("Channels that are told.", example="[ops-mail]", min_length=1)


class LevelPart(Part):
    """Who else is told when nobody has acknowledged."""

    after: Duration = required("How long after the first message.", example="15m")
    notify: list[Name] = required("Channels that are told then.", example="[ops-mail]", min_length=1)


class SelectionPart(Part):
    """Which probes a maintenance covers: all that is named must fit."""

    probe: Maybe[Label] = key("The probe's name; may hold `*` and `?`.", example="checkout*")
    tag: Maybe[Label] = key("A tag of the probe.")
    owner: Maybe[Label] = key("The probe's owner.")
    severity: Maybe[Literal["page", "ticket"]] = key("Only messages of that severity are kept back.")


class MaintenancePart(Part):
    """A maintenance that recurs: messages wait for its end, and its time counts for no availability."""

    name: Label = required("Names it in messages and reports.", example="Sunday deploy")
    match: Maybe[SelectionPart] = key("Which probes; all of them when left out.")
    rrule: RecurrenceRule = required(
        "When it begins: a recurrence rule (RFC 5545) in local time.", example="FREQ=WEEKLY;BYDAY=SU;BYHOUR=2"
    )
    duration: Duration = required("How long it lasts.", example="1h")
    timezone: Maybe[TimeZone] = key("Whose local time; that of the reports when left out.")
    reason: Maybe[Label] = key("Why, for people; the name when left out.")


class DeadManPart(Part):
    """The dead man's switch: an address outside that is called while all is well."""

    url: Text = required("What is called.", example="${{ secrets.healthcheck_url }}")
    every: Maybe[Duration] = key("How often; 1m when left out.", example="1m")


class ReportMatchPart(Part):
    """Which probes a report is about: all that is named must fit."""

    tag: Maybe[Label] = key("A tag of the probe.")
    owner: Maybe[Label] = key("The probe's owner.")
    probe: Maybe[Label] = key("The probe's name; may hold `*` and `?`.", example="checkout*")


class DailyPart(Part):
    """A report that is written every day, or on the first of every month."""

    at: ClockTime = required("When it is written and sent, in the reports' time zone.", example='"07:30"')
    to: Maybe[list[MailAddress]] = key("Who is sent it by e-mail.", example="[owners@example.com]", min_length=1)
    channel: Maybe[Name] = key("The e-mail channel whose server sends it; its own recipients where `to` is left out.")
    match: Maybe[ReportMatchPart] = key("Which probes; all of them when left out.")
    only_if_something_happened: Maybe[bool] = key("Send nothing about a period in which all was well.")
    format: Maybe[Literal["html", "text"]] = key("The mail: `html`, with text beside it, or `text` alone.")


class WeeklyPart(DailyPart):
    """A report that is written every week."""

    weekday: Maybe[Weekday] = key("When the week before is reported on; `mon` when left out.", example="mon")


class ReportsPart(Part):
    """Reports."""

    timezone: Maybe[TimeZone] = key("Where days are cut; UTC when left out.", example="Europe/Berlin")
    daily: Maybe[Annotated[Annotated[DailyPart, Tag(MAPPING)] | Annotated[list[DailyPart], Tag(LIST)], BY_SHAPE]] = key(
        "The reports about yesterday, one or a list; at 07:00 when left out."
    )
    weekly: Maybe[Annotated[Annotated[WeeklyPart, Tag(MAPPING)] | Annotated[list[WeeklyPart], Tag(LIST)], BY_SHAPE]] = (
        key("The reports about the week before, one or a list; on Monday at 07:00 when left out.")
    )
    monthly: Maybe[Annotated[Annotated[DailyPart, Tag(MAPPING)] | Annotated[list[DailyPart], Tag(LIST)], BY_SHAPE]] = (
        key("The reports about the month before, one or a list; on the first at 07:00 when left out.")
    )


class RetentionPart(Part):
    """How long what was found is kept."""

    bodies: Maybe[Duration] = key("What was sent and answered in broken steps; 7d when left out.", example="7d")
    runs: Maybe[Duration] = key("Runs and missed slots; 90d when left out.", example="90d")
    audit: Maybe[Duration] = key("Who did what; 400d when left out.", example="400d")
    rollups: Maybe[Duration] = key("Figures of each quarter of an hour; 400d when left out.", example="400d")


class WebPart(Part):
    """The status pages."""

    bind: Maybe[Bind] = key("Where they are served; 127.0.0.1:8420 when left out.", example="127.0.0.1:8420")
    url: Maybe[WebAddress] = key("The address under which people reach them, for links in messages.")
    trace_url: Maybe[TraceUrl] = key("Where a run's trace is shown; `{trace_id}` is filled in.")
    public: Maybe[PublicPart] = key("A page for everybody, of what is named here and nothing else; none when left out.")
    open: Maybe[list[OpenPlace]] = key(
        "What is answered without signing in; `[healthz]` when left out.", example="[healthz, metrics]"
    )
    proxies: Maybe[list[ProxyNetwork]] = key(
        "Proxies before it, whose word on address and TLS is believed; those on this machine always are.",
        example="[10.0.0.0/8]",
    )
    sessions: Maybe[SessionsPart] = key("How long somebody stays signed in.")
    oidc: Maybe[OidcPart] = key("A provider of OpenID Connect, with which people sign in.")


class ConfigPart(Part):
    """`synthmon.yaml`: one file for an installation. Everything has a default."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "database": "set SYNTHMON_DATABASE_URL, as an address may hold a password",
        "public": "write it under `web:`",
        "secrets": "what a file names as ${{ secrets.… }} is found by itself; a probe lists its own",
        "silences": "`synthmon silence add` makes one; what recurs is `maintenance:`",
        "timezone": "write it under `reports:`",
    }

    synthmon_config: Literal[1] = required("The version of this format.", example="1")
    environment: Maybe[Name] = key("Part of every run's identity; `default` when left out.", example="production")
    probes: Maybe[Label] = key("The folder of the probes, from this file's; `probes` when left out.", example="probes/")
    regions: Maybe[dict[Name, RegionPart]] = key(
        "The places where probes run; `local` when left out.", example="{eu-west: {title: Frankfurt}}"
    )
    channels: Maybe[dict[Name, dict[str, Any]]] = key("The places that are told.")
    routes: Maybe[list[RoutePart]] = key("Where alerts go that name no channel themselves; the first that fits.")
    escalations: Maybe[dict[Name, list[LevelPart]]] = key(
        "Who else is told, by the channel that was told first, while nobody acknowledges."
    )
    maintenance: Maybe[list[MaintenancePart]] = key("Maintenance that recurs.")
    fallback: Maybe[Name] = key("The channel that is told when synthmon itself is in trouble.")
    dead_man: Maybe[DeadManPart] = key("An address outside that is called only while synthmon itself is well.")
    reports: Maybe[ReportsPart] = key("Reports.")
    retention: Maybe[RetentionPart] = key("How long what was found is kept.")
    web: Maybe[WebPart] = key("The status pages.")
    reach: Maybe[ReachPart] = key("Whom probes may reach.")
    vault: Maybe[VaultPart] = key("A Vault that holds secrets.")
    traces: Maybe[TracesPart] = key("Traces of runs: what targets are told, and who collects them.")
