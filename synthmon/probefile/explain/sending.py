"""The body that a step sends, in words."""

from __future__ import annotations

from synthmon.model.request import AnyBody, Body, BodyKind, FileContent, FormPart, GraphQLBody, MultipartBody
from synthmon.model.words import printable
from synthmon.probefile.explain.phrases import count, fields, listed, text, value

_BODIES = {
    BodyKind.JSON: "as JSON",
    BodyKind.FORM: "as a form",
    BodyKind.RAW: "as it is",
}


def body(sent: AnyBody) -> str:
    """`Sends as JSON: {"sku": "SYNTH-1"}`."""
    match sent:
        case Body():
            return f"Sends {_BODIES[sent.kind]}: {value(sent.value)}"
        case FileContent():
            return f"Sends the {_file(sent)}"
        case MultipartBody(parts):
            return f"Sends a form of {count(len(parts), 'part')}: {listed(map(_part, parts))}"
        case GraphQLBody():
            return _graphql(sent)


def _file(file: FileContent) -> str:
    return f"file {printable(file.path)} of {count(len(file.content), 'byte')}"


def _part(part: FormPart) -> str:
    if isinstance(part.value, FileContent):
        told = f"{printable(part.name)} with the {_file(part.value)}"
    else:
        told = fields({part.name: part.value})
    called = f" called {text(part.filename)}" if part.filename is not None else ""
    typed = f" ({text(part.content_type)})" if part.content_type is not None else ""
    return f"{told}{called}{typed}"


def _graphql(sent: GraphQLBody) -> str:
    kind = f"GraphQL {'query' if sent.reads else 'mutation'}"
    what = f"a {kind}" if sent.operation is None else f"the {kind} {sent.operation}"
    whence = f" of {printable(sent.file.path)}" if sent.file is not None else ""
    asked = f" with {fields(sent.variables)}" if sent.variables else ""
    return f"Sends {what}{whence}{asked}; an error in its answer fails the step"
