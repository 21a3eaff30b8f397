"""`emobility simulate`: charging stations that try a central system."""

from __future__ import annotations

import asyncio
from pathlib import Path

import attrs
import click
from click.core import ParameterSource

from emobility_adapters.ocpp.simulation import SCENARIOS, Fleet, FleetPlan, FleetSummary
from emobility_adapters.ocpp.simulation.script import Outcome, Player, Script, ScriptFaulty, read_script
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import Exit, Failure

# What a scenario file says itself.
_OF_NAMED_SCENARIOS = ("scenario", "stations", "rate", "sessions", "id_tags", "identity_prefix")


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only read FILE and tell its faults.")
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
@click.pass_context
def simulate(
    context: click.Context,
    file: Path | None,
    check: bool,
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

    The scenario is FILE, or one of the named ones. The stations and their tags must be known there.
    Ends with 1 if anything was not answered as it should be or an expectation of FILE was not met,
    with 2 if FILE has faults, with 5 if not one station of a named scenario got a connection.
    """
    console = Console(as_json)
    if file is not None:
        _refuse_with_file(context)
        script = _read(file)
        if check:
            facts = {"name": script.name, "stations": len(script.stations), "steps": len(script.steps)}
            told = f"{file}: no faults; {facts['stations']} stations, {facts['steps']} steps"
            console.result(facts, text=told)
            return
        if _is_given(context, "speed"):
            script = attrs.evolve(script, speed=speed)
        if _is_given(context, "seed"):
            script = attrs.evolve(script, seed=seed)
        _play(script, url, key, console)
        return
    if check:
        raise click.UsageError("--check needs the FILE that is to be read.")
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
    with console.progress(scenario) as progress:
        summary = asyncio.run(Fleet(url, scenario, plan, on_progress=progress).run())
    console.result(summary.as_dict(), text=_told(summary))
    if not summary.connected:
        raise Failure(f"No station got a connection to {url}.", Exit.NOT_REACHED)
    if not summary.ok:
        raise Failure(f"{len(summary.problems)} kinds of problems, see above.")


def _is_given(context: click.Context, parameter: str) -> bool:
    return context.get_parameter_source(parameter) not in (None, ParameterSource.DEFAULT)


def _refuse_with_file(context: click.Context) -> None:
    for parameter in _OF_NAMED_SCENARIOS:
        if context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            option = "--" + parameter.removesuffix("s" if parameter == "id_tags" else "").replace("_", "-")
            raise click.UsageError(f"{option} is for named scenarios; a scenario file says that itself.")


def _read(file: Path) -> Script:
    try:
        return read_script(file)
    except ScriptFaulty as faulty:
        raise Failure(str(faulty), Exit.USAGE) from None


def _play(script: Script, url: str, key: str | None, console: Console) -> None:
    player = Player(script, url, key=key, on_happening=lambda happening: console.tell(str(happening)))
    outcome = asyncio.run(player.play())
    console.result(outcome.as_dict(), text=_ended(outcome))
    if not outcome.ok:
        lines = [f"line {one.line}: {one.station} {one.do}: {one.words}" for one in outcome.failures]
        raise Failure("\n".join([f"{len(lines)} of {len(outcome.happenings)} steps failed:", *lines]))


def _ended(outcome: Outcome) -> str:
    return f"{outcome.name}: {len(outcome.happenings)} steps, {len(outcome.failures)} failed"


def _told(summary: FleetSummary) -> str:
    lines = [
        f"{summary.scenario}: {summary.stations} stations in {summary.duration_s:.1f} s",
        f"  connected {summary.connected}, boots accepted {summary.boots_accepted}",
        f"  sessions started {summary.sessions_started}, ended {summary.sessions_ended}",
        f"  messages sent {summary.messages_sent}, answered {summary.messages_answered}",
    ]
    return "\n".join([*lines, *(f"  problem: {problem}" for problem in summary.problems)])
