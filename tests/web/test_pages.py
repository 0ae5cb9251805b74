"""The pages over a real server on loopback."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from synthmon.errors import StoreError
from synthmon.model.incident import Decision, IncidentStatus
from synthmon.model.probe import Severity, Track
from synthmon.model.run import AssertionResult, Outcome
from synthmon.model.secret import Secret
from synthmon.model.term import Term
from synthmon.web.access import Need
from synthmon.web.ports import Leader, Pulse
from synthmon.web.site import PAGES
from tests.making import NOON, at, incident, probe, run
from tests.web.conftest import API_TOKEN, Site

CSP = "content-security-policy"


def fill_path(site: Site, path: str) -> str:
    names = {"probe": "checkout", "run": site.store.run_rows(limit=1)[0].id, "name": "daily-2026-03-02.html"}
    names |= {"silence": "none", "channel": "pager", "user": "none", "token": "none", "session": "none"}
    names["incident"] = site.store.incidents()[0].id
    return path.format(**names)


def test_without_a_script_every_page_says_alike_that_it_stands_still(site: Site) -> None:
    (found,) = site.store.incidents()
    for path in ("/", "/?wall=1", "/probes/checkout", "/incidents", f"/incidents/{found.id}", "/silences", "/agents"):
        assert "<span data-live-note>load again to update</span>" in site.client.get(path).text


def test_every_page_answers_and_carries_the_protecting_headers(site: Site) -> None:
    site.reports.mkdir(exist_ok=True)
    (site.reports / "daily-2026-03-02.html").write_text("<p>a report</p>")
    wrong = {}
    for page in (page for page in PAGES if page.methods == ("GET",)):
        known = {"authorization": f"Bearer {API_TOKEN}"} if page.need is Need.ADMIN else {}
        answer = site.client.get(fill_path(site, page.path), headers=known)
        nowhere = page.path.startswith("/sign-in/")  # nobody signs in elsewhere
        policy, sniffing = (answer.headers.get(name, "") for name in (CSP, "x-content-type-options"))
        safe = policy.startswith("default-src 'none'") and "unsafe" not in policy and sniffing == "nosniff"
        if (404 if nowhere else 200) != answer.status_code or not safe:
            wrong[page.path] = (answer.status_code, policy, sniffing)
    assert {} == wrong


def test_the_status_page_shows_open_incidents_and_the_worst_probe_first(site: Site) -> None:
    html = site.client.get("/").text
    assert "1 open incident" in html
    assert "Customer can checkout is down: step &#34;Pay&#34; answered 500, expected 201" in html
    assert html.index("/probes/checkout") < html.index("/probes/login")


def test_open_incidents_are_shown_pages_before_tickets_and_the_newest_first(site: Site) -> None:
    said = [
        incident(at(560), severity=Severity.TICKET, reason="a late ticket", track=Track.SLOW),
        incident(at(520), severity=Severity.PAGE, reason="a late page", probe="login"),
        incident(at(510), severity=Severity.TICKET, reason="an early ticket", probe="login", track=Track.SLOW),
    ]
    site.store.apply(Decision(site.store.gather().watermark, incidents=tuple(said)))
    html = site.client.get("/").text
    places = [html.index(text) for text in ("a late page", "answered 500", "a late ticket", "an early ticket")]
    assert sorted(places) == places


def test_synthmons_own_troubles_are_shown_as_such_and_not_taken_for_those_of_a_probe_of_that_name(site: Site) -> None:
    channel = incident(
        at(560), track=Track.NOTIFY, probe_title="channel checkout", reason="not taking messages: 401", regions=()
    )
    site.store.apply(Decision(site.store.gather().watermark, incidents=(channel,)))
    html = site.client.get("/").text
    assert "channel checkout is not taking messages: 401" in html
    assert "about synthmon itself" in html
    assert "about synthmon itself" in site.client.get(f"/incidents/{channel.id}").text
    assert "channel checkout" not in site.client.get("/probes/checkout").text


def test_title_and_heading_of_the_status_page_count_by_state(make_site: Callable[..., Site]) -> None:
    site = make_site()
    assert_says(site, "1 down, 1 unknown")
    (found,) = site.store.incidents()
    assert "1 open incident" in site.client.get("/").text
    over = replace(found, resolved_at=at(590), status=IncidentStatus.RESOLVED)
    site.store.apply(Decision(site.store.gather().watermark, incidents=(over,)))
    assert "No open incident" in site.client.get("/").text
    assert_says(make_site(probes=dict), "No probe is in force")


def assert_says(site: Site, text: str) -> None:
    html = site.client.get("/").text
    assert f"<h1>{text}</h1>" in html
    assert f"<title>{text} · synthmon test</title>" in html


def test_a_description_of_several_lines_keeps_them(make_site: Callable[..., Site]) -> None:
    named = probe(description="Logs in.\nPays\tby \u202ecard.\n")
    site = make_site(probes=lambda: {"checkout": named})
    html = site.client.get("/probes/checkout").text
    assert '<p class="prose">Logs in.\nPays    by \\u202ecard.</p>' in html
    assert "⏎" not in html
    assert ".prose { white-space: pre-line; }" in site.client.get("/synthmon.css").text


def test_the_page_of_a_probe_says_in_plain_sentences_what_it_does(site: Site) -> None:
    html = site.client.get("/probes/checkout").text
    assert "What it does, in plain sentences" in html
    assert re.search(r"<h3>Steps</h3>\s*<ol>\s*<li>[^<]* must answer ", html)


def test_a_run_shows_the_failing_step_what_was_expected_and_what_came(site: Site) -> None:
    html = site.client.get(fill_path(site, "/runs/{run}")).text
    for text in (
        "answered 500, expected 201",
        "probes/checkout.yaml:9:7",
        "The last good run before",
        "Where the time went",
    ):
        assert text in html


def test_what_only_warned_is_told_apart_from_what_broke(site: Site) -> None:
    warned = AssertionResult("$.items", "length at least 3", "list of 1 item", passed=False, warning=True)
    made = run(at(540), Outcome.DEGRADED, n=1)
    site.store.keep([replace(made, steps=(replace(made.steps[0], assertions=(warned,)),))])

    html = site.client.get(f"/runs/{made.id}").text

    assert '<span class="no">! no, a warning</span>' in html
    assert "✗ no" not in html


def test_refused_files_and_troubles_are_said_on_every_page(make_site: Callable[..., Site]) -> None:
    pulse = Pulse(NOON, "0.1.0", ("local",), troubles=("the database cannot be written",))
    site = make_site(config_problems=lambda: ("error[unknown-key]: unknown key `finally`",), pulse=lambda: pulse)
    for path in ("/", "/incidents", "/reports"):
        html = site.client.get(path).text
        assert "unknown key `finally`" in html
        assert "the database cannot be written" in html
    assert 503 == site.client.get("/healthz").status_code


def test_acknowledging_from_a_page_needs_the_form_token(site: Site) -> None:
    path = fill_path(site, "/incidents/{incident}/acknowledge")
    assert 403 == site.client.post(path, data={"actor": "Ada"}).status_code
    assert 403 == site.client.post(path, data={"actor": "Ada", "token": "guessed"}).status_code
    assert [] == site.acts.acknowledged
    token = site.token(fill_path(site, "/incidents/{incident}"))
    foreign = site.client.post(path, data={"token": token}, headers={"origin": "https://evil.example"})
    assert 403 == foreign.status_code
    answer = site.client.post(path, data={"actor": " Ada ", "token": token})
    assert 303 == answer.status_code
    assert [(site.store.incidents()[0].id, "Ada")] == site.acts.acknowledged


def test_running_again_from_a_page_leads_to_the_run(site: Site) -> None:
    token = site.token("/probes/checkout")
    answer = site.client.post("/probes/checkout/run", data={"region": "local", "token": token})
    assert "/runs/run-1?waiting" == answer.headers["location"]
    waiting = site.client.get("/runs/run-1?waiting")
    assert 202 == waiting.status_code
    assert '<meta http-equiv="refresh" content="2">' in waiting.text
    assert [("checkout", "local")] == site.acts.started
    assert 404 == site.client.post("/probes/nothing/run", data={"region": "local", "token": token}).status_code


def test_the_api_acts_only_with_the_token_of_the_command_line(site: Site) -> None:
    path = fill_path(site, "/api/v1/incidents/{incident}/acknowledge")
    assert 401 == site.client.post(path, json={}).status_code
    assert 401 == site.client.post(path, json={}, headers={"authorization": "Bearer wrong"}).status_code
    headers = {"authorization": f"Bearer {API_TOKEN}"}
    assert 200 == site.client.post(path, json={"actor": "Ada"}, headers=headers).status_code
    assert (
        202
        == site.client.post("/api/v1/runs", json={"probe": "checkout", "region": "local"}, headers=headers).status_code
    )
    assert 404 == site.client.post("/api/v1/incidents/none/acknowledge", json={}, headers=headers).status_code


def test_a_foreign_host_name_is_refused_so_that_no_other_site_can_reach_in(site: Site) -> None:
    assert 421 == site.client.get("/", headers={"host": "evil.example"}).status_code


def test_with_a_password_nothing_is_shown_or_done_without_a_session(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web_password", "correct horse"))
    closed = [page for page in PAGES if page.need > Need.PUBLIC and page.switch != "healthz"]
    answers = [(fill_path(site, page.path), page.methods[0]) for page in closed]
    said = {(how, path): site.client.request(how, path) for path, how in answers}
    opened = {
        place: answer.status_code
        for place, answer in said.items()
        if answer.status_code not in {303, 401} or "checkout" in answer.text.replace(place[1], "")
    }
    assert {} == opened
    assert len(closed) == len(said) > 50


def test_signing_in_opens_the_pages_and_signing_out_closes_them(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web_password", "correct horse"))
    token = site.token("/sign-in")
    assert 401 == site.client.post("/sign-in", data={"password": "wrong", "token": token}).status_code
    answer = site.client.post("/sign-in", data={"password": "correct horse", "token": token, "next": "/incidents"})
    assert "/incidents" == answer.headers["location"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert 200 == site.client.get("/").status_code
    site.client.post("/sign-out", data={"token": site.token("/")})
    assert 303 == site.client.get("/").status_code


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web_password", "correct horse"))
    token = site.token("/sign-in")
    answers = [site.client.post("/sign-in", data={"password": f"try {n}", "token": token}) for n in range(5)]
    assert {401} == {answer.status_code for answer in answers}
    assert 429 == site.client.post("/sign-in", data={"password": "correct horse", "token": token}).status_code


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "//[",
        "https:evil",
    ],
)
def test_signing_in_never_leads_to_another_site(make_site: Callable[..., Site], target: str) -> None:
    site = make_site(password=Secret("web_password", "correct horse"))
    form = {"password": "correct horse", "token": site.token("/sign-in"), "next": target}
    assert "/" == site.client.post("/sign-in", data=form).headers["location"]


def test_a_report_may_use_its_own_style_and_nothing_else(site: Site) -> None:
    site.reports.mkdir()
    policy = "<meta content=\"default-src 'none'; style-src 'sha256-abc='\">"
    (site.reports / "daily-2026-03-02.html").write_text(policy)
    sent = site.client.get("/reports/daily-2026-03-02.html").headers["content-security-policy"]
    assert "default-src 'none'; style-src 'sha256-abc='; frame-ancestors 'none'" == sent


@pytest.mark.parametrize("itself", [True, False])
def test_health_pages_and_metrics_say_who_judges(make_site: Callable[..., Site], *, itself: bool) -> None:
    leader = Leader(Term(7, "centre-<2>", NOON), itself)
    site = make_site(pulse=lambda: Pulse(NOON, "0.1.0", ("local",), leader=leader))
    wanted = {"instance": "centre-<2>", "epoch": 7, "since": "2026-03-02T12:00:00+00:00", "itself": itself}
    assert wanted == site.client.get("/healthz").json()["leader"]
    page = site.client.get("/incidents").text
    here = " (this process)" if itself else ""
    assert f"Judged by centre-&lt;2&gt;{here}: term 7, begun <time " in page
    assert ">10 min ago</time>." in page
    metrics = site.client.get("/metrics").text
    assert f"synthmon_leader {float(itself)}" in metrics
    assert "synthmon_leadership_epoch 7.0" in metrics


def test_metrics_tell_health_runs_and_the_daemon(site: Site) -> None:
    text = site.client.get("/metrics").text
    assert 'synthmon_probe_health{health="down",probe="checkout"} 1.0' in text
    assert 'synthmon_incidents_open{severity="page",track="down"} 1.0' in text
    assert "synthmon_up 1.0" in text


def test_when_the_database_is_away_the_page_says_so_plainly(make_site: Callable[..., Site]) -> None:
    site = make_site()

    def away(*_: object, **__: object) -> list[object]:
        raise StoreError("the disk is gone")

    site.store.states = away  # type: ignore[method-assign,assignment]
    answer = site.client.get("/")
    assert 503 == answer.status_code
    assert "the disk is gone" in answer.text
    assert "Traceback" not in answer.text


def test_what_is_worth_knowing_of_synthmon_itself_is_shown_and_makes_nothing_unwell(
    make_site: Callable[..., Site],
) -> None:
    remark = "under-provisioned, or this process stood still: 9 of the last 40 runs began more than a second late"
    site = make_site(pulse=lambda: Pulse(NOON, "0.1.0", ("local",), remarks=(remark,)))
    page = site.client.get("/").text
    assert remark in page
    assert "in trouble" not in page
    assert site.client.get("/healthz").status_code == 200
