"""A step that uses a block: what it hands in, held against what the block asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from synthmon.language.secretkey import is_secret_key
from synthmon.language.show import a_type, is_of, type_name
from synthmon.model.journey import Input
from synthmon.model.text import Template, Tree
from synthmon.probefile.assembly.blocks import Block
from synthmon.probefile.assembly.literal import is_literal
from synthmon.probefile.assembly.texts import Moment, tree
from synthmon.probefile.assembly.within import NotWithin
from synthmon.probefile.assembly.work import Names, Work, key_of, mapping, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.findings import Findings
from synthmon.probefile.format.base import says
from synthmon.probefile.format.block import BlockPart, InputPart
from synthmon.probefile.format.probe import StepPart
from synthmon.probefile.node import Node

NOTHING_CAPTURED: frozenset[str] = frozenset()


class AnyProfile(Mapping[str, None]):
    """Every profile there could be: a block on its own does not know the probes that will use it."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> None:
        return None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def found_block(work: Work, part: StepPart, nodes: Mapping[str, Node]) -> Block | None:
    """The block that the step names; None where it is reported that there is none."""
    assert part.uses is not None
    node = nodes["uses"]
    if "${{" in part.uses:
        work.error("block", "a block's path is fixed: no expression can stand in it", node, "write the path out")
        return None
    try:
        block = work.blocks.find(part.uses)
    except NotWithin as problem:
        work.error("block", problem.message, node, problem.help)
        return None
    work.names.blocks[block.name] = block.text
    if block.document is None:
        work.findings.borrow(block.problems, work.document.source(node))
        return None
    return block


def work_of(work: Work, block: Block, inputs: Mapping[str, Input]) -> Work:
    """What the block is built with: its own document and findings, and no names but its inputs."""
    assert block.document is not None
    names = Names(suspects=set(block.suspects), inputs=dict(inputs))
    return replace(work, document=block.document, findings=Findings(block.document), names=names)


def handed_in(work: Work, block: Block, nodes: Mapping[str, Node], moment: Moment) -> dict[str, Input]:
    """What the block gets for each of its inputs; what is missing, unknown or of the wrong type is reported."""
    assert block.part is not None
    declared = block.part.inputs or {}
    given = mapping(nodes.get("with"))
    for name in given:
        if name not in declared and name not in block.suspects:
            help_ = nearest(name, declared, f"it has {', '.join(declared)}" if declared else "delete it")
            work.error("unknown-input", f"the block has no input {quoted(name)}", _key(nodes["with"], name), help_)
    inputs = own_inputs(work, block)
    for name, part in declared.items():
        if name in given:
            value = _given(work, name, part, given[name], moment)
            inputs[name] = replace(inputs[name], value=value, source=work.document.source(given[name]))
        elif _is_required(part):
            help_ = f"add `with: {{{name}: …}}`" if not given else f"add `{name}` under `with:`"
            work.error("missing-input", f"the block needs {quoted(name)}", nodes["uses"], help_)
    return {name: one for name, one in inputs.items() if name in declared}


def own_inputs(work: Work, block: Block) -> dict[str, Input]:
    """The inputs with their defaults, as the block declares them."""
    assert block.part is not None
    assert block.document is not None
    declared = mapping(block.document.find(("inputs",)))
    inside = work_of(work, block, {})
    found = {}
    for name, part in (block.part.inputs or {}).items():
        node = mapping(declared.get(name)).get("default")
        value = tree(inside, node, None, name) if node is not None else None
        found[name] = Input(value, block.document.source(declared[name]), part.type, bool(part.secret))
    return found


def check_inputs(work: Work, part: BlockPart) -> None:
    """What is wrong with the inputs of a block by themselves; `work` is the block's own."""
    declared = mapping(work.node("inputs"))
    for name, one in (part.inputs or {}).items():
        nodes = mapping(declared[name])
        default = nodes.get("default")
        if default is None:
            continue
        if one.required:
            message = "an input that must be handed in needs no default"
            work.error("input", message, default, "delete it, or `required`")
        value = tree(work, default, None, name)
        _check_secret(work, name, one, value, default)
        _check_type(work, name, one, value, default)


def check_unused(work: Work, part: BlockPart) -> None:
    for name in part.inputs or {}:
        key = key_of(work.node("inputs"), name)
        if name not in work.names.used_inputs and not work.names.may_be(name) and key is not None:
            work.warning("unused-input", f"nothing uses the input `{name}`", key, "delete it")


def _given(work: Work, name: str, part: InputPart, node: Node, moment: Moment) -> Tree:
    value = tree(work, node, moment, name)
    _check_secret(work, name, part, value, node)
    _check_type(work, name, part, value, node)
    return value


def _check_secret(work: Work, name: str, part: InputPart, value: Tree, node: Node) -> None:
    """A literal is a secret in a file, whatever the input is called; by its name `tree` has found it already."""
    if part.secret and is_literal(value) and not is_secret_key(name):
        work.hide(node)
        message = f"the input {quoted(name)} is a secret, and this literal stands in a file"
        work.error("literal-secret", message, node, "list it under `secrets:` and write ${{ secrets.… }}")


def _check_type(work: Work, name: str, part: InputPart, value: Tree, node: Node) -> None:
    """As far as it is known before a run: text around an expression is text, a whole expression may be anything."""
    if part.type is None or value is None:
        return
    if isinstance(value, Template):
        if value.whole is None and part.type != "string":
            work.error("input", f"the input {quoted(name)} takes {a_type(part.type)}, and this is a text", node)
        return
    if not is_of(value, part.type):
        shown = a_type(type_name(value))
        work.error("input", f"the input {quoted(name)} takes {a_type(part.type)}, and this is {shown}", node)


def _is_required(part: InputPart) -> bool:
    return bool(part.required) if part.required is not None else not says(part, "default")


def _key(node: Node, name: str) -> Node:
    return key_of(node, name) or node
