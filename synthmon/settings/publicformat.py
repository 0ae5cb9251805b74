"""The models of `web.public` in `synthmon.yaml`: what everybody may know."""

from __future__ import annotations

from synthmon.probefile.format.base import Maybe, Part, key, required
from synthmon.probefile.format.scalars import Label, Name
from synthmon.settings.binding import Bind


class PublicComponentPart(Part):
    """One line of the public page: something that customers know by name."""

    title: Label = required("What everybody calls it; the names of probes are never shown.", example="Checkout")
    probes: list[Name] = required(
        "The probes that stand for it; the worst of them speaks.", example="[checkout]", min_length=1, max_length=100
    )


class PublicGroupPart(Part):
    """Components that belong together."""

    title: Maybe[Label] = key("Its heading; none when left out.", example="Buying")
    components: list[PublicComponentPart] = required("What it consists of.", min_length=1, max_length=100)


class PublicPart(Part):
    """The public status page."""

    title: Maybe[Label] = key("Its heading; `Status` when left out.", example="Shop status")
    bind: Maybe[Bind] = key("An address of its own; that of the other pages when left out.", example="127.0.0.1:8422")
    groups: list[PublicGroupPart] = required("What it shows, in that order.", min_length=1, max_length=50)
