"""The journey of a shop as other tools write it: for each the files, the command, and how to ask it for many journeys.

All do what `JOURNEY` of `synthmon/app/measuring.py` does: log in, take the token out of the answer, send it with a
cart, a payment and an order, hold statuses and fields of the answers against values. synthmon's also holds a
schema, and a budget a step.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._getting import found
from synthmon.app.measuring import JOURNEY

Files = Mapping[str, str]
LOGIN, CART = {"user": "someone", "password": "correct horse battery"}, {"sku": "A-1", "amount": 2}


@dataclass(frozen=True, slots=True)
class Call:
    """One of the four requests, and the fields of its answer that are held against values."""

    name: str
    method: str
    path: str
    body: Mapping[str, object] | None = None
    fields: Mapping[str, object] = field(default_factory=dict)


CALLS = (
    Call("log_in", "POST", "/sessions", LOGIN),
    Call("cart", "POST", "/cart", CART, {"total": 12.5}),
    Call("pay", "POST", "/payment", None, {"status": "paid", "currency": "EUR"}),
    Call("order", "GET", "/orders/7", None, {"total": 12.5}),
)


@dataclass(frozen=True, slots=True)
class Walker:
    """A tool: what is measured, and where it is got from.

    `files` are laid into a folder of its own, for so many journeys to that address; `command` walks them there, beside
    `ca.pem`, the authority of a server by TLS. `many` is how many journeys take about a second. `home` is the folder
    below that of peers in which `program` lies; what has none is a program of the Python that runs this.
    """

    name: str
    program: str
    home: str
    files: Callable[[str, int], Files]
    command: Callable[[int], tuple[str, ...]]
    many: int

    def found(self, peers: Path) -> tuple[str, ...]:
        """The words that start it: of the folder of peers, of this Python, or of the machine; none if it is absent."""
        if self.home:
            return found(self.program, peers / self.home)
        at = shutil.which(self.program, path=str(Path(sys.executable).parent))
        return (at,) if at else ()


def _synthmon(url: str, _journeys: int) -> Files:
    return {"probes/shop.yaml": JOURNEY.format(name="shop", interval="1m", url=url)}


def _bare(url: str, journeys: int) -> Files:
    """libcurl, and nothing that a tool does beside sending; what no program in Python can do without."""
    calls = [(one.method, one.path, None if one.body is None else json.dumps(one.body)) for one in CALLS]
    return {
        "bare.py": f"""
import os, pycurl
handle = pycurl.Curl()
for journey in range({journeys}):
    token = ""
    for number, (method, path, body) in enumerate({calls!r}):
        pieces = []
        handle.reset()
        handle.setopt(pycurl.URL, {url!r} + path)
        handle.setopt(pycurl.CUSTOMREQUEST, method)
        if "SSL_CERT_FILE" in os.environ:
            handle.setopt(pycurl.CAINFO, os.environ["SSL_CERT_FILE"])
        handle.setopt(pycurl.SSL_SESSIONID_CACHE, 0)
        handle.setopt(pycurl.FRESH_CONNECT, int(number == 0))
        handle.setopt(pycurl.WRITEFUNCTION, pieces.append)
        headers = ["Authorization: Bearer " + token, "Content-Type: application/json", "Expect:"]
        handle.setopt(pycurl.HTTPHEADER, headers)
        if body is not None:
            handle.setopt(pycurl.POSTFIELDS, body)
        handle.perform()
        assert handle.getinfo(pycurl.RESPONSE_CODE) == 200
        answer = b"".join(pieces)
        token = token or answer[11:43].decode()
        assert b'"status": "paid"' in answer
