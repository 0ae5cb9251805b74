"""The formats that can be imported: how each is recognised, and the module that reads it, loaded when it is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from synthmon.importer.draft import Drafts, Found, NotImportable, Wishes
from synthmon.importer.pick import at, mapping, text

KINDS = ("openapi", "postman", "har", "curl", "arazzo")
NAMES = {"openapi": "OpenAPI", "postman": "Postman", "har": "HAR", "curl": "cURL", "arazzo": "Arazzo"}
_CURL = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:\$ )?(?:\S*/)?curl(?:\.exe)?\s")


def convert(kind: str, found: Found, wishes: Wishes) -> Drafts:
    """Raises `NotImportable`, which says why and what to do."""
    function = cast("Callable[[Found, Wishes], Drafts]", import_module(f"synthmon.importer.{kind}.convert").convert)
    return function(found, wishes)


def looks_like_curl(content: str) -> bool:
    return _CURL.match(content) is not None


def guess(tree: Any) -> str:
    """The kind of a JSON or YAML document; raises `NotImportable` when it is none of these."""
    top = mapping(tree)
    if "arazzo" in top:
        return "arazzo"
    if "openapi" in top or "swagger" in top:
        return "openapi"
    if isinstance(at(top, "log", "entries"), list):
        return "har"
    if "item" in top or "requests" in top or "getpostman.com" in text(at(top, "info", "schema")):
        return "postman"
    hint = f"name it: `synthmon import KIND FILE`, where KIND is one of {', '.join(KINDS)}"
    raise NotImportable("what kind of file this is cannot be told from its content", hint=hint)
