"""Each key of a probe file in use, and the words in which the explanation tells of it.

A key that nothing explains yet stands in `NOT_YET`, which should be empty.
"""

from __future__ import annotations

from collections.abc import Mapping

A = "steps: [{id: a, request: GET /x}]"


def _probe(line: str) -> str:
    return f"{line}\n{A}"


def _step(keys: str, head: str = "") -> str:
    return f"{head}\nsteps: [{{id: a, request: GET /x, {keys}}}]"


def _request(keys: str, head: str = "") -> str:
    return f"{head}\nsteps: [{{id: a, request: {{url: /x, {keys}}}}}]"


def _expect(keys: str) -> str:
    return _step(f"expect: {{{keys}}}")


def _matcher(operators: str) -> str:
    return _step(f"expect: {{json: {{$.v: {{{operators}}}}}}}")


def _capture(keys: str) -> str:
    use = "{id: b, request: 'GET /${{ captures.v }}'}"
    return f"steps: [{{id: a, request: GET /x, capture: {{v: {{{keys}}}}}}}, {use}]"


def _poll(keys: str) -> str:
    return _step(f"poll: {{{keys}}}")


def _oauth2(keys: str = "") -> str:
    who = 'client_id: "${{ secrets.one }}", client_secret: "${{ secrets.two }}"'
    return f"""
        secrets: [one, two]
        auth: {{partner: {{oauth2: {{token_url: https://a.example.com/t, {who}{keys}}}}}}}
        steps:
          - {{id: a, request: GET /x, auth: partner}}
          - {{id: b, request: GET /x, auth: {{use: partner, renew: true}}}}
        """


def _grant(keys: str) -> str:
    return f"""
        secrets: [one]
        auth: {{partner: {{oauth2: {{token_url: https://a.example.com/t, client_id: c{keys}}}}}}}
        steps: [{{id: a, request: GET /x, auth: partner}}, {{id: b, request: "GET /x?${{{{ secrets.one }}}}"}}]
        """


def _signing(keys: str = "") -> str:
    return _grant(f', private_key_jwt: {{key: "${{{{ secrets.one }}}}"{keys}}}')


def _shared(way: str) -> str:
    return _step("auth: shared", f"auth: {{shared: {{{way}}}}}")


def _api_key(place: str) -> str:
    return f"api_key: {{{place}, value: '${{{{ run.id }}}}'}}"


_HMAC = (
    "hmac: {key: '${{ run.id }}', string_to_sign: '${{ request.path }}', headers: {X-S: '${{ request.signature }}'}%s}"
)
_AWS = "aws: {access_key_id: k, secret_access_key: '${{ run.id }}', region: eu-west-1, service: s3%s}"


def _hmac(keys: str = "") -> str:
    return f"auth: {{{_HMAC % keys}}}"


def _aws(keys: str = "") -> str:
    return f"auth: {{{_AWS % keys}}}"


def _alert(keys: str, head: str = "") -> str:
    return f"{head}\nalerts: [{{{keys}}}]\n{A}"


def _when(condition: str, head: str = "") -> str:
    return _alert(f"when: {{{condition}}}", head)


_SLO = "slo: [{name: availability, objective: 99.5%, window: 30d}]"
_TIMED = "slo: [{name: speed, objective: 95%, window: 30d, within: 1500ms}]"
_USED = """
    secrets: [key]
    steps:
      - id: a
        uses: blocks/log_in.yaml
        with: {email: ann@example.com, password: "${{ secrets.key }}"}
    """
_CRON = f'cron: "*/5 8-18 * * 1-5"\ntimezone: Europe/Berlin\n{A}'
_REGIONS = "regions: {eu-west: {vars: {tenant: acme}}, us-east: {vars: {tenant: other}}}"

_KEYED = "method: POST, idempotency_key: {header: X-Once, value: 'k-${{ run.id }}'}"

_PROXY = """
    secrets: [key]
    network: {proxy: {url: "http://p.test:3128", username: synthmon, password: "${{ secrets.key }}"}}
    steps: [{id: a, request: GET /x}]
    """
_TLS = _step('tls: {client_certificate: "${{ secrets.one }}", client_key: "${{ secrets.two }}"}', "secrets: [one, two]")

