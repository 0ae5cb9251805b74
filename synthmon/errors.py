"""The few exceptions synthmon raises on purpose, drawn as a tree.

    SynthmonError                 a person can read and mend it; never shown with a traceback
    ├── ConfigurationError        a file, option or environment variable is wrong: exit code 2
    ├── SecretUnavailable         a secret's value could not be had: the run is `error`, kind `secret`
    ├── TemplateError             a `${{ }}` expression could not be evaluated or rendered
    ├── MalformedDocument         a document that was kept or sent is not what it should be; names the field
    ├── StoreError                the database or the spool could not be read or written; trying again can help
    │   ├── SchemaOutdated        the database's schema is not the one this version needs; trying again cannot help
    │   ├── RefusedByStore        the database works, and what it was handed cannot be kept
    │   └── Fenced                a newer leader judges: what an older one still wants to write is refused
    ├── CentreError               the centre could not be reached or refuses an agent; `status` is what it answered
    ├── NotAdmitted               an agent may not do this here; `status` is what it is answered
    ├── SignInRefused             somebody is not let in; `status` is what is answered, `hint` what may help
    └── DeliveryError             a channel did not take a notification; `permanent` says whether trying again can help

A failing target is never an exception: it is a `Failure` in a `StepResult`.
"""

from __future__ import annotations


class SynthmonError(Exception):
    """Something a person can read and mend; `str(error)` is the whole message, `hint` says how to mend it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ConfigurationError(SynthmonError):
    """A file, option or environment variable is wrong."""


class SecretUnavailable(SynthmonError):
    """The value of a secret could not be had."""


class TemplateError(SynthmonError):
    """An expression could not be evaluated, or its value does not fit the place it is rendered into.

    `captured` is true when the value at fault came from the target (then the step has failed, not erred).
    """

    def __init__(self, message: str, *, captured: bool = False, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.captured = captured


class MalformedDocument(SynthmonError):
    """A JSON document that was kept or sent is not what it should be."""


class StoreError(SynthmonError):
    """The database or the spool could not be read or written; trying again can help."""


class SchemaOutdated(StoreError):
    """The database's schema is not the one this version needs."""


class RefusedByStore(StoreError):
    """The database works, and what it was handed cannot be kept: a defect of ours, not of the disk."""


class Fenced(StoreError):
    """Another process has begun to judge since; nothing of what an older leader decided may be kept."""


class CentreError(SynthmonError):
    """The centre could not be reached, or refuses what an agent asks.

    `status` is that of its answer, None without one; `retry_after`: seconds that it named.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status, self.retry_after = status, retry_after


class NotAdmitted(SynthmonError):
    """An agent may not do this here: its token does not hold, its region is unknown, or it asks too often."""

    def __init__(self, message: str, *, hint: str, status: int) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class SignInRefused(SynthmonError):
    """Somebody is not let in: it is not known who it is, too many try, or where they are known is away.

    The message may be shown to anybody; `reason` is for the log and the audit only.
    """

    def __init__(self, message: str, *, status: int, hint: str | None = None, reason: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status, self.reason = status, reason or message


class DeliveryError(SynthmonError):
    """A channel did not take a notification.

    `permanent`: trying again cannot help (a wrong key, a refused message). `retry_after`: seconds the receiver named.
    """

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after


def is_thread_refused(error: RuntimeError) -> bool:
    """Whether the system let this process start no further thread, which Python tells by nothing but the words."""
    return str(error).startswith("can't start new thread")
