"""The demo as a process: asked over loopback, switched from outside, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from synthmon.demo.control import (
    Control,
    DemoError,
    active_faults,
    announce,
    control_path,
    demo_folder,
    remembered,
    switch_fault,
    withdraw,
)
from synthmon.demo.faults import FAULTS
from synthmon.demo.process import ENDS_WITHIN, ShopProcess
from synthmon.demo.server import PortTaken, listen
from tests.demo.conftest import DEADLINE, EMAIL, answers, customer_of, until


def gone(pid: int) -> bool:
    """Whether the process has ended; one that only waits to be collected by its parent counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_an_order_becomes_paid_while_the_customer_looks(customer: httpx.Client) -> None:
    order = customer.post("/api/checkout", json={"reference": "ref-1"}).json()
    assert (order["status"], order["total"]["amount"]) == ("pending", 25.0)
    assert until(lambda: customer.get(f"/api/orders/{order['order_id']}").json()["status"] == "paid")


def _shows(url: str, fault: str) -> bool:
    return answers(url) is (fault != "shop-down")


def test_every_fault_can_be_switched_in_the_demo_that_runs(running: ShopProcess) -> None:
    assert active_faults() == dict.fromkeys(FAULTS, False)
    for name in FAULTS:
        switch_fault(name, on=True)
        assert active_faults() == {each: each == name for each in FAULTS}
        assert until(partial(_shows, running.shop_url, name))
        switch_fault(name, on=False)
    assert not any(active_faults().values())


def test_a_payment_that_never_answers_holds_up_nobody_else(customer: httpx.Client) -> None:
    switch_fault("payment-timeout", on=True)
    with pytest.raises(httpx.ReadTimeout):
        customer.post("/api/checkout", json={"reference": "ref-1"}, timeout=0.3)
    assert customer.get("/api/me").status_code == 200


def test_a_shop_that_is_down_refuses_connections_and_comes_back_with_its_memory(
    running: ShopProcess, customer: httpx.Client
) -> None:
    switch_fault("shop-down", on=True)
    assert until(lambda: not answers(running.shop_url))
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.shop_url, trust_env=False)
    pager = httpx.get(f"{running.control_url}/pager", trust_env=False)
    assert pager.status_code == 200, "the pager does not go down with the shop"
    switch_fault("shop-down", on=False)
    assert until(lambda: answers(running.shop_url))
    assert customer.get("/api/me").json() == {"email": EMAIL}


def test_a_shop_whose_port_was_taken_while_it_was_down_waits_for_it(running: ShopProcess) -> None:
    switch_fault("shop-down", on=True)
    assert until(lambda: not answers(running.shop_url))
    with socket.create_server(("127.0.0.1", int(running.shop_url.rpartition(":")[2]))):
        switch_fault("shop-down", on=False)
        threading.Event().wait(0.2)  # time to try in vain; too short a wait only makes the test easier
        assert active_faults()["shop-down"] is False
    assert until(lambda: answers(running.shop_url))


# Names and addresses


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("payment-sloww", "did you mean `payment-slow`?"),
        ("login_500", "did you mean `login-500`?"),
        ("Shop-Down", "did you mean `shop-down`?"),
        ("earthquake", "there are payment-slow, payment-timeout, login-500, token-refused, phone-format, shop-down"),
        ("", "there are payment-slow, payment-timeout, login-500, token-refused, phone-format, shop-down"),
    ],
)
def test_a_fault_that_nobody_knows_is_answered_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(DemoError, match="there is no fault") as caught:
        switch_fault(name, on=True)
    assert caught.value.hint == hint


def test_without_a_demo_the_person_is_told_to_start_one(own_temporary_folder: Path) -> None:
    with pytest.raises(DemoError, match="no demo is running") as caught:
        switch_fault("shop-down", on=True)
    assert caught.value.hint == "start one with `synthmon demo`"


@pytest.mark.parametrize("content", ["", "no JSON", "[]", '{"url": "http://127.0.0.1:1"}'])
def test_a_damaged_address_is_no_demo(own_temporary_folder: Path, content: str) -> None:
    announce(Control("http://127.0.0.1:1", "t", 1)).write_text(content, "utf-8")
    with pytest.raises(DemoError, match="no demo is running"):
        active_faults()


