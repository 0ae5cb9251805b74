"""SYNTHMON_SHARD: written as a share, or taken from the name of a StatefulSet's pod."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from synthmon.model.shard import Shard
from synthmon.probefile.problem import render
from synthmon.settings import Settings, load_settings

HELP = "   = help: write it like 2/4, the second of four; in a StatefulSet of four pods, pod/4"


def load(**environ: str) -> tuple[Settings, str]:
    settings, problems = load_settings(environ, None, Path("/nowhere"))
    return settings, render(problems)


def test_without_a_word_about_it_a_process_runs_every_probe_of_its_region() -> None:
    assert Shard(1, 1) == load()[0].shard


def test_a_share_is_counted_from_one() -> None:
    assert (Shard(2, 4), "") == (load(SYNTHMON_SHARD="2/4")[0].shard, load(SYNTHMON_SHARD="2/4")[1])


@pytest.mark.parametrize(
    ("pod", "shard"), [("agent-eu-0", Shard(1, 4)), ("agent-eu-3", Shard(4, 4)), ("synthmon-2", Shard(3, 4))]
)
def test_pods_of_a_stateful_set_are_counted_from_zero(pod: str, shard: Shard) -> None:
    settings, problems = load(SYNTHMON_SHARD="pod/4", HOSTNAME=pod)
    assert (shard, "") == (settings.shard, problems)


def test_where_nothing_else_says_it_the_name_of_the_pod_is_that_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "agent-eu-1")
    assert Shard(2, 4) == load(SYNTHMON_SHARD="pod/4")[0].shard


def test_a_share_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "shard").write_text("3/3\n", encoding="utf-8")
    assert Shard(3, 3) == load(SYNTHMON_SHARD_FILE=str(tmp_path / "shard"))[0].shard


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"SYNTHMON_SHARD": "0/4"}, "is not a shard: two whole numbers from 1 on, with a slash between them"),
        ({"SYNTHMON_SHARD": "a/b"}, "is not a shard: two whole numbers from 1 on, with a slash between them"),
        ({"SYNTHMON_SHARD": "pod"}, "is not a shard: two whole numbers from 1 on, with a slash between them"),
        ({"SYNTHMON_SHARD": "pod/x"}, "is not a shard: two whole numbers from 1 on, with a slash between them"),
        ({"SYNTHMON_SHARD": "5/4"}, "names shard 5 where there are only 4"),
        ({"SYNTHMON_SHARD": "1/5000"}, "names 5000 shards, and there are at most 1000"),
        (
            {"SYNTHMON_SHARD": "pod/4", "HOSTNAME": "laptop"},
            "needs the number at the end of the pod's name, and this one is called `laptop`",
        ),
        (
            {"SYNTHMON_SHARD": "pod/4", "HOSTNAME": "agent-7f9c-x2x"},
            "needs the number at the end of the pod's name, and this one is called `agent-7f9c-x2x`",
        ),
        (
            {"SYNTHMON_SHARD": "pod/4", "HOSTNAME": "agent-4"},
            "has no shard for the pod `agent-4`: pods are counted from 0, so the last is 3",
        ),
    ],
)
def test_what_is_no_share_is_refused_in_these_words(environ: dict[str, str], why: str) -> None:
    written = environ["SYNTHMON_SHARD"]
    said = f"error[shard]: SYNTHMON_SHARD is `{written}`, which {why}\n  --> the environment\n{HELP}"
    assert said == load(**environ)[1]
