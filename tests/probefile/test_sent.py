"""What requests send: files read with the probe, parts of forms, GraphQL documents."""

from __future__ import annotations

from pathlib import Path

from synthmon.model.journey import Retry
from synthmon.model.probe import Probe
from synthmon.model.request import FileContent, FormPart, GraphQLBody, MultipartBody
from synthmon.model.text import Template
from synthmon.probefile.builder import load_file
from synthmon.probefile.problem import render
from tests.probefile.installation import DATA, INSTALLATION

GOOD = DATA / "good"


def _load(name: str) -> Probe:
    loaded = load_file(GOOD / f"{name}.yaml", INSTALLATION)
    assert render(loaded.problems) == ""
    return loaded.probes[0]


def test_files_are_read_as_they_are_and_parts_keep_their_order() -> None:
    steps = {step.id: step.request for step in _load("uploads").journey.steps}
    contacts = FileContent("bodies/contacts.csv", (GOOD / "bodies" / "contacts.csv").read_bytes())
    photo = FileContent("bodies/photo.png", (GOOD / "bodies" / "photo.png").read_bytes())

    assert steps["import_contacts"].body == contacts
    assert contacts.content.startswith(b"\xef\xbb\xbf")
    assert steps["import_contacts"].headers["Content-Type"] == "text/csv"
    assert isinstance(steps["upload"].body, MultipartBody)
    parts = steps["upload"].body.parts
    assert [part.name for part in parts] == ["note", "count", "key", "photo", "more", "more", "more"]
    assert parts[3] == FormPart("photo", photo, "photo.png", "image/png")
    assert isinstance(parts[4].filename, Template)
    assert parts[5:] == (FormPart("more", "{}", None, "application/json"), FormPart("more", "plain"))


def test_a_graphql_document_is_sent_with_post_and_one_that_only_reads_may_be_asked_again() -> None:
    steps = {step.id: step for step in _load("uploads").journey.steps}
    bodies = {name: step.request.body for name, step in steps.items() if name in {"ask", "order", "pay"}}

    assert {step.request.method for name, step in steps.items() if name in bodies} == {"POST"}
    assert bodies["ask"] == GraphQLBody("{ me { id } }", {}, None, None, reads=True)
    assert steps["ask"].retry == Retry(2)
    order, pay = bodies["order"], bodies["pay"]
    assert isinstance(order, GraphQLBody)
    assert isinstance(pay, GraphQLBody)
    assert (order.operation, order.reads, pay.operation, pay.reads) == ("Order", True, "Pay", False)
    assert order.file is not None
    assert order.query == order.file.content.decode()


def test_another_content_of_a_file_that_is_sent_is_another_hash(tmp_path: Path) -> None:
    (tmp_path / "bodies").mkdir()
    file = tmp_path / "shop.yaml"
    file.write_text(
        "synthmon: 1\nname: shop\ninterval: 1m\nsteps:\n  - id: send\n"
        "    request: {method: PUT, url: https://shop.example.com, raw: {content_type: a/b, file: bodies/a}}\n"
    )
    hashes = set()
    for content in (b"\0", b"\xff", b""):
        (tmp_path / "bodies" / "a").write_bytes(content)
        hashes.add(load_file(file, INSTALLATION, tmp_path).probes[0].content_hash)

    assert len(hashes) == 3


def test_files_that_are_sent_are_bounded_each_and_together(tmp_path: Path) -> None:
    head = "synthmon: 1\nname: shop\ninterval: 1m\nsteps:\n  - id: send\n    request:\n"
    parts = "".join(f"        p{number}: {{file: large}}\n" for number in range(5))
    file = tmp_path / "shop.yaml"
    file.write_text(f"{head}      method: POST\n      url: https://shop.example.com\n      multipart:\n{parts}")
    told = []
    for size in (1 << 20, (1 << 20) + 1):
        (tmp_path / "large").write_bytes(b"x" * size)
        told.append([problem.message for problem in load_file(file, INSTALLATION, tmp_path).problems])

    assert told[0] == ["the files of this request are 5120 KiB together, and at most 4096 are sent"]
    assert told[1] == ["`large` is larger than 1024 KiB"] * 5


def test_a_link_that_leads_out_of_the_folder_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of another")
    folder = tmp_path / "probes"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    file = folder / "shop.yaml"
    file.write_text(
        "synthmon: 1\nname: shop\ninterval: 1m\nsteps:\n  - id: send\n"
        "    request: {method: PUT, url: https://shop.example.com, raw: {content_type: a/b, file: link}}\n"
    )

    assert [problem.message for problem in load_file(file, INSTALLATION, folder).problems] == [
        "`link` leads out of the probes folder"
    ]
