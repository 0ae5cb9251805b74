"""What every answer carries, what every method may do, and what machines read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from prometheus_client.parser import text_string_to_metric_families

from synthmon.model.run import Evidence, Exchange, ExchangePurpose, Outcome, Phases, RunKind
from synthmon.model.secret import Secret
from synthmon.web.metrics import Metrics
from synthmon.web.site import PAGES
from tests.making import at, run
from tests.web.conftest import API_TOKEN, Site
from tests.web.test_pages import fill_path

GETS = sorted({page.path for page in PAGES if page.methods == ("GET",)})
POSTS = sorted({page.path for page in PAGES if page.methods == ("POST",)})
EVERYWHERE = (
    "/",
    "/no-such-page",
    "/static/live.js",
    "/static/none.js",
    "/healthz",
    "/api/v1/runs/none",
    "/synthmon.css",
)


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_forbids_framing_sniffing_and_telling_where_one_came_from(site: Site, path: str) -> None:
    headers = site.client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert "'none'" == policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"]
    assert "'self'" == policy["script-src"] == policy["style-src"] == policy["form-action"]
    assert "nosniff" == headers["x-content-type-options"]
    assert "same-origin" == headers["referrer-policy"]
    assert "server" not in headers


def test_pages_are_not_kept_by_caches(site: Site) -> None:
    assert "no-store" == site.client.get("/").headers["cache-control"]


def test_a_refusal_by_name_carries_the_protecting_headers_too(site: Site) -> None:
    answer = site.client.get("/", headers={"host": "evil.example"})
    assert 421 == answer.status_code
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:80",
        "",
        "127.0.0.1@evil.example",
        "localhost",
        "[::1",
        "a@127.0.0.1",
        "127.0.0.1/a",
    ],
)
def test_only_the_names_that_are_ours_are_answered(site: Site, host: str) -> None:
    assert site.client.get("/", headers={"host": host}).status_code in {400, 421}


class Shape(HTMLParser):
    """Elements and attribute names of a page, without texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def test_no_page_holds_inline_script_style_or_handler(site: Site) -> None:
    pages = [site.client.get(fill_path(site, path)) for path in GETS]
    for page in (page for page in pages if page.headers["content-type"].startswith("text/html")):
        for tag, names in Shape(page.text).seen:
            assert not [name for name in names if name.startswith("on") or name == "style"], page.url
            assert tag not in {"style", "iframe", "object", "embed", "base"}, page.url
            assert tag != "script" or "src" in names, page.url
        assert "javascript:" not in page.text


def test_asking_only_for_the_head_is_answered_like_the_page_without_its_body(site: Site) -> None:
    for path in (fill_path(site, path) for path in GETS):
        head, page = site.client.head(path), site.client.get(path)
        assert (path, page.status_code) == (path, head.status_code)
        assert (path, page.headers["content-type"]) == (path, head.headers["content-type"])
        assert b"" == head.content


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_method_that_a_page_does_not_know_is_refused_and_does_nothing(site: Site, method: str) -> None:
    for path in sorted(set(GETS) - set(POSTS)):
        answer = site.client.request(method, fill_path(site, path), headers={"authorization": f"Bearer {API_TOKEN}"})
        assert (path, 405) == (path, answer.status_code)
        assert "GET" in answer.headers["allow"]
    assert ([], []) == (site.acts.acknowledged, site.acts.started)


@pytest.mark.parametrize("path", sorted(set(POSTS) - set(GETS)))
def test_nothing_is_done_by_merely_looking(site: Site, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = site.client.request(method, fill_path(site, path), headers={"authorization": f"Bearer {API_TOKEN}"})
        assert answer.status_code in {404, 405}
    assert ([], []) == (site.acts.acknowledged, site.acts.started)


@pytest.mark.parametrize(
    "path",
    ["/no-such-page", "/runs/none", "/probes/none", "/incidents/none", "/reports/none.html", "/probes/%3Cscript%3E"],
)
def test_what_is_not_there_is_said_on_a_page_that_leads_on(site: Site, path: str) -> None:
    answer = site.client.get(path)
    assert 404 == answer.status_code
    assert '<a href="/">All probes</a>' in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/none", "/api/v1/runs/none"])
def test_the_api_says_in_json_what_is_not_there(site: Site, path: str) -> None:
    answer = site.client.get(path)
    assert 404 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert (404, path) == (answer.json()["status"], answer.json()["instance"])


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:1", "http://127.0.0.1.evil.example", "x", "http://["]
)
def test_a_form_from_another_origin_acknowledges_nothing_even_with_the_token(site: Site, origin: str) -> None:
    path = fill_path(site, "/incidents/{incident}/acknowledge")
    form = {"actor": "Mallory", "token": site.token(fill_path(site, "/incidents/{incident}"))}
    assert 403 == site.client.post(path, data=form, headers={"origin": origin}).status_code
    assert [] == site.acts.acknowledged


def test_a_form_from_our_own_origin_acknowledges(site: Site) -> None:
    path = fill_path(site, "/incidents/{incident}/acknowledge")
    form = {"actor": "Ada", "token": site.token(fill_path(site, "/incidents/{incident}"))}
    origin = str(site.client.base_url).rstrip("/")
    assert 303 == site.client.post(path, data=form, headers={"origin": origin}).status_code
    assert ["Ada"] == [actor for _, actor in site.acts.acknowledged]


