"""The variables that synthmon reads: each by itself or from the file that `…_FILE` names; misspelt ones are noticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from synthmon.language.suggest import did_you_mean
from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.problem import Problem, Severity

PREFIX = "SYNTHMON_"
SECRET_PREFIX = "SYNTHMON_SECRET_"  # noqa: S105 - a prefix, not a value
VARIABLES: Mapping[str, str] = {
    "SYNTHMON_AGENT_TOKEN": "What an agent shows to the centre.",
    "SYNTHMON_CENTRE_CA": "A file of the authorities by which an agent knows the centre, in place of the public ones.",
    "SYNTHMON_CENTRE_PLAIN": "1: an agent may reach a centre beyond this machine without TLS.",
    "SYNTHMON_CENTRE_URL": "The address of the centre, for agents.",
    "SYNTHMON_BROKER_URL": "The address of the broker over which Celery workers are given runs, with its password.",
    "SYNTHMON_CONFIG": "The path of synthmon.yaml.",
    "SYNTHMON_DATABASE_URL": "The address of the database.",
    "SYNTHMON_DB_UPGRADE": "1: upgrade the schema of a PostgreSQL database at the start.",
    "SYNTHMON_DATA_DIR": "The folder for the database, reports and what the daemon keeps.",
    "SYNTHMON_LOG_FORMAT": "The form of the log: auto, json, text or ecs.",
    "SYNTHMON_PROBES": "The folder of the probes.",
    "SYNTHMON_REGION": "The region that this process runs.",
    "SYNTHMON_SECRETS_DIR": "The folder with a file per secret.",
    "SYNTHMON_SHARD": "Which share of the region's probes this process runs, such as 2/4; in a StatefulSet, pod/4.",
    "SYNTHMON_SPOOL_SIZE": "How much an agent keeps for the centre at most, in MiB.",
    "SYNTHMON_WEB_BIND": "Where the pages are served.",
    "SYNTHMON_WEB_PASSWORD": "The password of the pages.",
}
PLACE = "the environment"
_MAX_BYTES = 64 * 1024
# What Kubernetes sets for a service that is called synthmon, or synthmon-something.
_KUBERNETES = regular(r"SYNTHMON_(?:\w+_)?(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?)\Z")


def environment_problem(
    code: str, message: str, help_: str | None = None, severity: Severity = Severity.ERROR
) -> Problem:
    """A problem that stands in no file."""
    return Problem(code, message, Source(PLACE, 0, 0), help=help_, severity=severity)


@dataclass(slots=True)
class Environment:
    """The variables of a process. What is wrong with one is added to `problems` when it is asked for."""

    variables: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        """The value, or None if it is not set; an empty one counts as not set."""
        value, file = self.variables.get(name), self.variables.get(f"{name}_FILE")
        if value and file:
            message = f"both {name} and {name}_FILE are set"
            self.problems.append(environment_problem("environment", message, "set one of them"))
        return value or (self._read(name, file) if file else None)

    def _read(self, name: str, file: str) -> str | None:
        try:
            path = Path(file)
            if not path.is_file():
                raise OSError(0, "it is not a regular file" if path.exists() else "there is no such file")
            with path.open("rb") as stream:
                return stream.read(_MAX_BYTES).decode().strip() or None
        except UnicodeDecodeError:
            reason = "it is not UTF-8 text"
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
        message = f"{name}_FILE names {quoted(file)}, which cannot be read: {reason}"
        self.problems.append(environment_problem("environment", message))
        return None

    def check_names(self) -> None:
        """Warn of variables that are nearly ours: a misspelt one would be ignored without a word."""
        for name in sorted(self.variables):
            if name.startswith(PREFIX) and not _is_known(name):
                better = did_you_mean(name, [*VARIABLES, *(f"{known}_FILE" for known in VARIABLES)])
                help_ = f"did you mean `{better}`?" if better else f"there are {', '.join(VARIABLES)}"
                message = f"unknown variable {quoted(name)}"
                self.problems.append(environment_problem("unknown-variable", message, help_, Severity.WARNING))


def _is_known(name: str) -> bool:
    if name.startswith(SECRET_PREFIX):
        return len(name) > len(SECRET_PREFIX)
    return name.removesuffix("_FILE") in VARIABLES or _KUBERNETES.match(name) is not None
