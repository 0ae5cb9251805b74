"""Bodies of parts and of files, as they go out and as evidence shows them."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from typing import Any

import httpx
import pytest

from synthmon.model.journey import Retry
from synthmon.model.request import FileContent, FormPart, MultipartBody, RequestSpec
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import BASE, World, expect, from_json, probe, routes, step, text, tree

PHOTO = FileContent("bodies/photo.png", b"\x89PNG\r\n\x1a\n--synthmon-\x00\xff")


def sending(*parts: FormPart, **more: Any) -> RequestSpec:
    return RequestSpec("POST", f"{BASE}/upload", body=MultipartBody(parts), **more)


def parts_of(request: httpx.Request) -> list[Message]:
    """The parts as another program reads them."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    return [part for part in message_from_bytes(head + request.content).walk() if not part.is_multipart()]


def sent(spec: RequestSpec, **secrets: str) -> httpx.Request:
    world = World(secrets=secrets)
    run = world.run(probe(step("upload", request=spec)))
    assert run.outcome is Outcome.PASSED, run.failures
    return world.seen[0]


def test_parts_go_out_in_their_order_with_names_types_and_bytes() -> None:
    request = sent(
        sending(
            FormPart("note", text("run ${{ run.id }}")),
            FormPart("photo", PHOTO, "me.png", "image/png"),
            FormPart("count", 3),
            FormPart("urgent", True),
            FormPart("meta", tree('{"a": 1}'), "meta.json", "application/json"),
            FormPart("raw", PHOTO, "photo.png"),
        )
    )
    told = [
        (one.get_param("name", header="content-disposition"), one.get_filename(), one["Content-Type"])
        for one in parts_of(request)
    ]
    assert told == [
        ("note", None, None),
        ("photo", "me.png", "image/png"),
        ("count", None, None),
        ("urgent", None, None),
        ("meta", "meta.json", "application/json"),
        ("raw", "photo.png", "application/octet-stream"),
    ]
    bodies = [one.get_payload(decode=True) for one in parts_of(request)]
    assert isinstance(bodies[0], bytes)
    assert bodies[0].startswith(b"run ")
    assert bodies[1:] == [PHOTO.content, b"3", b"true", b'{"a": 1}', PHOTO.content]


def test_the_type_names_the_boundary_whatever_the_defaults_say() -> None:
    request = sent(sending(FormPart("a", "b"), headers={"content-type": "application/json"}))
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=synthmon-")
    assert request.headers.get_list("Content-Type") == [request.headers["Content-Type"]]


def test_every_attempt_has_the_same_parts_and_boundary() -> None:
    world = World(routes({"POST /upload": (httpx.Response(503), httpx.Response(201))}))
    spec = sending(FormPart("id", text("${{ uuid() }}")), FormPart("photo", PHOTO, "p"), idempotency_header="X-Key")
    assert world.run(probe(step("upload", request=spec, retry=Retry(2)))).flaky
    assert world.seen[0].content == world.seen[1].content


@pytest.mark.parametrize("where", ["filename", "content_type"])
def test_a_captured_line_end_never_begins_another_header_of_a_part(where: str) -> None:
    world = World(routes({"GET /": {"id": "x\r\nX-Evil: 1"}}))
    part = FormPart("photo", PHOTO, **{where: text("${{ captures.id }}")})
    run = world.run(probe(step("read", captures=(from_json("id", "$.id"),)), step("upload", request=sending(part))))
    assert (run.outcome, run.failures[0].kind, len(world.seen)) == (Outcome.FAILED, FailureKind.CAPTURE, 1)
    assert f"the `{where}` of `photo` has the control character U+000D" in run.failures[0].message


def test_a_quote_in_a_filename_stays_in_it() -> None:
    request = sent(sending(FormPart("photo", PHOTO, 'a"; name="evil.png')))
    assert b'filename="a%22; name=%22evil.png"' in request.content


def test_a_structure_is_no_part() -> None:
    run = World().run(probe(step("upload", request=sending(FormPart("meta", tree({"a": 1}))))))
    assert (run.failures[0].kind, run.failures[0].message) == (
        FailureKind.TEMPLATE,
        "`meta` is an object, and takes a text, a number or true or false",
    )


def test_a_secret_in_a_part_is_sent_and_never_shown() -> None:
    world = World(lambda _: httpx.Response(500), secrets={"key": "s3cret-of-the-shop"})
    run = world.run(probe(step("upload", request=sending(FormPart("key", text("${{ secrets.key }}"))))))
    assert b"s3cret-of-the-shop" in world.seen[0].content
    shown = run.steps[0].evidence
    assert shown is not None
    assert "‹secrets.key›" in (shown.request_body or "")
    assert "s3cret-of-the-shop" not in repr(run)


def test_a_file_is_sent_byte_for_byte_with_the_declared_type() -> None:
    request = sent(RequestSpec("PUT", f"{BASE}/photo", headers={"Content-Type": "image/png"}, body=PHOTO))
    assert (request.content, request.headers["Content-Type"]) == (PHOTO.content, "image/png")


def test_evidence_of_a_file_that_is_no_text_tells_its_size_and_type() -> None:
    spec = RequestSpec("PUT", f"{BASE}/photo", headers={"Content-Type": "image/png"}, body=PHOTO)
    run = World(lambda _: httpx.Response(500)).run(probe(step("upload", request=spec)))
    assert run.steps[0].evidence is not None
    assert run.steps[0].evidence.request_body == f"({len(PHOTO.content)} bytes of image/png)"


def test_a_cleanup_whose_part_was_never_captured_is_skipped() -> None:
    part = FormPart("id", text("${{ captures.id }}"))
    undo = step("undo", request=sending(FormPart("photo", PHOTO, text("${{ captures.name }}")), part))
    run = World().run(probe(step("read", expect=expect(500)), cleanup=(undo,)))
    assert (
        run.cleanup[0].skipped_because == "nothing to clean up: `captures.id` and `captures.name` were never captured"
    )
