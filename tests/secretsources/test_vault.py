"""Secrets from Vault: read when needed, renewed, used a while when it is away, and then not to be had."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme

from synthmon.app.secretsources import InstalledSecrets
from synthmon.errors import ConfigurationError, SecretUnavailable
from synthmon.secrets import Secrets, VaultLogin, VaultPlace
from synthmon.secrets.vault import PAUSE, Vault
from synthmon.settings import load_settings
from tests.secretsources.vaultserver import ROLE, SECRET_ID, SERVICE_ACCOUNT, VaultServer, vault_server

NEAR = {"vault_token": "root-token", "vault_secret_id": SECRET_ID}


@pytest.fixture(scope="module")
def running() -> Iterator[VaultServer]:
    with vault_server() as server:
        yield server


@pytest.fixture
def server(running: VaultServer) -> VaultServer:
    """As it was before any test."""
    url = running.url
    running.__init__()  # type: ignore[misc]
    running.url = url
    running.tokens = {"root-token"}
    running.documents = {"secret/synthmon": {"shop_password": "hunter2", "pin": 1234, "list": ["x"]}}
    return running


class Passing:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def provider(server: VaultServer, clock: Passing | None = None, **fields: Any) -> Vault:
    place = {"login": VaultLogin.TOKEN, "credential": "vault_token", "cache": 60.0, "keep": 600.0, **fields}
    return Vault(VaultPlace(address=server.url, **place), NEAR.__getitem__, clock or Passing())


def refusal(vault: Vault, name: str) -> SecretUnavailable:
    with pytest.raises(SecretUnavailable) as caught:
        vault.value(name)
    return caught.value


def test_a_document_is_read_once_for_all_its_secrets_until_they_are_old(server: VaultServer) -> None:
    clock = Passing()
    vault = provider(server, clock)
    assert ["hunter2", "1234", None] == [vault.value(name) for name in ("shop_password", "pin", "missing")]
    assert 1 == server.asked_of("GET secret/data/synthmon")
    server.documents["secret/synthmon"] = {"shop_password": "rotated"}
    clock.now = 59
    assert "hunter2" == vault.value("shop_password")
    clock.now = 61
    assert "rotated" == vault.value("shop_password")


def test_other_documents_mounts_and_namespaces_are_named(server: VaultServer) -> None:
    server.documents = {"kv/teams/shop": {"password": "from the team"}}
    vault = provider(server, mount="kv", namespace="ops", secrets={"shop_password": ("teams/shop", "password")})
    assert "from the team" == vault.value("shop_password")
    assert {"ops"} == server.namespaces
    assert vault.value("other") is None  # there is no document kv/synthmon
    assert "put it into Vault: the key `password` of kv/teams/shop" == vault.hint("shop_password")


@pytest.mark.parametrize(
    "fields",
    [
        {"login": VaultLogin.APPROLE, "credential": "vault_secret_id", "role": ROLE},
        {"login": VaultLogin.KUBERNETES, "role": "synthmon", "login_mount": "cluster"},
    ],
    ids=["approle", "kubernetes"],
)
def test_a_login_is_renewed_and_made_anew_when_its_token_is_refused(
    server: VaultServer, tmp_path: Path, fields: dict[str, Any]
) -> None:
    account = tmp_path / "token"
    account.write_text(SERVICE_ACCOUNT)
    server.lease = 90
    clock = Passing()
    vault = provider(server, clock, service_account=account, **fields)
    assert "hunter2" == vault.value("shop_password")
    assert (1, 0) == (server.asked_of("/login"), server.asked_of("renew-self"))
    clock.now = 61
    assert "hunter2" == vault.value("shop_password")
    assert (1, 1) == (server.asked_of("/login"), server.asked_of("renew-self"))
    server.tokens.clear()
    clock.now = 122
    assert "hunter2" == vault.value("shop_password")
    assert 2 == server.asked_of("/login")


def test_while_vault_is_away_the_last_values_are_used_for_a_stated_time(server: VaultServer) -> None:
    clock = Passing()
    vault = provider(server, clock)
    vault.value("shop_password")
    server.status = 503
    with structlog.testing.capture_logs() as logs:
        for clock.now in (61, 65, 100, 659):
            assert "hunter2" == vault.value("shop_password")
        asked = len(server.asked)
        clock.now = 661
        error = refusal(vault, "shop_password")
        assert asked == len(server.asked)  # it was asked a moment ago
        assert str(error) == (
            "the secret `shop_password` cannot be had from Vault: it answered Vault is sealed, "
            "and its last value is older than 10 min"
        )
        assert error.hint == f"look at `vault` in synthmon.yaml and at {server.url}"
        server.status = 200
        clock.now = 661 + PAUSE
        assert "hunter2" == vault.value("shop_password")
    assert ["vault.gives_nothing", "vault.gives_again"] == [log["event"] for log in logs]
    assert "hunter2" not in repr(logs)


def test_what_vault_refuses_is_told_in_its_words_and_without_ours(server: VaultServer) -> None:
    server.tokens.clear()
    assert "it does not let us read secret/synthmon (permission denied)" in str(refusal(provider(server), "a"))
    bad = provider(server, login=VaultLogin.APPROLE, credential="vault_secret_id", role="other")
    error = refusal(bad, "a")
    assert "it answered invalid role or secret ID" in str(error)
    assert SECRET_ID not in repr((error, bad.__dict__))
    assert "no text in Vault" in str(refusal(provider_with(server, "root-token"), "list"))


def provider_with(server: VaultServer, token: str) -> Vault:
    server.tokens = {token}
    return provider(server)


def test_a_document_that_may_not_be_read_keeps_no_other_one_back(server: VaultServer) -> None:
    server.documents["secret/closed"] = {"pin": "1"}
    server.forbidden = {"secret/data/closed"}
    vault = provider(server, secrets={"closed": ("closed", "pin")})
    assert "it does not let us read secret/closed" in str(refusal(vault, "closed"))
    assert "hunter2" == vault.value("shop_password")


def test_a_vault_that_is_not_there_is_told_shortly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    vault = Vault(VaultPlace(address, VaultLogin.TOKEN, "vault_token"), NEAR.__getitem__, Passing())
    assert "the secret `a` cannot be had from Vault: it cannot be reached" == str(refusal(vault, "a"))


def test_its_certificate_is_verified_by_the_authorities_that_are_named(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with vault_server(context) as server:
        server.tokens, server.documents = {"root-token"}, {"secret/synthmon": {"shop_password": "hunter2"}}
        assert "hunter2" == provider(server, ca_file=tmp_path / "ca.pem").value("shop_password")
        assert "its certificate is not accepted" in str(refusal(provider(server), "shop_password"))


def test_nothing_of_the_environment_is_used_to_log_in(server: VaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "root-token")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    lacking = Vault(
        VaultPlace(server.url, VaultLogin.TOKEN, "vault_token"), {"vault_token": "x"}.__getitem__, Passing()
    )
    assert "permission denied" in str(refusal(lacking, "a"))


def test_vault_is_asked_last_and_a_missing_secret_names_every_place(server: VaultServer, tmp_path: Path) -> None:
    secrets = Secrets({"SYNTHMON_SECRET_PIN": "9999"}, tmp_path, None, (provider(server),))
    assert "9999" == secrets.get("pin", "local").reveal()
    assert "hunter2" == secrets.get("shop_password", "local").reveal()
    with pytest.raises(SecretUnavailable) as caught:
        secrets.get("missing", "local")
    assert caught.value.hint == (
        f"set SYNTHMON_SECRET_MISSING or SYNTHMON_SECRET_MISSING_FILE, or put it into the file {tmp_path / 'missing'}, "
        "or put it into Vault: the key `missing` of secret/synthmon"
    )


def test_settings_lead_to_it(server: VaultServer, tmp_path: Path) -> None:
    config = tmp_path / "synthmon.yaml"
    config.write_text(
        "synthmon_config: 1\n"
        f"vault: {{address: '{server.url}', login: {{token: '${{{{ secrets.vault_token }}}}'}}, cache: 1m}}\n"
    )
    environ = {"SYNTHMON_SECRET_VAULT_TOKEN": "root-token", "SYNTHMON_SECRETS_DIR": str(tmp_path)}
    settings, problems = load_settings(environ, config, tmp_path)
    assert problems == ()
    secrets = InstalledSecrets(environ, settings)
    assert "hunter2" == secrets.lookup("shop_password").reveal()
    secrets.follow(settings)
    secrets.lookup("shop_password")
    assert 1 == server.asked_of("GET secret/data/synthmon")  # the same Vault is still known
    config.write_text("synthmon_config: 1\n")
    secrets.follow(load_settings(environ, config, tmp_path)[0])
    with pytest.raises(SecretUnavailable):
        secrets.lookup("shop_password")


def test_without_its_library_the_way_to_get_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "synthmon.secrets.vault")
    monkeypatch.setitem(sys.modules, "hvac", None)
    config = tmp_path / "synthmon.yaml"
    config.write_text(
        "synthmon_config: 1\nvault: {address: 'https://v.example', login: {kubernetes: {role: synthmon}}}\n"
    )
    settings, _ = load_settings({}, config, tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        InstalledSecrets({}, settings)
    assert caught.value.hint == "pip install 'synthmon[vault]'"
