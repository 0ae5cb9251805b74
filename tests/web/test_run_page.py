"""The page of a run: beside the last good one, beside any other, and as commands."""

from __future__ import annotations

import re
from dataclasses import replace

from synthmon.model.run import AnswerShape, Evidence, Outcome, RunResult
from tests.making import at, run
from tests.web.conftest import Site


def kept(site: Site, made: RunResult) -> str:
    site.store.keep([made])
    return site.client.get(f"/runs/{made.id}").text


def cells(html: str) -> list[list[str]]:
    """What differs, row by row."""
    table = html[html.index('class="beside"') :].split("</table>", maxsplit=1)[0]
    rows = re.findall(r'<tr class="(?:new|gone|changed)">(.*?)</tr>', table, re.DOTALL)
    return [[re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_a_broken_run_shows_what_differs_from_the_last_good_one(site: Site) -> None:
    rows = site.store.run_rows(limit=1)
    html = site.client.get(f"/runs/{rows[0].id}").text
    assert ["outcome", "passed", "failed", "changed"] in cells(html)
    assert ["status", "201", "500", "changed"] in cells(html)
    assert "Good run" in html
    good = site.store.last_good_run("checkout", "local", before=rows[0].slot)
    assert good is not None
    assert f'href="/runs/{good.id}"' in html


def test_the_shapes_of_both_answers_are_held_against_each_other(site: Site) -> None:
    before, now = run(at(601)), run(at(602), Outcome.FAILED)
    shapes = AnswerShape(body=(("$", "object"), ("$.id", "text"))), AnswerShape(body=(("$", "object"),))
    made = [
        replace(one, steps=(replace(one.steps[0], shape=shape),))
        for one, shape in zip((before, now), shapes, strict=True)
    ]
    site.store.keep(made)
    assert ["$.id", "text", "–", "gone"] in cells(site.client.get(f"/runs/{now.id}").text)


def test_without_a_good_run_the_page_says_so(site: Site) -> None:
    html = kept(site, run(at(-600), Outcome.FAILED))
    assert "There is no good run before this one to hold it against." in html


def test_where_none_was_good_in_the_region_another_regions_is_taken(site: Site) -> None:
    html = kept(site, run(at(600), Outcome.FAILED, region="us-east"))
    assert ["region", "local", "us-east", "changed"] in cells(html)


def test_any_two_runs_of_a_probe_can_be_compared(site: Site) -> None:
    first, last = site.store.run_rows(limit=10)[-1], site.store.run_rows(limit=1)[0]
    html = site.client.get(f"/runs/{first.id}?with={last.id}").text
    assert ["status", "500", "201", "changed"] in cells(html)
    assert "Held against" in html


def test_what_cannot_be_compared_is_said_at_the_field_which_keeps_what_was_typed(site: Site) -> None:
    [newest] = site.store.run_rows(limit=1)
    other = run(at(600), name="login")
    site.store.keep([other])
    for wanted, problem in (
        ('no"such', "There is no run of that id"),
        (other.id, "That is a run of login: only runs of the same probe can be compared."),
        (newest.id, "That is this very run."),
    ):
        answer = site.client.get(f"/runs/{newest.id}", params={"with": wanted})
        assert 404 == answer.status_code
        assert problem in answer.text
        assert f'value="{wanted.replace(chr(34), "&#34;")}" aria-invalid="true"' in answer.text


def test_a_broken_step_has_its_request_as_a_command(site: Site) -> None:
    made = run(at(600), Outcome.FAILED)
    command = "# set SYNTHMON_SECRET_KEY first\ncurl \\\n  --header 'X: '\"$SYNTHMON_SECRET_KEY\""
    evidence = Evidence("GET", "http://127.0.0.1/", command=command)
    html = kept(site, replace(made, steps=(replace(made.steps[0], evidence=evidence),)))
    assert "curl \\\n  --header &#39;X: &#39;&#34;$SYNTHMON_SECRET_KEY&#34;</pre>" in html


def test_a_good_step_says_how_to_have_its_request_as_a_command(site: Site) -> None:
    html = kept(site, run(at(600)))
    assert "synthmon run checkout --region local --step pay --curl" in html
