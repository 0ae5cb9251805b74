"""Whatever is imported, it ends soon, with a probe or with a message; nothing in it reaches further than its file."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from synthmon.app import foreign
from synthmon.app.importing import Imported
from synthmon.importer.draft import NotImportable
from tests.importer.imports import (
    CORPUS,
    HOST,
    api,
    collection,
    exchange,
    of_text,
    of_tree,
    only_probe,
    only_step,
    recording,
    scripted,
    written,
)

DEEP = "[" * 100_000
ODD: list[Any] = [
    None,
    True,
    -1,
    1.5,
    "",
    "\x00\x1b[31m",
    "{{a}}${{b",
    [],
    {},
    [[]],
    {"": ""},
    10**30,
    "a" * 5000,
    "\ud800",
]
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'{{"openapi": {DEEP}', "nested too deep|this is not JSON"),
        ('{"item": ' + "[" * 300 + "]" * 300 + "}", "nested more than 200 levels deep"),
        (f"openapi: {DEEP}", "nested more than 50 levels deep"),
        (BOMB, "with its aliases expanded|at most 100 aliases"),
        ("openapi: !!python/object/apply:os.system [id]\n", "tags such as"),
        ("openapi: 3.0.0\n\tpaths: {}", "a tab cannot indent"),
        ('{"openapi": "3.0.0",}', r"file:1:21: this is not JSON"),
        ('{"log": {"entries": [NaN]}}', "NaN is no number"),
        ('{"log": {"entries": [1e999]}}', "too large a number"),
        (f'{{"log": {"9" * 5000}}}', "this is not JSON"),
        ("", "is empty"),
        ("[1, 2]", "what kind of file this is cannot be told"),
        ('"text"', "is a mapping of keys to values"),
        ("{}", "what kind of file this is cannot be told"),
        ("a: 1\n---\nb: 2\n", "a second document begins here"),
    ],
    ids=[
        "deep",
        "deepish",
        "deep-yaml",
        "bomb",
        "tag",
        "tab",
        "comma",
        "nan",
        "infinite",
        "digits",
        "empty",
        "list",
        "text",
        "nothing",
        "two",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(NotImportable, match=message):
        of_text(text)


@pytest.mark.parametrize("kind", ["openapi", "postman", "har", "arazzo"])
@pytest.mark.parametrize(
    "tree",
    [{}, [], {"log": 1, "item": 1, "paths": 1, "openapi": 3, "workflows": "x", "arazzo": 1}],
    ids=["object", "list", "odd"],
)
def test_a_tree_of_another_shape_is_refused_by_each_format(kind: str, tree: Any) -> None:
    with pytest.raises(NotImportable):
        of_tree(tree, kind)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(NotImportable, match="file:2: this is not UTF-8 text"):
        foreign.as_text(b"a\n\xff", "file")


def test_a_file_beyond_the_limit_is_not_even_read(tmp_path: Path) -> None:
    large = tmp_path / "large.har"
    with large.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(NotImportable, match="the file is larger than 64 MiB"):
        foreign.load(large)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotImportable, match="it is no regular file"):
        foreign.load(tmp_path)
    with pytest.raises(NotImportable, match="there is no such file"):
        foreign.load(tmp_path / "gone")


def test_a_key_that_stands_twice_is_told_of() -> None:
    imported = of_text(json.dumps(recording(exchange("GET", "/a", {})))[:-1] + ', "x": 1, "x": 2}')
    assert any(row.what == "key x" for row in imported.drafts.rows)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a\x00b", "..", "CON", "a/../b", "💥", "", "\r\nX: y"]
)
def test_a_name_never_leads_out_of_the_folder(name: str) -> None:
    imported = of_tree({**collection(scripted()), "info": {"name": name}}, "postman")
    for path in imported.files:
        assert "/" not in path
        assert path.isprintable()
        assert not path.startswith(".")


@pytest.mark.parametrize(
    "odd",
    [
        "\x00",
        "\x1b[31mred",
        "\u202eevil",
        "\ud800",
        "\ufeff",
        "\U0010f0000\U0010f001",
        "a: b # c\n- d",
        "${{ secrets.x }}",
        "{{ vars.y }}",
    ],
)
def test_odd_characters_anywhere_are_written_so_that_the_file_is_valid(odd: str) -> None:
    item = {
        "name": odd,
        "request": {
            "method": "POST",
            "url": f"https://shop.example.com/{odd}?a={odd}",
            "header": [{"key": "X-A", "value": odd}],
            "body": {"mode": "raw", "raw": json.dumps({odd: odd, "list": [odd]})},
        },
    }
    imported = of_tree(collection(item, variable=[{"key": odd, "value": odd}]), "postman")
    assert imported.drafts.probes
    assert "\x1b" not in written(imported)
    assert "\u202e" not in imported.files[next(path for path in imported.files if path.endswith(".md"))]


def test_a_header_cannot_smuggle_another_one() -> None:
    header = {"name": "X-A", "value": "b\r\nX-Evil: c"}
    step = only_step(of_tree(recording(exchange("GET", "/a", {}, request={"headers": [header]}))))
    assert "headers" not in step.request


@pytest.mark.parametrize(
    "script",
    [
        "{" * 20_000,
        "if (a) {" * 5_000,
        "'" * 9_999,
        "/" * 20_000,
        "a.b(" * 9_000,
        "pm.test('a', function () {" * 2_000,
        "pm.expect(" * 3_000,
        "`${" * 5_000,
    ],
)
def test_a_script_that_is_none_ends(script: str) -> None:
    assert only_step(of_tree(collection(scripted(script)))).expect == {}


def test_folders_in_folders_without_end_are_refused() -> None:
    item: dict[str, Any] = scripted()
    for _ in range(40):
        item = {"name": "f", "item": [item]}
    with pytest.raises(NotImportable, match="folders stand inside one another"):
        of_tree(collection(item))


def test_a_schema_that_grows_without_end_is_cut() -> None:
    wide = {"type": "object", "properties": {f"p{n}": {"$ref": "#/components/schemas/A"} for n in range(40)}}
    tree = api(
        {
            "/a": {
                "post": {"requestBody": {"content": {"application/json": {"schema": wide}}}, "responses": {"200": {}}}
            }
        },
        components={"schemas": {"A": wide}},
    )
    assert len(written(of_tree(tree, writes=True))) < 100_000


def _mutated(tree: Any, chance: random.Random) -> Any:
    """The tree with one or two places replaced by something of another shape."""
    changed = copy.deepcopy(tree)
    for _ in range(chance.randint(1, 3)):
        parent: Any = None
        key: Any = None
        node = changed
        while isinstance(node, dict | list) and node and (parent is None or chance.random() < 0.85):
            key = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
            parent, node = node, node[key]
        if parent is not None:
            parent[key] = copy.deepcopy(chance.choice(ODD))
    return changed


@pytest.mark.parametrize(
    "name",
    [
        "har/har-to-k6-full.har",
        "postman/request-chaining-test.postman_collection.json",
        "postman/inherited-entities.postman_collection.json",
        "openapi/readme-3.0-security.json",
        "openapi/oai-3.0-link-example.yaml",
        "arazzo/oauth.arazzo.yaml",
    ],
)
def test_a_file_of_wrong_shapes_ends_with_probes_or_with_a_message(name: str) -> None:
    path = CORPUS / name
    content = path.read_bytes()
    tree = foreign.as_tree(content, content.decode(), name)[0]
    chance = random.Random(name)
    done = 0
    for _ in range(15):
        made = _import(_mutated(tree, chance), name.partition("/")[0], path.parent)
        done += made is not None and bool(made.drafts.probes)
    assert done > 2


def _import(tree: Any, kind: str, folder: Path) -> Imported | None:
    """What comes out; a probe that would be refused is a row that says so, and here a failure."""
    try:
        imported = of_text(json.dumps(tree), kind, folder=folder, base_url=HOST, writes=True)
    except NotImportable:
        return None
    broken = [row.why for row in imported.drafts.rows if "the probe that came out is refused" in row.why]
    assert broken == []
    return imported


def test_an_import_of_many_exchanges_is_one_probe_of_bounded_length() -> None:
    entries = [exchange("GET", f"/a/{number}", {"n": number}) for number in range(500)]
    assert len(only_probe(of_tree(recording(*entries))).steps) == 60


@pytest.mark.parametrize("name", ["a" * 300, "b" * 5000, "../outside.json", "/etc/passwd", "\0", ".", "gone.json"])
def test_a_reference_to_no_file_beside_it_is_told_of(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotImportable):
        foreign.Beside(tmp_path)(name)


def test_a_key_that_looks_like_an_expression_is_sent_without_its_sign() -> None:
    body = {"mimeType": "application/json", "text": '{"${{a}}": 1}'}
    step = only_step(of_tree(recording(exchange("POST", "/a", {}, request={"postData": body}))))
    assert step.request["json"] == {"{{a}}": 1}
