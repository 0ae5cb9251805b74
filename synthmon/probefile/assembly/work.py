"""What the modules that assemble a probe share: document, findings, installation, and the names in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field

from synthmon.language.suggest import did_you_mean
from synthmon.model.journey import Input
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.blocks import BlockShelf
from synthmon.probefile.assembly.installation import Installation
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.document import Document, Spot
from synthmon.probefile.findings import Findings
from synthmon.probefile.node import MapNode, Node, ScalarNode


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a run may not have a capture: the step that takes it, and whether that one is never made at all."""

    step: str
    why: str
    never: bool


@dataclass(slots=True)
class Names:
    """The names that expressions may use, and those that were used.

    `variables` says in which of the probe's regions each variable has no value. `captures` says which step captures a
    name. `suspects` are the words of what had to be left out of the file: they may well define a name. `needed`: the
    captures without which the step in hand cannot be made. `perhaps`: those that a run may not have, and why. `inputs`
    are what a block sees, and all it sees; None in a probe. `blocks` are the texts of the
    blocks that the probe uses, by their paths.
    """

    suspects: set[str] = field(default_factory=set)
    variables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    captures: dict[str, str] = field(default_factory=dict)
    used_secrets: set[str] = field(default_factory=set)
    used_captures: set[str] = field(default_factory=set)
    used_variables: set[str] = field(default_factory=set)
    used_profiles: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)
    perhaps: dict[str, Doubt] = field(default_factory=dict)
    inputs: dict[str, Input] | None = None
    used_inputs: set[str] = field(default_factory=set)
    blocks: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def may_be(self, name: str) -> bool:
        """Whether what was left out could define or use the name."""
        return any(name in suspect for suspect in self.suspects)


@dataclass(frozen=True, slots=True)
class Work:
    """One probe file in the making."""

    document: Document
    findings: Findings
    installation: Installation
    shelf: SchemaShelf
    names: Names
    blocks: BlockShelf

    def error(self, code: str, message: str, where: Node | Spot, help: str | None = None) -> None:  # noqa: A002
        self.findings.error(code, message, where, help)

    def warning(self, code: str, message: str, where: Node | Spot, help: str | None = None) -> None:  # noqa: A002
        self.findings.warning(code, message, where, help)

    def node(self, *path: str | int) -> Node | None:
        """What stands there in the file; None for what is not written."""
        return self.document.find(path)

    def hide(self, node: Node) -> None:
        """No message may show what the node says."""
        self.document.hidden.append((node.start.index, node.end.index))


def mapping(node: Node | None) -> Mapping[str, Node]:
    """The values of a mapping by their keys; empty for anything else."""
    return node.children if isinstance(node, MapNode) else {}


def key_of(node: Node | None, name: str) -> ScalarNode | None:
    """The key as written."""
    return node.keys.get(name) if isinstance(node, MapNode) else None


def nearest(name: str, known: Collection[str], otherwise: str) -> str:
    """Help for a name that is not known."""
    close = did_you_mean(name, known)
    return f"did you mean `{close}`?" if close else otherwise


def amount(seconds: float) -> str:
    """A duration in a message: `10 s`, `500 ms`."""
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"
