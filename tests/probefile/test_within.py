"""What a path written in a probe file may open: files below the probes folder, whatever the path says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synthmon.probefile.assembly.within import NotWithin, bytes_within, path_within, text_within


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    probes = tmp_path / "probes"
    (probes / "schemas").mkdir(parents=True)
    (probes / "schemas" / "order.json").write_text("{}")
    (probes / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.txt").write_text("not yours")
    (tmp_path / "probes-too").mkdir()
    (tmp_path / "probes-too" / "secret.txt").write_text("not yours")
    (probes / "link.txt").symlink_to(tmp_path / "secret.txt")
    (probes / "out").symlink_to(tmp_path)
    (probes / "inside.json").symlink_to(probes / "schemas" / "order.json")
    (probes / "round").symlink_to(probes / "round")
    os.mkfifo(probes / "pipe")
    return probes


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "schemas/../../secret.txt",
        "../probes-too/secret.txt",
        "link.txt",
        "out/secret.txt",
        "/etc/hostname",
        "a\0b",
    ],
    ids=lambda name: name.replace("\0", "NUL"),
)
def test_nothing_outside_of_the_folder_is_opened(folder: Path, name: str) -> None:
    with pytest.raises(NotWithin, match="leads out of the probes folder"):
        bytes_within(folder, name)


@pytest.mark.parametrize(
    "name", ["schemas/order.json", "schemas/../schemas/order.json", "inside.json", "./inside.json"]
)
def test_a_file_of_the_folder_is_found_however_it_is_written(folder: Path, name: str) -> None:
    assert path_within(folder, name) == (folder / "schemas" / "order.json").resolve()
    assert text_within(folder, name) == "{}"


def test_the_folder_itself_may_be_reached_through_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(folder)
    assert text_within(tmp_path / "current", "schemas/order.json") == "{}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent.json", "there is no file"),
        ("schemas", "is a folder"),
        (".", "is a folder"),
        ("pipe", "is no ordinary file"),
        ("round", "(there is no file|leads out)"),
    ],
)
def test_what_is_no_file_is_said(folder: Path, name: str, said: str) -> None:
    with pytest.raises(NotWithin, match=said):
        bytes_within(folder, name)


def test_bytes_are_taken_as_they_are_and_text_must_be_text(folder: Path) -> None:
    assert bytes_within(folder, "picture.png") == b"\x89PNG"
    with pytest.raises(NotWithin, match="is not UTF-8"):
        text_within(folder, "picture.png")


def test_a_large_file_is_refused_without_being_read(folder: Path) -> None:
    (folder / "large").write_bytes(b"x" * 5000)
    assert len(bytes_within(folder, "large", most=5000)) == 5000
    with pytest.raises(NotWithin, match="larger than 4 KiB"):
        bytes_within(folder, "large", most=4999)
