"""A recording -> one probe: what belongs to it, redirects folded, cookies left to the jar, values correlated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus, urljoin

from synthmon.importer import jsontext
from synthmon.importer.address import grouped, pairs
from synthmon.importer.bodies import FORM, MULTIPART, fields, is_json, media_type
from synthmon.importer.draft import Drafts, Found, NotImportable, StepDraft, Wishes
from synthmon.importer.har.correlate import Correlation, simplified
from synthmon.importer.har.entry import Entry, entry
from synthmon.importer.har.headers import Cookies, wanted_headers
from synthmon.importer.har.noise import hosts, reason
from synthmon.importer.holes import around
from synthmon.importer.maker import MOST_STEPS, Maker
from synthmon.importer.multipart import Part, multipart, taken_apart
from synthmon.importer.naming import slug
from synthmon.importer.pick import at, items, text, words
from synthmon.importer.requests import Foreign, NoStep, make_request
from synthmon.nouns import dataclass

_MOST_ENTRIES = 20_000
_MOST_REDIRECTS = 20
_RANDOM = re.compile(r"(?<=/)(?=[^/]*[0-9])[^/.]{20,}")
_HOLE_NAMES = re.compile(r"‹(?:captures|vars|secrets)\.([A-Za-z0-9_]+)›")
_EXTENSIONS = ("checks", "variables", "assert")


@dataclass(frozen=True, slots=True)
class _Chain:
    """A request and the redirects behind it; `last` brought the answer, unless the recording ends before it."""

    first: Entry
    hops: tuple[Entry, ...] = ()
    beyond: tuple[Entry, ...] = ()

    @property
    def last(self) -> Entry:
        return self.hops[-1] if self.hops else self.first


def convert(found: Found, wishes: Wishes) -> Drafts:
    """Raises `NotImportable` when there is nothing in it."""
    written = at(found.tree, "log", "entries")
    if not isinstance(written, list) or not written:
        raise NotImportable(f"{found.label} has no `log.entries`, so nothing was recorded")
    maker = Maker(wishes)
    if len(written) > _MOST_ENTRIES:
        maker.table.dropped("log.entries", "what follows", f"{_MOST_ENTRIES} entries are read")
    entries = [entry(number, one) for number, one in enumerate(written[:_MOST_ENTRIES])]
    titles = {text(at(page, "id")): words(at(page, "title")) for page in items(at(found.tree, "log", "pages"))}
    _Recording(maker, titles).take(entries)
    if not maker.steps:
        return Drafts((), tuple(maker.rows()))
    first = next(iter(maker.steps)).request["url"]
    host = str(first).partition("://")[2].partition("/")[0]
    name = wishes.name or slug(host, "recording", joint="-")
    title = next((title for title in titles.values() if title), "") or f"Recorded at {host}"
    draft = maker.draft(name, title)
    return Drafts((draft,), tuple(maker.rows()))


class _Recording:
    def __init__(self, maker: Maker, titles: dict[str, str]) -> None:
        self._maker, self._titles = maker, titles
        self._correlation = Correlation(maker)
        self._cookies = Cookies(maker)
        self._page = ""

    def take(self, entries: Sequence[Entry]) -> None:
        wanted = self._maker.wishes.hosts
        ours = hosts(entries, wanted)
        numbers: dict[str, int] = {}
        for chain in _chains(entries):
            why = reason(chain.first, ours, chosen=bool(wanted))
            if not why and len(self._maker.steps) >= MOST_STEPS:
                why = (
                    f"a probe of more than {MOST_STEPS} steps tells nobody what broke; `--host` or `--only` takes fewer"
                )
            if not why and not self._maker.wishes.picks(chain.first.url):
                why = "it is not what `--only` names"
            if why:
                self._drop(chain, why)
                continue
            step = self._step(chain)
            if step is not None:
                numbers[step.id] = chain.last.number
        self._maker.steps[:] = [
            replace(step, capture=simplified(self._correlation.captures.get(numbers[step.id], {})))
            for step in self._maker.steps
        ]

    def _drop(self, chain: _Chain, why: str) -> None:
        for one in (chain.first, *chain.hops, *chain.beyond):
            self._maker.table.dropped(one.place, f"{one.method} {_shown(one.url)}", why)

    def _step(self, chain: _Chain) -> StepDraft | None:
        first, last = chain.first, chain.last
        for name in _EXTENSIONS:
            if first.tree.get(name):
                self._maker.table.dropped(first.place, name, "an extension of another tool, not part of HAR 1.2")
        try:
            made = make_request(self._maker, self._foreign(first), first.place)
        except NoStep as error:
            self._maker.table.dropped(first.place, f"{first.method} {_shown(first.url)}", str(error))
            return None
        request = made.request
        if chain.hops:
            request["redirects"] = min(len(chain.hops), _MOST_REDIRECTS)
        step_id = self._maker.step_id(_words(first))
        self._tell(chain, step_id)
        step = StepDraft(
            step_id,
            first.comment or self._name(request),
            request,
            made.auth,
            _expected(last),
            heading=self._heading(first),
        )
        self._maker.steps.append(step)
        for one in (first, *chain.hops):
            self._cookies.learn(one)
        self._correlation.learn(last)
        return step

    def _tell(self, chain: _Chain, step_id: str) -> None:
        first = chain.first
        self._maker.table.kept(first.place, f"{first.method} {_shown(first.url)}", f"step {step_id}")
        for hop in chain.hops:
            why = f"it was a redirect, which the step {step_id} follows"
            self._maker.table.changed(hop.place, f"{hop.method} {_shown(hop.url)}", why)
        if first.status is not None and 300 <= first.status < 400 and first.location and not chain.hops:
            why = f"the recording ends before the answer; the step expects {first.status} and does not follow"
            self._maker.table.changed(first.place, "redirect", why)
        for hop in chain.beyond:
            why = "the recording ends among these redirects, so where they lead is not known"
            self._maker.table.dropped(hop.place, f"{hop.method} {_shown(hop.url)}", why)

    def _name(self, request: dict[str, Any]) -> str:
        path = str(request["url"]).partition("://")[2].partition("?")[0].partition("/")[2]
        shown = _HOLE_NAMES.sub(lambda found: f"{{{found[1]}}}", self._maker.holes.plain(path))
        return f"{request['method']} /{shown}"

    def _heading(self, first: Entry) -> str:
        if first.page == self._page:
            return ""
        self._page = first.page
        return self._titles.get(first.page, "")

    def _foreign(self, one: Entry) -> Foreign:
        """The request with references to what came before."""
        swap = self._correlation
        url, place = one.url, one.place
        head, mark, query = url.partition("#")[0].partition("?")
        scheme, _, rest = head.partition("://")
        host, slash, path = rest.partition("/")
        address = f"{scheme}://{host}{slash}{swap.swap_path(path, place)}"
        found = pairs(query)
        further = [(name, swap.swap(value, place, key=name)) for name, value in one.query if name]
        if found is None:
            address += mark + query
        else:
            further = [*((name, swap.swap(value, place, key=name)) for name, value in found), *further]
        if any(not name for name, _ in one.query):
            self._maker.table.dropped(place, "a parameter without a name", "it says nothing")
        headers = [
            (name, swap.swap(value, place, key=name)) for name, value in wanted_headers(self._maker, self._cookies, one)
        ]
        return Foreign(one.method, address, headers, further, *self._body(one))

    def _body(self, one: Entry) -> tuple[str | None, dict[str, Any], str]:
        """Text or ready keys of the body, and its type."""
        kind = media_type(one.body_type)
        if kind == MULTIPART:
            return None, multipart(self._maker, self._parts(one), one.place), ""
        if one.body and one.fields and pairs(one.body) != [(name, value) for name, value, _ in one.fields]:
            self._maker.table.changed(one.place, "postData", "its text and its params differ; the text was sent")
        if one.body is None and one.fields:
            found = [(name, self._correlation.swap(value, one.place, key=name)) for name, value, _ in one.fields]
            if kind not in ("", FORM):
                self._maker.table.changed(one.place, f"type {kind}", f"its params are sent as {FORM}")
            return None, {"form": grouped(fields(self._maker, found, one.place))}, ""
        return None if one.body is None else self._swapped(one, one.body), {}, one.body_type

    def _parts(self, one: Entry) -> list[Part]:
        """The parts of a form, from its fields or from its text."""
        found = [Part(name, None if file else value, file) for name, value, file in one.fields]
        if not found and one.body:
            found = taken_apart(one.body, one.body_type) or []
        if not found:
            raise NoStep("what its form holds was not recorded")
        swap = self._correlation.swap
        return [
            part if part.content is None else replace(part, content=swap(part.content, one.place, key=part.name))
            for part in found
        ]

    def _swapped(self, one: Entry, body: str) -> str:
        """The body with references in the values of JSON and forms, and in other text in place of long values."""
        swap = self._correlation
        if is_json(one.body_type) or body.lstrip()[:1] in ("{", "["):
            with suppress(ValueError):
                return json.dumps(swap.swap_tree(jsontext.parse(body), one.place), ensure_ascii=False)
        if media_type(one.body_type) == FORM and (found := pairs(body)) is not None:
            swapped = ((name, swap.swap(value, one.place, key=name)) for name, value in found)
            return "&".join(f"{quote_plus(name)}={around(value, quote_plus)}" for name, value in swapped)
        return swap.swap(body, one.place)


def _chains(entries: Sequence[Entry]) -> Iterator[_Chain]:
    """The exchanges in order, each with the redirects that the browser followed behind it."""
    taken: set[int] = set()
    by_url: dict[str, list[Entry]] = {}
    for one in entries:
        by_url.setdefault(_bare(one.url), []).append(one)
    for one in entries:
        if one.number in taken:
            continue
        hops: list[Entry] = []
        last = one
        while (following := _following(last, by_url, taken)) is not None:
            hops.append(following)
            taken.add(following.number)
            last = following
        if last.status is not None and 300 <= last.status < 400 and last.location:  # it has no end
            yield _Chain(one, beyond=tuple(hops))
        else:
            yield _Chain(one, tuple(hops))


def _following(last: Entry, by_url: dict[str, list[Entry]], taken: set[int]) -> Entry | None:
    if last.status is None or not 300 <= last.status < 400 or not last.location:
        return None
    target = _bare(urljoin(last.url, last.location))
    return next((one for one in by_url.get(target, ()) if one.number > last.number and one.number not in taken), None)


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _expected(last: Entry) -> dict[str, Any]:
    expect: dict[str, Any] = {}
    if last.status is not None and 100 <= last.status < 600:
        expect["status"] = last.status
    if last.answer_type and (is_json(last.answer_type) or last.answer_type == "text/html"):
        expect["headers"] = {"Content-Type": {"starts_with": last.answer_type}}
    return expect


def _words(one: Entry) -> str:
    parts = [part for part in one.path.split("/") if part and len(part) <= 30 and not any(map(str.isdigit, part))]
    return f"{one.method} {' '.join(parts[-3:]) or 'start'}"


def _shown(url: str) -> str:
    """Without its query, and without what looks like an id or a key in its path: nobody should read these."""
    return _RANDOM.sub("…", url.partition("?")[0].partition("#")[0].partition(";")[0])
