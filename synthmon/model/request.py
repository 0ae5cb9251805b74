"""What a step asks, as written: method, address, headers and one of several kinds of body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from synthmon.model.text import Text, Tree
from synthmon.nouns import dataclass


class BodyKind(StrEnum):
    JSON = "json"
    FORM = "form"
    RAW = "raw"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Body:
    """JSON: any tree. FORM: a mapping of names to scalars or tuples of scalars. RAW: a text; its type is a header."""

    kind: BodyKind
    value: Tree


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file that is sent as it is: its path below the probes folder, and its bytes when the probe was read."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FormPart:
    """A part of a `multipart/form-data` body (RFC 7578); a scalar or a file."""

    name: str
    value: Tree | FileContent
    filename: Text | None = None
    content_type: Text | None = None


@dataclass(frozen=True, slots=True)
class MultipartBody:
    parts: tuple[FormPart, ...]


@dataclass(frozen=True, slots=True)
class GraphQLBody:
    """A GraphQL document and what it is asked with. `file` is where it was read from; `reads`: it changes nothing."""

    query: str
    variables: Mapping[str, Tree] = field(default_factory=dict)
    operation: str | None = None
    file: FileContent | None = None
    reads: bool = False


AnyBody: TypeAlias = Body | FileContent | MultipartBody | GraphQLBody


@dataclass(frozen=True, slots=True, weakref_slot=True)
class RequestSpec:
    """A request to render. `url` is complete (the base already put in front). `redirects` is how many are followed."""

    method: str
    url: Text
    params: Mapping[str, Tree] = field(default_factory=dict)
    headers: Mapping[str, Text] = field(default_factory=dict)
    body: AnyBody | None = None
    redirects: int = 0
    idempotency_header: str | None = None  # carries a key that is the run's own for this step

    @property
    def body_trees(self) -> Iterator[Tree]:
        """Every value of the body that may hold expressions."""
        match self.body:
            case Body(value=value):
                yield value
            case MultipartBody(parts):
                for part in parts:
                    yield from (part.filename, part.content_type)
                    if not isinstance(part.value, FileContent):
                        yield part.value
            case GraphQLBody(variables=variables):
                yield variables

    @property
    def files(self) -> Iterator[FileContent]:
        """Every file that is sent, or that holds what is sent."""
        match self.body:
            case FileContent() as file:
                yield file
            case MultipartBody(parts):
                yield from (part.value for part in parts if isinstance(part.value, FileContent))
            case GraphQLBody(file=FileContent() as file):
                yield file
