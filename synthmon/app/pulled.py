"""An agent whose probes come from the centre: the document on its disk, read like files of its own.

What the centre declares is checked before it takes the place of what was there, and kept for a start without it.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from synthmon import wire
from synthmon.agent.line import LARGEST_CONFIGURATION, Pulled
from synthmon.app.configuration import Declared, Origin, Reading, read
from synthmon.app.declaration import bodies_of, config_hash, files_of, installation_of
from synthmon.errors import ConfigurationError, MalformedDocument
from synthmon.model.run import Json
from synthmon.model.text import Source
from synthmon.probefile.assembly.installation import Installation
from synthmon.probefile.builder import Loaded, load_probes
from synthmon.probefile.problem import Problem, render
from synthmon.settings import Settings, load_settings

FILE = "declared.json"
SHOWN = "probes"  # the folder that pulled probes are shown in, as at the centre


def is_pulled(origin: Origin) -> bool:
    """Whether there is no folder of probes here, so that they come from the centre."""
    settings, _ = load_settings(origin.environ, origin.config_path, origin.cwd)
    named = any(origin.environ.get(name) for name in ("SYNTHMON_PROBES", "SYNTHMON_PROBES_FILE"))
    return not named and not settings.probes.is_dir()


def read_agent(origin: Origin) -> Reading:
    """What is declared, from files mounted here or from the document that was pulled, without the texts of the files:
    an agent shows its probes to nobody, and would hold a KiB or more of each.
    """
    reading = _read(origin)
    declared = reading.declared
    probes = {name: replace(probe, yaml="") for name, probe in declared.probes.items()}
    return replace(reading, declared=replace(declared, probes=probes, shared={}))


def _read(origin: Origin) -> Reading:
    if not is_pulled(origin):
        return read(origin)
    settings, problems = load_settings(origin.environ, origin.config_path, origin.cwd)
    kept = kept_document(settings)
    if kept is None:
        message = "nothing is declared yet: neither is there a folder of probes, nor was anything pulled"
        problem = Problem("nothing-declared", message, Source(FILE, 0, 0), help="is the centre reachable?")
        return Reading(Declared(settings, {}, problems), (*problems, problem))
    try:
        return _reading(settings, problems, kept["document"])
    except (MalformedDocument, KeyError, TypeError, OSError) as error:
        message = f"what was pulled from the centre cannot be read: {error}"
        problem = Problem("pulled", message, Source(str(settings.data_dir / FILE), 0, 0), help="delete the file")
        return Reading(Declared(settings, {}, problems), (*problems, problem))


def _reading(settings: Settings, problems: tuple[Problem, ...], document: Json) -> Reading:
    installation = installation_of(document, settings.installation.reach)
    wanted = settings.regions_run_here
    if missing := sorted(wanted - set(installation.regions)):
        message = f"the centre has no region {', '.join(missing)}"
        help_ = f"set SYNTHMON_REGION to one of {', '.join(installation.regions)}"
        problems = (*problems, Problem("unknown-region", message, Source(FILE, 0, 0), help=help_))
    with TemporaryDirectory(prefix=".pulled-", dir=settings.data_dir) as folder:
        loaded = _load(Path(folder), document, installation)
    probes = {probe.name: probe for probe in loaded.probes}
    settings = replace(settings, environment=installation.environment, installation=installation)
    found = config_hash(settings, probes, installation.environment)
    if not loaded.failed and found != document.get("config_hash"):
        help_ = "it is asked for again; is this agent of the same version as the centre?"
        problems = (*problems, Problem("pulled", "what was pulled is not whole", Source(FILE, 0, 0), help=help_))
    problems += loaded.problems
    return Reading(Declared(settings, probes, problems), problems)


def _load(folder: Path, document: Json, installation: Installation) -> Loaded:
    texts = {name: text.encode("utf-8", "surrogatepass") for name, text in files_of(document).items()}
    for name, content in (texts | dict(bodies_of(document))).items():
        path = folder / SHOWN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / SHOWN).mkdir(exist_ok=True)
    return load_probes(folder / SHOWN, installation, folder)


def kept_document(settings: Settings) -> Mapping[str, Json] | None:
    """What was pulled last, with its `etag`; None when nothing was, or it cannot be read."""
    try:
        found = json.loads((settings.data_dir / FILE).read_text("utf-8", "surrogatepass"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "document" in found else None


def accept(settings: Settings, pulled: Pulled) -> None:
    """Check what the centre declares and keep it; raises `ConfigurationError` for what cannot be used."""
    try:
        document = wire.loads(_inflated(pulled.content))
        reading = _reading(settings, (), document)
    except (MalformedDocument, TypeError, AttributeError) as error:
        raise ConfigurationError(f"what the centre declares cannot be read: {error}") from error
    except OSError as error:
        hint = f"free some space in {settings.data_dir}"
        raise ConfigurationError(f"what the centre declares cannot be kept: {error.strerror}", hint=hint) from error
    if reading.errors:
        raise ConfigurationError(f"what the centre declares cannot be used: {render(reading.errors)}")
    _put(settings.data_dir / FILE, wire.dumps({"etag": pulled.etag, "document": document}))


def _inflated(content: bytes) -> bytes:
    inflater = zlib.decompressobj(31)
    try:
        text = inflater.decompress(content, LARGEST_CONFIGURATION)
    except zlib.error as error:
        raise MalformedDocument(f"it does not inflate: {error}") from error
    if not inflater.eof:
        raise MalformedDocument("it is too large, or ends too early")
    return text


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all, also when the power fails."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}", hint="is the disk full?") from error
