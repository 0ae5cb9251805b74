"""The log in the names of the Elastic Common Schema: each line by its types, whatever an event says."""

from __future__ import annotations

import ast
import io
import json
import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

import synthmon
from synthmon import __version__
from synthmon.app import logs
from synthmon.app.ecs import FIELDS
from tests.app.installation import Installation, Target, until
from tests.docs.pages import page

KEYWORD: Callable[[Any], bool] = lambda value: isinstance(value, str)  # noqa: E731
LONG: Callable[[Any], bool] = lambda value: isinstance(value, int) and not isinstance(value, bool)  # noqa: E731
# The fields of the schema that may be written, by their types there.
SCHEMA: dict[str, Callable[[Any], bool]] = {
    "@timestamp": lambda value: datetime.fromisoformat(value).tzinfo is not None,
    "log.level": lambda value: value in {"debug", "info", "warning", "error", "critical"},
    "event.kind": lambda value: value == "event",
    "event.outcome": lambda value: value in {"success", "failure", "unknown"},
    "event.duration": LONG,
    **dict.fromkeys(
        (
            "message", "ecs.version", "log.logger", "event.action", "event.dataset", "service.name", "service.type",
            "service.version", "service.environment", "service.node.name", "error.message", "error.type",
            "error.stack_trace", "user.name", "source.address", "trace.id",
        ),
        KEYWORD,
    ),
}  # fmt: skip
ALWAYS = {"@timestamp", "log.level", "message", "ecs.version", "service.name", "event.action", "event.dataset"}


def types_of(lines: list[dict[str, Any]]) -> dict[str, set[type]]:
    """By our own names, what types their values have; a list is what it holds, as it is for Elasticsearch."""
    found: dict[str, set[type]] = {}
    for line in lines:
        for name, value in line.items():
            values = value if isinstance(value, list) else [value]
            kinds = {
                float if isinstance(one, int | float) and not isinstance(one, bool) else type(one) for one in values
            }
            found.setdefault(name, set()).update(kinds)
    return found


def check(line: dict[str, Any]) -> None:
    assert set(line) >= ALWAYS, line
    for name, value in line.items():
        if name.startswith("synthmon."):
            plain = value if isinstance(value, list) else [value]
            assert all(isinstance(one, str | bool | int | float) for one in plain), line
        else:
            assert SCHEMA[name](value), (name, line)


def written(say: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """The lines of what is said."""
    out = io.StringIO()
    logs.set_up(out, form=logs.ECS)
    say(structlog.get_logger())
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_event_of_a_daemon_is_valid_by_type_and_no_name_of_ours_has_two(tmp_path: Path) -> None:
    out = io.StringIO()
    logs.set_up(out, form=logs.ECS)
    with ExitStack() as stack:
        target = Target()
        stack.callback(target.close)
        installation = Installation(tmp_path, target.url)
        installation.add("checkout", "/shop")
        daemon = stack.enter_context(installation.daemon())
        target.wait_for("/shop", 2)
        target.statuses["/shop"] = 500
        [opened] = until(lambda: daemon.store.incidents(current=True))
        until(lambda: daemon.store.deliveries(opened.id))
        target.statuses["/shop"] = 200
        until(lambda: not daemon.store.incidents(current=True))
        (installation.folder / "probes" / "checkout.yaml").write_text("probe: [")
        until(lambda: "config.refused" in out.getvalue())
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    for line in lines:
        check(line)
    actions = {line["event.action"] for line in lines}
    assert {"run.kept", "incident.opened", "incident.resolved", "health.changed", "config.refused"} <= actions
    assert {} == {name: kinds for name, kinds in types_of(lines).items() if len(kinds) > 1}
    kept = [line for line in lines if line["event.action"] == "run.kept"]
    assert {"success", "failure"} == {line["event.outcome"] for line in kept}
    assert {"checkout"} == {line["synthmon.probe"] for line in kept}


def _kind(value: ast.expr) -> str | None:
    """Whether what is logged is a number or text, where the code shows it; a list is what it holds."""
    match value:
        case ast.Call(func=ast.Name("len" | "sum" | "round")):
            return "number"
        case ast.BinOp(op=ast.Sub() | ast.Add(), left=left):
            return _kind(left)
        case ast.List() | ast.ListComp() | ast.JoinedStr() | ast.Call(func=ast.Name("str" | "sorted" | "list")):
            return "text"
        case ast.Subscript(value=held):
            return _kind(held)
        case ast.Attribute(attr="value") | ast.Call(func=ast.Attribute(attr="isoformat")):
            return "text"
        case ast.Constant(value=said) if not isinstance(said, bool):
            return "text" if isinstance(said, str) else "number"
        case _:
            return None


def test_no_name_is_a_number_in_one_event_and_text_in_another() -> None:
    """A store of logs settles a field's type with the first line, and refuses lines of another."""
    found: dict[str, dict[str, str]] = {}
    for path in Path(str(synthmon.__file__)).parent.rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(code)) if "_log." in code else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log."):
                for said in node.keywords:
                    kind = _kind(said.value)
                    if kind and said.arg and said.arg not in FIELDS:
                        found.setdefault(said.arg, {})[kind] = f"{path.name}:{node.lineno}"
    assert len(found) > 30
    assert {} == {name: places for name, places in found.items() if len(places) > 1}


def test_values_of_any_kind_become_what_the_schema_takes() -> None:
    def say(log: Any) -> None:
        log.info("run.kept", outcome="failed", seconds=1.5, by="ada", what=["a", "b"], nothing=None, many=(1, 2))
        log.warning("x", path=Path("/a"), inner={"a": 1}, big=10**30, flag=True, text="words\x1b[31m")
        try:
            raise ValueError("no <b>number")
        except ValueError:
            log.exception("chore.failed", chore="reports")

    first, second, third = written(say)
    for line in (first, second, third):
        check(line)
    assert ("failure", 1_500_000_000, "ada") == tuple(
        first[name] for name in ("event.outcome", "event.duration", "user.name")
    )
    assert (["a", "b"], ["1", "2"]) == (first["synthmon.what"], first["synthmon.many"])
    assert "synthmon.nothing" not in first
    assert ("words\\x1b[31m", '{"a": 1}', "/a") == tuple(
        second[name] for name in ("message", "synthmon.inner", "synthmon.path")
    )
    assert ("ValueError", "no <b>number") == (third["error.type"], third["error.message"])
    assert "Traceback" in third["error.stack_trace"]
    assert (__version__, "8.17") == (third["service.version"], third["ecs.version"])


def test_what_a_library_says_is_an_event_too_in_either_form_of_json() -> None:
    [line] = written(lambda _log: logging.getLogger("some.library").warning("it\nhappened"))
    check(line)
    assert ("library.said", "some.library", "it⏎happened") == tuple(
        line[name] for name in ("event.action", "log.logger", "message")
    )
    out = io.StringIO()
    logs.set_up(out, form="json")
    logging.getLogger("some.library").error("it happened")
    assert ("library.said", "error") == tuple(json.loads(out.getvalue())[name] for name in ("event", "level"))


def test_every_field_is_documented() -> None:
    said = " ".join(page("operations.md").keys("Logs"))
    for place, _ in FIELDS.values():
        assert place in said, place
