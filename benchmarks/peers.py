"""One journey of four requests by a fresh process: `synthmon run`, beside newman, Step CI, Tavern, Artillery and Hurl.

    python benchmarks/peers.py [--rounds 5] [--folder DIR] [--install]

`--install` fetches those that npm and PyPI have into the folder (a temporary one if none is named); what is not there
is reported as absent, never as zero. All do the same: log in, take the token out of the answer, and send it with three
more requests whose status and one field are held against what is expected (Artillery, for load, holds nothing).
Wall and processor time are of the process and all its children; the contenders take turns, and the figures are medians.
One-shot tools are built to be started once for a collection: this says what a run in a pipeline costs, not a daemon's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.transport import REQUESTS
from synthmon.app.measuring import target

PATHS = (("POST", "sessions"), ("POST", "cart"), ("POST", "payment"), ("GET", "order"))


def synthmon(url: str) -> Mapping[str, str]:
    steps = [
        "  - {id: sessions, request: POST /sessions, capture: {token: {json: $.token, secret: true}}}",
        *(
            f"  - {{id: {name}, request: {method} /{name}, auth: {{bearer: '${{{{ captures.token }}}}'}}, "
            "expect: {status: 200, json: {$.status: paid}}}"
            for method, name in PATHS[1:]
        ),
    ]
    head = ("synthmon: 1", "name: journey", "interval: 1m", f"base_url: {url}", "steps:")
    return {"probes/journey.yaml": "\n".join((*head, *steps)) + "\n"}


def newman(url: str) -> Mapping[str, str]:
    def item(method: str, name: str) -> dict[str, object]:
        checks = [
            "pm.test('status', () => pm.response.to.have.status(200));",
            "pm.test('paid', () => pm.expect(pm.response.json().status).to.eql('paid'));",
            *(["pm.variables.set('token', pm.response.json().token);"] if name == "sessions" else []),
        ]
        header = [] if name == "sessions" else [{"key": "Authorization", "value": "Bearer {{token}}"}]
        return {
            "name": name,
            "event": [{"listen": "test", "script": {"exec": checks}}],
            "request": {"method": method, "header": header, "url": f"{url}/{name}"},
        }

    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    document = {"info": {"name": "journey", "schema": schema}, "item": [item(*one) for one in PATHS]}
    return {"journey.json": json.dumps(document)}


def stepci(url: str) -> Mapping[str, str]:
    steps = []
    for method, name in PATHS:
        http: dict[str, object] = {"url": f"{url}/{name}", "method": method}
        http["check"] = {"status": 200, "jsonpath": {"$.status": "paid"}}
        if name == "sessions":
            http["captures"] = {"token": {"jsonpath": "$.token"}}
        else:
            http["headers"] = {"Authorization": "Bearer ${{captures.token}}"}
        steps.append({"name": name, "http": http})
    return {"journey.yml": json.dumps({"version": "1.1", "name": "journey", "tests": {"journey": {"steps": steps}}})}


def tavern(url: str) -> Mapping[str, str]:
    stages = []
    for method, name in PATHS:
        request: dict[str, object] = {"url": f"{url}/{name}", "method": method}
        response: dict[str, object] = {"status_code": 200, "strict": False, "json": {"status": "paid"}}
        if name == "sessions":
            response["save"] = {"json": {"token": "token"}}
        else:
            request["headers"] = {"Authorization": "Bearer {token}"}
        stages.append({"name": name, "request": request, "response": response})
    return {"test_journey.tavern.yaml": json.dumps({"test_name": "journey", "stages": stages})}


def artillery(url: str) -> Mapping[str, str]:
    flow = []
    for method, name in PATHS:
        asked: dict[str, object] = {"url": f"/{name}"}
        if name == "sessions":
            asked["capture"] = {"json": "$.token", "as": "token"}
        else:
            asked["headers"] = {"Authorization": "Bearer {{ token }}"}
        flow.append({method.lower(): asked})
    config = {"target": url, "phases": [{"duration": 1, "arrivalCount": 1}]}
    return {"journey.yml": json.dumps({"config": config, "scenarios": [{"flow": flow}]})}


def hurl(url: str) -> Mapping[str, str]:
    entries = []
    for method, name in PATHS:
        header = "" if name == "sessions" else "Authorization: Bearer {{token}}\n"
        entries.append(f'{method} {url}/{name}\n{header}HTTP 200\n[Asserts]\njsonpath "$.status" == "paid"\n')
    entries[0] = entries[0].replace("[Asserts]", '[Captures]\ntoken: jsonpath "$.token"\n[Asserts]')
    return {"journey.hurl": "\n".join(entries)}


@dataclass
class Contender:
    """`program` is looked for in the folder of peers and on the PATH; `files` are written into a folder of its own."""

    name: str
    program: str
    arguments: tuple[str, ...]
    files: Callable[[str], Mapping[str, str]]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def found(self, peers: Path) -> str | None:
        places = (peers / "node_modules" / ".bin", peers / "python" / "bin", Path(sys.executable).parent)
        return shutil.which(self.program, path=os.pathsep.join((*map(str, places), os.environ.get("PATH", ""))))

    def take_turn(self, program: str, folder: Path) -> None:
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [program, *self.arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120
        )
        self.wall.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode:
            raise SystemExit(f"{self.name} did not pass: {done.stdout[-2000:]}{done.stderr[-2000:]}")


CONTENDERS = (
    Contender("synthmon run", "synthmon", ("run", "journey"), synthmon),
    Contender("newman", "newman", ("run", "journey.json"), newman),
    Contender("Step CI", "stepci", ("run", "journey.yml"), stepci),
    Contender("Tavern", "tavern-ci", ("test_journey.tavern.yaml",), tavern),
    Contender("Artillery", "artillery", ("run", "journey.yml"), artillery),
    Contender("Hurl", "hurl", ("--test", "journey.hurl"), hurl),
)


def install(peers: Path) -> None:
    peers.mkdir(parents=True, exist_ok=True)
    npm = ["npm", "install", "--no-audit", "--no-fund", "--silent", "newman", "stepci", "artillery"]
    subprocess.run(npm, cwd=peers, check=False)
    subprocess.run([sys.executable, "-m", "venv", peers / "python"], check=True)
    subprocess.run([peers / "python" / "bin" / "pip", "install", "--quiet", "tavern", "pytest<9"], check=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the peers are, or are installed to")
    parser.add_argument("--install", action="store_true", help="fetch those that can be had")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, target() as port:
        peers = (asked.folder or Path(made) / "peers").resolve()
        if asked.install:
            install(peers)
        present = {one.name: program for one in CONTENDERS if (program := one.found(peers)) is not None}
        for one in CONTENDERS:
            for path, content in one.files(f"http://127.0.0.1:{port}").items():
                file = Path(made) / one.program / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)
        for _ in range(asked.rounds):
            for one in CONTENDERS:
                if one.name in present:
                    one.take_turn(present[one.name], Path(made) / one.program)
    show(present)


def show(present: Mapping[str, str]) -> None:
    ours = CONTENDERS[0]
    wall, cpu = statistics.median(ours.wall), statistics.median(ours.cpu)
    print(f"{f'a process, {REQUESTS} requests':<24}{'wall s':>10}{'CPU s':>10}{'wall / ours':>14}{'CPU / ours':>13}")
    for one in CONTENDERS:
        if one.name not in present:
            print(f"{one.name:<24}{'absent':>10}")
            continue
        took, used = statistics.median(one.wall), statistics.median(one.cpu)
        print(f"{one.name:<24}{took:>10.2f}{used:>10.2f}{took / wall:>14.2f}{used / cpu:>13.2f}")


if __name__ == "__main__":
    main()
