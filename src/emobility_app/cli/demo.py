"""`emobility demo`: a charging network to look at, gone when it is stopped."""

from __future__ import annotations

import asyncio

import attrs
import click

from emobility_adapters.ocpp.simulation import SimulationFailure
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import Failure, explained
from emobility_app.cli.loop import run, told_to_stop
from emobility_app.cli.options import address_options
from emobility_app.demo.run import Demonstration, demonstration
from emobility_app.demo.stations import Pace
from emobility_app.settings import Address

_TEXT = """\
emobility demo is ready: two companies, three sites, twelve stations, {past}.

  Live page   {http}/
  API         {http}/docs
  Stations    {ocpp}/IDENTITY (OCPP 1.6J)

Paste one of these (the token is good for ten minutes):

{curls}

Another token:

  curl -s -u '{client_id}:{client_secret}' -d grant_type=client_credentials '{http}/oauth/token'

Ctrl-C stops it; nothing is kept."""


@click.command()
@address_options()
@click.option("--history/--no-history", default=True, show_default=True, help="A week of past sessions.")
@json_option
def demo(http: Address, ocpp: Address, history: bool, as_json: bool) -> None:
    """Run a small charging network on a temporary database until told to stop.

    Twelve simulated stations speak real OCPP; their clocks start hours ago and run 60 times faster until
    they have caught up.
    """
    pace = Pace() if history else attrs.evolve(Pace(), history=None)
    with explained():
        run(_demo(http, ocpp, pace, Console(as_json)))


async def _demo(http: Address, ocpp: Address, pace: Pace, console: Console) -> None:
    console.say("Starting a server, twelve stations and a week of sessions ...")
    async with demonstration(http=http, ocpp=ocpp, pace=pace) as shown:
        told = told_to_stop()
        console.result(_facts(shown), text=_told(shown, pace))
        stop = asyncio.create_task(told.wait())
        await asyncio.wait({stop, shown.playing}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.done():
            stop.cancel()
            await _stations_failed(shown)
        console.say("Stopping ...")


async def _stations_failed(shown: Demonstration) -> None:
    try:
        await shown.playing
    except* SimulationFailure as failures:
        raise Failure(str(failures.exceptions[0])) from None


def _facts(shown: Demonstration) -> dict[str, object]:
    return {
        "event": "ready",
        "http_url": shown.server.http_url,
        "ocpp_url": shown.server.ocpp_url,
        "token": shown.token,
        "client_id": shown.client.id,
        "client_secret": shown.client.secret,
        "curl": list(shown.curls),
    }


def _told(shown: Demonstration, pace: Pace) -> str:
    return _TEXT.format(
        past="a week of sessions behind them" if pace.history else "no past",
        http=shown.server.http_url,
        ocpp=shown.server.ocpp_url,
        curls="\n\n".join(f"  {line}" for line in shown.curls),
        client_id=shown.client.id,
        client_secret=shown.client.secret,
    )