def test_the_address_of_a_demo_that_died_is_told_apart(own_temporary_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    announce(Control(f"http://127.0.0.1:{port}", "t", 1))
    with pytest.raises(DemoError, match="the demo does not answer"):
        active_faults()


def test_only_its_user_can_read_where_the_demo_listens(running: ShopProcess) -> None:
    path = control_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert json.loads(path.read_text("utf-8"))["pid"] == running.pid


def test_a_folder_that_leads_elsewhere_is_not_written_to(own_temporary_folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    control_path().parent.symlink_to(elsewhere)
    with pytest.raises(DemoError, match="belongs to somebody else"):
        announce(Control("http://127.0.0.1:1", "t", 1))
    with pytest.raises(DemoError, match="belongs to somebody else"):
        active_faults()
    assert list(elsewhere.iterdir()) == []


def test_a_demo_that_ends_takes_its_own_address_away_and_nobody_elses(own_temporary_folder: Path) -> None:
    first, second = Control("http://127.0.0.1:1", "first", 1), Control("http://127.0.0.1:2", "second", 2)
    announce(first)
    announce(second)
    withdraw(first)
    assert control_path().exists()
    withdraw(second)
    assert not control_path().parent.exists()
    withdraw(second)


def test_where_a_demo_keeps_its_files_is_known_while_it_runs_and_nothing_is_left_of_it(
    own_temporary_folder: Path, tmp_path: Path
) -> None:
    announce(control := Control("http://127.0.0.1:1", "first", 1))
    with remembered(tmp_path):
        assert tmp_path == demo_folder()
    withdraw(control)

    assert not control_path().parent.exists()


# Beginning and end


def test_the_shop_ends_with_its_block_and_leaves_nothing(own_temporary_folder: Path) -> None:
    with ShopProcess(0, 0) as process:
        pid, url = process.pid, process.shop_url
        assert answers(url)
        assert control_path().exists()
    assert gone(pid)
    assert not answers(url)
    assert not control_path().exists()


def test_the_shop_ends_while_it_is_down_and_while_somebody_waits_for_a_payment(own_temporary_folder: Path) -> None:
    with ShopProcess(0, 0) as process, closing(customer_of(process)) as customer:
        switch_fault("payment-timeout", on=True)
        with pytest.raises(httpx.ReadTimeout):
            customer.post("/api/checkout", json={}, timeout=0.1)
        switch_fault("shop-down", on=True)
        assert until(lambda: not answers(process.shop_url))
        began = time.monotonic()
        process.__exit__(None, None, None)
        assert time.monotonic() - began < ENDS_WITHIN, "it ended by itself and was not killed"
    assert not control_path().exists(), "it had the time to take its address away"


PARENT = """
import sys, time
from synthmon.demo.process import ENDS_WITHIN, ShopProcess
with ShopProcess(0, 0) as shop:
    print(shop.pid, shop.shop_url, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_however_the_parent_dies_the_shop_dies_with_it(own_temporary_folder: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        said, url = parent.stdout.readline().split()
        pid = int(said)
        try:
            assert answers(url)
            parent.send_signal(number)
            assert parent.wait(DEADLINE) != 0
            assert until(lambda: gone(pid)), "an orphan was left"
            assert until(lambda: not control_path().exists())
        finally:
            parent.kill()
            if not gone(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("which", ["shop", "control"])
def test_a_port_that_is_taken_is_named_with_what_to_do(own_temporary_folder: Path, which: str) -> None:
    with ExitStack() as stack:
        taken = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        ports = (taken, 0) if which == "shop" else (0, taken)
        with pytest.raises(DemoError) as caught:
            stack.enter_context(ShopProcess(*ports))
    assert str(caught.value) == f"the demo's shop could not start: port {taken} is in use"
    assert caught.value.hint == "choose other ports: --port and --control-port"
    assert not control_path().exists()


@pytest.mark.parametrize("port", [70_000, -1])
def test_a_port_that_does_not_exist_is_named_too(port: int) -> None:
    with pytest.raises(PortTaken, match=f"port {port} cannot be had"):
        listen(port)
