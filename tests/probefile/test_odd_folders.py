"""Folders as they are found in the wild: mounted, swapped under our feet, half written, much too large."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from synthmon.app.configuration import Configuration, Declared, Origin
from synthmon.probefile.builder import load_probes
from tests.probefile.installation import INSTALLATION
from tests.probefile.writing import whole

PROBE = whole("steps: [{id: read, request: GET /x}]")


def _named(name: str) -> str:
    return PROBE.replace("name: shop", f"name: {name}")


def _names(folder: Path) -> list[str]:
    return [probe.name for probe in load_probes(folder, INSTALLATION).probes]


def test_a_file_of_a_hundred_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(100 << 20)
    (tmp_path / "shop.yaml").write_text(PROBE)

    began = time.monotonic()  # a hard bound: reading it all takes longer
    loaded = load_probes(tmp_path, INSTALLATION)

    assert [problem.code for problem in loaded.problems] == ["too-large"]
    assert [probe.name for probe in loaded.probes] == ["shop"]
    assert time.monotonic() - began < 2.0


def test_a_folder_that_is_called_like_a_file_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").mkdir()
    (tmp_path / "shop.yaml" / "login.yaml").write_text(_named("login"))

    assert _names(tmp_path) == ["login"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(PROBE)
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "self.yaml").symlink_to(tmp_path / "self.yaml")

    loaded = load_probes(tmp_path, INSTALLATION)

    assert [probe.name for probe in loaded.probes] == ["shop"]
    assert [problem.code for problem in loaded.problems] == ["unreadable"]


class Installation:
    """A daemon's configuration over a folder, and what it took over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[set[str]] = []
        (folder / "synthmon.yaml").write_text("synthmon_config: 1\n")
        self.configuration = Configuration(Origin({}, None, folder), self._take)

    def _take(self, declared: Declared) -> None:
        self.taken.append(set(declared.probes))

    def look(self) -> list[str]:
        """Look at the files as the daemon does; the codes of what is refused now."""
        with capture_logs():
            self.configuration.refresh_if_changed()
        return [problem.code for problem in self.configuration.refused]


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    (tmp_path / "probes").mkdir()
    return tmp_path / "probes"


def test_a_mounted_folder_whose_contents_are_swapped_by_a_link_is_read_again(probes: Path) -> None:
    """As Kubernetes mounts a ConfigMap: files are links through `..data`, which is renamed over."""
    for version, name in (("..1", "shop"), ("..2", "cart")):
        (probes / version).mkdir()
        (probes / version / "a.yaml").write_text(_named(name))
    (probes / "..data").symlink_to("..1")
    (probes / "a.yaml").symlink_to("..data/a.yaml")
    installation = Installation(probes.parent)
    assert set(installation.configuration.declared.probes) == {"shop"}

    (probes / "..new").symlink_to("..2")
    (probes / "..new").replace(probes / "..data")

    assert installation.look() == []
    assert installation.taken == [{"cart"}]


def test_a_file_that_is_still_being_written_changes_nothing_until_it_is_whole(probes: Path) -> None:
    file = probes / "shop.yaml"
    file.write_text(PROBE)
    installation = Installation(probes.parent)
    changed = PROBE.replace("interval: 1m", "interval: 2m")

    for cut in (0, 30, len(changed) - 8):
        file.write_text(changed[:cut])
        assert installation.look() != []
        assert installation.taken == []
        assert installation.configuration.declared.probes["shop"].interval == 60.0
    file.write_text(changed)

    assert installation.look() == []
    assert installation.configuration.declared.probes["shop"].interval == 120.0


def test_a_folder_that_vanishes_takes_no_probe_with_it(probes: Path) -> None:
    (probes / "shop.yaml").write_text(PROBE)
    installation = Installation(probes.parent)

    probes.rename(probes.parent / "elsewhere")

    assert installation.look() == ["no-folder"]
    assert set(installation.configuration.declared.probes) == {"shop"}
    (probes.parent / "elsewhere").rename(probes)
    assert installation.look() == []


def test_a_file_that_is_taken_away_takes_its_probe_with_it(probes: Path) -> None:
    (probes / "shop.yaml").write_text(PROBE)
    (probes / "cart.yaml").write_text(_named("cart"))
    installation = Installation(probes.parent)

    (probes / "cart.yaml").unlink()

    assert installation.look() == []
    assert installation.taken == [{"shop"}]


def test_a_settings_file_that_is_broken_or_gone_leaves_everything_as_it_was(probes: Path) -> None:
    (probes / "shop.yaml").write_text(PROBE)
    installation = Installation(probes.parent)
    settings = probes.parent / "synthmon.yaml"

    settings.write_text("synthmon_config: [\n")
    assert installation.look() != []
    settings.write_bytes(b"\xff\xfe\x00")
    assert installation.look() != []
    os.truncate(settings, 0)
    assert installation.look() != []

    assert installation.taken == []
    settings.write_text("synthmon_config: 1\n")
    assert installation.look() == []