EXPLAINED: Mapping[str, tuple[str, str]] = {
    "StepPart.retry": (_step("retry: {attempts: 3}"), "it is sent again 1 s later, 3 times in all at most"),
    "DefaultsPart.retry": (_probe("defaults: {retry: {attempts: 4}}"), "4 times in all at most"),
    "DefaultsPart.redirects": (_probe("defaults: {redirects: 3}"), "Follows up to 3 redirects."),
    "RetryPart.attempts": (_step("retry: {attempts: 3}"), "3 times in all at most"),
    "RetryPart.delay": (_step("retry: {attempts: 3, delay: 2s}"), "it is sent again 2 s later"),
    "RetryPart.on": (_step("retry: {attempts: 3, on: [timeout, 429]}"), "After a timeout or a status of 429, it is"),
    "RequestPart.idempotency_key": (
        _request("method: POST, idempotency_key: true, json: {}"),
        "Sends the header Idempotency-Key with a key that is the same at every attempt of a run.",
    ),
    "IdempotencyPart.header": (_request(_KEYED), "X-Once"),
    "IdempotencyPart.value": (_request(_KEYED), "k-‹run.id›"),
    "ProbePart.synthmon": (A, "format 1"),
    "ProbePart.name": (A, "(shop)"),
    "ProbePart.title": (_probe("title: The shop sells"), "The shop sells (shop)"),
    "ProbePart.description": (_probe("description: Somebody buys\n"), "Somebody buys."),
    "ProbePart.owner": (_probe("owner: team-shop"), "It belongs to team-shop."),
    "ProbePart.runbook": (_probe("runbook: https://wiki.example.com/x"), "down: https://wiki.example.com/x"),
    "ProbePart.depends_on": (_probe("depends_on: [login]"), "While login is down, nobody is told of this one as well."),
    "ProbePart.tags": (_probe("tags: [tier-1, revenue]"), "Tags: tier-1 and revenue."),
    "ProbePart.interval": (_probe("interval: 10m"), "It runs every 10 min in eu-west and us-east"),
    "ProbePart.cron": (_CRON, "It runs at the minutes of the cron expression */5 8-18 * * 1-5, "),
    "ProbePart.timezone": (_CRON, "by the clocks of Europe/Berlin"),
    "ProbePart.timeout": (_probe("timeout: 17s"), "Its steps are stopped after 17 s."),
    "ProbePart.latency_budget": (_probe("latency_budget: 1500ms"), "A run that takes longer than 1.5 s is degraded"),
    "ProbePart.regions": (_probe("regions: [us-east]"), "in us-east."),
    "ProbePart.base_url": (
        _probe("base_url: https://other.example.com/api/"),
        "Addresses that begin with / are at https://other.example.com/api.",
    ),
    "ProbePart.vars": ('vars: {user: Ann}\nsteps: [{id: a, request: "GET /${{ vars.user }}"}]', 'user is "Ann".'),
    "ProbePart.secrets": (
        'secrets: [key]\nsteps: [{id: a, request: {url: /x, params: {k: "${{ secrets.key }}"}}}]',
        "Secrets, here by name only: key.",
    ),
    "ProbePart.auth": (_oauth2(), "partner: a token (OAuth2, client credentials)"),
    "ProbePart.defaults": (_probe("defaults: {timeout: 4s}"), "after 4 s has failed"),
    "ProbePart.steps": ("steps: [{id: a, request: GET /other}]", "GET /other must answer 2xx"),
    "ProbePart.cleanup": (_probe("cleanup: [{id: undo, request: DELETE /x}]"), "Afterwards, whatever happened"),
    "ProbePart.redact": (_probe("redact: {json: [$..email]}"), "What is never kept"),
    "ProbePart.slo": (_probe(_SLO), "What is promised"),
    "ProbePart.alerts": (_probe("alerts: []"), "Nobody: the probe has no alerts."),
    "RegionPart.vars": (
        f'{_REGIONS}\nsteps: [{{id: a, request: "GET /${{{{ vars.tenant }}}}"}}]',
        'In us-east, tenant is "other".',
    ),
    "DefaultsPart.timeout": (_probe("defaults: {timeout: 4s}"), "A request that is not answered completely after 4 s"),
    "DefaultsPart.headers": (_probe("defaults: {headers: {X-A: b}}"), "Every request has the header X-A: b."),
    "DefaultsPart.auth": (
        _probe("defaults: {auth: {basic: {username: u, password: '${{ run.id }}'}}}"),
        "Signs in as u with the password ‹run.id›.",
    ),
    "RedactPart.json": (_probe("redact: {json: [$..email]}"), "Of JSON bodies: $..email."),
    "ObjectivePart.name": (_probe(_SLO), "availability: "),
    "ObjectivePart.objective": (_probe(_SLO), "99.5 %"),
    "ObjectivePart.window": (_probe(_SLO), "over 30 d must be good"),
    "ObjectivePart.within": (_probe(_TIMED), "and take no longer than 1.5 s"),
    "StepPart.id": ("steps: [{id: pay, request: GET /x}]", "(pay)"),
    "StepPart.if": (_step('if: "${{ vars.x }}"', "vars: {x: true}"), "It is made only if ‹vars.x› is true"),
    "StepPart.allow_failure": (_step("allow_failure: true"), "It may fail or be degraded without that counting"),
    "StepPart.uses": (_USED, "Uses blocks/log_in.yaml with "),
    "StepPart.with": (_USED, "email ann@example.com"),
    "StepPart.name": (_step("name: Ask it"), "Ask it (a)"),
    "StepPart.request": ("steps: [{id: a, request: HEAD /x}]", "HEAD /x must answer"),
    "StepPart.auth": (_step("auth: {bearer: 'x-${{ run.id }}'}"), "Shows the token x-‹run.id›."),
    "StepPart.timeout": (
        "steps: [{id: a, request: GET /x}, {id: b, request: GET /x}, {id: c, request: GET /x, timeout: 7s}]",
        "It fails after 7 s.",
    ),
    "StepBudgetPart.degraded": (_step("latency_budget: {degraded: 500ms}"), "must answer 2xx within 500 ms"),
    "StepBudgetPart.failed": (_step("latency_budget: {failed: 5s}"), "An answer after more than 5 s has failed"),
    "StepBudgetPart.dns": (
        _step("latency_budget: {dns: 50ms}"),
        "Degraded if looking up the name takes longer than 50 ms.",
    ),
    "StepBudgetPart.connect": (_step("latency_budget: {connect: 50ms}"), "if connecting takes longer than 50 ms"),
    "StepBudgetPart.tls": (
        _step("latency_budget: {tls: 50ms, dns: 1ms}"),
        "Degraded if looking up the name takes longer than 1 ms or the TLS handshake takes longer than 50 ms.",
    ),
    "StepBudgetPart.first_byte": (_step("latency_budget: {first_byte: 50ms}"), "waiting for the first byte takes"),
    "StepBudgetPart.transfer": (_step("latency_budget: {transfer: 50ms}"), "reading the answer takes longer"),
    "JourneyBudgetPart.degraded": (_probe("latency_budget: {degraded: 2s}"), "takes longer than 2 s is degraded"),
    "JourneyBudgetPart.failed": (_probe("latency_budget: {failed: 9s}"), "takes longer than 9 s has failed"),
    "StepPart.warn": (
        _step("warn: {json: {$.n: {at_least: 3}}}"),
        "Only degraded unless the JSON's $.n is at least 3.",
    ),
    "ConditionsPart.xml": (_expect("xml: {'//a/@id': 7}"), "In the XML, //a/@id must be 7."),
    "CapturePart.xpath": (_capture("xpath: //a/@id"), "Keeps //a/@id of the XML as v"),
    "StepPart.namespaces": (_step("namespaces: {o: urn:o}, expect: {xml: {'//o:a': x}}"), "There, o stands for urn:o."),
    "DefaultsPart.namespaces": (
        _step("expect: {xml: {'//d:a': x}}", "defaults: {namespaces: {d: urn:d}}"),
        "There, d stands for urn:d.",
    ),
    "ConditionsPart.openapi": (
        _expect("openapi: {file: schemas/shop.openapi.yaml, operation: getOrder}"),
        "The answer must be one that is documented for getOrder of schemas/shop.openapi.yaml.",
    ),
    "OperationPart.file": (
        _expect("openapi: {file: schemas/shop.openapi.yaml, operation: getOrder}"),
        "of schemas/shop.openapi.yaml",
    ),
    "OperationPart.operation": (
        _expect("openapi: {file: schemas/shop.openapi.yaml, operation: 'GET /orders/{id}'}"),
        "documented for GET /orders/{id} of",
    ),
    "ConditionsPart.assert": (
        _expect('assert: ["${{ response.status == 200 }}"]'),
        "It must be true that ‹response.status == 200›",
    ),
    "AssertionPart.that": (
        _expect('assert: [{that: "${{ response.status == 200 }}"}]'),
        "It must be true that ‹response.status == 200›.",
    ),
    "AssertionPart.message": (
        _expect('assert: [{that: "${{ response.status == 200 }}", message: all is well}]'),
        "(all is well)",
    ),
    "CapturePart.regex": (_capture("header: Location, regex: '/j/(.+)'"), "Keeps what /j/(.+) finds in the header Loc"),
    "StepPart.latency_budget": (_step("latency_budget: 500ms"), "must answer 2xx within 500 ms"),
    "StepPart.expect": (_expect("status: 204"), "must answer 204"),
    "StepPart.capture": (_capture("json: $.id"), "Keeps $.id of the JSON as v"),
    "StepPart.poll": (_poll("until: {json: {$.s: done}}"), 'until the JSON\'s $.s is "done"; then it must answer 2xx'),
    "RequestPart.method": ("steps: [{id: a, request: {method: PATCH, url: /x}}]", "PATCH /x"),
    "RequestPart.url": ("steps: [{id: a, request: {url: /there}}]", "GET /there"),
    "RequestPart.params": (_request("params: {limit: 50, sort: name}"), "Asks with limit 50 and sort name."),
    "RequestPart.headers": (
        "steps: [{id: a, request: {url: /x, headers: {X-A: b}}}, {id: b, request: GET /x}]",
        "Sends the header X-A: b.",
    ),
    "RequestPart.json": (_request("method: POST, json: {a: 1}"), 'Sends as JSON: {"a": 1}.'),
    "RequestPart.form": (_request("method: POST, form: {a: b}"), 'Sends as a form: {"a": "b"}.'),
    "RequestPart.raw": (_request("method: POST, raw: words"), 'Sends as it is: "words".'),
    "RequestPart.redirects": (_request("redirects: 2"), "Follows up to 2 redirects."),
    "RawPart.content_type": (
        _request("method: POST, raw: {content_type: text/csv, text: a}").rstrip("]") + ", {id: b, request: GET /x}]",
        "Sends the header Content-Type: text/csv.",
    ),
    "RequestPart.multipart": (
        _request("method: POST, multipart: {note: hello, photo: {file: bodies/photo.png}}"),
        "Sends a form of 2 parts: note hello and photo with the file bodies/photo.png of 12 bytes called photo.png.",
    ),
    "RequestPart.graphql": (
        _request("graphql: {query: '{ me { id } }'}"),
        "Sends a GraphQL query; an error in its answer fails the step.",
    ),
    "FieldPart.text": (_request("method: POST, multipart: {note: {text: 'hello you'}}"), "1 part: note hello you."),
    "FieldPart.file": (
        _request("method: POST, multipart: {photo: {file: bodies/photo.png}}"),
        "photo with the file bodies/photo.png of 12 bytes",
    ),
    "FieldPart.filename": (
        _request("method: POST, multipart: {photo: {file: bodies/photo.png, filename: me.png}}"),
        "12 bytes called me.png.",
    ),
    "FieldPart.content_type": (
        _request("method: POST, multipart: {note: {text: '{}', content_type: application/json}}"),
        "note {} (application/json).",
    ),
    "GraphQLPart.query": (
        _request("graphql: {query: 'mutation { pay }'}"),
        "Sends a GraphQL mutation; an error in its answer fails the step.",
    ),
    "GraphQLPart.file": (
        _request("graphql: {file: bodies/order.graphql, operation: Order, variables: {id: 7}}"),
        "Sends the GraphQL query Order of bodies/order.graphql with id 7;",
    ),
    "GraphQLPart.variables": (
        _request("graphql: {query: 'query Q($a: Int) { b(c: $a) }', variables: {a: 5}}"),
        "GraphQL query with a 5;",
    ),
    "GraphQLPart.operation": (
        _request("graphql: {query: 'query Q { b }', operation: Q}"),
        "Sends the GraphQL query Q;",
    ),
    "RawPart.file": (
        _request("method: PUT, raw: {content_type: image/png, file: bodies/photo.png}"),
        "Sends the file bodies/photo.png of 12 bytes.",
    ),
    "RawPart.text": (
        _request("method: POST, raw: {content_type: text/csv, text: one}"),
        'Sends as it is: "one".',
    ),
    "AuthPart.bearer": (_step("auth: {bearer: 'x-${{ run.id }}'}"), "Shows the token x-‹run.id›."),
    "AuthPart.basic": (_step("auth: {basic: {username: u, password: '${{ run.id }}'}}"), "Signs in as u"),
    "AuthPart.use": (_oauth2(), "Asks as the profile partner"),
    "AuthPart.renew": (_oauth2(), "fetching a new token first"),
    "BasicPart.username": (_step("auth: {basic: {username: ann, password: '${{ run.id }}'}}"), "as ann"),
    "BasicPart.password": (
        _step("auth: {basic: {username: u, password: '${{ run.id }}'}}"),
        "with the password ‹run.id›",
    ),
    "ProfilePart.oauth2": (_oauth2(), "a token (OAuth2, client credentials)"),
    "OAuth2Part.grant": (_oauth2(", grant: client_credentials"), "OAuth2, client credentials"),
    "OAuth2Part.token_url": (_oauth2(), "from https://a.example.com/t"),
    "OAuth2Part.client_id": (_oauth2(), "as ‹secrets.one›"),
    "OAuth2Part.client_secret": (_oauth2(), "with ‹secrets.two› in a header"),
    "OAuth2Part.client_authentication": (_oauth2(", client_authentication: post"), "in the form"),
    "OAuth2Part.scopes": (_oauth2(", scopes: [read, write]"), "for read and write"),
    "OAuth2Part.renew_before": (_oauth2(", renew_before: 90s"), "renewed 90 s before it expires"),
    "OAuth2Part.renew_on_401": (_oauth2(", renew_on_401: true"), "if it is refused before that, once more"),
    "OAuth2Part.private_key_jwt": (_signing(), "as c with what it signs with ‹secrets.one›"),
    "OAuth2Part.refresh_token": (
        _grant(', grant: refresh_token, client_authentication: none, refresh_token: "${{ secrets.one }}"'),
        "(OAuth2, refresh token ‹secrets.one›) from https://a.example.com/t, as c without a secret",
    ),
    "OAuth2Part.username": (
        _grant(', grant: password, client_authentication: none, username: ann, password: "${{ secrets.one }}"'),
        "of ann",
    ),
    "OAuth2Part.password": (
        _grant(', grant: password, client_authentication: none, username: ann, password: "${{ secrets.one }}"'),
        "(OAuth2, password ‹secrets.one› of ann)",
    ),
    "OAuth2Part.params": (_oauth2(", params: {audience: b}"), 'sent along: {"audience": "b"}'),
    "PrivateKeyJwtPart.key": (_signing(), "signs with ‹secrets.one›"),
    "PrivateKeyJwtPart.algorithm": (_signing(", algorithm: ES256"), "signs with ‹secrets.one› (ES256"),
    "PrivateKeyJwtPart.key_id": (_signing(", key_id: k-7"), "key k-7"),
    "PrivateKeyJwtPart.audience": (_signing(", audience: somebody"), "for somebody"),
    "PrivateKeyJwtPart.lifetime": (_signing(", lifetime: 90s"), "good for 90 s"),
    "AuthPart.api_key": (_step(f"auth: {{{_api_key('header: X-K')}}}"), "Shows the key ‹run.id› in the header X-K."),
    "ApiKeyPart.header": (_step(f"auth: {{{_api_key('header: X-K')}}}"), "in the header X-K."),
    "ApiKeyPart.query": (_step(f"auth: {{{_api_key('query: k')}}}"), "in the parameter k."),
    "ApiKeyPart.cookie": (_step(f"auth: {{{_api_key('cookie: k')}}}"), "in the cookie k."),
    "ApiKeyPart.value": (_step(f"auth: {{{_api_key('cookie: k')}}}"), "Shows the key ‹run.id›"),
    "ProfilePart.bearer": (_shared("bearer: 'x-${{ run.id }}'"), "Shows the token x-‹run.id›."),
    "ProfilePart.basic": (_shared("basic: {username: u, password: '${{ run.id }}'}"), "Signs in as u"),
    "ProfilePart.api_key": (_shared(_api_key("query: k")), "Shows the key ‹run.id›"),
    "AuthPart.hmac": (_step(_hmac()), "by HMAC-SHA256 with ‹run.id›, in hex, and adds header X-S: ‹request.signature›"),
    "AuthPart.aws": (_step(_aws()), "Signs for AWS as k and ‹run.id›, for the service s3 in eu-west-1."),
    "ProfilePart.hmac": (_shared(_HMAC % ""), "by HMAC-SHA256 with ‹run.id›"),
    "ProfilePart.aws": (_shared(_AWS % ""), "Signs for AWS as k and ‹run.id›"),
    "HmacPart.key": (_step(_hmac()), "with ‹run.id›"),
    "HmacPart.key_encoding": (_step(_hmac(", key_encoding: base64")), "(written in base64)"),
    "HmacPart.algorithm": (_step(_hmac(", algorithm: sha512")), "by HMAC-SHA512"),
    "HmacPart.string_to_sign": (_step(_hmac()), "Signs ‹request.path› by"),
    "HmacPart.encoding": (_step(_hmac(", encoding: base64")), "in base64"),
    "HmacPart.headers": (_step(_hmac()), "adds header X-S: ‹request.signature›"),
    "HmacPart.query": (_step(_hmac(", query: {at: '${{ request.timestamp }}'}")), "parameter at: ‹request.timestamp›"),
    "AwsPart.access_key_id": (_step(_aws()), "as k and"),
    "AwsPart.secret_access_key": (_step(_aws()), "and ‹run.id›, for"),
    "AwsPart.session_token": (_step(_aws(", session_token: '${{ run.id }}'")), "and the token ‹run.id›"),
    "AwsPart.region": (_step(_aws()), "in eu-west-1"),
    "AwsPart.service": (_step(_aws()), "for the service s3"),
    "OAuth2Part.min_lifetime": (_oauth2(", min_lifetime: 5m"), "granted for less than 5 min"),
    "ConditionsPart.status": (_expect("status: [200, 4xx]"), "must answer 200 or 4xx"),
    "ConditionsPart.headers": (_expect("headers: {X-A: b}"), 'The header X-A must be "b".'),
    "ConditionsPart.cookies": (_expect("cookies: {session: {exists: true}}"), "The cookie session must be there."),
    "ConditionsPart.json": (_expect("json: {$.v: 1}"), "In the JSON, $.v must be 1."),
    "ConditionsPart.text": (_expect("text: {contains: hi}"), 'The body\'s text must contain "hi".'),
    "ConditionsPart.schema": (_expect("schema: {type: object}"), "The body must fit the inline schema."),
    "OperatorsPart.equals": (_matcher("equals: 1"), "must be 1"),
    "OperatorsPart.not_equals": (_matcher("not_equals: 1"), "must not be 1"),
    "OperatorsPart.one_of": (_matcher("one_of: [1, 2]"), "must be one of 1 or 2"),
    "OperatorsPart.not_one_of": (_matcher("not_one_of: [1, 2]"), "must be none of 1 or 2"),
    "OperatorsPart.less_than": (_matcher("less_than: 2"), "must be less than 2"),
    "OperatorsPart.at_most": (_matcher("at_most: 2"), "must be at most 2"),
    "OperatorsPart.more_than": (_matcher("more_than: 2"), "must be more than 2"),
    "OperatorsPart.at_least": (_matcher("at_least: 2"), "must be at least 2"),
    "OperatorsPart.contains": (_matcher("contains: x"), 'must contain "x"'),
    "OperatorsPart.not_contains": (_matcher("not_contains: x"), 'must not contain "x"'),
    "OperatorsPart.starts_with": (_matcher("starts_with: x"), 'must begin with "x"'),
    "OperatorsPart.ends_with": (_matcher("ends_with: x"), 'must end with "x"'),
    "OperatorsPart.matches": (_matcher("matches: ^a+$"), 'must match the pattern "^a+$"'),
    "OperatorsPart.length": (_matcher("length: {at_least: 2}"), "must have a length of at least 2"),
    "OperatorsPart.count": (_matcher("count: 3"), "must have a count of 3"),
    "OperatorsPart.exists": (_matcher("exists: false"), "must not be there"),
    "OperatorsPart.empty": (_matcher("empty: true"), "must be empty"),
    "OperatorsPart.type": (_matcher("type: string"), "must be of type string"),
    "OperatorsPart.format": (_matcher("format: email"), "must have the form email"),
    "OperatorsPart.each": (_matcher("each: {at_least: 1}"), "must be at least 1 (each of them)"),
    "OperatorsPart.any": (_matcher("any: {equals: 1}"), "must be 1 (at least one of them)"),
    "CapturePart.json": (_capture("json: $.id"), "Keeps $.id of the JSON as v"),
    "CapturePart.header": (_capture("header: X-Id"), "Keeps the header X-Id as v"),
    "CapturePart.cookie": (_capture("cookie: session"), "Keeps the cookie session as v"),
    "CapturePart.status": (_capture("status: true"), "Keeps the status as v"),
    "CapturePart.default": (_capture("json: $.id, default: 7"), "or 7 if there is none"),
    "CapturePart.all": (_capture('json: "$.i[*].id", all: true'), "Keeps everything at $.i[*].id"),
    "CapturePart.secret": (_capture("json: $.id, secret: true"), "; never shown"),
    "PollPart.every": (_poll("every: 3s, until: {status: 200}"), "is asked again every 3 s"),
    "PollPart.timeout": (_poll("timeout: 20s, until: {status: 200}"), "for 20 s at most"),
    "PollPart.until": (_poll("until: {status: 200}"), "until the status is 200"),
    "PollPart.fail_if": (
        _poll("until: {status: 200}, fail_if: {status: 410}"),
        "It fails at once if the status is 410.",
    ),
    "AlertPart.name": (_alert("name: No sale, when: {failures: 2}"), "No sale: "),
    "AlertPart.when": (_alert("when: {failures: 4}"), "when 4 runs in a row failed"),
    "AlertPart.severity": (
        _alert("when: {failures: 2}, severity: ticket"),
        "gets a ticket when 2 runs in a row failed",
    ),
    "AlertPart.notify": (_alert("when: {failures: 2}, notify: [oncall, chat]"), "oncall and chat are paged"),
    "AlertPart.runbook": (
        _alert("when: {failures: 2}, runbook: https://wiki.example.com/y"),
        "What to do: https://wiki",
    ),
    "WhenPart.failures": (_when("failures: 4"), "4 runs in a row failed"),
    "WhenPart.failure_rate": (
        _when("failure_rate: {over: 30m, more_than: 10%}"),
        "more than 10 % of the runs of the last 30 min failed",
    ),
    "WhenPart.degraded": (_when("degraded: 4", "latency_budget: 1s"), "4 runs in a row were degraded"),
    "WhenPart.latency": (
        _when("latency: {over: 30m, above: 1s, percentile: 90}"),
        "the latency's 90th percentile over 30 min is above 1.00 s",
    ),
    "WhenPart.cleanup_failures": (
        _when("cleanup_failures: 3", "cleanup: [{id: undo, request: DELETE /x}]"),
        "3 runs in a row left something behind in any region",
    ),
    "WhenPart.no_data": (_when("no_data: 45m"), "no run in any region has judged the target for 45 min"),
    "WhenPart.slo": (_when("slo: availability, burn_rate: fast", _SLO), "the error budget of availability"),
    "WhenPart.burn_rate": (_when("slo: availability, burn_rate: fast", _SLO), "burns so fast that it is used up"),
    "WhenPart.regions": (_when("failures: 2, regions: 2"), "in 2 regions at least"),
    "FailureRatePart.over": (_when("failure_rate: {over: 30m, more_than: 10%}"), "of the last 30 min"),
    "FailureRatePart.more_than": (_when("failure_rate: {over: 30m, more_than: 10%}"), "more than 10 %"),
    "FailureRatePart.min_runs": (
        _when("failure_rate: {over: 30m, more_than: 10%, min_runs: 12}"),
        "of 12 runs at least",
    ),
    "LatencyPart.over": (_when("latency: {over: 30m, above: 1s}"), "the mean latency over 30 min"),
    "LatencyPart.above": (_when("latency: {over: 30m, above: 1s}"), "is above 1.00 s"),
    "LatencyPart.above_baseline": (
        _when("latency: {over: 30m, above_baseline: 50%}"),
        "is more than 50 % above the usual",
    ),
    "LatencyPart.percentile": (_when("latency: {over: 30m, above: 1s, percentile: 90}"), "90th percentile"),
    "LatencyPart.min_runs": (_when("latency: {over: 30m, above: 1s, min_runs: 12}"), "of 12 runs at least"),
    "WindowPart.at_least": (_when("failures: {at_least: 3, of: 5}"), "3 of the last 5 runs failed"),
    "WindowPart.of": (_when("failures: {at_least: 3, of: 5}"), "of the last 5 runs"),
    "ProbePart.network": (_probe("network: {ip_version: 4}"), "Only IPv4 is used."),
    "ProbePart.trust": (
        "trust: imported\nsteps: [{id: a, request: GET https://api.imported.example/x}]",
        "The file comes from elsewhere: it reaches only public hosts",
    ),
    "RegionPart.network": (
        _probe("regions: {eu-west: {network: {ip_version: 6}}, us-east: {}}"),
        "From eu-west: Only IPv6 is used.",
    ),
    "NetworkPart.ip_version": (_probe("network: {ip_version: 6}"), "Only IPv6 is used."),
    "NetworkPart.hosts": (_probe("network: {hosts: {shop.test: 10.0.0.7}}"), "shop.test is taken to be at 10.0.0.7."),
    "NetworkPart.resolver": (_probe("network: {resolver: 10.0.0.53}"), "Names are looked up at 10.0.0.53."),
    "NetworkPart.proxy": (_probe("network: {proxy: http://p.test:3128}"), "go through the proxy http://p.test:3128."),
    "ProxyPart.url": (_PROXY, "Requests go through the proxy http://p.test:3128"),
    "ProxyPart.username": (_PROXY, "as synthmon"),
    "ProxyPart.password": (_PROXY, "with the password ‹secrets.key›."),
    "StepPart.tls": (_TLS, "Shows a client certificate, ‹secrets.one›"),
    "DefaultsPart.tls": (_probe('defaults: {tls: {min_version: "1.3"}}'), "Speaks TLS 1.3 or newer."),
    "TlsPart.client_certificate": (_TLS, "Shows a client certificate, ‹secrets.one›"),
    "TlsPart.client_key": (_TLS, "with the key ‹secrets.two›."),
    "TlsPart.ca": (_step('tls: {ca: "${{ secrets.one }}"}', "secrets: [one]"), "authorities in ‹secrets.one›."),
    "TlsPart.server_name": (_step("tls: {server_name: shop.test}"), "Asks for the certificate of shop.test."),
    "TlsPart.min_version": (_step('tls: {min_version: "1.3"}'), "Speaks TLS 1.3 or newer."),
    "TlsPart.warn_before": (_step("tls: {warn_before: 30d}"), "ends in less than 30 d."),
    "TlsPart.verify": (_step("tls: {verify: false, reason: old box}"), "certificate is NOT verified"),
    "TlsPart.reason": (_step("tls: {verify: false, reason: old box}"), "NOT verified: old box."),
}

NOT_YET: tuple[str, ...] = ()
