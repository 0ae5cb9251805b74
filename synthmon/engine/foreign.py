"""Requests and answers of ours as whole ones of httpx's, for transports of others and for what is asked seldom."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import httpx

from synthmon.engine.built import Built, Pair, Received, pairs_of


def headers(pairs: Iterable[Pair]) -> httpx.Headers:
    """The header of these fields, in their order."""
    return httpx.Headers(list(pairs))


def request(built: Built) -> httpx.Request:
    """The request as httpx has it; what is noted in its extensions is noted in those of the other."""
    made = httpx.Request(built.method, str(built.url), content=built.content)
    made.headers, made.extensions = headers(pairs_of(built)), built.extensions
    return made


def response(received: Received) -> httpx.Response:
    """The answer as httpx has it. It is decoded already, whatever its header says."""
    made = httpx.Response(received.status_code, content=received.content, request=received.request)
    made.headers, made.extensions = headers(pairs_of(received)), received.extensions
    return made


def received(answer: httpx.Response, sent: httpx.Request) -> Received:
    """An answer of httpx's, which may have to be read and decoded first, as one of ours."""
    answer.request = sent
    return Received(answer.status_code, answer.headers.raw, answer.read(), sent, answer.extensions)


def handled_by(transport: httpx.BaseTransport) -> Callable[[httpx.Request], Received]:
    """The answer of somebody else's transport, which gets a request of httpx's."""

    def handle(sent: httpx.Request) -> Received:
        answer = transport.handle_request(request(sent) if type(sent) is Built else sent)
        return answer if type(answer) is Received else received(answer, sent)

    return handle
