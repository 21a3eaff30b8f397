"""`emobility simulate`: charging stations that try a central system."""

from __future__ import annotations

import asyncio

import click

from emobility_adapters.ocpp.simulation import SCENARIOS, Fleet, FleetPlan, FleetSummary
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import Exit, Failure


@click.command()
@click.option("--url", default="ws://127.0.0.1:9000/ocpp", show_default=True, help="The central system.")
@click.option("--stations", type=click.IntRange(1, 100_000), default=1, show_default=True)
@click.option("--scenario", type=click.Choice(list(SCENARIOS)), default="session", show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=None,
    help="Stations that begin per second; all at once without it.",
)
@click.option("--sessions", type=click.IntRange(0, 10_000), default=1, show_default=True, help="Per station.")
@click.option(
    "--id-tag", "id_tags", multiple=True, default=("SIMTAG-0001",), show_default=True,
    help="A tag to charge with; several are taken in turn.",
)  # fmt: skip
@click.option(
    "--identity-prefix", default="SIM-", show_default=True, help="Stations are PREFIX0001, PREFIX0002, ..."
)
@click.option("--key", default=None, help="The key by which the stations prove their identity.")
@click.option(
    "--speed", type=click.FloatRange(min=1), default=600.0, show_default=True,
    help="How many times faster than real time; the clocks start in the past.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds, equal cars and energies.")
@json_option
def simulate(
    url: str,
    stations: int,
    scenario: str,
    rate: float | None,
    sessions: int,
    id_tags: tuple[str, ...],
    identity_prefix: str,
    key: str | None,
    speed: float,
    seed: int,
    as_json: bool,
) -> None:
    """Let simulated stations play a scenario against a central system.

    The stations and their tags must be known there. Ends with 1 if anything was not answered as it
    should be, with 5 if not one station got a connection.
    """
    if "{" in identity_prefix or "}" in identity_prefix or "/" in identity_prefix:
        raise click.BadParameter(
            "braces and slashes cannot stand in an identity", param_hint="--identity-prefix"
        )
    plan = FleetPlan(
        stations=stations,
        rate=rate,
        identities=identity_prefix + "{n:04}",
        id_tags=id_tags,
        key=key,
        sessions=sessions,
        speed=speed,
        seed=seed,
    )
    console = Console(as_json)
    with console.progress(scenario) as progress:
        summary = asyncio.run(Fleet(url, scenario, plan, on_progress=progress).run())
    console.result(summary.as_dict(), text=_told(summary))
    if not summary.connected:
        raise Failure(f"No station got a connection to {url}.", Exit.NOT_REACHED)
    if not summary.ok:
        raise Failure(f"{len(summary.problems)} kinds of problems, see above.")


def _told(summary: FleetSummary) -> str:
    lines = [
        f"{summary.scenario}: {summary.stations} stations in {summary.duration_s:.1f} s",
        f"  connected {summary.connected}, boots accepted {summary.boots_accepted}",
        f"  sessions started {summary.sessions_started}, ended {summary.sessions_ended}",
        f"  messages sent {summary.messages_sent}, answered {summary.messages_answered}",
    ]
    return "\n".join([*lines, *(f"  problem: {problem}" for problem in summary.problems)])