"""
    }


def _newman(url: str, _journeys: int) -> Files:
    def item(call: Call) -> dict[str, object]:
        checks = ["pm.test('status', () => pm.response.to.have.status(200));"]
        checks += [
            f"pm.test({name!r}, () => pm.expect(pm.response.json().{name}).to.eql({json.dumps(value)}));"
            for name, value in call.fields.items()
        ]
        headers = [{"key": "Authorization", "value": "Bearer {{token}}"}] if call.name != "log_in" else []
        request: dict[str, object] = {"method": call.method, "url": url + call.path, "header": headers}
        if call.name == "log_in":
            checks.append("pm.variables.set('token', pm.response.json().token);")
        if call.body is not None:
            headers.append({"key": "Content-Type", "value": "application/json"})
            request["body"] = {"mode": "raw", "raw": json.dumps(call.body)}
        return {"name": call.name, "event": [{"listen": "test", "script": {"exec": checks}}], "request": request}

    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    document = {"info": {"name": "shop", "schema": schema}, "item": [item(call) for call in CALLS]}
    return {"shop.json": json.dumps(document)}


def _stepci(url: str, journeys: int) -> Files:
    """It has no word for doing a test again: the workflow holds so many, one after the other."""

    def step(call: Call) -> dict[str, object]:
        http: dict[str, object] = {"url": url + call.path, "method": call.method}
        http["check"] = {"status": 200, "jsonpath": {f"$.{name}": value for name, value in call.fields.items()}}
        if call.body is not None:
            http["json"] = call.body
        if call.name == "log_in":
            http["captures"] = {"token": {"jsonpath": "$.token"}}
        else:
            http["headers"] = {"Authorization": "Bearer ${{captures.token}}"}
        return {"name": call.name, "http": http}

    tests = {f"journey{number}": {"steps": [step(call) for call in CALLS]} for number in range(journeys)}
    return {"shop.yml": json.dumps({"version": "1.1", "name": "shop", "config": {"concurrency": 1}, "tests": tests})}


def _artillery(url: str, journeys: int) -> Files:
    flow = []
    for call in CALLS:
        asked: dict[str, object] = {"url": call.path}
        fields = call.fields
        asked["capture"] = [{"json": f"$.{name}", "as": f"{call.name}_{name}"} for name in fields]
        equal = [{"equals": [f"{{{{ {call.name}_{name} }}}}", value]} for name, value in fields.items()]
        asked["expect"] = [{"statusCode": 200}, *equal]
        if call.body is not None:
            asked["json"] = call.body
        if call.name == "log_in":
            asked["capture"] = {"json": "$.token", "as": "token"}
        else:
            asked["headers"] = {"Authorization": "Bearer {{ token }}"}
        flow.append({call.method.lower(): asked})
    config = {
        "target": url,
        "phases": [{"duration": 1, "arrivalCount": journeys}],
        "plugins": {"expect": {"reportFailuresAsErrors": True, "outputFormat": "silent"}, "ensure": {}},
        "ensure": {"maxErrorRate": 0},
    }
    return {"shop.yml": json.dumps({"config": config, "scenarios": [{"flow": flow}]})}


def _tavern(url: str, journeys: int) -> Files:
    stages = []
    for call in CALLS:
        request: dict[str, object] = {"url": url + call.path, "method": call.method}
        response: dict[str, object] = {"status_code": 200, "strict": False}
        if call.fields:
            response["json"] = dict(call.fields)
        if call.body is not None:
            request["json"] = call.body
        if call.name == "log_in":
            response["save"] = {"json": {"token": "token"}}
        else:
            request["headers"] = {"Authorization": "Bearer {token}"}
        stages.append({"name": call.name, "request": request, "response": response})
    tests = [json.dumps({"test_name": f"journey {number}", "stages": stages}) for number in range(journeys)]
    return {"test_shop.tavern.yaml": "\n---\n".join(tests) + "\n"}


def _pytest(url: str, journeys: int) -> Files:
    calls = [(one.method, one.path, one.body, dict(one.fields)) for one in CALLS]
    return {
        "test_shop.py": f"""
import pytest, requests

@pytest.mark.parametrize("number", range({journeys}))
def test_journey(number):
    with requests.Session() as session:
        for method, path, body, fields in {calls!r}:
            answer = session.request(method, {url!r} + path, json=body)
            assert answer.status_code == 200
            found = answer.json()
            assert {{name: found[name] for name in fields}} == fields
            session.headers["Authorization"] = "Bearer " + found["token"]
"""
    }


def _locust(url: str, journeys: int) -> Files:
    calls = [(one.method, one.path, one.body, dict(one.fields)) for one in CALLS]
    return {
        "locustfile.py": f"""
import os
from locust import HttpUser, constant, task

class Buyer(HttpUser):
    host, wait_time, walked = {url!r}, constant(0), 0

    @task
    def journey(self):
        self.walked += 1
        self.client.close()
        self.client.verify = os.environ["REQUESTS_CA_BUNDLE"]
        self.client.headers.pop("Authorization", None)
        try:
            self.walk()
        finally:
            if self.walked == {journeys}:
                self.environment.runner.quit()

    def walk(self):
        for method, path, body, fields in {calls!r}:
            with self.client.request(method, path, json=body, catch_response=True) as answer:
                found = answer.json() if answer.status_code == 200 else {{}}
                if {{name: found.get(name) for name in fields}} != fields or "token" not in found:
                    answer.failure("not as expected")
                    return
                self.client.headers["Authorization"] = "Bearer " + found["token"]
