"""What probe files are read against: the regions and channels that an installation has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from synthmon.model.network import Network
from synthmon.model.reach import Reach
from synthmon.model.text import Tree
from synthmon.model.trace import Telling
from synthmon.nouns import dataclass

LOCAL = "local"
"""The region of an installation that declares none."""


@dataclass(frozen=True, slots=True)
class InstallationRegion:
    """`variables` win over those of every probe. `secrets`: names of secrets there, by the names that probes use.

    `network` is how targets are reached from there, where probes do not say it themselves.
    """

    variables: Mapping[str, Tree] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None
    network: Network = field(default_factory=Network)


@dataclass(frozen=True, slots=True)
class Installation:
    """Regions by name, in the order in which they are shown; `channels` are the names that `notify` may use.

    `known`: whether the file that says so could be read. Where it could not, what probes name is taken as it is: to say
    that there is no such region would be false, and hide what is really wrong.
    """

    environment: str
    regions: Mapping[str, InstallationRegion]
    channels: frozenset[str] = frozenset()
    known: bool = True
    reach: Reach = field(default_factory=Reach)
    telling: Telling = field(default_factory=Telling)

    def region(self, name: str) -> InstallationRegion:
        """What is known of one that a probe names."""
        return self.regions.get(name, InstallationRegion())
