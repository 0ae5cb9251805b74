"""The options of cURL: which take a value, and what each means for a probe."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.nouns import dataclass

LONG = {
    "X": "request",
    "H": "header",
    "d": "data",
    "F": "form",
    "u": "user",
    "b": "cookie",
    "A": "user-agent",
    "e": "referer",
    "G": "get",
    "I": "head",
    "L": "location",
    "k": "insecure",
    "x": "proxy",
    "m": "max-time",
    "o": "output",
    "O": "remote-name",
    "w": "write-out",
    "s": "silent",
    "S": "show-error",
    "v": "verbose",
    "i": "include",
    "f": "fail",
    "T": "upload-file",
    "E": "cert",
    "c": "cookie-jar",
    "r": "range",
    "U": "proxy-user",
    "n": "netrc",
    "N": "no-buffer",
    "g": "globoff",
    "0": "http1.0",
    "4": "ipv4",
    "6": "ipv6",
    "#": "progress-bar",
    "K": "config",
    "D": "dump-header",
    "C": "continue-at",
    "J": "remote-header-name",
    "z": "time-cond",
    "j": "junk",
    "R": "remote-time",
    "a": "append",
    "q": "disable",
    "p": "proxytunnel",
    "V": "version",
    "h": "help",
    "y": "speed-time",
    "Y": "speed-limit",
    "P": "ftp-port",
    "Q": "quote",
    "t": "telnet-option",
    "l": "list-only",
    "B": "use-ascii",
    "1": "tlsv1",
    "2": "sslv2",
    "3": "sslv3",
    "M": "manual",
    "Z": "parallel",
    ":": "next",
}
WITH_VALUE = frozenset(
    {"request", "header", "data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json", "form"}
    | {"form-string", "user", "cookie", "user-agent", "referer", "proxy", "max-time", "output", "write-out", "url"}
    | {"upload-file", "cert", "key", "cacert", "capath", "cert-type", "key-type", "pass", "cookie-jar", "range"}
    | {"proxy-user", "config", "dump-header", "continue-at", "time-cond", "connect-timeout", "max-redirs", "retry"}
    | {"retry-delay", "retry-max-time", "resolve", "connect-to", "interface", "limit-rate", "oauth2-bearer"}
    | {"aws-sigv4", "ciphers", "tls-max", "dns-servers", "doh-url", "max-filesize", "netrc-file", "noproxy"}
    | {"speed-time", "speed-limit", "socks5", "socks5-hostname", "socks4", "unix-socket", "trace", "trace-ascii"}
    | {"url-query", "proto", "proto-redir", "pinnedpubkey", "preproxy", "stderr", "local-port", "login-options"}
    | {"proxy-header", "quote", "ftp-port", "telnet-option", "crlfile", "curves", "engine", "keepalive-time"}
    | {"output-dir", "parallel-max", "post301", "request-target", "sasl-authzid", "service-name", "variable"}
    | {"happy-eyeballs-timeout-ms", "expect100-timeout", "delegation", "egd-file", "random-file", "haproxy-clientip"}
) - {"post301"}
TERMINAL = frozenset(
    {"silent", "show-error", "verbose", "include", "output", "remote-name", "write-out", "no-buffer", "progress-bar"}
    | {"dump-header", "trace", "trace-ascii", "remote-time", "remote-header-name", "stderr", "no-progress-meter"}
    | {"output-dir", "create-dirs", "trace-time", "trace-ids", "styled-output", "fail", "fail-with-body", "globoff"}
    | {"compressed", "disable", "fail-early"}
)
"""What only concerns what cURL shows, or what a probe does anyway."""


@dataclass(frozen=True, slots=True)
class Option:
    """`name` is the long one; an argument that is no option has the name `url`."""

    name: str
    value: str = ""


def options(words: tuple[str, ...]) -> Iterator[Option]:
    """The options behind `curl`, in order."""
    at, plain = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if plain or not word.startswith("-") or word == "-":
            yield Option("url", word)
        elif word == "--":
            plain = True
        elif word.startswith("--"):
            name = word[2:]
            takes = name in WITH_VALUE
            yield Option(name, words[at] if takes and at < len(words) else "")
            at += takes
        else:
            inner, used = _short(word[1:], words[at : at + 1])
            at += used
            yield from inner


def _short(letters: str, following: tuple[str, ...]) -> tuple[list[Option], int]:
    """The options of a word such as `-sSLXPOST`, and how many of the following words they take."""
    found = []
    for number, letter in enumerate(letters):
        name = LONG.get(letter, letter)
        if name in WITH_VALUE:
            rest = letters[number + 1 :]
            found.append(Option(name, rest or "".join(following)))
            return found, 0 if rest else len(following)
        found.append(Option(name))
    return found, 0
