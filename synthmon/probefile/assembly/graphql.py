"""A GraphQL body: its document parsed, its operation chosen, its variables held against those that are declared."""

from __future__ import annotations

from collections.abc import Mapping

from synthmon.language.graphql import Document, GraphQLProblem, Operation, parse_document
from synthmon.language.secretkey import is_secret_key
from synthmon.model.request import FileContent, GraphQLBody
from synthmon.probefile.assembly.files import read_file
from synthmon.probefile.assembly.place import place_of
from synthmon.probefile.assembly.texts import Moment, tree
from synthmon.probefile.assembly.work import Work, key_of, mapping, nearest
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.request import GraphQLPart
from synthmon.probefile.node import Node, ScalarNode

_QUERY, _SUBSCRIPTION = "query", "subscription"


def build_graphql(work: Work, part: GraphQLPart, node: Node, moment: Moment) -> GraphQLBody | None:
    """What is asked; None where that cannot be told."""
    nodes = mapping(node)
    values = {name: tree(work, child, moment, name) for name, child in mapping(nodes.get("variables")).items()}
    found = _source(work, part, node, nodes)
    if found is None:
        return None
    query, file, place = found
    document = _parsed(work, query, file, place)
    if document is None:
        return None
    operation = _operation(work, document, part.operation, nodes.get("operation", place))
    if operation is None:
        return None
    _check_variables(work, operation, nodes.get("variables"), place)
    return GraphQLBody(query, values, part.operation, file, reads=operation.kind == _QUERY)


def _source(
    work: Work, part: GraphQLPart, node: Node, nodes: Mapping[str, Node]
) -> tuple[str, FileContent | None, Node] | None:
    if part.query is not None and part.file is None:
        return part.query, None, nodes["query"]
    if part.file is not None and part.query is None:
        file = read_file(work, nodes["file"])
        if file is None:
            return None
        try:
            return file.content.decode("utf-8-sig"), file, nodes["file"]
        except UnicodeDecodeError:
            work.error("file", f"{quoted(file.path)} is not UTF-8 text", nodes["file"], "save it as UTF-8")
            return None
    if not node.cut:
        has = "this has both" if part.query is not None else "this has neither"
        work.error("graphql", f"`graphql` has one of `query` and `file`; {has}", node)
    return None


def _parsed(work: Work, query: str, file: FileContent | None, node: Node) -> Document | None:
    try:
        document = parse_document(query)
    except GraphQLProblem as problem:
        where = f"line {problem.line}, column {problem.column}"
        if file is not None:
            work.error("graphql", f"{quoted(file.path)}, {where}: {problem}", node)
        elif isinstance(node, ScalarNode):
            work.error("graphql", f"{where} of the query: {problem}", place_of(work.document, node, problem.offset))
        return None
    for name in dict.fromkeys(name for name, _ in document.texts if is_secret_key(name)):
        if file is None:
            work.hide(node)
        message = f"a literal under {quoted(name)} is a secret in a file"
        work.error("literal-secret", message, node, f"declare a variable, such as ${name}, and give it in `variables`")
    return document


def _operation(work: Work, document: Document, wanted: str | None, node: Node) -> Operation | None:
    """The operation that is asked for, of a kind that has an answer."""
    operations = document.operations
    names = [operation.name for operation in operations]
    known = [name for name in names if name is not None]
    if len(operations) > 1 and (None in names or len(set(names)) < len(names)):
        work.error("graphql", "several operations in one document need names that differ", node)
        return None
    if wanted is None and len(operations) > 1:
        work.error("graphql", "the document has several operations", node, f"add `operation: {known[0]}`")
        return None
    found = operations[0] if wanted is None else next((one for one in operations if one.name == wanted), None)
    if found is None:
        otherwise = "delete `operation`" if not known else f"it has {', '.join(known[:5])}"
        message = f"the document has no operation {quoted(str(wanted))}"
        work.error("graphql", message, node, nearest(str(wanted), known, otherwise))
    elif found.kind == _SUBSCRIPTION:
        work.error("graphql", "a subscription has no answer that could be judged", node, "ask with a query")
        return None
    return found


def _check_variables(work: Work, operation: Operation, node: Node | None, place: Node) -> None:
    declared = {variable.name: variable for variable in operation.variables}
    given = mapping(node)
    for name in given:
        if name not in declared:
            message = f"the {operation.kind} declares no variable {quoted('$' + name)}"
            where = key_of(node, name) or given[name]
            work.error("graphql", message, where, nearest(name, list(declared), "declare it, or delete it here"))
    for name, variable in declared.items():
        if variable.required and name not in given and not (node is not None and node.cut):
            message = f"the {operation.kind} needs a value for {quoted('$' + name)}"
            work.error("graphql", message, node or place, f"add `{name}:` to `variables`")
