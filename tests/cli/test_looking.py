"""`status`, `incidents`, `why`, `health`, `report` and `db` beside a daemon that runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from synthmon.app import clock
from synthmon.cli import demo as demo_command
from synthmon.cli.look import doubts
from synthmon.model.run import Quality
from synthmon.store.migrate import head
from tests.app.installation import until
from tests.cli.conftest import Watched
from tests.cli.typed import Said, Terminal, steady
from tests.making import run


def test_status_is_a_line_per_probe_with_the_reason_of_what_is_not_up(terminal: Terminal, watched: Watched) -> None:
    def made() -> list[str]:
        """The lines, once no slot was skipped last, as one is where the machine is busy: the next one is not."""
        said = terminal.types("status", "--data", watched.data)
        assert (said.code, said.err) == (1, "")
        return [] if " skipped, " in said.out else said.out.splitlines()

    head, down, up = until(made)
    assert head.split() == ["probe", "since", "regions", "last", "run", "why"]
    assert re.match(r"up    homepage  \d+ s +local: up +passed, ", up)
    assert re.match(r"down  search    \d+ s +local: down +failed, ", down)
    assert 'step "Open the page" answered 500, expected 200' in down


def test_status_on_a_narrow_terminal_is_a_block_per_probe(terminal: Terminal, watched: Watched) -> None:
    terminal.patch.setenv("COLUMNS", "40")
    lines = terminal.types("status", "--data", watched.data).out.splitlines()
    assert lines[0] == "down  search"
    assert [line for line in lines if len(line) > 40] == []


def test_status_for_programs_is_json(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("status", "--data", watched.data, "--json")
    search, homepage = json.loads(said.out)
    assert (homepage["probe"], homepage["health"], homepage["incidents"]) == ("homepage", "up", [])
    assert (search["probe"], search["health"], search["incidents"]) == ("search", "down", [watched.incident])
    assert set(search) == {"probe", "health", "since", "reason", "regions", "incidents", "quiet"}
    assert said.code == 1


@pytest.mark.parametrize("command", [("status",), ("why", "homepage")])
def test_what_was_believed_before_the_daemon_went_away_is_not_told_as_what_is(
    terminal: Terminal, watched: Watched, command: tuple[str, ...]
) -> None:
    hours_later = clock.now() + timedelta(hours=2)
    terminal.patch.setattr("synthmon.cli.look.clock", SimpleNamespace(now=lambda: hours_later))
    said = terminal.types(*command, "--data", watched.data)
    assert said.err.startswith("synthmon: nobody judges: what is shown was believed at 20")
    assert "help: is the daemon still running? `synthmon health` asks it" in said.err
    assert "homepage" in said.out


@pytest.mark.parametrize(
    "command", [("status",), ("why", "search"), ("incidents",), ("incidents", "postmortem", "search")]
)
def test_a_broken_configuration_keeps_nobody_from_looking_at_what_the_daemon_goes_on_with(
    terminal: Terminal, watched: Watched, command: tuple[str, ...]
) -> None:
    sound = terminal.types(*command, "--data", watched.data)
    terminal.write("synthmon.yaml", "synthmon_config: 1\nprobes: gone/\nregions: [\n")
    said = terminal.types(*command, "--data", watched.data)
    assert said.code == sound.code
    assert steady(sound.out).splitlines()[:3] == steady(said.out).splitlines()[:3]
    assert said.err.startswith("synthmon: synthmon.yaml:4:1: this is not YAML")
    assert "help: what was taken over last is shown, as a daemon goes on with it" in said.err


def test_a_probe_whose_file_is_broken_is_shown_as_the_daemon_goes_on_with_it(
    terminal: Terminal, watched: Watched
) -> None:
    terminal.write("synthmon.yaml", "synthmon_config: 1\n")
    terminal.write("probes/search.yaml", "synthmon: 1\nname: search\nintervall: 1m\n")
    said = terminal.types("status", "--data", watched.data)
    assert (said.code, len(said.out.splitlines())) == (1, 3)
    assert re.search(r"^down  search ", said.out, re.MULTILINE)
    assert said.err.startswith("synthmon: probes/search.yaml:")


def test_where_the_database_is_has_to_be_known_for_looking(terminal: Terminal, watched: Watched) -> None:
    terminal.patch.setenv("SYNTHMON_DATABASE_URL_FILE", "/nowhere/url")
    said = terminal.types("status", "--data", watched.data)
    assert (said.code, said.out) == (2, "")
    assert "SYNTHMON_DATABASE_URL_FILE names `/nowhere/url`" in said.err


def test_why_tells_the_rule_the_incident_and_who_was_told(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("why", "search", "--data", watched.data)
    assert said.code == 0
    lines = steady(said.out).splitlines()
    assert lines[0].startswith("search is down since INSTANT: 1 of 1 region known (local) sees it fail")
    assert lines[1].startswith("  local: down; last run failed")
    assert re.fullmatch(r"  rule “.*”: 2 in a row failed, regions: majority, severity page", lines[2])
    assert "    trigger to quiet: accepted INSTANT" in lines


def test_why_tells_of_a_last_run_that_was_late_or_not_measured() -> None:
    qualities = (Quality(late=0.4), Quality(late=2.5), Quality(lag=0.9, suspect=True))
    told = [doubts(replace(run(), quality=quality)) for quality in qualities]
    assert ["", ", 2.50 s after its slot", ", its latencies suspect: this machine stalled"] == told


def test_why_of_a_probe_that_was_removed_names_the_way_to_its_past(terminal: Terminal, watched: Watched) -> None:
    terminal.write("synthmon.yaml", "synthmon_config: 1\n")
    terminal.write(
        "probes/homepage.yaml",
        "synthmon: 1\nname: homepage\ninterval: 1m\nsteps: [{id: read, request: GET http://127.0.0.1/}]\n",
    )
    said = terminal.types("why", "search", "--data", watched.data)
    assert (said.code, said.out) == (2, "")
    assert "it was removed; `synthmon why search --at TIME` tells of the time before" in said.err


def test_why_of_a_probe_that_is_well_says_that_nobody_was_told(terminal: Terminal, watched: Watched) -> None:
    lines = terminal.types("why", "homepage", "--data", watched.data).out.splitlines()
    assert lines[0].startswith("homepage is up since ")
    assert lines[-1] == "  no incident was ever opened, so nobody was told"


def test_why_guesses_what_probe_was_meant(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("why", "serch", "--data", watched.data)
    assert said == Said(2, "", "synthmon: there is no probe 'serch'\n  help: did you mean `search`?\n")


@pytest.mark.parametrize("before", [True, False], ids=["data before", "data after"])
def test_an_incident_is_listed_and_taken_on(terminal: Terminal, watched: Watched, before: bool) -> None:
    data = ("--data", str(watched.data))
    listed = terminal.types("incidents", *data).out.splitlines()
    assert listed[0].startswith("search is down: ")
    assert listed[1] == f"  {watched.incident}"
    already = "acknowledged by" in terminal.types("incidents", *data).out
    words = [*(data if before else ()), "ack", "search", "--by", "[red]Ada\u202e", *(() if before else data)]
    assert terminal.types("incidents", *words) == Said(
        0, "search: acknowledged already, by [red]Ada\\u202e\n" if already else "search: acknowledged\n", ""
    )
    assert "acknowledged by [red]Ada" in terminal.types("incidents", *data).out
    assert "\u202e" not in terminal.types("incidents", *data).out


def test_an_incident_that_is_not_there_is_refused(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("incidents", "ack", "homepage", "--data", watched.data)
    expected = "synthmon: there is no open incident 'homepage'\n  help: `synthmon incidents` lists them\n"
    assert said == Said(2, "", expected)


def test_a_daemon_that_is_well_says_so(terminal: Terminal, watched: Watched) -> None:
    assert terminal.types("health", "--data", watched.data) == Said(0, "well\n", "")


def test_a_daemon_that_died_without_a_word_is_not_well(terminal: Terminal) -> None:
    terminal.write(".synthmon/address", "http://127.0.0.1:1")
    terminal.write(".synthmon/api-token", "x")
    expected = "synthmon: the daemon at http://127.0.0.1:1 does not answer\n  help: is it still running?\n"
    assert terminal.types("health") == Said(1, "", expected)


def test_a_report_is_written_where_it_was_asked_for(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("report", "daily", "--data", watched.data, "--output", "today.html")
    summary, path = said.out.splitlines()
    assert (said.code, said.err, path) == (0, "", "today.html")
    assert "search" in summary
    assert "<!doctype html>" in (terminal.folder / "today.html").read_text("utf-8").lower()


def test_the_demos_report_is_written_where_the_demo_keeps_its_files(terminal: Terminal, watched: Watched) -> None:
    (terminal.folder / "data").symlink_to(watched.data)
    terminal.patch.setattr(demo_command, "demo_folder", lambda: terminal.folder)
    said = terminal.types("demo", "report")
    assert (said.code, said.err) == (0, "")
    assert Path(said.out.splitlines()[-1]).is_relative_to(terminal.folder / "data")


def test_a_report_is_of_a_week_a_month_or_any_days_and_of_some_probes_in_each_form(
    terminal: Terminal, watched: Watched
) -> None:
    week = terminal.types("report", "weekly", "--data", watched.data, "--format", "json", "--output", "-")
    told = json.loads(week.out)
    assert "weekly" == told["period"]["kind"]
    assert len(told["probes"]) > 1
    one = told["probes"][0]["name"]
    some = ("--data", watched.data, "--probe", one)
    month = terminal.types("report", "monthly", *some, "--format", "text", "--output", "-")
    assert f"({one})" in month.out
    assert f"({told['probes'][1]['name']})" not in month.out
    table = terminal.types("report", "range", *some, "--from", "yesterday", "--format", "csv")
    path = table.out.splitlines()[-1]
    assert path.endswith(f"-{one}.csv")
    assert "probe,region,slot" in Path(path).read_text("utf-8")


def test_a_report_of_what_nobody_has_is_refused_rather_than_fine(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("report", "daily", "--data", watched.data, "--probe", "serch")
    assert (2, "") == (said.code, said.out)
    assert "invalid value for --probe: there is no probe 'serch'; did you mean search?" in said.err
    said = terminal.types("report", "range", "--data", watched.data, "--from", "today", "--to", "yesterday")
    assert (said.code, "is after" in said.err) == (2, True)


def test_a_day_that_has_not_begun_has_no_report(terminal: Terminal, watched: Watched) -> None:
    said = terminal.types("report", "daily", "--data", watched.data, "--date", "9998-01-01")
    assert said.code == 2
    assert "synthmon report daily: invalid value for --date: 9998-01-01 has not begun; today is " in said.err


def test_a_database_is_made_once(terminal: Terminal) -> None:
    assert terminal.types("db", "current") == Said(1, f"empty (this version needs {head()})\n", "")
    assert terminal.types("db", "upgrade") == Said(0, f"empty → {head()}\n", "")
    assert terminal.types("db", "upgrade") == Said(0, f"{head()}: nothing to do\n", "")
    assert terminal.types("db", "current") == Said(0, f"{head()} (this version needs {head()})\n", "")


def test_where_nothing_ran_yet_that_is_said(terminal: Terminal) -> None:
    terminal.types("init")
    terminal.types("db", "upgrade")
    said = terminal.types("status")
    assert said.code == 1
    assert said.out.splitlines()[1].endswith("local: no run yet  none yet  no run yet")
    assert terminal.types("incidents") == Said(0, "No open incident.\n", "")
    assert terminal.types("incidents", "--all") == Said(0, "No incident.\n", "")


def test_no_probe_at_all_is_said(terminal: Terminal) -> None:
    (terminal.folder / "probes").mkdir()
    terminal.types("db", "upgrade")
    assert terminal.types("status") == Said(0, "No probe is declared.\n", "")


def test_a_first_project_is_valid_and_complete(terminal: Terminal) -> None:
    said = terminal.types("init", "shop")
    schemas = [f".synthmon/{name}.schema.json" for name in ("probe", "block", "config")]
    files = ["synthmon.yaml", "probes/homepage.yaml", *schemas]
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert {f"wrote {Path('shop') / file}" for file in files} <= set(lines)
    assert lines[-1] == "Next: `cd shop`, `synthmon validate`, `synthmon run homepage`, `synthmon up`."
    terminal.patch.chdir(terminal.folder / "shop")
    assert terminal.types("validate") == Said(0, "1 probe file: no problem\n", "")
    assert json.loads(terminal.types("schema").out) == json.loads(Path(files[2]).read_text("utf-8"))
    assert json.loads(terminal.types("schema", "--config").out) == json.loads(Path(files[4]).read_text("utf-8"))


def test_why_at_an_instant_of_the_past_tells_what_was_decided_then(terminal: Terminal, watched: Watched) -> None:
    data = ("--data", str(watched.data))
    lines = terminal.types("why", "search", *data, "--at", "2020-01-01T00:00").out.splitlines()
    assert lines == [
        "search at 2020-01-01 00:00:00 UTC: nobody was told: nothing was known, and silence opens nothing",
        "  nothing was known of it yet",
    ]
    lines = terminal.types("why", "search", *data, "--at", datetime.now(UTC).isoformat()).out.splitlines()
    assert re.fullmatch(r"search at .* UTC: quiet had been told.*", lines[0])
    assert lines[2].startswith(f"  incident {watched.incident}, which began ")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("serch", "--at", "2020-01-01"), "there was never a probe 'serch'"),
        (("search", "--at", "2999-01-01"), "2999-01-01 00:00:00 UTC has not come yet"),
        (("search", "--at", "then"), "the instant is no instant such as"),
    ],
)
def test_what_cannot_be_looked_back_at_is_refused(
    terminal: Terminal, watched: Watched, words: tuple[str, ...], complaint: str
) -> None:
    said = terminal.types("why", *words, "--data", watched.data)
    assert (said.code, said.out) == (2, "")
    assert complaint in said.err
