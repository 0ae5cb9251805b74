"""Files that requests send: read when the probe is, whole, and only from below the probes folder."""

from __future__ import annotations

from synthmon.model.request import FileContent
from synthmon.probefile.assembly.within import NotWithin, bytes_within
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.node import Node, ScalarNode

KEEP = "keep files that are sent in its `bodies/` folder"


def read_file(work: Work, node: Node) -> FileContent | None:
    """The file that the node names; None where it cannot be had, which is reported."""
    if not isinstance(node, ScalarNode):
        return None
    name = str(node.data)
    try:
        content = bytes_within(work.shelf.folder, name, keep=KEEP)
    except NotWithin as problem:
        work.error("file", problem.message, node, problem.help)
        return None
    if "\\" in name or not {"", ".", ".."}.isdisjoint(name.split("/")):
        message = f"{quoted(name)} goes round about: a path has no `.`, `..` or empty parts"
        work.error("file", message, node, "write it like bodies/photo.png")
        return None
    return FileContent(name, content)
