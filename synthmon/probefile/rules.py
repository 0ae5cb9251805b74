"""What each code of a problem stands for, in a sentence, and how one mends it: for programs that list rules.

The same stands in docs/probe-format.md. A code that is not here is told by its words; each problem has its own message
and help in any case.
"""

from __future__ import annotations

from collections.abc import Mapping

from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """`what` is wrong, and the usual `remedy`."""

    what: str
    remedy: str


def rule_of(code: str) -> Rule:
    """The rule of a code, for each code that there is or will be."""
    words = code.replace("-", " ")
    return RULES.get(code) or Rule(f"{words[:1].upper()}{words[1:]}.", "Each problem says how it is mended.")


RULES: Mapping[str, Rule] = {
    "unknown-key": Rule("A key that the format does not have, often a word of another tool.", "The help names ours."),
    "missing-key": Rule("A key that must be there is missing.", "Add it."),
    "no-value": Rule("A key with nothing after it.", "Give it a value, or delete it."),
    "wrong-type": Rule("A number where text belongs, a text where a list belongs.", "Quote it, or write `[…]`."),
    "choice": Rule("None of the words that can stand here.", "The message lists them."),
    "limit": Rule("A number, or how many there are, is beyond what is possible.", "The message names the limit."),
    "unquoted": Rule("An expression or a path with brackets inside `{…}` or `[…]`.", 'Quote it: `"${{ vars.user }}"`.'),
    "braces": Rule("Braces without a dollar sign, which would be sent as they are.", "Write `${{ … }}`."),
    "colon": Rule("A colon and a space in a text without quotes.", "Quote the whole text."),
    "tab": Rule("A tab indents a line, which YAML does not allow.", "Indent with spaces."),
    "indentation": Rule("A line does not stand under the one that it belongs to.", "Indent it like its neighbours."),
    "syntax": Rule("The file is not YAML.", "The message says what was expected."),
    "open-quote": Rule("A text is never closed.", "Close it with the same sign."),
    "duplicate-key": Rule("The same key twice in one mapping.", "Delete one."),
    "duplicate-id": Rule("Two steps have one id.", "Give each step an id of its own."),
    "duration": Rule("A duration without a unit, or with several.", "Write `90s`, not `90` or `1m30s`."),
    "name": Rule("Capitals, spaces or signs in a name.", "Write `log_in`, not `Log In`."),
    "url": Rule("No `base_url`, no host, or a space in a url.", "A path begins with `/`, an address with `https://`."),
    "method": Rule("A method in lower case, or none.", "Write `request: GET /me`."),
    "two-bodies": Rule("A request has one body.", "Keep one."),
    "body": Rule("A body with a method that has none.", "Add `method: POST`."),
    "unknown-operator": Rule("A word that is no operator.", "`equals: {…}` compares with a whole object."),
    "operand": Rule("An operator with a value that it does not take.", "The message says what it takes."),
    "json-path": Rule("A path that is not RFC 9535.", "Begin it with `$`."),
    "empty-expect": Rule("Nothing is expected.", "Say what must be true, or delete the key."),
    "expression": Rule("An expression that cannot be read.", "The help says what to write."),
    "unknown-variable": Rule("An expression refers to a variable that is not there.", "Define it under `vars:`."),
    "unknown-secret": Rule("An expression refers to a secret that is not listed.", "List it under `secrets:`."),
    "unknown-capture": Rule("An expression refers to what no step captures.", "Capture it in an earlier step."),
    "capture-too-early": Rule("A capture is used before the step that takes it.", "Move the step."),
    "unused-capture": Rule("Nothing uses a capture.", "Delete it."),
    "unused-secret": Rule("Nothing uses a secret.", "Delete it."),
    "unused-variable": Rule("Nothing uses a variable.", "Delete it."),
    "unused-profile": Rule("No step asks as a profile.", "Delete it."),
    "host": Rule("The host of a url would come from a capture.", "Write the host, or put it into `vars`."),
    "literal-secret": Rule("A credential is written into the file.", "List it under `secrets:`."),
    "budget-above-timeout": Rule("A budget that can never be exceeded.", "Lower it, or raise the timeout."),
    "timeout": Rule("A limit that another one cuts short.", "Raise the other one."),
    "unknown-region": Rule("A region that the installation does not have.", "Declare it in synthmon.yaml."),
    "unknown-channel": Rule("A channel that the installation does not have.", "Declare it in synthmon.yaml."),
    "unknown-profile": Rule("An auth profile that the probe does not have.", "Define it under `auth:`."),
    "unknown-objective": Rule("An alert is about an objective that `slo` does not have.", "Define it there."),
    "alert-hasty": Rule("A single run would be enough for an alert.", "The help says which other figures would do."),
    "alert-never": Rule("An alert can never be given.", "The help says what would do."),
    "alert-noisy": Rule("Chance alone would page somebody every month.", "Wait for one bad run more."),
    "quorum": Rule("An alert waits for more regions than the probe has.", "Lower `regions`, or write `majority`."),
    "schema": Rule("A schema that is absent, no JSON, no schema, or outside the folder.", "The message says which."),
    "no-probe": Rule("There is nothing to check.", "Name the folder that the probes are in."),
}
