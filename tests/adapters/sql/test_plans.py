"""No query of the daily work reads a whole table: each finds its rows by an index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import nullcontext
from typing import Any

import pytest
import sqlalchemy as sa

from emobility_adapters.sql._tables import metadata
from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.hot.directories import Tree
from emobility_adapters.sql.hot.listed import SqlListedTokens
from emobility_adapters.sql.hot.running import SqlRunningSessions
from emobility_adapters.sql.hot.shelf import SqlShelf
from emobility_adapters.sql.overview import SqlOverviews
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.charging import DoubtState
from emobility_core.customers import IdTag
from emobility_core.ids import TenantId
from emobility_core.network import ExchangeOutcome, ExchangeQuery, StationIdentity
from emobility_core.tenancy import root_path
from emobility_core.testing.builders import (
    TENANT,
    later,
    make_active,
    make_load_budget,
    make_station,
    make_token,
    make_webhook_delivery,
)
from emobility_core.work import Page, Scope

EVERYTHING = Scope(TENANT, "/", "system:plans")
SINCE = ("since", "silent_since", "busy_since")
SESSION, STATION, LOAD = make_active(), make_station(), make_load_budget()
WEBHOOK = make_webhook_delivery()

LOOKED_FOR = ExchangeQuery(
    station=STATION.id,
    actions=("Heartbeat",),
    begin=later(),
    outcomes=(ExchangeOutcome.NONE,),
    texts=("x", "y"),
)


class _Root(Tree):
    """A tree of one tenant."""

    async def path(self, tenant: TenantId) -> str:
        return root_path(tenant)

    async def is_closed(self, tenant: TenantId) -> bool:
        return False


ROOT = _Root(nullcontext)  # type: ignore[arg-type]
Ask = Callable[[Database], Awaitable[object]]
# Small by nature: what one installation has some of, not what it piles up.
SMALL = {"tenant", "webhook_endpoint"}
# The live page sorts the stations by their sites before it takes the first ones.
OF_THE_PAGE = {"station", "site", "station_state", "connector", "tariff_version"}


def _of(name: str, call: Callable[[Any], Awaitable[object]]) -> Any:
    async def ask(database: Database) -> object:
        async with SqlTransactions(database).reading(EVERYTHING) as work:
            return await call(work)

    return pytest.param(ask, SMALL, id=name)


def _beside(name: str, ask: Ask, also: Set[str] = frozenset()) -> Any:
    return pytest.param(ask, SMALL | also, id=name)


def _directories(database: Database) -> SqlDirectories:
    return SqlDirectories(lambda: database.reading(EVERYTHING))


ASKED = [
    _of("session", lambda work: work.sessions.find_start(STATION.id, "1|tag")),
    _of("transaction", lambda work: work.sessions.find_transaction(STATION.id, 7)),
    _of("stop", lambda work: work.sessions.find_stopped(STATION.id, "time|1")),
    _of("estimated", lambda work: work.sessions.estimated_on(STATION.id)),
    _of("running", lambda work: work.sessions.active_on(STATION.id)),
    _of("page", lambda work: work.sessions.page(Page(after=SESSION.id))),
    _of("page of a station", lambda work: work.sessions.page(Page(filters={"station": [STATION.id]}))),
    _of("sessions in doubt", lambda work: work.sessions.page(Page(filters={"in_doubt": [True]}))),
    _of("open doubts", lambda work: work.doubtful_reports.page(Page(filters={"state": [DoubtState.OPEN]}))),
    _of(
        "whose cards charged",
        lambda work: work.sessions.newest_of_cards(STATION.id, [IdTag("04A1"), IdTag("04B2")]),
    ),
    _of("named sessions", lambda work: work.sessions.page(Page(filters={"id": [SESSION.id]}))),
    _of("limits of a load", lambda work: work.load_limits.unexpired(LOAD.id, later())),
    _of("points of a load", lambda work: work.load_points.page(Page(filters={"budget": [LOAD.id]}))),
    _of("points of a station", lambda work: work.load_points.page(Page(filters={"station": [STATION.id]}))),
    _of("a load as it stands", lambda work: work.site_loads.page(Page(filters={"id": [LOAD.id]}))),
    _of("who is urgent", lambda work: work.load_priorities.page(Page(filters={"session": [SESSION.id]}))),
    _of(
        "a profile's command", lambda work: work.charging_profiles.page(Page(filters={"command": [LOAD.id]}))
    ),
    _of(
        "a station's profiles",
        lambda work: work.charging_profiles.page(Page(filters={"station": [STATION.id]})),
    ),
    _of(
        "a schedule's command",
        lambda work: work.schedule_comparisons.page(Page(filters={"command": [LOAD.id]})),
    ),
    _of("readings", lambda work: work.meter_readings.of_session(SESSION.id)),
    _of("quiet sessions", lambda work: work.sessions.quiet(**dict.fromkeys(SINCE, later()))),
    _of("stations away", lambda work: work.station_states.away_since(later())),
    _of("states of stations", lambda work: work.station_states.of(STATION.id, SESSION.station)),
    _of("connectors of stations", lambda work: work.connectors.of(STATION.id, SESSION.station)),
    _of("reports", lambda work: work.station_reports.latest(STATION.id, limit=9)),
    _of("messages", lambda work: work.exchanges.page(LOOKED_FOR)),
    _of("waiting commands", lambda work: work.commands.waiting(STATION.id)),
    _of("overdue commands", lambda work: work.commands.overdue(later(), limit=9)),
    _of("authorities", lambda work: work.certificate_authorities.above(TENANT)),
    _of(
        "expiring certificates",
        lambda work: work.station_certificates.expiring(later(), not_asked_since=later(), limit=9),
    ),
    _of("revoked certificates", lambda work: work.station_certificates.revoked()),
    _of(
        "certificates of a station",
        lambda work: work.station_certificates.page(Page(filters={"station": [STATION.id]}, backwards=True)),
    ),
    _of("what a station trusts", lambda work: work.installed_certificates.of(STATION.id)),
    _of("security events", lambda work: work.security_events.page(Page(after=STATION.id))),
    _of("receivers with something due", lambda work: work.webhook_endpoints.due(later(), limit=9)),
    _of(
        "what a receiver is due",
        lambda work: work.webhook_deliveries.claim(
            WEBHOOK.endpoint, at=later(), until=later(minutes=1), limit=9
        ),
    ),
    _of("old deliveries", lambda work: work.webhook_deliveries.forget(later(), limit=9)),
    _of(
        "deliveries to a receiver",
        lambda work: work.webhook_deliveries.page(Page(filters={"endpoint": [WEBHOOK.endpoint]})),
    ),
    _of(
        "who signs in",
        lambda work: work.users.page(Page(filters={"tenant": [TENANT], "email": ["a@b.example"]})),
    ),
    _of("sign-ins of a user", lambda work: work.sign_ins.page(Page(filters={"user": [STATION.id]}))),
    _of("sign-ins that are over", lambda work: work.sign_ins.forget(later(), limit=9)),
    _of("old failures", lambda work: work.sign_in_failures.forget(later(), limit=9)),
    _of("a named cursor", lambda work: work.event_cursors.find(TENANT, "cli_1", "erp")),
    _of("due local lists", lambda work: work.local_lists.due(later(), limit=9)),
    _of("a station's local list", lambda work: work.local_lists.find(STATION.id)),
    _of("due cache clearings", lambda work: work.cache_clearings.due(limit=9)),
    _of("owed cache clearings", lambda work: work.cache_clearings.of([STATION.id, SESSION.id])),
    _of("lists of stations", lambda work: work.local_lists.page(Page.of("station", [STATION.id, LOAD.id]))),
    _of("commands", lambda work: work.commands.page(Page.of("id", [STATION.id, LOAD.id]))),
    _of("open reservations", lambda work: work.reservations.open_at(STATION.id)),
    _of("a reservation's number", lambda work: work.reservations.find_number(STATION.id, 7)),
    _of("overdue reservations", lambda work: work.reservations.overdue(later())),
    _of("prices", lambda work: work.rated_sessions.of([SESSION.id])),
    _of("a round", lambda work: work.station_configurations.online_after(STATION.id, limit=250)),
    _of("configuration", lambda work: work.station_configurations.find(STATION.id)),
    _of(
        "configurations",
        lambda work: work.station_configurations.page(Page.of("station", [STATION.id, LOAD.id])),
    ),
    _of("templates", lambda work: work.configuration_templates.along(f"/{TENANT.hex}/")),
    _of("who is quarantined", lambda work: work.quarantined_stations.find(StationIdentity("CP1"))),
    _of("tokens", lambda work: work.tokens.page(Page(after=STATION.id))),
    _of("who owns", lambda work: work.ownerships.find(STATION.id, "sap")),
    _of("who owns many", lambda work: work.ownerships.of([STATION.id, LOAD.id], "sap")),
    _of(
        "who is named so outside",
        lambda work: work.customers.page(Page(filters={"external_id": ["sap:1", "sap:2", "crm:1"]})),
    ),
    _of("answers", lambda work: work.idempotency_keys.find("client", "key")),
    _beside("a station's memory", lambda db: SqlShelf(db, EVERYTHING).station(STATION.id, EVERYTHING)),
    _beside(
        "who connects",
        lambda db: _directories(db).stations.find(StationIdentity("CP1")),
    ),
    _beside(
        "whose tag",
        lambda db: _directories(db).tokens.find(make_token().id_tag, at_tenant=TENANT),
    ),
    _beside(
        "what runs of a token",
        lambda db: SqlRunningSessions(lambda: db.reading(EVERYTHING)).of_token(make_token().id),
    ),
    _beside(
        "tokens to be listed",
        lambda db: SqlListedTokens(lambda: db.reading(EVERYTHING), ROOT).of(TENANT, most=9),
    ),
    _beside("no tag", lambda db: _directories(db).tokens.find(IdTag(""), at_tenant=TENANT)),
    _beside("feed", lambda db: SqlFeed(db, EVERYTHING).after(7, scope=EVERYTHING, limit=9)),
    _beside("end of the feed", lambda db: SqlFeed(db, EVERYTHING).last()),
    _beside("live page", lambda db: SqlOverviews(db).read(EVERYTHING, stations=9, ended=9), OF_THE_PAGE),
]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = open_database(database_url)
    yield database
    await database.dispose()


@pytest.mark.parametrize(("ask", "may_be_read"), ASKED)
async def test_a_query_of_the_daily_work_finds_its_rows_by_an_index(
    database: Database, ask: Ask, may_be_read: Set[str]
) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "DELETE")) and "set_config" not in statement:
            asked.append((statement, values))

    sa.event.listen(database.reader.sync_engine, "before_cursor_execute", listen)
    await ask(database)
    sa.event.remove(database.reader.sync_engine, "before_cursor_execute", listen)
    assert asked
    async with database.reading(EVERYTHING) as connection:
        for statement, values in asked:
            read_whole = await _read_whole(database, connection, statement, values)
            assert read_whole <= may_be_read, statement


async def _read_whole(database: Database, connection: Any, statement: str, values: Any) -> set[str]:
    """The tables that the plan of a query reads from one end to the other."""
    if database.is_sqlite:
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = [row.detail.split() for row in plan]
        scanned = {step[1] for step in steps if step[0] == "SCAN" and "USING" not in step}
        return scanned & set(metadata.tables)  # else what the query itself made
    # Empty tables are always read whole, unless that is made dear.
    await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    plan = await connection.exec_driver_sql(f"EXPLAIN {statement}", values)
    steps = [row[0].split() for row in plan]
    return {step[step.index("Scan") + 2] for step in steps if "Seq" in step}
