"""Which probes a report is about, in words and in the names of its files."""

from __future__ import annotations

import re
from hashlib import sha256

from synthmon.model.probe import Probe
from synthmon.model.quiet import Selection
from synthmon.nouns import dataclass

ALL = Selection()
_ODD = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 60  # characters: names of files are bounded


@dataclass(frozen=True, slots=True)
class Scope:
    """All probes, or those that a selection covers."""

    covers: Selection = ALL

    @property
    def everything(self) -> bool:
        return self.covers == ALL

    def holds(self, name: str, probe: Probe | None) -> bool:
        """Whether it is one of them; of one that is not declared any more only the name is known."""
        return self.covers.covers(probe) if probe else self.covers.covers_name(name)

    @property
    def slug(self) -> str:
        """`tag-tier-1`, `owner-payments+probe-checkout`; nothing for all probes. Different scopes, different slugs."""
        if self.everything:
            return ""
        named = (("owner", self.covers.owner), ("probe", self.covers.probe), ("tag", self.covers.tag))
        parts = [f"{word}-{value}" for word, value in named if value is not None]
        slug = "+".join(_ODD.sub("_", part) for part in parts)[:_LONGEST]
        return slug if slug == "+".join(parts) else f"{slug}-{sha256(repr(parts).encode()).hexdigest()[:8]}"

    def __str__(self) -> str:
        return "all probes" if self.everything else str(self.covers)
