"""Loading a folder: which files count, and that none of them spoils the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synthmon.probefile.builder import load_file, load_probes
from synthmon.probefile.problem import Severity, render
from tests.probefile.installation import INSTALLATION
from tests.probefile.writing import whole

PROBE = whole("steps: [{id: read, request: GET /x}]")


def _write(folder: Path, name: str, text: str = PROBE) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _named(name: str) -> str:
    return PROBE.replace("name: shop", f"name: {name}")


def test_yaml_files_of_all_folders_are_probes_but_not_hidden_or_shared_ones(tmp_path: Path) -> None:
    for place in ("a.yaml", "b.yml", "deep/er/c.yaml", "deep/er/d.yaml"):
        _write(tmp_path, place, _named(Path(place).stem))
    for place in (".hidden.yaml", ".git/x.yaml", "blocks/.x.yaml", "schemas/x.yaml", "readme.md", "deep/blocks/y.yaml"):
        _write(tmp_path, place, "not: a probe")

    loaded = load_probes(tmp_path, INSTALLATION)

    assert loaded.problems == ()
    assert [probe.name for probe in loaded.probes] == ["a", "b", "c", "d"]
    assert loaded.files == 4


def test_a_bad_file_hides_no_good_one_and_no_problem_of_another(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", _named("a") + "tpyo: 1\n")
    _write(tmp_path, "b.yaml", "{")
    _write(tmp_path, "c.yaml", _named("c"))
    (tmp_path / "d.yaml").write_bytes(b"\xff")

    loaded = load_probes(tmp_path, INSTALLATION)

    assert [probe.name for probe in loaded.probes] == ["c"]
    assert [Path(problem.source.path).name for problem in loaded.problems] == ["a.yaml", "b.yaml", "d.yaml"]
    assert loaded.failed


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml")
    _write(tmp_path, "b.yaml")

    loaded = load_probes(tmp_path, INSTALLATION)

    assert [probe.path for probe in loaded.probes] == [str(tmp_path / "a.yaml")]
    assert [problem.code for problem in loaded.problems] == ["duplicate-name"]
    assert str(loaded.problems[0].source) == f"{tmp_path / 'b.yaml'}:2:7"


@pytest.mark.parametrize("name", ["shop.yaml.bak", "shop.YAML", "shop.yaml~", "shop.yml.txt", "shop.yam"])
def test_a_file_that_looks_misnamed_is_warned_of(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name)

    loaded = load_probes(tmp_path, INSTALLATION)

    assert (loaded.probes, loaded.files) == ((), 0)
    assert [(problem.code, problem.severity) for problem in loaded.problems] == [("misnamed", Severity.WARNING)]


def test_a_folder_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    loaded = load_probes(tmp_path / "absent", INSTALLATION)

    assert [problem.code for problem in loaded.problems] == ["no-folder"]
    assert "SYNTHMON_PROBES" in render(loaded.problems)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")

    assert [problem.code for problem in load_probes(tmp_path, INSTALLATION).problems] == ["unreadable", "unreadable"]


def test_a_single_file_finds_its_schemas_beside_or_above_it(tmp_path: Path) -> None:
    text = PROBE.replace("request: GET /x", "request: GET /x, expect: {schema: schemas/a.json}")
    _write(tmp_path, "team/shop.yaml", text)
    _write(tmp_path, "schemas/a.json", "{}")

    assert load_file(tmp_path / "team" / "shop.yaml", INSTALLATION).problems == ()


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_no_link_leads_out_of_the_folder(tmp_path: Path, kind: str) -> None:
    outside, probes = tmp_path / "outside", tmp_path / "probes"
    _write(outside, "secret.json", '{"title": "secret"}')
    _write(probes, "shop.yaml", PROBE.replace("GET /x", "GET /x, expect: {schema: schemas/secret.json}"))
    if kind == "folder":
        (probes / "schemas").symlink_to(outside)
    else:
        (probes / "schemas").mkdir()
        (probes / "schemas" / "secret.json").symlink_to(outside / "secret.json")

    problems = load_probes(probes, INSTALLATION).problems

    assert [problem.code for problem in problems] == ["schema"]
    assert "leads out of the probes folder" in problems[0].message


def test_a_schema_is_bounded_and_read_once(tmp_path: Path) -> None:
    text = PROBE.replace("GET /x", "GET /x, expect: {schema: schemas/a.json}")
    _write(tmp_path, "a.yaml", text)
    _write(tmp_path, "b.yaml", text.replace("name: shop", "name: other"))
    _write(tmp_path, "schemas/a.json", '{"title": "' + "x" * (1 << 20) + '"}')

    problems = load_probes(tmp_path, INSTALLATION).problems

    assert [problem.message for problem in problems] == ["`schemas/a.json` is larger than 1024 KiB"] * 2


def test_a_deeply_nested_schema_is_refused_in_words(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", PROBE.replace("GET /x", "GET /x, expect: {schema: schemas/a.json}"))
    _write(tmp_path, "schemas/a.json", '{"not": ' * 5000 + "{}" + "}" * 5000)

    assert [problem.code for problem in load_probes(tmp_path, INSTALLATION).problems] == ["schema"]


def test_paths_are_shown_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "probes/a.yaml", "{")
    monkeypatch.chdir(tmp_path)

    assert [problem.source.path for problem in load_probes(tmp_path / "probes", INSTALLATION).problems] == [
        "probes/a.yaml"
    ]


def _depending(name: str, *others: str) -> str:
    return _named(name) + f"depends_on: [{', '.join(others)}]\n"


def test_what_a_probe_depends_on_has_to_be_there_and_must_not_lead_back(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", _depending("a", "b", "loggin"))
    _write(tmp_path, "b.yaml", _depending("b", "c"))
    _write(tmp_path, "c.yaml", _depending("c", "a"))
    _write(tmp_path, "login.yaml", _named("login"))
    _write(tmp_path, "shop.yaml", _depending("shop", "login", "a"))

    problems = load_probes(tmp_path, INSTALLATION).problems

    assert [(Path(problem.source.path).name, problem.code, problem.message) for problem in problems] == [
        ("a.yaml", "circle", "`a` depends on `b`, which depends on it"),
        ("a.yaml", "unknown-probe", "there is no probe `loggin`"),
        ("b.yaml", "circle", "`b` depends on `c`, which depends on it"),
        ("c.yaml", "circle", "`c` depends on `a`, which depends on it"),
    ]
    assert problems[1].help == "did you mean `login`?"
    assert (problems[1].source.line, problems[1].source.column) == (6, 17)


def test_a_probe_that_could_not_be_read_is_not_missed_by_those_that_depend_on_it(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", _depending("a", "b"))
    _write(tmp_path, "b.yaml", _named("b") + "tpyo: 1\n")

    assert [problem.code for problem in load_probes(tmp_path, INSTALLATION).problems] == ["unknown-key"]
