"""`emobility doctor`: what is right and wrong with this machine and its database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from emobility_adapters.sql.diagnosis import Diagnosis, diagnose
from emobility_adapters.sql.urls import sqlite_path, without_password
from emobility_adapters.system import SystemClock
from emobility_app.checks import Check, Verdict, machine
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import Exit, described
from emobility_app.cli.loop import run
from emobility_app.cli.options import address_options, database_option
from emobility_app.settings import Address
from emobility_core.errors import EmobilityError

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red"}


@click.command()
@database_option
@address_options()
@json_option
def doctor(database: str, http: Address, ocpp: Address, as_json: bool) -> None:
    """Look at Python, packages, clock, disk, addresses and the database; change nothing.

    Ends with 1 if anything failed; warnings do not count.
    """
    now = SystemClock().now()
    path = sqlite_path(database)
    checks = list(machine(http, ocpp, now=now, database=None if path is None else Path(path)))
    checks += _database(database)
    failed = any(check.verdict is Verdict.FAILED for check in checks)
    if as_json:
        Console(as_json=True).result(
            {"ok": not failed, "checks": [_plain(check) for check in checks]}, text=""
        )
    else:
        _show(checks)
    if failed:
        raise click.exceptions.Exit(int(Exit.FAILED))


def _database(url: str) -> Iterator[Check]:
    shown = without_password(url)
    try:
        found = run(diagnose(url))
    except EmobilityError as error:
        cause, _, remedy = described(error).partition("\n")
        yield Check("Database", Verdict.FAILED, cause, remedy)
        return
    if found is None:
        yield Check("Database", Verdict.OK, f"{shown} does not exist yet; `emobility serve` creates it")
        return
    yield Check("Database", Verdict.OK, f"{shown}: {found.server or 'it answers'}")
    yield _schema(found)
    if found.durable is not None:
        yield _durability(found)
    if found.walled is not None:
        yield _wall(found)
    if found.parked:
        yield _parked(found)


def _schema(found: Diagnosis) -> Check:
    if found.schema == found.newest:
        return Check("Schema", Verdict.OK, f"version {found.newest}, the newest")
    if found.schema is None:
        return Check(
            "Schema", Verdict.WARNING, "empty", "Run `emobility migrate`, or just `emobility serve`."
        )
    seen = f"version {found.schema}, this program has {found.newest}"
    if found.schema < found.newest:
        return Check("Schema", Verdict.WARNING, seen, "Back it up, then run `emobility migrate`.")
    return Check("Schema", Verdict.FAILED, seen, "Use the program that migrated it, or restore a backup.")


def _durability(found: Diagnosis) -> Check:
    if found.durable:
        return Check("Durability", Verdict.OK, found.durability)
    remedy = "Acknowledged sessions could be lost with the power: switch it on again."
    return Check("Durability", Verdict.FAILED, found.durability, remedy)


def _wall(found: Diagnosis) -> Check:
    if found.walled:
        return Check("Row-level security", Verdict.OK, f"binds role {found.role}")
    remedy = "Run `emobility migrate` as the owner: it makes roles that row-level security binds."
    return Check("Row-level security", Verdict.FAILED, f"does not bind role {found.role}", remedy)


def _parked(found: Diagnosis) -> Check:
    seen = ", ".join(f"{count} of {name}" for name, count in sorted(found.parked.items()))
    remedy = "The server's log has the causes; it tries these events again at each start."
    return Check("Parked events", Verdict.WARNING, seen, remedy)


def _show(checks: Sequence[Check]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for check in checks:
        words = Text(check.seen)
        if check.remedy:
            words.append(f"\n{check.remedy}", style="dim")
        table.add_row(Text(check.verdict.value, style=_STYLES[check.verdict]), check.name, words)
    Terminal(highlight=False).print(table)


def _plain(check: Check) -> dict[str, str]:
    return {
        "name": check.name,
        "verdict": check.verdict.value,
        "seen": check.seen,
        "remedy": check.remedy,
    }
