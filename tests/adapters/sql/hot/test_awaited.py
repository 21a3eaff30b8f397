"""Whether somebody waits for a station is known without a query, and never too late."""

from __future__ import annotations

from contextlib import nullcontext

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot.awaited import SqlAwaitedStations
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.commands import Command, CommandStatus
from emobility_core.ids import CommandId, shown
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_command, make_event, make_tenant
from emobility_core.work import Event


def told(kind: str, command: Command) -> Event:
    return make_event(
        type=kind, subject=shown("cmd", command.id), data={"station": shown("sta", command.station)}
    )


async def test_commands_that_were_open_at_the_start_are_loaded_and_closed_ones_are_not(
    database_url: str,
) -> None:
    database, tenant = open_database(database_url), make_tenant()
    opened = make_command(tenant=tenant.id)
    closed = make_command(tenant=tenant.id, status=CommandStatus.TIMEOUT)
    async with SqlTransactions(database)(scope_of(tenant, "test")) as work:
        await work.tenants.add(tenant)
        for command in (opened, closed):
            await work.commands.add(command)
    awaited = SqlAwaitedStations(lambda: database.reading(scope_of(tenant, "test")))
    await awaited.load()
    assert opened.station in awaited
    assert closed.station not in awaited
    await database.dispose()


def test_a_station_is_awaited_until_its_last_command_has_ended() -> None:
    awaited = SqlAwaitedStations(nullcontext)  # type: ignore[arg-type]
    first = make_command()
    second = make_command(station=first.station)
    for kind, command in (("queued", first), ("queued", first), ("queued", second), ("completed", first)):
        awaited.heed(told(f"command.{kind}", command))
    assert first.station in awaited
    awaited.heed(told("command.failed", second))
    awaited.heed(told("command.failed", make_command(id=CommandId(second.id))))
    assert first.station not in awaited
