"""What Prometheus is told: complete, by its conventions, bounded, and never a zero for what is not known."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from synthmon.errors import StoreError
from synthmon.model.agent import Heartbeat
from synthmon.model.incident import Decision, RegionPhase, RegionState, TrackState
from synthmon.model.probe import Track
from synthmon.model.run import Outcome
from synthmon.web.metrics import Metrics
from synthmon.web.metrics.counters import OTHER
from synthmon.web.ports import Budget, Traces, WebPorts
from tests.docs.pages import page
from tests.making import at, incident, run
from tests.web.conftest import Site

GRAFANA = Path(__file__).parent.parent.parent / "deploy" / "grafana"
Families = Mapping[str, Metric]


def families(text: str) -> Families:
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(found: Families, name: str, *labels: str) -> dict[Any, float]:
    samples = [one for one in found[name].samples if not one.name.endswith(("_bucket", "_sum"))]
    return {tuple(one.labels[label] for label in labels): one.value for one in samples}


@pytest.fixture
def full(make_site: Callable[..., Site]) -> Site:
    """A site of which every metric has something to tell."""
    site = make_site(budgets=lambda: [Budget("checkout", "availability", 0.99, 0.995, 0.5, at(590))])
    site.store.hear(Heartbeat("local", "a", at(590), "0.1.0", "x", at(0), lateness_p99=0.1, memory=1 << 20, offset=0.1))
    own = [incident(at(500), track=Track.NOTIFY, probe="pager"), incident(at(500), track=Track.REGION, probe="local")]
    down = TrackState(RegionPhase.DOWN)
    state = RegionState("checkout", "local", {Track.DOWN: down}, last_slot=at(540), heard_slot=at(540))
    site.store.apply(Decision(site.store.gather().watermark, (state,), tuple(own)))
    return site


def scraped(site: Site, *runs: Any) -> str:
    """As after these runs were kept; the last turn of a judge included."""
    ports = site.ports
    pulse = replace(ports.pulse(), last_turn_at=at(599), traces=Traces(None, 1, 2, 3))
    metrics = Metrics()
    metrics.attach(replace(ports, pulse=lambda: pulse))
    for one in runs:
        metrics.count(one)
    return metrics.render().decode()


RUNS = (run(at(60)), run(at(120), Outcome.FAILED), replace(run(at(180)), flaky=True))


def test_every_metric_is_documented_with_its_type_and_labels_and_none_else(full: Site) -> None:
    documented: dict[str, str] = {}
    for line in page("metrics.md").prose.splitlines():
        if row := re.match(r"\| `(synthmon_\w+)` \| (\w+) \|", line):
            documented[row[1]] = row[2]
    found = families(scraped(full, *RUNS))
    told = {name + ("_total" if one.type == "counter" else ""): one.type for name, one in found.items()}
    assert documented == told
    assert not [name for name, one in found.items() if not one.samples]
    for name, one in found.items():
        line = next(line for line in page("metrics.md").prose.splitlines() if line.startswith(f"| `{name}"))
        labels = {label for sample in one.samples for label in sample.labels} - {"le"}
        said = set(re.findall(r"`(\w+)`", line.split("|")[3])) if "agent_" not in name else {"region", "instance"}
        assert said == labels, name


def test_promtool_has_nothing_to_say_against_it(full: Site) -> None:
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("promtool is not here; Debian has it in the package prometheus")
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=scraped(full, *RUNS),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "asked", [("check", "rules", "synthmon.rules.yaml"), ("test", "rules", "synthmon.rules.test.yaml")], ids="-".join
)
def test_the_alert_rules_are_right_and_tell_when_they_should(asked: tuple[str, ...]) -> None:
    if (promtool := shutil.which("promtool")) is None:
        pytest.skip("promtool is not here; Debian has it in the package prometheus")
    place = GRAFANA / "prometheus"
    done = subprocess.run([promtool, *asked], cwd=place, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def expressions(value: Any) -> Iterator[str]:
    """Every expression and query of a dashboard or a file of rules."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in {"expr", "query", "definition"} and isinstance(inner, str):
                yield inner
            yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def series_of(text: str) -> set[str]:
    return {f"{one.name}" for family in families(text).values() for one in family.samples}


def test_dashboard_and_rules_ask_only_for_what_there_is_and_every_rule_has_a_test(full: Site) -> None:
    there = series_of(scraped(full, *RUNS))
    dashboard = json.loads((GRAFANA / "dashboards" / "synthmon.json").read_text("utf-8"))
    rules = (GRAFANA / "prometheus" / "synthmon.rules.yaml").read_text("utf-8")
    asked = [*expressions(dashboard), *re.findall(r"expr: (.+)", rules)]
    assert len(asked) > 40
    for one in asked:
        names = set(re.findall(r"synthmon_\w+", one))
        assert names <= there, (one, names - there)
    panels = [panel["id"] for panel in dashboard["panels"]]
    assert len(panels) == len(set(panels))
    assert [] == [
        panel["title"] for panel in dashboard["panels"] if panel["type"] != "row" and not panel["description"]
    ]
    tests = (GRAFANA / "prometheus" / "synthmon.rules.test.yaml").read_text("utf-8")
    assert [] == [name for name in re.findall(r"alert: (\w+)", rules) if name not in tests]


def test_panels_of_the_dashboard_do_not_lie_upon_one_another() -> None:
    dashboard = json.loads((GRAFANA / "dashboards" / "synthmon.json").read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_what_is_not_known_is_absent_and_without_a_database_the_rest_is_told(make_site: Callable[..., Site]) -> None:
    site = make_site()
    found = families(scraped(site))
    assert {("checkout", "local")} >= set(values(found, "synthmon_probe_up", "probe", "region"))
    assert {("login", "local"): 0.0}.items() <= values(found, "synthmon_missed_slots", "probe", "region").items()
    assert [] == found["synthmon_error_budget_left_ratio"].samples

    class Away:
        def __getattr__(self, _name: str) -> Any:
            raise StoreError("disk I/O error")

    metrics = Metrics()
    ports: WebPorts = replace(site.ports, store=Away())
    metrics.attach(ports)
    told = families(metrics.render().decode())
    assert {(): 0.0} == values(told, "synthmon_database_up")
    assert {(): 1.0} == values(told, "synthmon_up")
    assert "synthmon_probe_health" not in told
    assert {(): 1.0} == values(found, "synthmon_database_up")


def test_counters_of_what_is_declared_begin_at_zero_and_of_nothing_else_anything_is_told(full: Site) -> None:
    strange = run(at(60), Outcome.FAILED)
    runs = (
        replace(strange, failed_step='made "up" by an agent'),
        replace(strange, key=replace(strange.key, probe="removed")),
        replace(strange, key=replace(strange.key, region="nowhere")),
    )
    found = families(scraped(full, *runs))
    counted = values(found, "synthmon_runs", "probe", "region", "kind", "outcome")
    assert {("checkout", "local"), ("login", "local")} == {(name, region) for name, region, _, _ in counted}
    assert 0.0 == counted["login", "local", "scheduled", "passed"]
    assert {(OTHER,): 1.0} == values(found, "synthmon_step_failures", "step")
    assert "removed" not in scraped(full, *runs)


def test_a_thousand_runs_of_one_probe_make_no_more_series_than_ten(full: Site) -> None:
    ten, thousand = ([run(at(60 * n), Outcome.FAILED) for n in range(count)] for count in (10, 1000))
    assert series_count(scraped(full, *ten)) == series_count(scraped(full, *thousand))


def series_count(text: str) -> int:
    return sum(len(family.samples) for family in families(text).values())
