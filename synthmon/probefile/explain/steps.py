"""The steps of a journey in words: what is asked and how fast, and under it what is sent, expected and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from synthmon.model.answer import Capture, CaptureFrom, Expect
from synthmon.model.auth import (
    ApiKeyAuth,
    Auth,
    AwsAuth,
    BasicAuth,
    BearerAuth,
    ClientAuthentication,
    Grant,
    HmacAuth,
    KeyPlace,
    OAuth2Profile,
    ProfileAuth,
)
from synthmon.model.journey import Poll, Retry, RetryCause, Step
from synthmon.model.text import Text
from synthmon.nouns import dataclass
from synthmon.probefile.explain import budgets, network, phrases, sending
from synthmon.probefile.explain.matchers import must
from synthmon.probefile.explain.phrases import ended, listed, span, text, value


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence, and those that belong under it."""

    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Common:
    """What is the same in every step, and therefore told once."""

    headers: Mapping[str, Text]
    timeout: float | None

    @staticmethod
    def of(steps: Sequence[Step]) -> Common:
        first = dict(steps[0].request.headers) if steps else {}
        shared = {
            name: one for name, one in first.items() if all(step.request.headers.get(name) == one for step in steps)
        }
        timeouts = [step.timeout for step in steps]
        return Common(shared, max(timeouts, key=timeouts.count) if timeouts else None)


def step(one: Step, base: str, common: Common) -> Item:
    """`Put the test item into the cart (add_to_cart): POST /cart/items must answer 201 within 500 ms.`"""
    request = one.request
    repeated = f"is asked again {_polling(one.poll)}; then it " if one.poll is not None else ""
    budget = f" within {span(one.latency_budget)}" if one.latency_budget is not None else ""
    answer = f"{repeated}must answer {_statuses(one.expect)}{budget}"
    head = f"{one.name} ({one.id}): {request.method} {_address(request.url, base)} {answer}."
    return Item(head, tuple(map(ended, _details(one, common))))


def _address(url: Text, base: str) -> str:
    shown = text(url)
    return shown.removeprefix(base) if base and shown.startswith(f"{base}/") else shown


def _statuses(expect: Expect) -> str:
    return listed(map(str, expect.status), "or") or "anything"


def _details(one: Step, common: Common) -> Iterator[str]:
    for condition in one.conditions:
        yield f"It is made only if {phrases.text(condition)} is true, and skipped otherwise"
    if one.block is not None:
        given = {name: handed.value for name, handed in one.inputs.items()}
        yield f"Uses {one.block}{f' with {phrases.fields(given)}' if given else ''}"
    yield from _sent(one, common)
    yield from expectations(one.expect)
    if one.poll is not None and one.poll.fail_if is not None:
        yield f"It fails at once if {_conditions(one.poll.fail_if)}"
    if one.timeout != common.timeout:
        yield f"{'An attempt' if one.poll is not None else 'It'} fails after {span(one.timeout)}"
    yield from budgets.of_step(one)
    if one.warn is not None:
        yield f"Only degraded unless {_conditions(one.warn)}"
    if one.allow_failure:
        yield "It may fail or be degraded without that counting for the run"
    yield from map(_capture, one.captures)
    yield from _prefixes(one)


def _sent(one: Step, common: Common) -> Iterator[str]:
    request = one.request
    if request.params:
        yield f"Asks with {phrases.fields(request.params)}"
    own = {name: value for name, value in request.headers.items() if name not in common.headers}
    if own:
        yield f"Sends the {headers(own)}"
    if request.body is not None:
        yield sending.body(request.body)
    if one.auth is not None:
        yield authentication(one.auth)
    if request.idempotency_header:
        yield f"Sends the header {request.idempotency_header} with a key that is the same at every attempt of a run"
    if one.retry is not None:
        yield _retry(one.retry)
    if one.tls is not None:
        yield from network.of_step(one.tls)
    if request.redirects:
        yield f"Follows up to {phrases.count(request.redirects, 'redirect')}"


def _retry(retry: Retry) -> str:
    causes = [_CAUSES[cause] for cause in RetryCause if cause in retry.causes]
    after = listed([*causes, *(f"a status of {status}" for status in retry.statuses)], "or")
    return f"After {after}, it is sent again {span(retry.delay)} later, {retry.attempts} times in all at most"


_CAUSES = {RetryCause.CONNECTION_ERROR: "a fault of the connection", RetryCause.TIMEOUT: "a timeout"}


def headers(named: Mapping[str, Text]) -> str:
    """`header X-Tenant: acme`."""
    each = listed(f"{name}: {text(one)}" for name, one in named.items())
    return f"header{'s' if len(named) > 1 else ''} {each}"


def authentication(auth: Auth) -> str:
    match auth:
        case BearerAuth(token):
            return f"Shows the token {text(token)}"
        case BasicAuth(username, password):
            return f"Signs in as {text(username)} with the password {text(password)}"
        case ProfileAuth(profile, renew):
            fresh = ", fetching a new token first, which counts as part of this step" if renew else ""
            return f"Asks as the profile {profile}{fresh}"
        case ApiKeyAuth(place, name, key):
            return f"Shows the key {text(key)} in {_PLACES[place]} {name}"
        case HmacAuth():
            return f"Signs {text(auth.string_to_sign)} {_signs_with(auth)}, and adds {_adds(auth)}"
        case AwsAuth():
            where = f"the service {text(auth.service)} in {text(auth.region)}"
            token = f" and the token {text(auth.session_token)}" if auth.session_token is not None else ""
            keys = f"{text(auth.access_key_id)} and {text(auth.secret_access_key)}{token}"
            return f"Signs for AWS as {keys}, for {where}"


