"""`synthmon demo regions`: the demo's shop, watched from three regions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from synthmon.app import clock
from synthmon.app.configuration import Origin
from synthmon.app.tokens import change_tokens
from synthmon.cli.banner import welcome_to_regions
from synthmon.cli.common import SETTINGS
from synthmon.cli.demo_folder import PORT, new_folder, signals, with_probes
from synthmon.cli.serving import Signals
from synthmon.demo.control import DemoError, remembered, switch_fault
from synthmon.demo.postgres import programs
from synthmon.demo.process import CONTROL_PORT, SHOP_PORT, ShopProcess
from synthmon.demo.regions import Networks
from synthmon.demo.switchboard import Switchboard
from synthmon.demo.town import Plan, Town

LOOK_EVERY = 0.5  # seconds


@click.command(context_settings=SETTINGS)
@click.option("--port", metavar="PORT", type=PORT, default=SHOP_PORT, show_default=True, help="The shop's port.")
@click.option(
    "--control-port", metavar="PORT", type=PORT, default=CONTROL_PORT, show_default=True, help="The port of its pager."
)
@click.option(
    "--web-port",
    metavar="PORT",
    type=click.IntRange(1, 65535),
    default=8420,
    show_default=True,
    help="The status page's port.",
)
@click.option("--keep", is_flag=True, help="Keep the demo's folder afterwards.")
def regions(port: int, control_port: int, web_port: int, keep: bool) -> None:
    """Watch the shop from three regions: PostgreSQL, a centre and three agents, each a process of its own.

    Between each agent and the shop, and between it and the centre, stands a relay: `synthmon demo fault NAME --region
    REGION` slows, loses, cuts or parts one region's network.
    """
    programs()  # before anything is started: whether there is a PostgreSQL
    asked = signals()
    with ShopProcess(port, control_port) as shop, new_folder(keep, asked) as folder:
        with_probes(folder)
        centre = ("127.0.0.1", web_port)
        networks = Networks(_address(shop.shop_url), centre, clock.chance().random, _break_shop)
        plan = Plan(folder, shop.control_url, web_port, _token)
        with networks, Switchboard(networks), Town(plan, networks) as town, remembered(folder):
            click.echo(welcome_to_regions(town.url, f"{shop.control_url}/pager", folder, keep=keep))
            _wait(town, asked)


def _wait(town: Town, asked: Signals) -> None:
    while not asked.end_within(LOOK_EVERY):
        if trouble := town.failed():
            raise DemoError(trouble, hint="with --keep the logs stay")


def _token(folder: Path, environment: Mapping[str, str], region: str) -> str:
    made = change_tokens(Origin(environment, None, folder), None, do="add", region=region)
    return str(made["token"])


def _break_shop(fault: str, on: bool, way: str) -> None:
    switch_fault(fault, on=on, way=way)


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)
