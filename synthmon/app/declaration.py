"""What is declared, as agents pull it: probe files and what they share, regions, names of channels and of secrets.

Never the value of a secret: agents have their own. The document is what a region needs to load the same probes from the
same bytes, so that both sides speak of one content hash.
"""

from __future__ import annotations

import binascii
import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from synthmon import wire
from synthmon.app.configuration import Declared
from synthmon.app.reach_document import network_of, network_to_json, reach_of, reach_to_json
from synthmon.errors import MalformedDocument
from synthmon.model.probe import Probe
from synthmon.model.reach import Reach
from synthmon.model.run import Json
from synthmon.model.trace import Telling
from synthmon.probefile.assembly.installation import Installation, InstallationRegion
from synthmon.probefile.format.base import frozen
from synthmon.settings import Settings
from synthmon.web.ports import Declaration
from synthmon.wire.fields import Fields

_FORMAT = 1


def config_hash(settings: Settings, probes: Mapping[str, Probe], environment: str) -> str:
    """What two processes that declare the same have in common."""
    declared = {
        "environment": environment,
        "regions": _regions(settings.installation),
        "reach": reach_to_json(settings.installation.reach),
        "telling": _telling(settings.installation.telling),
        "probes": {name: probe.content_hash for name, probe in sorted(probes.items())},
    }
    return sha256(json.dumps(declared, sort_keys=True, default=str).encode()).hexdigest()


def declaration_of(declared: Declared, environment: str) -> Declaration:
    """The document. Files that probes name travel as they were read with the probes, whatever became of them since."""
    settings = declared.settings
    hashed = config_hash(settings, declared.probes, environment)
    folder = settings.probes
    document = {
        "format": _FORMAT,
        "environment": environment,
        "config_hash": hashed,
        "regions": _regions(settings.installation),
        "reach": reach_to_json(settings.installation.reach),
        "telling": _telling(settings.installation.telling),
        "channels": sorted(settings.installation.channels),
        "files": {
            **{_inside(probe.path, folder, name): probe.yaml for name, probe in declared.probes.items()},
            **declared.shared,
        },
        "bodies": {
            file.path: b64encode(file.content).decode("ascii")
            for _, probe in sorted(declared.probes.items())
            for file in probe.journey.files
        },
    }
    text = wire.dumps(document)
    return Declaration(f'"{sha256(text).hexdigest()[:32]}"', gzip.compress(text, 6, mtime=0), hashed)


class Declarations:
    """Makes the document anew when what is declared was taken over anew."""

    def __init__(self, declared: Callable[[], Declared], environment: str) -> None:
        self._declared, self._environment = declared, environment
        self._made: tuple[Declared, Declaration] | None = None

    def __call__(self) -> Declaration:
        declared = self._declared()
        made = self._made
        if made is None or made[0] is not declared:
            made = self._made = (declared, declaration_of(declared, self._environment))
        return made[1]


def _regions(installation: Installation) -> dict[str, Json]:
    return {
        name: {
            "title": region.title,
            "vars": dict(region.variables),
            "secrets": dict(region.secrets),
            "network": network_to_json(region.network),
        }
        for name, region in installation.regions.items()
    }


def _telling(telling: Telling) -> Json:
    return {"header": telling.header, "not_for": sorted(telling.not_for)}


def _inside(path: str, folder: Path, name: str) -> str:
    """Where the file lies below the probes folder."""
    whole = Path.cwd() / path
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else f"{name}.yaml"


# Reading it again


def installation_of(document: Json, here: Reach) -> Installation:
    """The installation that the document's probes are read against; raises `MalformedDocument`.

    `here`: what this process knows of its own places, which no probe may reach.
    """
    fields = Fields(document)
    if fields.whole("format") != _FORMAT:
        raise MalformedDocument(f"format: this version reads format {_FORMAT}: is the centre of another version?")
    regions = fields.part("regions")
    return Installation(
        fields.text("environment"),
        {name: _region(regions.part(name)) for name in regions.names()},
        frozenset(fields.texts("channels")),
        reach=reach_of(fields.maybe_part("reach"), here),
        telling=_told(fields.part("telling")),
    )


def _told(fields: Fields) -> Telling:
    return Telling(fields.flag("header"), frozenset(fields.texts("not_for")))


def _region(fields: Fields) -> InstallationRegion:
    variables, secrets = fields.maybe_part("vars"), fields.maybe_part("secrets")
    return InstallationRegion(
        {name: frozen(variables.value(name)) for name in variables.names()} if variables else {},
        {name: secrets.text(name) for name in secrets.names()} if secrets else {},
        fields.maybe_text("title"),
        network_of(fields.maybe_part("network")),
    )


def files_of(document: Json) -> Mapping[str, str]:
    """Text by path below the probes folder; raises `MalformedDocument` for a path that leads out of it."""
    files = Fields(document).part("files")
    return {_below(name): files.text(name) for name in files.names()}


def bodies_of(document: Json) -> Mapping[str, bytes]:
    """Files that are sent, by path below the probes folder; raises `MalformedDocument` as `files_of` does."""
    bodies = Fields(document).part("bodies")
    try:
        return {_below(name): b64decode(bodies.text(name), validate=True) for name in bodies.names()}
    except binascii.Error as error:
        raise MalformedDocument(f"bodies: {error}") from error


def _below(name: str) -> str:
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or "\0" in name or any(part in {"", ".", ".."} for part in parts):
        raise MalformedDocument(f"{name!r} is no path below the probes folder")
    return name