def expectations(expect: Expect) -> Iterator[str]:
    """Everything but the status."""
    for name, matcher in expect.headers:
        yield f"The header {name} {must(matcher)}"
    for name, matcher in expect.cookies:
        yield f"The cookie {name} {must(matcher)}"
    for path, matcher in expect.json:
        yield f"In the JSON, {path} {must(matcher)}"
    for xpath, matcher in expect.xml:
        yield f"In the XML, {xpath.text} {must(matcher)}"
    for matcher in expect.text:
        yield f"The body's text {must(matcher)}"
    if expect.schema is not None:
        yield f"The body must fit {_schema(expect.schema.label)}"
    if expect.openapi is not None:
        yield f"The answer must be one that is documented for {expect.openapi.label}"
    for asserted in expect.assertions:
        told = f" ({asserted.message})" if asserted.message else ""
        yield f"It must be true that {phrases.expression(asserted.expression)}{told}"


def _schema(label: str) -> str:
    return label if label.startswith("the ") else f"the schema {label}"


def _polling(poll: Poll) -> str:
    return f"every {span(poll.every)}, for {span(poll.timeout)} at most, until {_conditions(poll.until)}"


def _conditions(expect: Expect) -> str:
    status = [f"the status is {_statuses(expect)}"] if expect.status else []
    return listed([*status, *(_as_fact(one) for one in expectations(expect))])


_FACTS = (
    ("must not be ", "is not "),
    ("must be ", "is "),
    ("must have ", "has "),
    ("must fit ", "fits "),
    ("must be one that ", "is one that "),
    ("It must be true that ", "it is true that "),
)


def _as_fact(demand: str) -> str:
    """`the JSON's $.status is "paid"` from `In the JSON, $.status must be "paid"`."""
    said = re.sub(r"^In the (JSON|XML), ", r"the \1's ", demand)
    for wish, fact in _FACTS:
        if wish in said:
            said = said.replace(wish, fact, 1)
            break
    return said[:1].lower() + said[1:]


def _prefixes(one: Step) -> Iterator[str]:
    """What the prefixes of its XPaths stand for."""
    expects = (one.expect, one.warn)
    paths = [path.namespaces for expect in expects if expect is not None for path, _ in expect.xml]
    named = dict(pair for pairs in (*paths, *(capture.namespaces for capture in one.captures)) for pair in pairs)
    if named:
        yield f"There, {listed(f'{prefix} stands for {name}' for prefix, name in sorted(named.items()))}"


_ORIGINS = {
    CaptureFrom.JSON: "{} of the JSON",
    CaptureFrom.HEADER: "the header {}",
    CaptureFrom.COOKIE: "the cookie {}",
    CaptureFrom.STATUS: "the status",
    CaptureFrom.TEXT: "the body",
    CaptureFrom.XPATH: "{} of the XML",
}


def _capture(capture: Capture) -> str:
    origin = _ORIGINS[capture.origin].format(capture.selector)
    if capture.pattern is not None:
        origin = f"what {capture.pattern} finds in {origin}"
    every = "everything at " if capture.all else ""
    otherwise = f", or {value(capture.default)} if there is none" if capture.has_default else ""
    hidden = "; never shown" if capture.secret else ""
    return f"Keeps {every}{origin} as {capture.name}{otherwise}{hidden}"


def profile(one: OAuth2Profile) -> str:
    """A way to authenticate that steps share."""
    scopes = f" for {listed(one.scopes)}" if one.scopes else ""
    early = f"It is renewed {span(one.renew_before)} before it expires"
    again = "; if it is refused before that, once more, and the step is degraded" if one.renew_on_401 else ""
    least = (
        f". One that is granted for less than {span(one.min_lifetime)} makes the step degraded"
        if one.min_lifetime is not None
        else ""
    )
    along = f", sent along: {value(one.params)}" if one.params else ""
    token = f"a token (OAuth2, {_grant(one)}){scopes} from {text(one.token_url)}"
    return f"{one.name}: {token}, as {text(one.client_id)} {_proof(one)}{along}. {early}{again}{least}."


_PLACES = {KeyPlace.HEADER: "the header", KeyPlace.QUERY: "the parameter", KeyPlace.COOKIE: "the cookie"}


def _signs_with(auth: HmacAuth) -> str:
    written = "" if auth.key_encoding == "text" else f" (written in {auth.key_encoding})"
    return f"by HMAC-{auth.algorithm.upper()} with {text(auth.key)}{written}, in {auth.encoding}"


def _adds(auth: HmacAuth) -> str:
    header = [f"header {name}: {text(one)}" for name, one in auth.headers.items()]
    return listed([*header, *(f"parameter {name}: {text(one)}" for name, one in auth.query.items())])


def _grant(one: OAuth2Profile) -> str:
    match one.grant:
        case Grant.CLIENT_CREDENTIALS:
            return "client credentials"
        case Grant.REFRESH_TOKEN:
            return f"refresh token {text(one.refresh_token or '')}"
        case Grant.PASSWORD:
            return f"password {text(one.password or '')} of {text(one.username or '')}"


def _proof(one: OAuth2Profile) -> str:
    """How the client shows who it is."""
    if (key := one.client_key) is not None:
        named = f", key {text(key.key_id)}" if key.key_id is not None else ""
        whom = f", for {text(key.audience)}" if key.audience is not None else ""
        return f"with what it signs with {text(key.key)} ({key.algorithm}{named}{whom}, good for {span(key.lifetime)})"
    if one.client_secret is None:
        return "without a secret"
    how = "in a header" if one.client_authentication is ClientAuthentication.BASIC else "in the form"
    return f"with {text(one.client_secret)} {how}"
