"""What a probe says of itself in words; every key of the format is heard."""

from __future__ import annotations

from synthmon.model.probe import Probe
from synthmon.probefile.explain.probe import as_text, explain
from synthmon.probefile.format.probe import ProbePart
from tests.docs.models import keys_of, models_of
from tests.probefile.explained import EXPLAINED, NOT_YET
from tests.probefile.writing import probe_of

PLAIN = "steps: [{id: a, request: GET /x}]"
KEYS = sorted(f"{model.__name__}.{name}" for model in models_of(ProbePart) for name in keys_of(model))


def told(text: str) -> str:
    return as_text(explain(probe_of(text)))


def test_every_key_of_the_format_is_explained() -> None:
    """Whoever adds a key adds a sentence to `synthmon.probefile.explain`, and a line to the table."""
    assert set(KEYS) - set(NOT_YET) == set(EXPLAINED)
    assert set(NOT_YET) & set(EXPLAINED) == set()
    assert set(NOT_YET) <= set(KEYS)


def test_every_key_is_heard() -> None:
    plain = told(PLAIN)
    said = {key: told(written) for key, (written, _) in EXPLAINED.items()}
    assert {key: said[key] for key, (_, words) in EXPLAINED.items() if words not in said[key]} == {}
    anyway = {key for key, (_, words) in EXPLAINED.items() if words in plain}
    assert anyway <= {"ProbePart.synthmon", "ProbePart.name"}


def test_a_step_is_a_sentence_that_can_be_read_aloud() -> None:
    text = """
        steps:
          - id: add_to_cart
            name: Add the test item to the cart
            request: {method: POST, url: /cart/items, json: {quantity: 1}}
            latency_budget: 500ms
            expect: {status: 201}
        """
    assert "Add the test item to the cart (add_to_cart): POST /cart/items must answer 201 within 500 ms." in told(text)


def test_no_secret_is_more_than_its_name() -> None:
    said = told(
        """
        secrets: [shop_password]
        steps: [{id: a, request: GET /x, auth: {basic: {username: ann, password: "${{ secrets.shop_password }}"}}}]
        """
    )
    assert "Secrets, here by name only: shop_password." in said
    assert "Signs in as ann with the password ‹secrets.shop_password›." in said


def test_hostile_text_commands_no_terminal() -> None:
    probe = probe_of('vars: {bad: "\\e[31mred\\u202e"}\nsteps: [{id: a, request: "GET /x?y=${{ vars.bad }}"}]')
    assert all(character.isprintable() or character == "\n" for character in as_text(explain(probe)))


def test_what_is_in_every_request_is_said_once() -> None:
    said = told(
        """
        defaults: {headers: {X-Synthetic: synthmon}}
        steps: [{id: a, request: GET /x}, {id: b, request: {url: /y, headers: {Accept: text/html}}}]
        """
    )
    assert said.count("X-Synthetic") == 1
    assert "Every request has the header X-Synthetic: synthmon." in said
    assert "Sends the header Accept: text/html." in said


def test_the_share_of_flakes_is_assumed_as_asked() -> None:
    probe: Probe = probe_of("alerts: [{when: {failures: 3}, notify: [oncall]}]\n" + PLAIN)
    assert "of which 1 in 1,000 fails by chance" in as_text(explain(probe))
    assert "of which 1 in 50 fails by chance" in as_text(explain(probe, 0.02))
