"""What an agent pulls is what the centre declares: the same probes from the same bytes, checked before it counts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from synthmon import wire
from synthmon.agent.line import Pulled
from synthmon.app.agent_daemon import settings_of_agent
from synthmon.app.configuration import Origin, read
from synthmon.app.declaration import config_hash, declaration_of
from synthmon.app.pulled import FILE, accept, is_pulled, read_agent
from synthmon.app.reach_document import network_to_json
from synthmon.errors import ConfigurationError
from synthmon.model.network import Proxy, Tls
from synthmon.settings import Settings, load_settings
from tests.app.installation import Installation

TOKEN = "synthmon_" + "A" * 43
ENVIRON = {
    "SYNTHMON_REGION": "eu",
    "SYNTHMON_CENTRE_URL": "http://127.0.0.1:2",
    "SYNTHMON_AGENT_TOKEN": TOKEN,
}
REGIONS = """
regions:
  eu: {vars: {shop: "http://eu.example"}, secrets: {password: password_eu}}
  us: {}
"""


@pytest.fixture
def centre(tmp_path: Path) -> Installation:
    (tmp_path / "centre").mkdir()
    made = Installation(tmp_path / "centre", "http://127.0.0.1:1")
    made.configure(more=REGIONS)
    (made.probes / "schemas").mkdir()
    (made.probes / "schemas" / "order.json").write_text('{"type": "object"}')
    made.add("shop", more='regions: [eu, us]\nvars: {word: "\\u00e4"}\n', path="/${{ vars.word }}")
    return made


@pytest.fixture
def agent(tmp_path: Path) -> Origin:
    folder = tmp_path / "agent"
    (folder / ".synthmon").mkdir(parents=True)
    return Origin(ENVIRON, None, folder)


def settings(origin: Origin) -> Settings:
    return load_settings(origin.environ, origin.config_path, origin.cwd)[0]


def declared(centre: Installation, change: Callable[[dict[str, Any]], None] = lambda _document: None) -> Pulled:
    found = read(Origin({}, None, centre.folder))
    assert not found.errors, found.errors
    made = declaration_of(found.declared, "test")
    document = json.loads(gzip.decompress(made.content))
    change(document)
    return Pulled(made.etag, gzip.compress(wire.dumps(document)))


def test_the_agent_has_the_same_probes_under_the_same_hash(centre: Installation, agent: Origin) -> None:
    assert is_pulled(agent)
    accept(settings(agent), declared(centre))
    ours, theirs = read(Origin({}, None, centre.folder)).declared, read_agent(agent).declared
    assert "probes/shop.yaml" == theirs.probes["shop"].path
    assert ours.probes["shop"].content_hash == theirs.probes["shop"].content_hash
    assert ours.probes["shop"].regions == theirs.probes["shop"].regions
    assert ("test", {"eu": {"password": "password_eu"}, "us": {}}) == (
        theirs.settings.environment,
        theirs.settings.region_secrets,
    )
    hashes = {config_hash(one.settings, one.probes, "test") for one in (ours, theirs)}
    assert 1 == len(hashes)


def test_an_agent_keeps_the_text_of_no_file(centre: Installation, agent: Origin) -> None:
    accept(settings(agent), declared(centre))
    for origin in (agent, Origin(ENVIRON, None, centre.folder)):  # pulled, and mounted
        found = read_agent(origin).declared
        assert ("", {}) == (found.probes["shop"].yaml, found.shared)


def test_blocks_travel_with_the_probes_that_use_them(centre: Installation, agent: Origin) -> None:
    (centre.probes / "blocks").mkdir()
    (centre.probes / "blocks" / "look.yaml").write_text(
        "synthmon_block: 1\ninputs: {where: {type: string}}\nrequest: GET http://a.test/${{ inputs.where }}\n"
    )
    (centre.probes / "look.yaml").write_text(
        "synthmon: 1\nname: look\ninterval: 1m\nregions: [eu]\n"
        "steps: [{id: look, uses: blocks/look.yaml, with: {where: x}}]\n"
    )
    accept(settings(agent), declared(centre))
    ours, theirs = read(Origin({}, None, centre.folder)).declared, read_agent(agent).declared

    assert theirs.probes["look"].journey.steps[0].block == "blocks/look.yaml"
    assert ours.probes["look"].content_hash == theirs.probes["look"].content_hash


def test_the_way_to_targets_and_whom_they_may_be_arrive_with_names_of_secrets_only(
    centre: Installation, agent: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHMON_SECRET_PROXY_PASSWORD", "never-to-travel")
    proxy = '{url: "http://proxy.test:3128", username: "$${{me", password: "${{ secrets.proxy_password }}"}'
    network = f"{{proxy: {proxy}, ip_version: 4, hosts: {{a.test: 10.0.0.7}}, resolver: 10.0.0.53}}"
    allow = "{to: 169.254.7.0/24, reason: why}, {to: 'box.test:81', reason: why}"
    reach = f"reach: {{allow: [{allow}], imported: [a.test]}}\n"
    centre.configure(more=REGIONS.replace("us: {}", "us: {network: {proxy: none}}") + reach)
    text = (centre.folder / "synthmon.yaml").read_text()
    (centre.folder / "synthmon.yaml").write_text(text.replace("eu: {vars", f"eu: {{network: {network}, vars"))
    authority = trustme.CA().cert_pem.bytes()
    (centre.probes / "certificates").mkdir()
    (centre.probes / "certificates" / "ca.pem").write_bytes(authority)
    (centre.probes / "secure.yaml").write_text(
        "synthmon: 1\nname: secure\ninterval: 1m\nsteps:\n"
        "  - {id: read, request: GET https://a.test/, tls: {ca: certificates/ca.pem}}\n"
    )
    ours = read(Origin({}, None, centre.folder)).declared
    pulled = declared(centre)
    assert b"never-to-travel" not in gzip.decompress(pulled.content)
    accept(settings(agent), pulled)
    theirs = read_agent(agent).declared
    one, other = ours.probes["secure"], theirs.probes["secure"]
    assert [network_to_json(region.network) for region in one.regions] == [
        network_to_json(region.network) for region in other.regions
    ]
    assert isinstance(other.regions[0].network.proxy, Proxy)
    assert other.regions[0].network.proxy.trusted
    assert other.regions[0].network.proxy.username == "${{me"
    assert other.regions[1].network.proxy is False
    assert (one.reach.allow, one.reach.imported) == (other.reach.allow, other.reach.imported)
    assert ("127.0.0.1", 2) in other.reach.own  # each process knows its own places
    assert other.journey.steps[0].tls == one.journey.steps[0].tls
    assert other.journey.steps[0].tls == Tls(authorities=authority.decode())


def test_files_that_are_sent_arrive_byte_for_byte(centre: Installation, agent: Origin) -> None:
    content = b"\xef\xbb\xbf\x89PNG\r\n\0\xff"
    (centre.probes / "bodies").mkdir()
    (centre.probes / "bodies" / "photo.png").write_bytes(content)
    (centre.probes / "bodies" / "unused.yaml").write_text("not: a probe")
    (centre.probes / "upload.yaml").write_text(
        "synthmon: 1\nname: upload\ninterval: 1m\nregions: [eu]\nsteps:\n  - id: send\n    request:\n"
        "      {method: PUT, url: 'http://a.test/', raw: {content_type: image/png, file: bodies/photo.png}}\n"
    )
    accept(settings(agent), declared(centre))
    (sent,) = read_agent(agent).declared.probes["upload"].journey.files
    assert ("bodies/photo.png", content) == (sent.path, sent.content)


def test_schemas_of_several_files_and_an_openapi_document_arrive_with_what_they_lead_to(
    centre: Installation, agent: Origin
) -> None:
    (centre.probes / "schemas" / "lines.yaml").write_text("type: array\nitems: {$ref: order.json}\n")
    (centre.probes / "openapi.yaml").write_text(
        "openapi: 3.1.0\npaths: {/: {get: {operationId: read, responses: {200: {description: fine, content: "
        "{application/json: {schema: {$ref: schemas/lines.yaml}}}}}}}}\n"
    )
    (centre.probes / "judged.yaml").write_text(
        "synthmon: 1\nname: judged\ninterval: 1m\nregions: [eu]\nsteps:\n  - id: read\n    request: GET http://a.test/\n"
        "    expect: {schema: schemas/lines.yaml, openapi: {file: openapi.yaml, operation: read}}\n"
    )
    ours = read(Origin({}, None, centre.folder)).declared.probes["judged"]
    accept(settings(agent), declared(centre))
    theirs = read_agent(agent).declared.probes["judged"]

    assert ours.content_hash == theirs.content_hash
    assert len(theirs.journey.steps[0].expect.schemas) == 2


def test_no_channel_and_no_value_of_a_secret_is_in_it(centre: Installation, agent: Origin) -> None:
    content = gzip.decompress(declared(centre).content).decode()
    assert ["quiet"] == json.loads(content)["channels"]
    assert "told" not in content  # the address of the channel


def test_nothing_is_declared_before_something_was_pulled(agent: Origin) -> None:
    (problem,) = read_agent(agent).errors
    assert "nothing is declared yet" in problem.message


def break_a_probe(document: dict[str, Any]) -> None:
    document["files"]["shop.yaml"] += "nonsense: 1\n"


def another_hash(document: dict[str, Any]) -> None:
    document["config_hash"] = "0" * 64


def leads_out(document: dict[str, Any]) -> None:
    document["files"]["../../evil.yaml"] = "x"


def absolute(document: dict[str, Any]) -> None:
    document["files"]["/tmp/evil.yaml"] = "x"


def body_leads_out(document: dict[str, Any]) -> None:
    document["bodies"]["../evil.png"] = "AAAA"


def body_is_no_base64(document: dict[str, Any]) -> None:
    document["bodies"]["bodies/a.png"] = "?"


def without_regions(document: dict[str, Any]) -> None:
    del document["regions"]


def another_format(document: dict[str, Any]) -> None:
    document["format"] = 2


def without_our_region(document: dict[str, Any]) -> None:
    document["regions"] = {"us": document["regions"]["us"]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (break_a_probe, "nonsense"),
        (another_hash, "not whole"),
        (leads_out, "no path below"),
        (absolute, "no path below"),
        (body_leads_out, "no path below"),
        (body_is_no_base64, "bodies: "),
        (without_regions, "regions: missing"),
        (another_format, "another version"),
        (without_our_region, "no region eu"),
    ],
)
def test_what_cannot_be_used_is_refused_and_what_was_there_stays(
    centre: Installation, agent: Origin, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    accept(settings(agent), declared(centre))
    before = (agent.cwd / ".synthmon" / FILE).read_bytes()
    with pytest.raises(ConfigurationError, match=said):
        accept(settings(agent), declared(centre, change))
    assert before == (agent.cwd / ".synthmon" / FILE).read_bytes()


@pytest.mark.parametrize(  # with names: in a gzip stands when it was made, and every worker has to see the same tests
    "content",
    [b"", b"no gzip", gzip.compress(b"{"), gzip.compress(b"[]"), gzip.compress(b"7")],
    ids=["nothing", "no gzip", "half an object", "a list", "a number"],
)
def test_a_body_that_is_no_declaration_is_refused(agent: Origin, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="what the centre declares"):
        accept(settings(agent), Pulled('"x"', content))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"document": 7, "etag": "x"}', '{"document": {}}'])
def test_a_file_that_cannot_be_read_is_a_problem_with_its_place(agent: Origin, content: str) -> None:
    (agent.cwd / ".synthmon" / FILE).write_text(content)
    assert read_agent(agent).errors


def test_an_agent_with_probes_of_its_own_pulls_nothing(centre: Installation) -> None:
    assert not is_pulled(Origin(ENVIRON, None, centre.folder))


def test_an_agent_names_all_that_it_lacks(agent: Origin) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        settings_of_agent(Origin({}, None, agent.cwd))
    assert "SYNTHMON_CENTRE_URL, SYNTHMON_AGENT_TOKEN" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SYNTHMON_CENTRE_URL", "centre:8420", "not the address"),
        ("SYNTHMON_CENTRE_URL", "ftp://centre", "not the address"),
        ("SYNTHMON_CENTRE_URL", "https://user:word@centre", "not the address"),
        ("SYNTHMON_CENTRE_URL", "https://[::1", "not the address"),
        ("SYNTHMON_CENTRE_URL", "http://centre.example:8420", "not encrypted"),
        ("SYNTHMON_AGENT_TOKEN", "two words", "not what a token looks like"),
        ("SYNTHMON_SPOOL_SIZE", "0", "no size"),
        ("SYNTHMON_SPOOL_SIZE", "1GB", "no size"),
        ("SYNTHMON_SPOOL_SIZE", "9" * 40, "no size"),
        ("SYNTHMON_CENTRE_PLAIN", "yes", "neither 1 nor 0"),
    ],
)
def test_a_variable_of_an_agents_that_is_wrong_is_refused_with_what_to_do(
    agent: Origin, name: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as refusal:
        settings_of_agent(Origin({**ENVIRON, name: value}, None, agent.cwd))
    assert "two words" not in str(refusal.value)


def test_a_private_network_may_do_without_tls_if_that_is_said(agent: Origin) -> None:
    environ = {**ENVIRON, "SYNTHMON_CENTRE_URL": "http://centre:8420/", "SYNTHMON_CENTRE_PLAIN": "1"}
    assert "http://centre:8420" == settings_of_agent(Origin(environ, None, agent.cwd)).agent.centre_url


STEP = "synthmon: 1\nname: look\ninterval: 1m\nbase_url: http://a.test\nsteps:\n  - id: look\n    request: GET /\n"
API = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {/: {get: {responses: {'200': {description: ok}}}}}\n"


@pytest.mark.parametrize(
    "where", ["team/schemas/a.yaml", "bodies/a.yaml", "data/a.schema", "./schemas/a.yaml", "schemas/../data/a.json"]
)
def test_a_schema_travels_from_wherever_a_probe_may_name_it(centre: Installation, agent: Origin, where: str) -> None:
    path = centre.probes / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"type": "object"}\n')
    (centre.probes / "look.yaml").write_text(f"{STEP}    expect: {{schema: {where}}}\n")
    accept(settings(agent), declared(centre))


def test_a_certificate_travels_whatever_its_file_is_called(centre: Installation, agent: Origin) -> None:
    (centre.probes / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
    (centre.probes / "look.yaml").write_text(f"{STEP}    tls: {{ca: ./ca.crt}}\n".replace("http:", "https:"))
    accept(settings(agent), declared(centre))


def test_a_whole_path_is_refused_although_it_leads_into_the_folder(centre: Installation) -> None:
    (centre.probes / "look.yaml").write_text(f"{STEP}    expect: {{schema: {centre.probes}/schemas/order.json}}\n")
    (problem,) = read(Origin({}, None, centre.folder)).errors
    assert "begins with a root" in problem.message


def test_what_travels_is_what_is_in_force_and_not_what_was_saved_since(centre: Installation, agent: Origin) -> None:
    (centre.probes / "look.yaml").write_text(f"{STEP}    expect: {{schema: schemas/order.json}}\n")
    found = read(Origin({}, None, centre.folder)).declared
    (centre.probes / "schemas" / "order.json").write_text("{")
    made = declaration_of(found, "test")
    accept(settings(agent), Pulled(made.etag, made.content))


def test_a_probe_changes_with_the_answers_that_its_openapi_document_describes(centre: Installation) -> None:
    (centre.probes / "look.yaml").write_text(f"{STEP}    expect: {{openapi: {{file: api.yaml, operation: GET /}}}}\n")
    hashes = set()
    for api in (API, API.replace("'200'", "'201'"), API.replace("ok", "ok, content: {text/plain: {}}")):
        (centre.probes / "api.yaml").write_text(api)
        hashes.add(read(Origin({}, None, centre.folder)).declared.probes["look"].content_hash)
    assert 3 == len(hashes)
