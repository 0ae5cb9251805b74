"""The image, as far as a reader could check it: what it copies, who it runs as, what it starts and how it is asked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from synthmon.app.agent_daemon import origin_of_agent, settings_of_agent
from synthmon.app.configuration import Origin
from synthmon.cli import COMMANDS
from synthmon.cli.look import health
from synthmon.settings.environment import VARIABLES

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """Every instruction of the Dockerfile as its word and the rest, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


def final(word: str) -> list[str]:
    return [rest for each, rest in stages()[-1] if each == word]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in final("ENV") for pair in rest.split())


def locked(name: str) -> dict[str, set[str]]:
    """`package==version` and its hashes, by the lines of a lock file."""
    found: dict[str, set[str]] = {}
    last = ""
    for line in (ROOT / name).read_text("utf-8").splitlines():
        if line.startswith(" "):
            found[last].add(line.strip().rstrip(" \\"))
        else:
            last = line.rstrip(" \\").partition(" ;")[0]
            found[last] = set()
    return found


def test_the_linter_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_built_in_one_place_and_runs_in_another_on_one_slim_base_with_a_tag() -> None:
    bases = [rest.partition(" AS ")[0] for word, rest in instructions() if word == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", bases[0])
    supported = tuple(map(int, re.findall(r"\d+", bases[0])[:2]))
    assert supported >= (3, 11)


def test_everything_that_is_copied_exists_and_reaches_the_builder() -> None:
    build = stages()[0]
    sources = [source for word, rest in build if word == "COPY" for source in rest.split()[:-1]]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sorted(f"!{source}" for source in sources) == [line for line in ignored if line.startswith("!")]
    assert ignored[1] == "*", "what nobody named stays out: secrets, history, data"
    assert [rest for rest in final("COPY") if not rest.startswith("--from=build ")] == []


def test_what_the_wheel_is_made_of_is_copied() -> None:
    copied = {source for word, rest in stages()[0] if word == "COPY" for source in rest.split()[:-1]}
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    project = PYPROJECT["project"]
    assert {*wheel["packages"], *wheel["force-include"], project["readme"], *project["license-files"]} <= copied


def test_nothing_is_installed_without_its_hash() -> None:
    commands = [part.strip() for word, rest in instructions() if word == "RUN" for part in rest.split("&&")]
    installs = [command for command in commands if " install " in command and " pip " in command]
    assert len(installs) == 3
    for command in installs:
        assert "--no-deps" in command
        assert "--require-hashes" in command or "--no-index /wheels/" in command


@pytest.mark.parametrize("name", ["requirements-runtime.lock", "requirements-build.lock"])
def test_the_image_holds_the_versions_that_were_tested(name: str) -> None:
    tested, shipped = locked("requirements.lock"), locked(name)
    assert shipped
    assert {package: hashes for package, hashes in shipped.items() if tested.get(package) != hashes} == {}
    assert all(hashes for hashes in shipped.values())
    assert not re.search(r"https?://|--(?:extra-)?index|--find-links", (ROOT / name).read_text("utf-8"))


def _names(requirements: list[object]) -> set[str]:
    """Normalised as in the lock (PEP 503)."""
    named = (re.split(r"[<>=!~\[; ]", each)[0] for each in requirements if isinstance(each, str))
    return {re.sub(r"[-_.]+", "-", name).lower() for name in named}


def test_the_locks_hold_what_the_project_names_and_no_tool_of_its_developers() -> None:
    runtime = {package.partition("==")[0] for package in locked("requirements-runtime.lock")}
    build = {package.partition("==")[0] for package in locked("requirements-build.lock")}
    assert _names(PYPROJECT["project"]["dependencies"]) <= runtime
    for extra in ("celery", "vault"):  # one image for every part; whoever signs for AWS builds on it
        assert _names(PYPROJECT["project"]["optional-dependencies"][extra]) <= runtime
    assert _names(PYPROJECT["build-system"]["requires"]) <= build
    assert PYPROJECT["build-system"]["requires"] == PYPROJECT["dependency-groups"]["build"]
    assert runtime & _names(PYPROJECT["dependency-groups"]["dev"]) == set()


def test_it_runs_without_root_and_owns_only_its_data() -> None:
    assert final("USER") == ["65532:65532"]
    words = [word for word, _ in stages()[-1]]
    assert "RUN" not in words[words.index("USER") :], "whoever is nobody changes nothing"
    assert "install --directory --owner=65532 --group=65532 --mode=0700 /data" in " ".join(final("RUN"))
    assert [json.loads(rest) for rest in final("VOLUME")] == [["/data"]]
    assert "--chown" not in " ".join(final("COPY"))


def test_what_it_writes_goes_to_data_and_tmp() -> None:
    told = environment()
    assert told["SYNTHMON_DATA_DIR"] == "/data"
    assert told["HOME"] == "/tmp"
    assert told["PYTHONDONTWRITEBYTECODE"] == told["PYTHONUNBUFFERED"] == "1"


def test_every_variable_that_it_sets_is_one_that_synthmon_knows() -> None:
    assert {name for name in environment() if name.startswith("SYNTHMON_")} <= set(VARIABLES)


def test_an_agent_needs_no_password_though_the_image_binds_pages_for_every_role(tmp_path: Path) -> None:
    told = {name: value for name, value in environment().items() if name.startswith("SYNTHMON_")}
    told |= {"SYNTHMON_REGION": "eu-west", "SYNTHMON_CENTRE_URL": "https://centre.example.com"}
    origin = origin_of_agent(Origin({**told, "SYNTHMON_AGENT_TOKEN": "synthmon_" + "a" * 43}, None, tmp_path))
    assert settings_of_agent(origin).regions_run_here == {"eu-west"}


def test_it_starts_the_daemon_without_a_shell_and_ends_on_sigterm() -> None:
    entry, default = (json.loads(final(word)[0]) for word in ("ENTRYPOINT", "CMD"))
    assert entry == ["synthmon"]
    assert set(entry) <= set(PYPROJECT["project"]["scripts"])
    assert default == ["up"]
    assert final("STOPSIGNAL") == ["SIGTERM"]


def test_it_is_asked_with_a_command_that_exists() -> None:
    options, _, command = final("HEALTHCHECK")[0].partition(" CMD ")
    assert "--timeout=10s" in options
    assert json.loads(command) == ["synthmon", "health"]
    assert {"up", "health"} <= set(COMMANDS)


def test_it_says_what_it_is() -> None:
    labels = " ".join(final("LABEL"))
    assert f'org.opencontainers.image.title="{PYPROJECT["project"]["name"]}"' in labels
    assert f'org.opencontainers.image.licenses="{PYPROJECT["project"]["license"]}"' in labels


# Being asked


class Daemon(BaseHTTPRequestHandler):
    """Answers as a daemon's `/healthz`; `status` and `troubles` are what it is told to say."""

    status, troubles = 200, [""]

    def do_GET(self) -> None:
        body = json.dumps({"status": "well" if self.status == 200 else "ill", "troubles": self.troubles}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data directory of a daemon that is well, in an empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Daemon, "status", 200)
    monkeypatch.setattr(Daemon, "troubles", [])
    folder = tmp_path / "data"
    folder.mkdir()
    with HTTPServer(("127.0.0.1", 0), Daemon) as server:
        (folder / "address").write_text(f"http://127.0.0.1:{server.server_port}", "utf-8")
        (folder / "api-token").write_text("token", "utf-8")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


def ask(data: Path) -> tuple[int, str]:
    done = CliRunner().invoke(health, [], env={"SYNTHMON_DATA_DIR": str(data)})
    return done.exit_code, done.output


def test_a_daemon_that_is_well_is_healthy_and_one_that_is_not_says_why(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(data) == (0, "well\n")
    monkeypatch.setattr(Daemon, "status", 503)
    monkeypatch.setattr(Daemon, "troubles", ["the centre has not looked for 90 s"])
    assert ask(data) == (1, "ill\n  the centre has not looked for 90 s\n")


def test_where_no_daemon_runs_it_is_unhealthy(tmp_path: Path) -> None:
    code, said = ask(tmp_path / "nothing")
    assert code == 1
    assert "no daemon is running" in said


@pytest.mark.parametrize(
    "content", ["nonsense: [", "synthmon_config: 99\n", "synthmon_config: 1\nweb: {bind: '0:1'}\n"]
)
def test_a_broken_file_does_not_make_the_daemon_unhealthy_that_goes_on_without_it(data: Path, content: str) -> None:
    """Else whoever restarts what is unhealthy would end a daemon that works, and could not start another."""
    (data.parent / "synthmon.yaml").write_text(content, "utf-8")
    assert ask(data) == (0, "well\n")
