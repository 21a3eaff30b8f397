"""A token for one session at a time costs a query a start, by an index; any other token costs none."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import open_hot_path
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.charging import AuthorizationStatus, ChargingTools, StartAnswer, record_start
from emobility_core.customers import IdTag
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import (
    TENANT,
    later,
    make_station,
    make_tenant,
    make_token,
    report_start,
    told,
)
from emobility_core.testing.clock import SeededIds
from emobility_core.work import Scope

EVERYTHING = Scope(TENANT, "/", "system:one at a time")
_IS_OF_A_TOKEN = "WHERE charging_session.token ="
ONE, MANY = IdTag("04ONLY01"), IdTag("04MANY01")


async def test_what_runs_is_asked_for_only_where_the_token_forbids_a_second(database_url: str) -> None:
    database, tenant = open_database(database_url), make_tenant()
    scope = scope_of(tenant, "test")
    stations = [make_station(tenant=tenant.id) for _ in range(2)]
    async with SqlTransactions(database)(scope) as work:
        await work.tenants.add(tenant)
        await work.tokens.add(make_token(tenant=tenant.id, id_tag=ONE, concurrent=False))
        await work.tokens.add(make_token(tenant=tenant.id, id_tag=MANY))
        for station in stations:
            await work.stations.add(station)
    asked: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa.event.listen(database.reader.sync_engine, "before_cursor_execute", listen)
    async with open_hot_path(database, EVERYTHING) as hot:
        tools = ChargingTools(
            transactions=hot.transactions,
            tokens=hot.directories.tokens,
            tariffs=hot.directories.tariffs,
            running=hot.running,
            ids=SeededIds(),
        )

        async def start(tag: IdTag, connector: int) -> list[StartAnswer]:
            """One after the other at both stations."""
            asked.clear()
            answers = []
            for minutes, station in enumerate(stations):
                time = told(later(minutes=minutes).isoformat(), received=later(minutes=minutes))
                report = report_start(station=station.id, connector=connector, id_tag=tag, time=time)
                answers.append(await record_start(report, scope=scope, tools=tools))
            return answers

        many = await start(MANY, 1)
        by_others = sum(_IS_OF_A_TOKEN in one for one in asked)
        only = await start(ONE, 2)
        by_one = sum(_IS_OF_A_TOKEN in one for one in asked)
    await database.dispose()
    assert {one.authorization.status for one in many} == {AuthorizationStatus.ACCEPTED}
    assert [one.authorization.status for one in only] == [
        AuthorizationStatus.ACCEPTED,
        AuthorizationStatus.CONCURRENT,
    ]
    assert len({one.transaction_id for one in (*many, *only)}) == 4
    assert (by_others, by_one) == (0, 2)
