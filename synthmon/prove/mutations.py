"""The list: every fault that a probe is tried with, in the order of docs/proving.md, which tells of each."""

from __future__ import annotations

from synthmon.prove import fields, values, wholes
from synthmon.prove.fields import at_places
from synthmon.prove.mutation import Mutation
from synthmon.prove.slowness import slow

MUTATIONS: tuple[Mutation, ...] = (
    Mutation("other-success", "another status from 200 to 299", wholes.other_success),
    Mutation("redirect", "302 to a login page", wholes.redirected),
    Mutation("client-error", "404", wholes.client_error),
    Mutation("server-error", "503", wholes.server_error),
    Mutation("expired-token", "401, once, to a request that shows who it is", wholes.expired),
    Mutation("html", "a page of HTML, with the status that the answer had", wholes.html),
    Mutation("empty-body", "no body", wholes.empty),
    Mutation("truncated", "the first half of the body", wholes.truncated),
    Mutation("malformed", "a line of text in front of the JSON", wholes.malformed),
    Mutation("previous-answer", "what the request before was answered", wholes.previous),
    Mutation(
        "missing-header",
        "without a header that the probe speaks of, or a `Location` that is due",
        wholes.missing_header,
    ),
    Mutation("missing-cookie", "without a cookie that it set", wholes.missing_cookie),
    Mutation("graphql-errors", "GraphQL errors beside the data", wholes.graphql_errors),
    Mutation("never-true", "a poll's attempts are all answered as one that was not yet enough", wholes.never_true),
    Mutation("missing-field", "a field of the JSON is gone", at_places(fields.missing)),
    Mutation("extra-field", "a field that must not be there", fields.extra),
    Mutation("null", "a value is null", at_places(fields.null)),
    Mutation("wrong-type", "a value is of another type", at_places(fields.wrong_type)),
    Mutation("empty-text", "a text is empty", at_places(fields.empty_text)),
    Mutation("empty-list", "a list is empty", at_places(fields.empty_list)),
    Mutation("fewer-items", "the last item of a list is gone", at_places(fields.fewer_items)),
    Mutation("stale-value", "a value is what an earlier answer of the run had there", at_places(values.stale)),
    Mutation(
        "another-run", "a value that only this run can have is that of another run", at_places(values.another_run)
    ),
    Mutation("swapped-id", "a value that was asked for is that of another thing", at_places(values.swapped)),
    Mutation("wrong-currency", "a currency is another one", at_places(values.currency)),
    Mutation("off-by-one", "a number is one higher", at_places(values.off_by_one)),
    Mutation("negative", "a number is negative", at_places(values.negative)),
    Mutation("opposite", "a truth value is the other one", at_places(values.opposite)),
    Mutation("slow-dns", "looking up the name takes long", slow("dns", "looking up the name")),
    Mutation("slow-connect", "connecting takes long", slow("connect", "connecting")),
    Mutation("slow-tls", "the TLS handshake takes long", slow("tls", "the TLS handshake")),
    Mutation("slow-first-byte", "the first byte comes late", slow("first_byte", "waiting for the first byte")),
    Mutation("slow-transfer", "the rest comes slowly", slow("transfer", "reading the answer")),
)

IDS = tuple(mutation.id for mutation in MUTATIONS)
