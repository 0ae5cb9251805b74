"""One probe in the making: its steps, variables, secrets and rows, and how they become a draft."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from synthmon.importer.address import below, shared_base
from synthmon.importer.draft import Need, ProbeDraft, StepDraft, Wishes
from synthmon.importer.holes import Holes, is_holed
from synthmon.importer.naming import Names, slug, title, variable
from synthmon.importer.sensitive import Vault, is_sensitive
from synthmon.importer.table import Row, Table, rewritten
from synthmon.nouns import dataclass

_REFERENCE = re.compile(r"\b(captures|secrets|vars)\.([A-Za-z_][A-Za-z0-9_]*)")
METHODS = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "PROPPATCH"}
    | {"MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "PURGE"}
)
WITHOUT_BODY = frozenset({"GET", "HEAD", "TRACE"})
MOST_STEPS = 60
_EXPECTED = ("status", "headers", "openapi", "json", "text", "cookies")
"""In the order in which `synthmon fmt` lays them out."""
SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Maker:
    """Collects what becomes one probe file. `wishes.variables` win over what the file says."""

    wishes: Wishes
    table: Table = field(default_factory=Table)
    holes: Holes = field(default_factory=Holes)
    steps: list[StepDraft] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    ids: Names = field(default_factory=Names)
    captures: Names = field(default_factory=Names)
    vault: Vault = field(init=False)
    _named: dict[str, str] = field(default_factory=dict)
    _names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        self.vault = Vault(self.holes)

    # Names

    def step_id(self, wanted: str) -> str:
        return self.ids.new(slug(wanted, "step"))

    def variable(self, original: str, value: Any, remark: str = "") -> str:
        """Declare a variable of the file, once; the hole that stands for it. One with a telling name is a secret."""
        if is_sensitive(original):
            where = f"the variable {original}"
            known = isinstance(value, str) and value and not remark
            return (
                self.vault.hide(value, original, where) if known else self.need(slug(original, "secret"), where, where)
            )
        if original not in self._named:
            name = self._names.new(variable(original))
            self._named[original] = name
            self.variables[name] = self.wishes.variables.get(original, self.wishes.variables.get(name, value))
            if remark and self.variables[name] is value:
                self.remarks[name] = remark
        return self.holes.put(f"vars.{self._named[original]}")

    def spelled(self, text: str, place: str) -> str:
        """The text with the values of variables written out, for where no expression can stand."""
        if not is_holed(text):
            return text
        values = {self.holes.put(f"vars.{name}"): value for name, value in self.variables.items()}
        for hole, value in values.items():
            text = text.replace(hole, str(value))
        self.table.changed(place, self.holes.plain(text), "no expression can stand in a name, so it is written out")
        return text

    def profile(self, oauth2: dict[str, Any], wanted: str = "oauth2") -> str:
        """The name of the profile with these settings; the same settings have the same name."""
        for name, known in self.profiles.items():
            if known == {"oauth2": oauth2}:
                return name
        name = wanted
        while name in self.profiles:
            name += "_2"
        self.profiles[name] = {"oauth2": oauth2}
        return name

    def need(self, wanted: str, where: str, place: str) -> str:
        """A secret that somebody has to provide, told of in the table."""
        hole = self.vault.need(wanted, where)
        self.table.changed(place, where, f"provide it as the secret {self.holes.plain(hole)}")
        return hole

    def capture(self, wanted: str) -> str:
        """A new name for a capture."""
        return self.captures.new(variable(wanted, "value"))

    # The draft

    def draft(self, name: str, heading: str, description: str = "") -> ProbeDraft:
        """The probe with its holes filled, its base found, and without what nothing uses."""
        base = shared_base(str(step.request["url"]) for step in self.steps)
        steps = tuple(self._finished(step, base) for step in self.steps)
        variables = {key: self._filled(value) for key, value in self.variables.items()}
        profiles, defaults = self._filled(self.profiles), self._filled(self.defaults)
        written_base = self._filled(base) if base and any(_asks_below(step) for step in steps) else None
        used = set(_references([*map(_values, steps), variables, profiles, defaults, written_base]))
        steps = tuple(self._without_unused(step, used) for step in steps)
        return ProbeDraft(
            name=name,
            title=self._plain(title(heading, name)),
            description=self._plain(_paragraph(description)),
            steps=steps,
            variables={key: value for key, value in variables.items() if ("vars", key) in used},
            secrets=tuple(need for need in self.vault.needs if ("secrets", need.name) in used),
            profiles=profiles,
            defaults=defaults,
            base_url=written_base,
            remarks=self.remarks,
        )

    def rows(self) -> Iterator[Row]:
        """The table without values of secrets."""
        scrub = self._plain
        return (rewritten(row, scrub(row.place), scrub(row.what), scrub(row.why)) for row in self.table.rows)

    @property
    def needs(self) -> tuple[Need, ...]:
        return self.vault.needs

    def _finished(self, step: StepDraft, base: str | None) -> StepDraft:
        expect = self._filled(step.expect)
        request = {**step.request, "url": below(str(step.request["url"]), base)}
        return replace(
            step,
            name=self._plain(title(step.name, step.id)),
            request=self._filled(request),
            auth=self._filled(step.auth),
            expect={key: expect[key] for key in _EXPECTED if key in expect},
            capture=self._filled(step.capture),
            more=self._filled(step.more),
            heading=self._plain(title(step.heading, "")),
        )

    def _without_unused(self, step: StepDraft, used: set[tuple[str, str]]) -> StepDraft:
        kept = {name: how for name, how in step.capture.items() if ("captures", name) in used}
        for name in step.capture.keys() - kept.keys():
            self.table.dropped(step.id, f"capture {name}", "nothing uses it")
        return replace(step, capture=kept)

    def _filled(self, value: Any) -> Any:
        return self.holes.fill(self._concealed(value))

    def _concealed(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {self._key(str(name)): self._concealed(child) for name, child in value.items()}
        if isinstance(value, list | tuple):
            return [self._concealed(child) for child in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            concealed = self.vault.conceal(str(value))
            return value if concealed == str(value) else concealed
        return self.vault.conceal(value) if isinstance(value, str) else value

    def _key(self, name: str) -> str:
        if "${{" in name:
            self.table.changed("keys", name, "a key cannot hold `${{`; it is sent without the `$`")
        return self._plain(name.replace("${{", "{{"))

    def _plain(self, text: str) -> str:
        """For people: expressions by name, no value of a secret in any form."""
        return self.vault.scrubber.text(self.holes.plain(text))


def _asks_below(step: StepDraft) -> bool:
    return str(step.request["url"]).startswith("/")


def _values(step: StepDraft) -> list[Any]:
    return [step.request, step.auth, step.expect, step.more]


def _references(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for child in value:
            yield from _references(child)
    elif isinstance(value, str) and "${{" in value:
        yield from ((found[1], found[2]) for found in _REFERENCE.finditer(value))


def _paragraph(text: str) -> str:
    """A description for people: printable, without expressions, at most a few lines."""
    lines = ["".join(char if char.isprintable() else " " for char in line).rstrip() for line in text.split("\n")]
    made = "\n".join(lines).strip().replace("${{", "{{")
    return made if len(made) <= 600 else f"{made[:599].rstrip()}…"
