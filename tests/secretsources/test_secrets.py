"""Where the values of secrets come from, and that nothing but the wire ever sees them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synthmon.errors import SecretUnavailable
from synthmon.secrets import Secrets
from synthmon.secrets.files import MAX_BYTES


def _refusal(secrets: Secrets, name: str, region: str = "local") -> SecretUnavailable:
    with pytest.raises(SecretUnavailable) as caught:
        secrets.get(name, region)
    return caught.value


def test_a_variable_wins_over_files(tmp_path: Path) -> None:
    (tmp_path / "shop_password").write_text("from the folder")
    environ = {"SYNTHMON_SECRET_SHOP_PASSWORD": "from the variable"}

    assert Secrets(environ, tmp_path).get("shop_password", "local").reveal() == "from the variable"


def test_a_named_file_wins_over_the_folder(tmp_path: Path) -> None:
    (tmp_path / "shop_password").write_text("from the folder")
    (tmp_path / "elsewhere").write_text("from the named file")
    environ = {"SYNTHMON_SECRET_SHOP_PASSWORD_FILE": str(tmp_path / "elsewhere")}

    assert Secrets(environ, tmp_path).get("shop_password", "local").reveal() == "from the named file"


@pytest.mark.parametrize(
    ("content", "value"),
    [(b"hunter2\n", "hunter2"), (b"hunter2\r\n", "hunter2"), (b" a b \n\n", " a b \n"), (b"x", "x")],
)
def test_one_line_break_at_the_end_of_a_file_is_not_part_of_the_secret(
    tmp_path: Path, content: bytes, value: str
) -> None:
    (tmp_path / "shop_password").write_bytes(content)

    assert Secrets({}, tmp_path).get("shop_password", "local").reveal() == value


def test_a_rotated_file_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "shop_password"
    secrets = Secrets({}, tmp_path)
    file.write_text("old")
    assert secrets.get("shop_password", "local").reveal() == "old"

    following = tmp_path / "next"
    following.write_text("new")
    following.replace(file)

    assert secrets.get("shop_password", "local").reveal() == "new"


def test_a_file_that_is_removed_is_no_longer_used(tmp_path: Path) -> None:
    file = tmp_path / "shop_password"
    secrets = Secrets({}, tmp_path)
    file.write_text("old")
    secrets.get("shop_password", "local")
    file.unlink()

    assert "has no value" in str(_refusal(secrets, "shop_password"))


def test_a_region_can_have_a_secret_of_its_own_under_the_same_name() -> None:
    environ = {"SYNTHMON_SECRET_PASSWORD": "everywhere", "SYNTHMON_SECRET_PASSWORD_US": "american"}
    secrets = Secrets(environ, None, {"us-east": {"password": "password_us"}})

    assert secrets.get("password", "eu-west").reveal() == "everywhere"
    assert secrets.get("password", "us-east").reveal() == "american"
    assert secrets.get("password", "us-east").name == "secrets.password"


def test_what_is_missing_says_how_to_provide_it(tmp_path: Path) -> None:
    error = _refusal(Secrets({}, tmp_path, {"us-east": {"password": "password_us"}}), "password", "us-east")

    assert str(error) == "the secret `password_us` (which region us-east reads for `password`) has no value"
    assert error.hint == (
        "set SYNTHMON_SECRET_PASSWORD_US or SYNTHMON_SECRET_PASSWORD_US_FILE, "
        f"or put it into the file {tmp_path / 'password_us'}"
    )


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_secret_is_unavailable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "password").write_bytes(content)

    assert "is empty" in str(_refusal(Secrets({}, tmp_path), "password"))
    assert "is empty" in str(_refusal(Secrets({"SYNTHMON_SECRET_PASSWORD": ""}), "password"))


def test_what_is_no_text_of_a_sane_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * (MAX_BYTES + 1))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    secrets = Secrets({}, tmp_path)

    assert "not UTF-8" in str(_refusal(secrets, "binary"))
    assert "larger than" in str(_refusal(secrets, "large"))
    assert "not a regular file" in str(_refusal(secrets, "folder"))
    assert "not a regular file" in str(_refusal(secrets, "pipe"))


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("value")
    (tmp_path / "secrets").mkdir()

    assert "has no value" in str(_refusal(Secrets({}, tmp_path / "secrets"), "../outside"))


def test_neither_the_secret_nor_an_error_shows_the_value(tmp_path: Path) -> None:
    secret = Secrets({"SYNTHMON_SECRET_PASSWORD": "hunter2"}).get("password", "local")

    assert "hunter2" not in f"{secret} {secret!r}"
    assert str(secret) == "‹secrets.password›"


def test_channels_read_secrets_without_a_region() -> None:
    assert Secrets({"SYNTHMON_SECRET_KEY": "k"}).lookup("key").reveal() == "k"


def test_a_credential_of_systemd_wins_over_the_folder_and_is_named_where_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "credentials" / "password").write_text("from systemd\n")
    (tmp_path / "folder" / "password").write_text("from the folder")
    secrets = Secrets({"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}, tmp_path / "folder")

    assert secrets.get("password", "local").reveal() == "from systemd"
    assert _refusal(secrets, "key").hint == (
        "set SYNTHMON_SECRET_KEY or SYNTHMON_SECRET_KEY_FILE, or name it in the unit's LoadCredential=, "
        f"or put it into the file {tmp_path / 'folder' / 'key'}"
    )


def test_a_file_that_is_named_and_is_not_there_is_told_and_no_other_place_is_asked(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from the folder")
    error = _refusal(Secrets({"SYNTHMON_SECRET_PASSWORD_FILE": "/nowhere/password"}, tmp_path), "password")

    assert str(error) == "the secret `password` has no value: SYNTHMON_SECRET_PASSWORD_FILE names no file"
    assert error.hint == "look at /nowhere/password"
