"""`synthmon init`: a folder to begin with that is right as it stands, and nothing of anybody's overwritten."""

from __future__ import annotations

import json
import re

from synthmon.probefile.schema import probe_schema
from tests.cli.typed import Said, Terminal


def test_the_folder_is_right_as_it_stands(terminal: Terminal) -> None:
    said = terminal.types("init")
    assert (said.code, said.err) == (0, "")
    assert terminal.types("validate") == Said(0, "1 probe file: no problem\n", "")
    assert terminal.types("fmt", "--check") == Said(0, "nothing to change\n", "")
    assert terminal.types("explain", "homepage").code == 0
    written = re.findall(r"^wrote (.*)$", said.out, re.MULTILINE)
    assert sorted(str(path.relative_to(terminal.folder)) for path in terminal.folder.rglob("*") if path.is_file()) == (
        sorted(written)
    )


def test_editors_find_every_schema_that_their_settings_name(terminal: Terminal) -> None:
    terminal.types("init")
    settings = json.loads((terminal.folder / ".vscode/settings.json").read_text("utf-8"))
    for name in settings["yaml.schemas"]:
        assert json.loads((terminal.folder / name).read_text("utf-8"))["$schema"].startswith("https://json-schema.org/")
    for file in ("synthmon.yaml", "probes/homepage.yaml"):
        path = terminal.folder / file
        line, _, _ = path.read_text("utf-8").partition("\n")
        assert (path.parent / line.partition("$schema=")[2]).is_file()


def test_a_folder_that_has_probes_gets_what_editors_need_and_no_example(terminal: Terminal) -> None:
    probe = terminal.write("probes/mine.yml", "mine")
    said = terminal.types("init")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("synthmon: probes/mine.yml: there already\n")
    assert "`--editor` writes what editors need" in said.err
    said = terminal.types("init", "--editor")
    assert (said.code, said.err) == (0, "")
    assert probe.read_text("utf-8") == "mine"
    assert not (terminal.folder / "synthmon.yaml").exists()
    assert (terminal.folder / ".synthmon/probe.schema.json").exists()


def test_settings_of_an_editor_are_kept_and_what_to_add_is_shown(terminal: Terminal) -> None:
    settings = terminal.write(".vscode/settings.json", "{}")
    old = terminal.write(".synthmon/probe.schema.json", "{}")
    said = terminal.types("init", "--editor")
    assert "kept  .vscode/settings.json; for completion, add this to it:\n{\n" in said.out
    assert settings.read_text("utf-8") == "{}"
    assert json.loads(old.read_text("utf-8")) == json.loads(json.dumps(probe_schema()))
