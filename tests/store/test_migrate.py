"""The schema: made and upgraded as one piece, by one process at a time, from a checkout and from a wheel."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from synthmon.errors import SchemaOutdated, StoreError
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.tables import SCHEMA

ROOT = Path(__file__).parents[2]


def _execute(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_the_migrations_lead_to_the_schema_that_the_code_reads() -> None:
    assert SCHEMA == migrate.head()


def test_the_tables_of_the_code_and_of_the_migrations_are_the_same(address: str) -> None:
    assert [] == migrate.differences(address)


def test_an_upgrade_makes_the_folder_and_a_database_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "deeper" / "synthmon.db"
    assert migrate.current(path) is None
    assert migrate.upgrade(path) is None
    assert SCHEMA == migrate.current(path)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database: Path) -> None:
    before = database.read_bytes()
    assert SCHEMA == migrate.upgrade(f"sqlite:///{database}")
    assert before == database.read_bytes()


def test_a_schema_of_a_newer_version_is_refused_with_what_to_do(database: Path) -> None:
    _execute(database, "UPDATE alembic_version SET version_num = '9999'")
    for refused in (migrate.upgrade, open_store):
        with pytest.raises(SchemaOutdated, match="9999, which a newer synthmon made") as refusal:
            refused(database)
        assert refusal.value.hint is not None
        assert "backup" in refusal.value.hint


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", copy)
    (copy / "versions" / "9999_half.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f'revision = "9999"\ndown_revision = "{SCHEMA}"\n\n\n'
        "def upgrade():\n"
        '    op.create_table("half", sa.Column("a", sa.Integer))\n'
        "    op.execute(\"INSERT INTO notes VALUES ('half', 'way')\")\n"
        '    op.execute("SELECT * FROM a_table_that_is_not_there")\n'
    )
    monkeypatch.setattr(migrate, "_SHIPPED", copy)
    with pytest.raises(StoreError, match="a_table_that_is_not_there"):
        migrate.upgrade(database)
    monkeypatch.undo()
    assert (SCHEMA, []) == (migrate.current(database), migrate.differences(database))
    store = open_store(database)
    assert {} == store.notes()
    store.close()


def test_a_migration_that_leaves_rows_referring_to_nothing_is_undone(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", copy)
    (copy / "versions" / "9999_orphans.py").write_text(
        f'from alembic import op\nrevision = "9999"\ndown_revision = "{SCHEMA}"\n\n\n'
        "def upgrade():\n"
        "    op.execute(\"INSERT INTO incident_events VALUES (1, 'nobody', 0, 'opened', '', NULL)\")\n"
    )
    monkeypatch.setattr(migrate, "_SHIPPED", copy)
    with pytest.raises(StoreError, match="nothing was changed"):
        migrate.upgrade(database)
    assert SCHEMA == migrate.current(database)


def test_processes_that_upgrade_at_once_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "synthmon.db"
    script = "import sys; from synthmon.store import migrate; migrate.upgrade(sys.argv[1])"
    racers = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", script, str(path)], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [(0, "")] * 2 == [(racer.wait(), racer.communicate()[1]) for racer in racers]
    assert (SCHEMA, []) == (migrate.current(path), migrate.differences(path))


def test_a_folder_that_is_a_file_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreError, match=r"data/synthmon\.db: cannot be made") as refusal:
        migrate.upgrade(tmp_path / "data" / "synthmon.db")
    assert str(tmp_path / "data") in str(refusal.value.hint)


@pytest.mark.slow
def test_an_installed_wheel_brings_its_migrations(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    script = (
        "import sys; from synthmon.store import migrate; from synthmon.store.opening import open_store\n"
        "path = sys.argv[1]; migrate.upgrade(path); open_store(path).close()\n"
        "print(migrate.__file__, migrate.current(path))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "wheel.db")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (ran.returncode, ran.stderr)
    assert f"{installed}/synthmon/store/migrate.py {SCHEMA}" == ran.stdout.strip()
