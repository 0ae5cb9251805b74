"""What is a credential, by the name that it has or by its looks; and the secrets that take the place of values."""

from __future__ import annotations

import re
from dataclasses import field

from synthmon.importer.draft import Need
from synthmon.importer.holes import Holes, is_holed
from synthmon.importer.naming import Names, variable
from synthmon.language.secretkey import is_secret_key, words_of
from synthmon.model.secret import Scrubber, Secret
from synthmon.nouns import dataclass

_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-amz-security-token"}
)
_ALSO = frozenset(
    {"sid", "sessionid", "session", "jwt", "sig", "signature", "csrf", "xsrf", "otp", "pin", "assertion", "auth"}
    | {"apikey", "accesskey", "nonce", "phpsessid", "jsessionid", "pass", "tokens", "secrets"}
)
_LAST_TWO = frozenset({"session id", "refresh token", "client assertion", "code verifier", "auth key", "user key"})
_LOOKS = re.compile(
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JSON Web Token
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|sk-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|AIza[0-9A-Za-z_-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_SCHEME = re.compile(r"(?i)(bearer|basic|token|apikey|digest|negotiate|hawk|aws4-hmac-sha256|oauth)\s+(.+)", re.DOTALL)
_LONG_ENOUGH = 6
_LONGEST_WORD = 12


def is_sensitive(key: str) -> bool:
    """Whether what stands under the key should be a secret: the probe file's own rule, and a few names more."""
    words = words_of(key)
    if not words:
        return False
    joined = "".join(words)
    return is_secret_key(key) or words[-1] in _ALSO or joined in _ALSO or " ".join(words[-2:]) in _LAST_TWO


def is_sensitive_header(name: str) -> bool:
    return name.lower() in _HEADERS or is_sensitive(name)


def looks_secret(value: str) -> bool:
    """Whether the value is a well-known form of credential, whatever its key."""
    return _LOOKS.search(value) is not None


def scheme_of(value: str) -> tuple[str, str]:
    """`Bearer abc` -> `("bearer", "abc")`; no scheme gives `("", value)`."""
    found = _SCHEME.fullmatch(value.strip())
    return (found[1].lower(), found[2].strip()) if found else ("", value)


@dataclass(slots=True)
class Vault:
    """Secrets of one probe: a name for each value. Values stay here, and are looked for in all that is written."""

    holes: Holes
    names: Names = field(default_factory=Names)
    _needs: dict[str, Need] = field(default_factory=dict)
    _by_value: dict[str, str] = field(default_factory=dict)
    _sorted: tuple[int, list[tuple[str, str]]] | None = None
    _scrubber: tuple[int, Scrubber] | None = None

    def need(self, wanted: str, where: str) -> str:
        """A secret whose value the file does not hold: its hole."""
        name = variable(wanted, "secret").lower()
        if name not in self._needs:
            self._needs[self.names.new(name)] = Need(name, where)
        return self.holes.put(f"secrets.{name}")

    def hide(self, value: str, wanted: str, where: str) -> str:
        """The hole that stands for the value from now on; the same value has the same secret.

        A value that is an expression already, or empty, stays what it is.
        """
        if not value or is_holed(value):
            return value
        name = self._by_value.get(value)
        if name is None:
            name = self.names.new(variable(wanted, "secret").lower())
            self._by_value[value] = f"secrets.{name}"
            self._needs[name] = Need(name, where)
            return self.holes.put(f"secrets.{name}")
        return self.holes.put(name)

    def taint(self, value: str, expression: str) -> None:
        """Whatever else the value stands in refers to this from now on: an answer brings it."""
        self._by_value.setdefault(value, expression)

    @property
    def needs(self) -> tuple[Need, ...]:
        return tuple(self._needs.values())

    def conceal(self, text: str) -> str:
        """The text with a hole in place of every long value of a secret in it."""
        if len(text) < _LONG_ENOUGH:
            return text
        for value, expression in self._longest_first():
            if value in text:
                text = text.replace(value, self.holes.put(expression))
        return text

    def _longest_first(self) -> list[tuple[str, str]]:
        if self._sorted is None or self._sorted[0] != len(self._by_value):
            known = [pair for pair in self._by_value.items() if not _is_word(pair[0])]
            self._sorted = (len(self._by_value), sorted(known, key=lambda pair: -len(pair[0])))
        return self._sorted[1]

    @property
    def scrubber(self) -> Scrubber:
        """Takes the values out of what people are shown."""
        if self._scrubber is None or self._scrubber[0] != len(self._by_value):
            secrets = (Secret(expression, value) for value, expression in self._longest_first())
            self._scrubber = (len(self._by_value), Scrubber(secrets))
        return self._scrubber[1]


def _is_word(value: str) -> bool:
    """Whether the value is so short or plain that it stands everywhere: taken out only where its key tells of it."""
    return len(value) < _LONG_ENOUGH or (value.isalpha() and value.islower() and len(value) <= _LONGEST_WORD)
