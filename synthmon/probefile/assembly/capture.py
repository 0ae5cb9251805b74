"""What is taken from an answer for later steps."""

from __future__ import annotations

from collections.abc import Mapping

from synthmon.language.regex import compile_regex
from synthmon.model.answer import Capture, CaptureFrom
from synthmon.probefile.assembly.pattern import pattern_help
from synthmon.probefile.assembly.texts import Moment, tree
from synthmon.probefile.assembly.work import Work, mapping
from synthmon.probefile.assembly.xml import Namespaces, build_xpath
from synthmon.probefile.format.expect import CapturePart
from synthmon.probefile.node import Node

_NEEDED = "one of `json`, `xpath`, `header`, `cookie` and `status` is needed, or a `regex` for the body"


def build_captures(
    work: Work,
    parts: Mapping[str, str | CapturePart],
    node: Node | None,
    step: str,
    moment: Moment,
    namespaces: Namespaces = (),
) -> tuple[Capture, ...]:
    """The captures of a step in their order."""
    built = []
    for name, child in mapping(node).items():
        if (first := work.names.captures.get(name, step)) != step:
            work.error(
                "duplicate-capture", f"`{name}` is captured by the step `{first}` already", child, "choose another name"
            )
        if name in parts and (capture := _capture(work, name, parts[name], child, moment, namespaces)):
            built.append(capture)
    return tuple(built)


def _capture(
    work: Work, name: str, part: str | CapturePart, node: Node, moment: Moment, namespaces: Namespaces
) -> Capture | None:
    source = work.document.source(node)
    if isinstance(part, str):
        return Capture(name, CaptureFrom.JSON, part, source)
    origins = {
        CaptureFrom.JSON: part.json_,
        CaptureFrom.XPATH: part.xpath,
        CaptureFrom.HEADER: part.header,
        CaptureFrom.COOKIE: part.cookie,
        CaptureFrom.STATUS: "" if part.status else None,
    }
    named = [origin for origin, selector in origins.items() if selector is not None]
    if not named and part.regex is not None:
        named = [CaptureFrom.TEXT]
    if len(named) != 1:
        if not node.cut:
            has = f"this has {' and '.join(f'`{origin}`' for origin in named)}" if named else "this names none"
            work.error("capture", f"{_NEEDED}; {has}", node)
        return None
    nodes = mapping(node)
    if part.xpath is not None:
        build_xpath(work, part.xpath, nodes["xpath"], namespaces)
    if part.all and named[0] not in {CaptureFrom.JSON, CaptureFrom.XPATH} and part.regex is None:
        work.error("capture", "only a path or a pattern can give several values", nodes["all"], "delete it")
    if part.regex is not None:
        _check_pattern(work, part.regex, named[0], nodes["regex"])
    return Capture(
        name,
        named[0],
        origins.get(named[0]) or "",
        source,
        all=bool(part.all),
        secret=bool(part.secret),
        has_default="default" in nodes,
        default=tree(work, nodes["default"], moment) if "default" in nodes else None,
        pattern=part.regex,
        namespaces=namespaces if part.xpath is not None else (),
    )


def _check_pattern(work: Work, pattern: str, origin: CaptureFrom, node: Node) -> None:
    if origin is CaptureFrom.STATUS:
        work.error("capture", "a status is a number, in which no pattern is found", node, "delete it")
    try:
        compile_regex(pattern)
    except ValueError as error:
        work.error("regex", str(error), node, pattern_help(str(error)))