"""
    }


def _hurl(url: str, _journeys: int) -> Files:
    entries = []
    for call in CALLS:
        lines = [f"{call.method} {url}{call.path}"]
        lines += [] if call.name == "log_in" else ["Authorization: Bearer {{token}}"]
        lines += [] if call.body is None else [json.dumps(call.body)]
        lines.append("HTTP 200")
        lines += ["[Captures]", 'token: jsonpath "$.token"'] if call.name == "log_in" else ["[Asserts]"]
        lines += [f'jsonpath "$.{name}" == {json.dumps(value)}' for name, value in call.fields.items()]
        entries.append("\n".join(lines))
    return {"shop.hurl": "\n\n".join(entries) + "\n"}


def _hurl_in_time(url: str, journeys: int) -> Files:
    """With the budget of two seconds that each step of `JOURNEY` has."""
    entries = _hurl(url, journeys)["shop.hurl"].strip().split("\n\n")
    timed = (entry + ("" if "[Asserts]" in entry else "\n[Asserts]") + "\nduration < 2000" for entry in entries)
    return {"shop.hurl": "\n\n".join(timed) + "\n"}


def _k6(url: str, journeys: int) -> Files:
    def lines(call: Call) -> str:
        asserted = {"answered": "r.status === 200"}
        asserted |= {name: f"r.json({name!r}) === {json.dumps(value)}" for name, value in call.fields.items()}
        checks = ", ".join(f"{name}: (r) => {told}" for name, told in asserted.items())
        body = "null" if call.body is None else f"JSON.stringify({json.dumps(call.body)})"
        sent = f"const {call.name} = http.request({call.method!r}, {url + call.path!r}, {body}, {{ headers }});"
        taken = f"headers.Authorization = `Bearer ${{{call.name}.json('token')}}`;" if call.name == "log_in" else ""
        return "\n  ".join((sent, f"check({call.name}, {{ {checks} }});", taken)).rstrip()

    told = {"vus": 1, "iterations": journeys, "noVUConnectionReuse": True, "thresholds": {"checks": ["rate==1"]}}
    return {
        "shop.js": f"""import http from 'k6/http';
import {{ check }} from 'k6';

export const options = {json.dumps(told)};

export default function () {{
  const headers = {{ 'Content-Type': 'application/json' }};
  {(chr(10) + "  ").join(map(lines, CALLS))}
}}
"""
    }


def _always(*words: str) -> Callable[[int], tuple[str, ...]]:
    return lambda _journeys: words


def _repeated(journeys: int) -> tuple[str, ...]:
    return ("run", "shop", "--repeat", str(journeys)) if journeys > 1 else ("run", "shop")


def _hurled(journeys: int) -> tuple[str, ...]:
    """Without `--test`, which does the same by a thread more: this is what costs it less."""
    return ("--no-output", "--cacert", "ca.pem", "--repeat", str(journeys), "shop.hurl")


def _hurled_kept(journeys: int) -> tuple[str, ...]:
    """What it found goes to a folder: a line for each request, assertion and capture, and each answer."""
    return ("--report-json", "found", *_hurled(journeys))


def _iterated(journeys: int) -> tuple[str, ...]:
    return ("run", "shop.json", "-n", str(journeys), "--reporters", "cli", "--reporter-cli-silent")


SYNTHMON = Walker("`synthmon run`", "synthmon", "", _synthmon, _repeated, 1000)
BARE = Walker("a bare pycurl loop", "python", "", _bare, _always("bare.py"), 1500)
NEWMAN = Walker("newman", "newman", "newman", _newman, _iterated, 25)
HURL = Walker("Hurl", "hurl", "hurl", _hurl, _hurled, 1000)
HURL_KEEPING = Walker("Hurl, keeping", "hurl", "hurl", _hurl_in_time, _hurled_kept, 1000)
WALKERS = (
    SYNTHMON,
    BARE,
    NEWMAN,
    Walker("Step CI", "stepci", "stepci", _stepci, _always("run", "shop.yml"), 40),
    Walker("Artillery", "artillery", "artillery", _artillery, _always("run", "--quiet", "shop.yml"), 60),
    Walker("Tavern", "tavern-ci", "tavern", _tavern, _always("test_shop.tavern.yaml"), 40),
    Walker("pytest with requests", "pytest", "requests", _pytest, _always("-q", "test_shop.py"), 100),
    Walker("Locust", "locust", "locust", _locust, _always("--headless", "--only-summary", "-u", "1"), 150),
    HURL,
    Walker("k6", "k6", "k6", _k6, _always("run", "--quiet", "--no-usage-report", "--address", "", "shop.js"), 300),
)
