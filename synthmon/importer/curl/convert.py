"""Commands of cURL -> one probe with a step for each request."""

from __future__ import annotations

import re
from typing import Any

from synthmon.importer.curl.command import Asked, Reading, body_of
from synthmon.importer.curl.options import options
from synthmon.importer.curl.words import Command, commands
from synthmon.importer.draft import Drafts, Found, NotImportable, StepDraft, Wishes
from synthmon.importer.holes import cleaned
from synthmon.importer.maker import SAFE_TO_REPEAT, Maker
from synthmon.importer.multipart import multipart
from synthmon.importer.naming import slug
from synthmon.importer.requests import Foreign, NoStep, make_request
from synthmon.importer.sensitive import is_sensitive

_WINDOWS = re.compile(r"\^\s*$", re.MULTILINE)
_CURL = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?")
_SKIPPED = frozenset({"sudo", "time", "command", "env", "exec", "$", "%", ">"})
_UNSET = "set-me"


def convert(found: Found, wishes: Wishes) -> Drafts:
    """Raises `NotImportable` when there is no command in the text, or one that cannot be read."""
    text = cleaned(found.text)
    if _WINDOWS.search(text):
        hint = "in the browser choose `Copy as cURL (bash)`"
        raise NotImportable("this is a command for cmd.exe of Windows, whose quotes are others", hint=hint)
    maker = Maker(wishes)
    asked_for = 0
    for command in commands(text, lambda name, default: _variable(maker, name, default)):
        words = _behind_curl(command)
        if words is None:
            maker.table.dropped(f"line {command.line}", command.words[0], "it is no command of curl")
            continue
        asked_for += 1
        _command(maker, words, command)
    if not asked_for:
        raise NotImportable("there is no curl command in it", hint="it begins with `curl`, as the browser copies it")
    rows_so_far = tuple(maker.rows())
    if not maker.steps:
        return Drafts((), rows_so_far)
    name = wishes.name or slug(_host(maker) or "curl", "curl", joint="-")
    draft = maker.draft(name, f"Imported from {found.label}")
    return Drafts((draft,), tuple(maker.rows()))


def _host(maker: Maker) -> str:
    host = str(maker.steps[0].request["url"]).partition("://")[2].partition("/")[0]
    return host.rpartition(":")[0] or host


def _variable(maker: Maker, name: str, default: str | None) -> str:
    """What stands for `$NAME` of the shell."""
    place = f"${name}"
    if is_sensitive(name):
        hole = maker.vault.need(name, f"the shell's variable ${name}")
        maker.table.changed(place, "variable of the shell", f"a secret: {maker.holes.plain(hole)}")
        return hole
    value = default if default is not None else _UNSET
    hole = maker.variable(name, value, "" if default else "a variable of the shell: set it")
    maker.table.changed(place, "variable of the shell", f"{maker.holes.plain(hole)}, to be set in the file")
    return hole


def _behind_curl(command: Command) -> tuple[str, ...] | None:
    """The words behind `curl`; None for another command."""
    for number, word in enumerate(command.words):
        if _CURL.fullmatch(word):
            return command.words[number + 1 :]
        if word not in _SKIPPED and "=" not in word:
            return None
    return None


def _command(maker: Maker, words: tuple[str, ...], command: Command) -> None:
    place = f"line {command.line}"
    if command.piped:
        maker.table.dropped(place, command.piped, "what happens to the output is not part of the request")
    reading = Reading(maker.table, place)
    for option in options(words):
        if option.name in ("next", "junk"):
            _requests(maker, reading, place)
            reading = Reading(maker.table, place)
        else:
            reading.take(option)
    _requests(maker, reading, place)


def _requests(maker: Maker, reading: Reading, place: str) -> None:
    asked = reading.asked
    if asked.impossible:
        maker.table.dropped(place, "the request", asked.impossible)
        return
    if not asked.urls:
        maker.table.dropped(place, "the command", "it has no url")
    for url in asked.urls:
        try:
            maker.steps.append(_step(maker, reading, url, place))
        except NoStep as reason:
            maker.table.dropped(place, "the request", str(reason))


def _step(maker: Maker, reading: Reading, url: str, place: str) -> StepDraft:
    asked = reading.asked
    foreign = Foreign(
        method=asked.verb,
        url=_address(maker, asked, url, place),
        headers=asked.headers,
        user=_user(asked),
        body=body_of(asked),
        ready=multipart(maker, asked.parts, place) if asked.parts else {},
        content_type=asked.content_type if not asked.as_query else "",
    )
    made = make_request(maker, foreign, place)
    request = made.request
    if (redirects := reading.redirects()) > 0:
        request["redirects"] = redirects
    path = str(request["url"]).partition("://")[2].partition("/")[2].partition("?")[0]
    words = f"{request['method']} {maker.holes.plain(path) or 'the root'}"
    step_id = maker.step_id(words)
    maker.table.kept(place, f"{request['method']} {maker.holes.plain(request['url'])}", f"step {step_id}")
    more: dict[str, Any] = {"timeout": asked.timeout} if asked.timeout else {}
    if asked.retries and request["method"] in SAFE_TO_REPEAT:
        more["retry"] = {"attempts": asked.retries + 1}
    elif asked.retries:
        why = f"a {request['method']} sent again may do it twice; add `retry` and `idempotency_key` yourself"
        maker.table.dropped(place, "--retry", why)
    return StepDraft(step_id, words, request, made.auth, more=more)


def _address(maker: Maker, asked: Asked, url: str, place: str) -> str:
    if "://" not in url and not url.startswith("\U0010f000"):
        maker.table.changed(place, url, "curl takes http:// where no scheme is written")
        url = f"http://{url}"
    further = [*asked.query, *(asked.data if asked.as_query else [])]
    if further:
        url = url.partition("#")[0]
        url += ("&" if "?" in url else "?") + "&".join(further)
    return url


def _user(asked: Asked) -> tuple[str, str] | None:
    if asked.user is None:
        return None
    user, _, password = asked.user.partition(":")
    return user, password
