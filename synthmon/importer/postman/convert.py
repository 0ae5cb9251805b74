"""A collection -> one probe: its requests in their order, what its scripts say as captures and expectations."""

from __future__ import annotations

from typing import Any

from synthmon.importer.draft import Drafts, Found, NotImportable, StepDraft, Wishes
from synthmon.importer.holes import HOLE
from synthmon.importer.maker import MOST_STEPS, Maker
from synthmon.importer.naming import slug
from synthmon.importer.pick import at, mapping, text, words
from synthmon.importer.postman.auth import credentials
from synthmon.importer.postman.collection import Item, check_version, description, flatten
from synthmon.importer.postman.request import address, body, headers
from synthmon.importer.postman.scripts import Read, read_scripts
from synthmon.importer.postman.variables import NO_HOST, UNSET, Variables
from synthmon.importer.requests import Foreign, NoStep, make_request
from synthmon.importer.table import Table

_REDIRECTS = 10  # that Postman follows
_MOST_REDIRECTS = 20  # that a probe follows


def convert(found: Found, wishes: Wishes) -> Drafts:
    """Raises `NotImportable` for what is no collection of version 2, or an empty one."""
    check_version(found.tree)
    tree = mapping(found.tree)
    maker = Maker(wishes)
    items = [item for item in flatten(tree) if wishes.picks(item.name, item.folder)]
    if not items:
        asked = " with such a name" if wishes.only else ""
        raise NotImportable(f"the collection has no request{asked}")
    variables = Variables(maker)
    variables.declare(tree.get("variable"), "the collection")
    for item in items:
        variables.suspect(item)
    reads, rows = {}, {}
    for item in items:
        whole, maker.table = maker.table, Table()
        reads[item.number] = read_scripts(maker, item, variables)
        rows[item.number], maker.table = maker.table.rows, whole
    folder = ""
    for item in items:
        heading = item.folder if item.folder != folder else ""
        if _item(maker, item, variables, reads[item.number], heading):
            folder = item.folder
        maker.table.take(rows[item.number])
    if not maker.steps:
        return Drafts((), tuple(maker.rows()))
    maker.defaults["redirects"] = _REDIRECTS
    why = f"Postman follows up to {_REDIRECTS} by itself; take `redirects` away if none is expected"
    maker.table.changed("the collection", "redirects", why)
    title = words(at(tree, "info", "name")) or words(tree.get("name")) or found.label
    name = wishes.name or slug(title, "collection", joint="-", longest=40)
    draft = maker.draft(name, title, description(tree))
    return Drafts((draft,), tuple(maker.rows()))


def _item(maker: Maker, item: Item, variables: Variables, read: Read, heading: str) -> bool:
    """Make a step of the request; whether there is one."""
    if len(maker.steps) >= MOST_STEPS:
        why = f"a probe has {MOST_STEPS} steps at most here; `--only FOLDER` takes a part"
        maker.table.dropped(item.place, "the request", why)
        return False
    try:
        maker.steps.append(_step(maker, item, variables, read, heading))
    except NoStep as error:
        maker.table.dropped(item.place, "the request", str(error))
        return False
    return True


def _step(maker: Maker, item: Item, variables: Variables, read: Read, heading: str) -> StepDraft:
    def fill(raw: str) -> str:
        return variables.fill(raw, item.number)

    url = address(
        maker,
        item,
        lambda raw: variables.fill(raw, item.number, host=True),
        lambda filled: _with_scheme(maker, item, filled),
    )
    credential = credentials(maker, item.auth, fill, item.place)
    own = headers(maker, item, fill)
    if credential.auth is not None and any(name.lower() == "authorization" for name, _ in own):
        maker.table.dropped(item.place, "header Authorization", "the authentication of the request takes its place")
        own = [(name, value) for name, value in own if name.lower() != "authorization"]
    raw, ready, kind = body(maker, item, fill)
    method = text(item.request.get("method"), "GET") or "GET"
    foreign = Foreign(method, url, own, (), raw, ready, kind)
    made = make_request(maker, foreign, item.place)
    request = made.request
    _follow(maker, item, request)
    step_id = maker.step_id(item.name if not item.name.lower().startswith("http") else f"{method} {_path(item)}")
    maker.table.kept(item.place, f"{request['method']} {maker.holes.plain(request['url'])}", f"step {step_id}")
    return StepDraft(
        step_id,
        item.name,
        request,
        credential.auth or made.auth,
        _expected(maker, item, read),
        read.captures,
        latency_budget=read.checks.budget,
        heading=heading,
    )


def _path(item: Item) -> str:
    return item.name.partition("://")[2].partition("?")[0].partition("/")[2] or "start"


def _with_scheme(maker: Maker, item: Item, url: str) -> str:
    """A url that begins with a variable: which may hold a scheme, a whole address, or only a host."""
    found = HOLE.match(url)
    expression = maker.holes.only(found[0]) if found else None
    if found is None or expression is None:
        return url
    name = expression.partition(".")[2]
    value = text(maker.variables.get(name))
    if url[found.end() :].startswith("://"):
        maker.table.changed(item.place, "url", "its scheme is written out, as that of a probe is known beforehand")
        return f"{value if value in ('http', 'https') else 'https'}{url[found.end() :]}"
    if expression.startswith("captures."):
        raise NoStep("its host comes from an answer, and an answer must not choose who is asked next")
    if expression.startswith("vars.") and value in ("", UNSET):
        maker.variables[name] = NO_HOST
        return url
    if value.lower().startswith(("http://", "https://")) or HOLE.match(value) or expression.startswith("secrets."):
        return url
    maker.table.changed(item.place, "url", "it has no scheme, so http:// is asked, as Postman does")
    return f"http://{url}"


def _follow(maker: Maker, item: Item, request: dict[str, Any]) -> None:
    """Postman follows redirects unless told otherwise; a probe only where it is told to."""
    wanted, most = item.behaviour.get("followRedirects"), item.behaviour.get("maxRedirects")
    if wanted is False:
        request["redirects"] = 0
    elif isinstance(most, int) and not isinstance(most, bool) and most >= 0:
        request["redirects"] = min(most, _MOST_REDIRECTS)
    for name in item.behaviour.keys() - {"followRedirects", "maxRedirects"}:
        maker.table.dropped(item.place, f"protocolProfileBehavior.{name}", "a probe has no such switch")


def _expected(maker: Maker, item: Item, read: Read) -> dict[str, Any]:
    expect = read.checks.finished()
    if "status" in expect or not item.examples:
        return expect
    code = item.examples[0].get("code")
    if isinstance(code, int) and 200 <= code < 400 and not isinstance(code, bool):
        maker.table.kept(item.place, "saved example", f"the status {code} is expected")
        return {"status": code, **expect}
    return expect
