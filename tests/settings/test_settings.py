"""Settings: where each comes from, which one wins, and what is refused."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest

from synthmon.judge.hours import Hours
from synthmon.model.quiet import Selection
from synthmon.probefile.assembly.installation import LOCAL
from synthmon.probefile.builder import load_probes
from synthmon.probefile.problem import Problem, Severity, render
from synthmon.probefile.reader import read
from synthmon.reports.figures.period import PeriodKind
from synthmon.settings import Settings, load_settings
from synthmon.settings.binding import parse_bind
from synthmon.settings.format import parse_destination
from synthmon.settings.public import unknown_probes
from synthmon.settings.schema import config_schema
from synthmon.settings.values import ReportOrder, is_loopback

WHOLE = """
synthmon_config: 1
environment: production
probes: watched/
regions:
  eu-west: {title: Frankfurt}
  us-east:
    vars: {shop: https://us.shop.example.com, list: [1, {a: b}]}
    secrets: {shop_password: shop_password_us}
channels:
  payments-slack:
    slack: {webhook_url: "${{ secrets.slack_payments }}"}
    backup: here
  here: {console: {}}
  bare: {console: }
routes:
  - match: {tag: tier-1, severity: page, owner: team-payments, probe: checkout}
    notify: [payments-slack, here, here]
  - notify: [here]
fallback: here
reports:
  timezone: Europe/Berlin
  daily: {at: "06:45"}
web:
  bind: 127.0.0.1:9000
  url: https://synthmon.example.com
  trace_url: https://traces.example.com/trace/{trace_id}
"""


def _load(folder: Path, text: str | None = None, **environ: str) -> tuple[Settings, tuple[Problem, ...]]:
    if text is not None:
        (folder / "synthmon.yaml").write_text(dedent(text), encoding="utf-8")
    return load_settings(environ, None, folder)


def _right(folder: Path, text: str | None = None, **environ: str) -> Settings:
    settings, problems = _load(folder, text, **environ)
    assert render(problems) == ""
    return settings


def test_without_a_file_and_without_variables_everything_has_a_default(tmp_path: Path) -> None:
    settings = _right(tmp_path)

    assert (settings.environment, settings.probes) == ("default", tmp_path / "probes")
    assert settings.data_dir == tmp_path / ".synthmon"
    assert settings.database_url == f"sqlite:///{tmp_path / '.synthmon' / 'synthmon.db'}"
    assert settings.reports_folder == tmp_path / ".synthmon" / "reports"
    assert settings.secrets_folder == Path("/run/secrets")
    assert settings.regions_run_here == frozenset({LOCAL})
    assert list(settings.installation.regions) == [LOCAL]
    assert settings.installation.channels == frozenset()
    assert (settings.web.host, settings.web.port, settings.web.password) == ("127.0.0.1", 8420, None)
    assert (settings.reports.timezone, settings.reports.orders) == ("UTC", ())
    assert settings.config_path is None


def test_a_whole_file(tmp_path: Path) -> None:
    settings = _right(tmp_path, WHOLE)

    assert (settings.environment, settings.probes) == ("production", tmp_path / "watched")
    assert settings.regions_run_here == frozenset({"eu-west", "us-east"})
    assert settings.region_titles == {"eu-west": "Frankfurt", "us-east": "us-east"}
    assert settings.region_secrets["us-east"] == {"shop_password": "shop_password_us"}
    assert settings.installation.regions["us-east"].variables == {
        "shop": "https://us.shop.example.com",
        "list": (1, {"a": "b"}),
    }
    assert settings.installation.channels == frozenset({"payments-slack", "here", "bare"})
    assert (settings.channels["payments-slack"].kind, settings.channels["payments-slack"].backup) == ("slack", "here")
    assert settings.channels["bare"].kind == "console"
    first, second = settings.routes
    assert (first.tag, first.severity, first.owner, first.probe) == ("tier-1", "page", "team-payments", "checkout")
    assert first.notify == ("payments-slack", "here")
    assert (second.tag, second.notify) == (None, ("here",))
    assert settings.fallback == "here"
    assert settings.reports.timezone == "Europe/Berlin"
    assert settings.reports.orders == (ReportOrder(PeriodKind.DAY, time(6, 45)),)
    assert (settings.web.host, settings.web.port, settings.web.is_loopback) == ("127.0.0.1", 9000, True)
    assert settings.web.url == "https://synthmon.example.com"
    assert settings.config_path == tmp_path / "synthmon.yaml"


BY_HOURS = """\
synthmon_config: 1
channels: {here: {console: {}}}
reports: {timezone: Europe/Berlin}
routes:
  - {match: {hours: "22:00-06:00", days: [fri, sun-tue]}, notify: [here]}
  - {match: {days: [mon-fri], timezone: America/New_York}, notify: [here]}
  - {match: {hours: "18:00-24:00"}, notify: [here]}
  - {match: {owner: team}, notify: [here]}
"""


def test_routes_by_time_of_day(tmp_path: Path) -> None:
    night, weekdays, evening, always = (route.hours for route in _right(tmp_path, BY_HOURS).routes)

    assert night == Hours(22 * 60, 6 * 60, frozenset({4, 6, 0, 1}), ZoneInfo("Europe/Berlin"))
    assert weekdays == Hours(0, 24 * 60, frozenset(range(5)), ZoneInfo("America/New_York"))
    assert evening == Hours(18 * 60, 24 * 60, frozenset(range(7)), ZoneInfo("Europe/Berlin"))
    assert always is None


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = _right(
        tmp_path,
        WHOLE,
        SYNTHMON_REGION="us-east",
        SYNTHMON_PROBES="others",
        SYNTHMON_DATA_DIR="/data",
        SYNTHMON_SECRETS_DIR="kept",
        SYNTHMON_WEB_BIND="[::1]:8000",
        SYNTHMON_WEB_PASSWORD="correct horse",
    )

    assert settings.regions_run_here == frozenset({"us-east"})
    assert set(settings.installation.regions) == {"eu-west", "us-east"}
    assert (settings.probes, settings.data_dir) == (tmp_path / "others", Path("/data"))
    assert settings.database_url == "sqlite:////data/synthmon.db"
    assert settings.secrets_folder == tmp_path / "kept"
    assert (settings.web.host, settings.web.port) == ("::1", 8000)
    assert settings.web.password is not None
    assert settings.web.password.reveal() == "correct horse"


def test_every_variable_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:////elsewhere/x.db\n")
    (tmp_path / "password").write_text("correct horse\n")

    settings = _right(
        tmp_path,
        SYNTHMON_DATABASE_URL_FILE=str(tmp_path / "url"),
        SYNTHMON_WEB_PASSWORD_FILE=str(tmp_path / "password"),
    )

    assert settings.database_url == "sqlite:////elsewhere/x.db"
    assert settings.web.password is not None
    assert settings.web.password.reveal() == "correct horse"


def test_the_named_file_is_read_and_its_paths_begin_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "watch.yaml").write_text("synthmon_config: 1\nprobes: p\n")
    (tmp_path / "synthmon.yaml").write_text("not: read\n")

    for environ, named in (({}, folder / "watch.yaml"), ({"SYNTHMON_CONFIG": "etc/watch.yaml"}, None)):
        settings, problems = load_settings(environ, named, tmp_path)
        assert render(problems) == ""
        assert settings.probes == folder / "p"
        assert settings.config_path == folder / "watch.yaml"


def test_a_named_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    _, problems = load_settings({}, tmp_path / "absent.yaml", tmp_path)

    assert render(problems) == "error[unreadable]: the file cannot be read: there is no such file\n  --> absent.yaml"


def test_a_region_of_the_environment_is_the_region_where_the_file_names_none(tmp_path: Path) -> None:
    settings = _right(tmp_path, SYNTHMON_REGION="eu-west")

    assert settings.regions_run_here == frozenset({"eu-west"})
    assert list(settings.installation.regions) == ["eu-west"]


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        (
            {"SYNTHMON_REGION": "us-eats"},
            (
                "error[unknown-region]: SYNTHMON_REGION is `us-eats`, a region that the installation does not have\n"
                "  --> the environment\n   = help: did you mean `us-east`?"
            ),
        ),
        (
            {"SYNTHMON_WEB_BIND": "nowhere"},
            (
                "error[bind]: SYNTHMON_WEB_BIND is `nowhere`, which is not an address to bind to\n"
                "  --> the environment\n   = help: write 127.0.0.1:8420"
            ),
        ),
        (
            {"SYNTHMON_WEB_BIND": "synthmon.internal:80", "SYNTHMON_WEB_PASSWORD": "short"},
            (
                "error[open-pages]: the password of the pages is shorter than 8 characters\n  --> the environment\n"
                "   = help: choose a longer one"
            ),
        ),
        (
            {"SYNTHMON_WEB_PASSWORD": "one", "SYNTHMON_WEB_PASSWORD_FILE": "/dev/null"},
            (
                "error[environment]: both SYNTHMON_WEB_PASSWORD and SYNTHMON_WEB_PASSWORD_FILE are set\n"
                "  --> the environment\n   = help: set one of them"
            ),
        ),
        (
            {"SYNTHMON_DATABASE_URL_FILE": "/nowhere/url"},
            (
                "error[environment]: SYNTHMON_DATABASE_URL_FILE names `/nowhere/url`, which cannot be read: "
                "there is no such file\n  --> the environment"
            ),
        ),
        (
            {"SYNTHMON_REGIN": "eu-west", "SYNTHMON_WEB_PASSWORT_FILE": "/x"},
            (
                "warning[unknown-variable]: unknown variable `SYNTHMON_REGIN`\n  --> the environment\n"
                "   = help: did you mean `SYNTHMON_REGION`?\n\n"
                "warning[unknown-variable]: unknown variable `SYNTHMON_WEB_PASSWORT_FILE`\n  --> the environment\n"
                "   = help: did you mean `SYNTHMON_WEB_PASSWORD_FILE`?"
            ),
        ),
    ],
)
def test_what_is_wrong_in_the_environment_is_told_in_these_words(
    tmp_path: Path, environ: dict[str, str], text: str
) -> None:
    assert text == render(_load(tmp_path, WHOLE, **environ)[1])


@pytest.mark.parametrize(
    "name",
    [
        "SYNTHMON_SERVICE_HOST",
        "SYNTHMON_SERVICE_PORT",
        "SYNTHMON_SERVICE_PORT_HTTP",
        "SYNTHMON_PORT",
        "SYNTHMON_PORT_8420_TCP",
        "SYNTHMON_PORT_8420_TCP_ADDR",
        "SYNTHMON_CENTRE_SERVICE_HOST",
        "SYNTHMON_SECRET_ANYTHING",
        "SYNTHMON_SECRET_ANYTHING_FILE",
        "PATH",
    ],
)
def test_variables_of_kubernetes_secrets_and_others_are_left_alone(tmp_path: Path, name: str) -> None:
    _right(tmp_path, **{name: "x"})


def test_an_open_address_is_allowed_with_a_password(tmp_path: Path) -> None:
    settings = _right(
        tmp_path,
        "synthmon_config: 1\nweb: {bind: '0.0.0.0:8420'}\n",
        SYNTHMON_WEB_PASSWORD="correct horse",
    )

    assert not settings.web.is_loopback


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("host.internal", False),
        ("localhost.evil.com", False),
    ],
)
def test_which_addresses_only_this_machine_reaches(host: str, only_here: bool) -> None:
    assert is_loopback(host) is only_here


@pytest.mark.parametrize("name", ["EU West", "../eu", "eu-west\n", "x" * 64])
def test_a_region_of_the_environment_has_a_name(tmp_path: Path, name: str) -> None:
    settings, problems = _load(tmp_path, None, SYNTHMON_REGION=name)

    assert [problem.code for problem in problems] == ["name"]
    assert settings.regions_run_here == frozenset({LOCAL})


@pytest.mark.parametrize("written", ["127.0.0.1:0", "[::1]:80", "[fe80::1%eth0]:80", "0.0.0.0:65535", "a-b.c_d:80"])
def test_an_address_to_bind_to(written: str) -> None:
    host, port = parse_bind(written)

    assert (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") == written


@pytest.mark.parametrize(
    "written",
    ["", ":80", "host", "host:", "::1:80", "[::1:80", "a b:80", "a:80/x", "a:80?x", "u@a:80", "a:65536", "a:+1"],
)
def test_what_is_no_address_to_bind_to(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library's words differ by version
        parse_bind(written)


def test_a_link_that_leads_nowhere_is_not_the_same_as_no_file(tmp_path: Path) -> None:
    (tmp_path / "synthmon.yaml").symlink_to(tmp_path / "nowhere")

    assert [problem.code for problem in load_settings({}, None, tmp_path)[1]] == ["unreadable"]


def test_what_is_no_regular_file_is_not_read_from(tmp_path: Path) -> None:
    _, problems = _load(tmp_path, None, SYNTHMON_WEB_PASSWORD_FILE="/dev/zero")

    assert [problem.message for problem in problems] == [
        "SYNTHMON_WEB_PASSWORD_FILE names `/dev/zero`, which cannot be read: it is not a regular file"
    ]


def test_broken_settings_are_still_complete(tmp_path: Path) -> None:
    settings, problems = _load(tmp_path, "{")

    assert [problem.severity for problem in problems] == [Severity.ERROR]
    assert settings.probes == tmp_path / "probes"


def test_nothing_secret_is_in_the_repr(tmp_path: Path) -> None:
    settings = _right(tmp_path, SYNTHMON_DATABASE_URL="sqlite:///hunter2", SYNTHMON_WEB_PASSWORD="correct horse")

    assert "hunter2" not in repr(settings)
    assert "horse" not in repr(settings)


def test_the_schema_says_the_same() -> None:
    schema = config_schema()
    validator = jsonschema_rs.validator_for(schema, offline=True)
    document = read(WHOLE.replace("bare: {console: }", "bare: {console: {}}").encode(), "x", "configuration").document

    assert jsonschema_rs.meta.is_valid(schema)
    assert document is not None
    assert validator.is_valid(document.data)
    for bad in ("channels: {a: {slak: {}}}", "regions: {EU: {}}", "web: {port: 1}", "fallback: [a]"):
        reading = read(f"synthmon_config: 1\n{bad}\n".encode(), "x", "configuration")
        assert reading.document is not None
        assert not validator.is_valid(reading.document.data)


@pytest.mark.parametrize("text", ["regions: {eu: {}\n", "regions: [eu]\n", "regions: {eu: {}}\nchannels: 5\n"])
def test_of_a_file_that_cannot_be_read_no_probe_is_said_to_name_what_it_does_not_declare(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "synthmon.yaml").write_text(f"synthmon_config: 1\n{text}", "utf-8")
    settings, problems = load_settings({}, None, tmp_path)
    settings.probes.mkdir()
    (settings.probes / "shop.yaml").write_text(
        "synthmon: 1\nname: shop\ninterval: 1m\nregions: [eu]\nsteps:\n"
        '  - {id: read, request: {url: "${{ vars.shop }}/"}}\n'
        "alerts: [{when: {failures: 2}, notify: [oncall]}]\n",
        "utf-8",
    )
    assert any(problem.is_error for problem in problems)
    assert [problem.code for problem in load_probes(settings.probes, settings.installation).problems] == []


def test_the_places_of_synthmon_itself_are_none_for_probes(tmp_path: Path) -> None:
    environ = {
        "SYNTHMON_WEB_BIND": "127.0.0.1:8430",
        "SYNTHMON_DATABASE_URL": "postgresql+psycopg://me:word@DB.internal/synthmon",
        "SYNTHMON_BROKER_URL": "redis://:word@queue.internal:6380/0",
        "SYNTHMON_CENTRE_URL": "https://centre.example.com",
    }
    reach = load_settings(environ, None, tmp_path)[0].installation.reach
    assert reach.own == (
        ("127.0.0.1", 8430),
        ("db.internal", 5432),
        ("queue.internal", 6380),
        ("centre.example.com", 443),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.0.0.7", ("10.0.0.7/32", None)),
        ("10.0.0.0/8", ("10.0.0.0/8", None)),
        ("10.0.0.7:80", ("10.0.0.7", 80)),
        ("fe80::/10", ("fe80::/10", None)),
        ("[::1]:8420", ("::1/128", 8420)),
        ("Box.example.com:81", ("box.example.com", 81)),
        ("box.example.com", ("box.example.com", None)),
    ],
)
def test_an_exception_is_an_address_a_network_or_a_host(written: str, meant: tuple[str, int | None]) -> None:
    assert parse_destination(written) == meant


ORDERED = """
    synthmon_config: 1
    channels:
      mail: {email: {to: [ops@example.com], smtp: "mail.example.com:587", from: synthmon@example.com}}
    reports:
      daily:
        - {at: "07:30", to: [owners@example.com, owners@example.com], match: {tag: tier-1}, format: text}
        - {at: "08:00", channel: mail, only_if_something_happened: true}
      weekly: {at: "09:00", weekday: fri, match: {owner: team-payments, probe: "pay*"}}
      monthly: {at: "06:00", to: [board@example.com], channel: mail}
    """


def test_reports_are_ordered_one_by_one_or_as_lists_each_with_its_channel_and_recipients(tmp_path: Path) -> None:
    orders = _right(tmp_path, ORDERED).reports.orders

    owners, ops, board = ("owners@example.com",), ("ops@example.com",), ("board@example.com",)
    assert orders == (
        ReportOrder(PeriodKind.DAY, time(7, 30), 0, Selection(tag="tier-1"), "mail", owners, False, "text"),
        ReportOrder(PeriodKind.DAY, time(8), 0, Selection(), "mail", ops, True),
        ReportOrder(PeriodKind.WEEK, time(9), 4, Selection("pay*", None, "team-payments")),
        ReportOrder(PeriodKind.MONTH, time(6), 0, Selection(), "mail", board),
    )


def test_the_public_page_shows_what_is_named_and_may_have_an_address_of_its_own(tmp_path: Path) -> None:
    assert _right(tmp_path, "synthmon_config: 1\n").web.public is None
    text = """\
synthmon_config: 1
web:
  public:
    bind: 0.0.0.0:8422
    groups:
      - components: [{title: Checkout, probes: [pay, pay, basket]}]
"""
    public = _right(tmp_path, text).web.public
    assert public is not None
    assert ("Status", ("0.0.0.0", 8422)) == (public.title, public.address)
    (component,) = public.groups[0].components
    assert ("Checkout", ("pay", "basket")) == (component.title, component.probes)
    (problem,) = unknown_probes(public, ["basket", "pays"])
    assert "warning[unknown-probe]: there is no probe `pay`\n  --> synthmon.yaml:6:49\n" in render([problem])
    assert "did you mean `pays`?" in render([problem])
    assert () == unknown_probes(public, ["basket", "pay"])
