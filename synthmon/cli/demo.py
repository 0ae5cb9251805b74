"""`synthmon demo`: a small shop, its probes, and faults to switch on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from synthmon.app import logs
from synthmon.app.configuration import Origin
from synthmon.app.daemon import Daemon
from synthmon.cli.banner import welcome
from synthmon.cli.common import SETTINGS
from synthmon.cli.demo_folder import PORT, new_folder, signals, with_probes
from synthmon.cli.demo_regions import regions
from synthmon.cli.report import daily
from synthmon.cli.serving import wait_for_the_end
from synthmon.demo import demo_secrets
from synthmon.demo.control import (
    DemoError,
    active_faults,
    active_region_faults,
    demo_folder,
    remembered,
    switch_fault,
    switch_region_fault,
)
from synthmon.demo.faults import FAULTS
from synthmon.demo.process import CONTROL_PORT, SHOP_PORT, ShopProcess
from synthmon.demo.regions import REGION_FAULTS, REGIONS
from synthmon.demo.server import HOST, Place, PortTaken, open_demo, serve_until_told, terms
from synthmon.demo.town import environment_of
from synthmon.errors import ConfigurationError
from synthmon.heap.lasting import Heap

CONFIGURATION = """\
synthmon_config: 1
environment: demo
regions:
  local: {{title: This machine, vars: {{shop: "{shop}", partner: "{shop}/partner"}}}}
channels:
  pager: {{webhook: {{url: "{pager}/pager"}}}}
  terminal: {{console: {{}}}}
routes:
  - notify: [pager, terminal]
web: {{bind: "127.0.0.1:{port}"}}
"""


@click.group(invoke_without_command=True, context_settings=SETTINGS)
@click.option("--port", metavar="PORT", type=PORT, default=SHOP_PORT, show_default=True, help="The shop's port.")
@click.option(
    "--control-port", metavar="PORT", type=PORT, default=CONTROL_PORT, show_default=True, help="The port of its pager."
)
@click.option("--web-port", metavar="PORT", type=PORT, default=8420, show_default=True, help="The status page's port.")
@click.option("--keep", is_flag=True, help="Keep the demo's folder afterwards.")
@click.pass_context
def demo(context: click.Context, port: int, control_port: int, web_port: int, keep: bool) -> None:
    """Watch a small shop that comes with synthmon, and break it from another terminal."""
    if context.invoked_subcommand is not None:
        return
    asked = signals()
    with ShopProcess(port, control_port) as shop, new_folder(keep, asked) as folder:
        _furnish(folder, shop, web_port)
        logs.set_up(form="text")
        daemon = _started(folder)
        with remembered(folder):
            click.echo(welcome(daemon.url, f"{shop.control_url}/pager", folder, keep=keep))
            wait_for_the_end(daemon, asked, Heap())


def _started(folder: Path) -> Daemon:
    try:
        daemon = Daemon(Origin(_environment(folder), None, folder))
        daemon.start()
    except ConfigurationError as error:  # all but the port is of our own making
        raise ConfigurationError(str(error), hint="choose another with --web-port") from error
    return daemon


@demo.command(short_help="Switch a fault of the demo on or off, or list them.")
@click.argument("name", required=False)
@click.option("--region", metavar="REGION", help="The region whose network has the fault.")
@click.option("--off", is_flag=True, help="Switch it off again.")
def fault(name: str | None, region: str | None, off: bool) -> None:
    """Switch the fault NAME on or off in the demo that runs; without a name, list them."""
    if name in REGION_FAULTS and region is None:
        raise DemoError(f"{name} is a fault of a region", hint=f"say which with --region: {', '.join(REGIONS)}")
    if name is not None and region is not None:
        switch_region_fault(name, region, on=not off)
    elif name is not None:
        switch_fault(name, on=not off)
    for line in told(active_faults(), active_region_faults()):
        click.echo(line)


def told(everywhere: Mapping[str, bool], regional: Mapping[str, list[str]]) -> Iterator[str]:
    """A line for each fault: whether it is on, and where. Those of regions only where there are regions."""
    for known, text in {**FAULTS, **(REGION_FAULTS if regional else {})}.items():
        where = [region for region, on in regional.items() if known in on]
        on = everywhere.get(known, False) or bool(where)
        place = f" ({', '.join(where)})" if where and not everywhere.get(known) else ""
        yield f"  {'ON ' if on else 'off'}  {known:<17}{text}{place}"


@demo.command()
@click.option("--host", metavar="ADDRESS", default=HOST, show_default=True, help="The address that it listens on.")
@click.option("--port", metavar="PORT", type=PORT, default=SHOP_PORT, show_default=True, help="The shop's port.")
@click.option(
    "--control-port", metavar="PORT", type=PORT, default=CONTROL_PORT, show_default=True, help="The port of its pager."
)
def shop(host: str, port: int, control_port: int) -> None:
    """Run only the shop and its pager, as in a container of their own, until SIGTERM or Ctrl-C."""
    try:
        opened = open_demo(Place(port, control_port, host), terms())
    except PortTaken as error:
        raise DemoError(f"the demo's shop could not start: {error}", hint="choose another address or ports") from error
    click.echo(
        f"the shop is at http://{host}:{opened.shop_port}, its pager at http://{host}:{opened.control_port}/pager"
    )
    serve_until_told(opened)


@demo.command()
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@click.pass_context
def report(context: click.Context, show: bool) -> None:
    """Write the report of today of the demo that runs."""
    folder = demo_folder()
    if several := environment_of(folder):
        os.environ.update(several)
        os.chdir(folder)
    context.invoke(daily, chosen_day="today", show=show, data=None if several else folder / "data")


demo.add_command(regions)


def _furnish(folder: Path, shop: ShopProcess, web_port: int) -> None:
    """A folder as a user would have it, so that there are files to look at and to break."""
    with_probes(folder)
    text = CONFIGURATION.format(shop=shop.shop_url, pager=shop.control_url, port=web_port)
    (folder / "synthmon.yaml").write_text(text, "utf-8")


def _environment(folder: Path) -> dict[str, str]:
    secrets = {f"SYNTHMON_SECRET_{name.upper()}": value for name, value in demo_secrets().items()}
    outside = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")}
    return {**outside, **secrets, "SYNTHMON_DATA_DIR": str(folder / "data")}
