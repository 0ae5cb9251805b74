"""A reload takes over everything or nothing."""

from __future__ import annotations

import os
from pathlib import Path

from structlog.testing import capture_logs

from synthmon.app.configuration import REST, Configuration, Declared, Origin
from synthmon.errors import SecretUnavailable

PROBE = "synthmon: 1\nname: shop\ninterval: 1m\nsteps: [{id: read, request: GET https://shop.example.com/}]\n"
CONFIG = "synthmon_config: 1\nchannels: {chat: {slack: {webhook_url: '${{ secrets.chat }}'}}}\n"


class Taker:
    """Takes over what it is handed, and refuses for as long as it is told to."""

    def __init__(self) -> None:
        self.refuses = False
        self.taken: list[set[str]] = []

    def __call__(self, declared: Declared) -> None:
        if self.refuses:
            raise SecretUnavailable("the secret `chat` has no value", hint="set SYNTHMON_SECRET_CHAT")
        self.taken.append(set(declared.probes))


def _installation(folder: Path) -> tuple[Configuration, Taker]:
    (folder / "probes").mkdir()
    (folder / "probes" / "shop.yaml").write_text(PROBE)
    (folder / "synthmon.yaml").write_text(CONFIG)
    taker = Taker()
    return Configuration(Origin({}, None, folder), taker), taker


def _add(folder: Path, name: str, text: str | None = None) -> None:
    (folder / "probes" / f"{name}.yaml").write_text(text or PROBE.replace("name: shop", f"name: {name}"))


def test_a_new_file_is_taken_over(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    _add(tmp_path, "other")

    configuration.refresh_if_changed()
    configuration.refresh_if_changed()

    assert taker.taken == [{"shop", "other"}]
    assert set(configuration.declared.probes) == {"shop", "other"}


def test_files_that_take_long_to_look_at_are_looked_at_less_often_and_a_signal_has_them_read_at_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "probes").mkdir()
    _add(tmp_path, "shop")
    (tmp_path / "synthmon.yaml").write_text(CONFIG)
    clock, taker = [0.0, 0.0], Taker()

    def worked() -> float:
        clock[1] += 0.05
        return clock[1]

    configuration = Configuration(Origin({}, None, tmp_path), taker, now=lambda: clock[0], worked=worked)
    configuration.refresh_if_changed()
    _add(tmp_path, "other")
    configuration.refresh_if_changed()
    assert [] == taker.taken
    clock[0] += 0.051 * REST
    configuration.refresh_if_changed()
    assert [{"shop", "other"}] == taker.taken
    _add(tmp_path, "third")
    configuration.refresh()
    assert [{"shop", "other"}, {"shop", "other", "third"}] == taker.taken


def test_a_block_that_changed_makes_new_versions_of_the_probes_that_use_it(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    block = tmp_path / "probes" / "blocks" / "open.yaml"
    block.parent.mkdir()
    block.write_text("synthmon_block: 1\nrequest: GET https://shop.example.com/a\n")
    _add(
        tmp_path,
        "other",
        PROBE.replace("name: shop", "name: other").replace(
            "request: GET https://shop.example.com/", "uses: blocks/open.yaml"
        ),
    )
    configuration.refresh_if_changed()
    before = configuration.declared.probes

    block.write_text("synthmon_block: 1\nrequest: GET https://shop.example.com/bb\n")
    configuration.refresh_if_changed()
    after = configuration.declared.probes

    assert taker.taken == [{"shop", "other"}] * 2
    assert after["other"].journey.steps[0].request.url == "https://shop.example.com/bb"
    assert after["other"].content_hash != before["other"].content_hash
    assert after["shop"].content_hash == before["shop"].content_hash


def test_a_block_that_is_broken_keeps_what_was_in_force(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    (tmp_path / "probes" / "blocks").mkdir()
    (tmp_path / "probes" / "blocks" / "open.yaml").write_text("synthmon_block: 1\nreqest: GET /\n")

    with capture_logs():
        configuration.refresh_if_changed()

    assert taker.taken == []
    assert {problem.code for problem in configuration.refused} == {"unknown-key", "missing-key"}


def test_while_a_file_has_an_error_everything_stays_as_it_was(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    _add(tmp_path, "other")
    _add(tmp_path, "bad", "synthmon: 1\n")

    with capture_logs():
        assert not configuration.refresh()

    assert taker.taken == []
    assert set(configuration.declared.probes) == {"shop"}
    assert {problem.code for problem in configuration.refused} == {"missing-key"}


def test_what_cannot_be_taken_over_leaves_everything_as_it_was_until_it_can(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    _add(tmp_path, "other")
    taker.refuses = True

    with capture_logs() as logs:
        assert not configuration.refresh()

    assert set(configuration.declared.probes) == {"shop"}
    assert [(problem.message, problem.help) for problem in configuration.refused] == [
        ("the secret `chat` has no value", "set SYNTHMON_SECRET_CHAT")
    ]
    assert [line["event"] for line in logs] == ["config.refused", "config.kept"]

    taker.refuses = False
    with capture_logs():
        assert configuration.refresh()
    assert configuration.refused == ()
    assert set(configuration.declared.probes) == {"shop", "other"}


def test_what_was_wanting_is_tried_again_without_a_change_of_a_file_and_said_once(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    _add(tmp_path, "other")
    taker.refuses = True
    with capture_logs() as logs:
        for _ in range(3):
            configuration.refresh_if_changed()
        taker.refuses = False
        configuration.refresh_if_changed()

    assert set(configuration.declared.probes) == {"shop", "other"}
    assert [line["event"] for line in logs] == ["config.refused", "config.kept", "config.taken_over"]


def test_a_configuration_written_after_the_start_is_noticed(tmp_path: Path) -> None:
    configuration, _ = _installation(tmp_path)
    (tmp_path / "synthmon.yaml").unlink()
    configuration = Configuration(Origin({}, None, tmp_path), Taker())
    (tmp_path / "synthmon.yaml").write_text(CONFIG)
    with capture_logs():
        configuration.refresh_if_changed()
    assert set(configuration.declared.settings.channels) == {"chat"}


def test_what_is_wrong_in_a_folder_named_for_the_first_time_can_be_mended_there(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "new.yaml").write_text("synthmon: 1\n")
    (tmp_path / "synthmon.yaml").write_text(CONFIG + "probes: elsewhere\n")
    with capture_logs():
        configuration.refresh_if_changed()
        assert set(configuration.declared.probes) == {"shop"}
        _add(tmp_path.joinpath("elsewhere").parent, "ignored")
        (tmp_path / "elsewhere" / "new.yaml").write_text(PROBE.replace("name: shop", "name: new"))
        configuration.refresh_if_changed()
    assert set(configuration.declared.probes) == {"new"}
    assert taker.taken == [{"new"}]


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    configuration, _ = _installation(tmp_path)
    file = tmp_path / "probes" / "shop.yaml"
    draft = tmp_path / "draft"
    draft.write_text(PROBE.replace("name: shop", "name: tram"))
    status = file.stat()
    os.utime(draft, ns=(status.st_atime_ns, status.st_mtime_ns))
    draft.replace(file)
    with capture_logs():
        configuration.refresh_if_changed()
    assert set(configuration.declared.probes) == {"tram"}


def test_hidden_files_are_none_of_our_business(tmp_path: Path) -> None:
    configuration, taker = _installation(tmp_path)
    (tmp_path / "probes" / ".shop.yaml.swp").write_text("half")
    (tmp_path / "probes" / ".git").mkdir()
    (tmp_path / "probes" / ".git" / "index").write_text("x")
    configuration.refresh_if_changed()
    assert taker.taken == []
