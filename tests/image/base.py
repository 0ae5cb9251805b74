"""The image that the Dockerfile's FROM names, made on this machine where no registry can be reached.

`python -m tests.image.base` makes it by hand. It is Debian's minimal system with a CPython in /usr/local, as the
official image is, and carries what is special to this machine: how its pip finds packages, and whom it trusts. None of
that is ever in the repository.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.image.tools import CommandFailed, run

ROOT = Path(__file__).parent.parent.parent
BASE = "docker.io/library/" + re.findall(r"^FROM (python:\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.M)[0]
WANTED = ".".join(re.findall(r":(3\.\d+)-", BASE))
RELEASE = BASE.rpartition("-")[2]
RECIPE = "synthmon.recipe"  # the label that says what a base of ours was made from
PACKAGES = ["ca-certificates", "netbase", "tzdata", "zlib1g", "libbz2-1.0", "libexpat1", "libffi8", "liblzma5"]
PACKAGES += ["libreadline8", "libsqlite3-0", "libssl3", "libuuid1"]
BUNDLE = Path("etc/ssl/certs/ca-certificates.crt")
_PIP_KEYS = ("cert", "default-timeout", "index-url", "proxy", "trusted-host")
_UNWANTED = shutil.ignore_patterns("site-packages", "test", "idlelib", "tkinter", "turtledemo", "__pycache__")


def have_base() -> None:
    """The base is in the local storage afterwards: the genuine one if a registry gives it, else one made here."""
    python = _relocatable_python()
    recipe = hashlib.sha256("\n".join([Path(__file__).read_text("utf-8"), str(python), *_pip_settings()]).encode())
    label = run("buildah", "inspect", "--format", f'{{{{index .OCIv1.Config.Labels "{RECIPE}"}}}}', BASE, check=False)
    if label.returncode == 0 and label.stdout.strip() in {"", recipe.hexdigest()}:
        return  # made before, or the genuine one
    if run("podman", "pull", "--quiet", BASE, check=False, timeout=120).returncode == 0:
        return
    with tempfile.TemporaryDirectory(prefix="synthmon-base-") as folder:
        root = Path(folder) / "root"
        _bootstrap(root, [] if python else ["python3"])
        _put_python(root, python)
        _tell_about_this_machine(root)
        _commit(root, recipe.hexdigest())


def _relocatable_python() -> Path | None:
    """The prefix of a CPython of the wanted version outside /usr; None if there is none: then Debian's own is taken."""
    for candidate in _candidates():
        done = run(str(candidate), "-c", "import sys; print(sys.base_prefix, sys.version_info[:2])", check=False)
        prefix, _, version = done.stdout.strip().partition(" ")
        if done.returncode == 0 and version == str(tuple(map(int, WANTED.split(".")))) and prefix != "/usr":
            return Path(prefix)
    return None


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    found = shutil.which(f"python{WANTED}")
    if found:
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{WANTED}.*/bin/python{WANTED}"))


def _bootstrap(root: Path, more: list[str]) -> None:
    include = ",".join([*PACKAGES, *more])
    run("debootstrap", "--variant=minbase", f"--include={include}", RELEASE, str(root), _mirror(), timeout=600)
    for heap in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"):
        shutil.rmtree(root / heap, ignore_errors=True)


def _mirror() -> str:
    """Where this machine's own packages of the release come from."""
    done = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)", check=False)
    lines = [line.split() for line in done.stdout.splitlines()]
    return next((line[0] for line in lines if line[1:] == [RELEASE, "main"]), "http://deb.debian.org/debian")


def _put_python(root: Path, prefix: Path | None) -> None:
    """CPython as `python`, with pip, in /usr/local."""
    local = root / "usr/local"
    if prefix is None:
        (local / "bin/python").symlink_to("/usr/bin/python3")
        version = next((root / "usr/lib").glob("python3.*")).name
        (root / "usr/lib" / version / "EXTERNALLY-MANAGED").unlink(missing_ok=True)
        _put_pip(local / "lib" / version / "dist-packages")
        return
    library = f"python{WANTED}"
    shutil.copy2(prefix / "bin" / library, local / "bin" / library)
    for name in ("python", "python3"):
        (local / "bin" / name).symlink_to(library)
    shutil.copytree(prefix / "lib" / library, local / "lib" / library, symlinks=True, ignore=_UNWANTED)
    for shared in prefix.glob("lib/libpython*.so*"):
        shutil.copy2(shared, local / "lib" / shared.name, follow_symlinks=False)
    _put_pip(local / "lib" / library / "site-packages")
    run("chroot", str(root), "ldconfig")


def _put_pip(packages: Path) -> None:
    """The machine's own pip: it is Python alone, and knows which of its files to take away again."""
    done = run("python3", "-m", "pip", "--version")
    home = Path(done.stdout.partition(" from ")[2].partition(" (python")[0])
    packages.mkdir(parents=True, exist_ok=True)
    for part in [home, *home.parent.glob("pip-*.dist-info")]:
        shutil.copytree(part, packages / part.name, ignore=shutil.ignore_patterns("__pycache__"))


def _pip_settings() -> list[str]:
    """What this machine's pip is told about where to look; files of the machine itself are not in the image."""
    lines = run("python3", "-m", "pip", "config", "list").stdout.splitlines()
    pairs = [line.partition("=")[::2] for line in lines]
    kept = {key.rpartition(".")[2]: value.strip("'\"") for key, value in pairs}
    return [f"{key} = {value}" for key, value in sorted(kept.items()) if key in _PIP_KEYS and "file:" not in value]


def _tell_about_this_machine(root: Path) -> None:
    settings = [line for line in _pip_settings() if not line.startswith("cert =")]
    if (Path("/") / BUNDLE).exists():
        shutil.copyfile(Path("/") / BUNDLE, root / BUNDLE)
        settings.append(f"cert = /{BUNDLE}")
    (root / "etc/pip.conf").write_text("\n".join(["[global]", *settings, ""]), "utf-8")


def _commit(root: Path, recipe: str) -> None:
    container = run("buildah", "from", "scratch").stdout.strip()
    try:
        run("buildah", "add", "--quiet", container, str(root), "/", timeout=300)
        path = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        labels = ("--env", f"PATH={path}", "--env", "LANG=C.UTF-8", "--label", f"{RECIPE}={recipe}", "--cmd", "python3")
        run("buildah", "config", *labels, container)
        run("buildah", "commit", "--quiet", "--format", "docker", container, BASE, timeout=300)
    finally:
        run("buildah", "rm", container)


if __name__ == "__main__":
    try:
        have_base()
    except (CommandFailed, subprocess.TimeoutExpired) as error:
        sys.exit(str(error))
    print(BASE)