def test_a_form_sent_as_something_else_acknowledges_nothing(site: Site) -> None:
    path = fill_path(site, "/incidents/{incident}/acknowledge")
    token = site.token(fill_path(site, "/incidents/{incident}"))
    assert 403 == site.client.post(path, json={"token": token}).status_code
    assert 403 == site.client.post(path, params={"token": token}).status_code
    assert (
        403 == site.client.post(path, content=b"\xff\xfe token=%zz", headers={"content-type": "text/plain"}).status_code
    )
    assert [] == site.acts.acknowledged


def test_a_session_survives_neither_signing_out_nor_its_length(make_site: Callable[..., Site]) -> None:
    clock = [at(600)]
    site = make_site(password=Secret("web_password", "correct horse"), now=lambda: clock[0])
    site.client.post("/sign-in", data={"password": "correct horse", "token": site.token("/sign-in")})
    assert 200 == site.client.get("/").status_code
    clock[0] = at(600 + 12 * 3600)
    assert 303 == site.client.get("/").status_code


def test_over_tls_the_session_cookie_is_sent_over_tls_only(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web_password", "correct horse"))
    # As a proxy on the same machine that ends TLS says it.
    tls = {"x-forwarded-proto": "https"}
    page = site.client.get("/sign-in", headers=tls)
    visit = page.headers["set-cookie"].partition(";")[0]
    form = {"password": "correct horse", "token": page.text.split('name="token" value="')[1].split('"')[0]}
    answer = site.client.post("/sign-in", data=form, headers={**tls, "cookie": visit})
    name, *said = answer.headers["set-cookie"].lower().replace(" ", "").split(";")
    assert name.startswith("__host-synthmon_session=")
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= set(said)


def test_a_made_up_session_opens_nothing(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web_password", "correct horse"))
    for value in ("", "guess", "synthmon_session", "x" * 4000):
        assert 303 == site.client.get("/", headers={"cookie": f"synthmon_session={value}"}).status_code


def test_a_password_in_any_script_is_compared_and_never_shown(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web_password", "correct horse"))
    answer = site.client.post("/sign-in", data={"password": "pässwörd-😀", "token": site.token("/sign-in")})
    assert 401 == answer.status_code
    assert "pässwörd" not in answer.text


def test_metrics_are_read_by_the_parser_of_prometheus(site: Site) -> None:
    answer = site.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    health = {
        (sample.labels["probe"], sample.labels["health"]): sample.value
        for sample in families["synthmon_probe_health"].samples
    }
    assert 1.0 == health["checkout", "down"]
    assert {"checkout": 1.0, "login": 1.0} == {
        name: sum(value for (probe, _), value in health.items() if probe == name) for name in ("checkout", "login")
    }
    for family in families.values():
        assert family.documentation
        assert re.fullmatch(r"synthmon_[a-z0-9_]+", family.name)
        assert family.type in {"counter", "gauge", "histogram"}


def test_runs_are_counted_as_they_are_kept_whatever_their_steps_are_called() -> None:
    metrics = Metrics()
    made = run(at(60), Outcome.FAILED)
    for one in (run(at(0)), made, replace(made, failed_step='a"b\\c\nd')):
        metrics.count(one)
    families = {family.name: family for family in text_string_to_metric_families(metrics.render().decode())}
    runs = {
        sample.labels["outcome"]: sample.value
        for sample in families["synthmon_runs"].samples
        if sample.name.endswith("_total")
    }
    assert {"passed": 1.0, "failed": 2.0} == runs
    steps = {sample.labels["step"] for sample in families["synthmon_step_failures"].samples}
    assert {"pay", 'a"b\\c\nd'} == steps


def test_healthz_says_well_and_the_version(site: Site) -> None:
    answer = site.client.get("/healthz")
    assert 200 == answer.status_code
    assert {"status": "well", "troubles": [], "version": "0.1.0", "leader": None} == answer.json()


class Texts(HTMLParser):
    """All text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said = ""
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.said += data


def keep_evidence(site: Site, text: str) -> str:
    """A kept run whose target said `text` wherever a target can; the path of its page."""
    whole = run(at(900), Outcome.FAILED, kind=RunKind.MANUAL)
    step = replace(
        whole.steps[0],
        name=text,
        skipped_because=text,
        captured={"basket": text},
        evidence=Evidence("POST", text, (("X-A", text),), text, False, 500, ((text, text),), text, True),
        exchanges=(Exchange(ExchangePurpose.REQUEST, "GET", text, 0.0, Phases(), 200, text, text),),
    )
    made = replace(whole, steps=(step,), cleanup=(replace(step, id="tidy"),))
    site.store.keep([made])
    return f"/runs/{made.id}"


def test_a_body_keeps_its_lines_and_shows_its_control_characters(site: Site) -> None:
    html = site.client.get(keep_evidence(site, 'one\r\n\ttwo\x1b[31m "three"')).text
    assert "one\n    two\\x1b[31m &#34;three&#34;" in html
