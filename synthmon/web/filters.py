"""What a reader wants to see of the probes, as the address of the status page says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from synthmon.model.incident import Health
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass

LONGEST, MOST = 100, 20  # characters of a value, values of a kind
VIEWS = ("full", "compact")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every word of `text`, every one of the tags, one of the owners, one of the healths; what is empty wants all.

    `view` is the reader's own choice of how lines look; `page` counts from 1.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    healths: tuple[Health, ...] = ()
    view: str | None = None
    wall: bool = False
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text or self.tags or self.owners or self.healths)

    def picks(self, probe: Probe) -> bool:
        """Whether the probe is wanted, however it is."""
        said = " ".join((probe.name, probe.title, probe.owner or "", *probe.tags)).casefold()
        return (
            all(word in said for word in self.text.casefold().split())
            and set(self.tags) <= set(probe.tags)
            and (not self.owners or probe.owner in self.owners)
        )

    def with_health(self, health: Health | None) -> Wanted:
        """The same, of those with that health; None: of whichever."""
        return replace(self, healths=(health,) if health else (), page=1)

    def on_page(self, page: int) -> Wanted:
        return replace(self, page=page)

    def as_view(self, view: str) -> Wanted:
        return replace(self, view=view, page=1)

    def on_wall(self, wall: bool) -> Wanted:
        return replace(self, wall=wall, page=1)

    @property
    def address(self) -> str:
        """Of the status page that shows this."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [("tag", tag) for tag in self.tags]
        pairs += [("owner", owner) for owner in self.owners]
        pairs += [("health", health.value) for health in self.healths]
        pairs += [("view", self.view)] if self.view else []
        pairs += [("wall", "1")] if self.wall else []
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return f"/?{urlencode(pairs)}" if pairs else "/"


def wanted(asked: QueryParams) -> Wanted:
    """What an address asks for; what makes no sense in it is left out."""
    known = {health.value: health for health in Health}
    view, page = asked.get("view"), asked.get("page", "")
    return Wanted(
        text=asked.get("q", "").strip()[:LONGEST],
        tags=_values(asked, "tag"),
        owners=_values(asked, "owner"),
        healths=tuple(known[value] for value in _values(asked, "health") if value in known),
        view=view if view in VIEWS else None,
        wall=asked.get("wall") == "1",
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 6 and int(page) else 1,
    )


def choices(probes: Mapping[str, Probe]) -> tuple[list[str], list[str]]:
    """The tags and the owners there are to choose from."""
    tags = {tag for probe in probes.values() for tag in probe.tags}
    owners = {probe.owner for probe in probes.values() if probe.owner}
    return sorted(tags), sorted(owners)


def _values(asked: QueryParams, name: str) -> tuple[str, ...]:
    values = (value.strip()[:LONGEST] for value in asked.getlist(name))
    return tuple(dict.fromkeys(value for value in values if value))[:MOST]
