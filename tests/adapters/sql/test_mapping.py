"""A field is listed once: tables carry the attributes of the classes, and rows give them back exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql import work
from emobility_adapters.sql._rows import columns_of, rows
from emobility_adapters.sql._types import PlainText, UtcInstant
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.records import Kind
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.audit import AuditDetail, AuditEntry, AuditHead, AuditLink
from emobility_core.certification import InstalledCertificates
from emobility_core.charging import ActiveSession, EndedSession, MeterReading
from emobility_core.commands import Command
from emobility_core.network import ConnectorState, StationReport, StationState
from emobility_core.rating import HeldSession, RatedSession
from emobility_core.reactions import AlreadyReacted
from emobility_core.tariffs import TariffVersion
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_command, make_site, make_tenant
from emobility_core.work import Event, FeedEntry, Ownership, StoredAnswer
from tests.adapters.ocpp.orders import CASES, Case


def _computed(table: sa.Table) -> set[str]:
    return {column.name for column in table.c if column.computed is not None}


RECORDS = [kind for kind in vars(work).values() if isinstance(kind, Kind)]
COUNTED, PLACE = {"id"}, {"position", "seq"}
# Table, its classes, and the columns that are the table's own.
MAPPED: list[tuple[sa.Table, tuple[type[Any], ...], set[str]]] = [
    *((kind.table, (kind.record,), _computed(kind.table)) for kind in RECORDS),
    (tables.charging_session, (ActiveSession, EndedSession), {"state"}),
    (tables.rated_session, (RatedSession, HeldSession), {"held", "again"}),
    (tables.meter_reading, (MeterReading,), COUNTED),
    (tables.station_report, (StationReport,), COUNTED),
    (tables.station_state, (StationState,), set()),
    (tables.connector, (ConnectorState,), set()),
    (tables.installed_certificate, (InstalledCertificates,), set()),
    (tables.tariff_version, (TariffVersion,), set()),
    (tables.idempotency_key, (StoredAnswer,), set()),
    (tables.ownership, (Ownership,), set()),
    (tables.event, (Event,), PLACE),
    (tables.audit_entry, (AuditEntry,), set()),
    (tables.audit_detail, (AuditDetail,), set()),
    (tables.audit_link, (AuditLink,), set()),
    (tables.audit_head, (AuditHead,), set()),
    (tables.reacted, (AlreadyReacted,), set()),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.action)
def test_an_order_of_any_kind_comes_back_from_its_column(case: Case) -> None:
    command = make_command(order=case.order)
    stored = rows.unstructure(command, Command)
    stored["order"] = orjson.loads(orjson.dumps(stored["order"]))
    assert rows.structure(stored, Command) == command
    assert stored["order"]["kind"] == command.kind.value


SQLITE, POSTGRESQL = sa.dialects.registry.load("sqlite")(), sa.dialects.registry.load("postgresql")()


@pytest.mark.parametrize(("table", "kinds", "own"), MAPPED, ids=[table.name for table, _, _ in MAPPED])
def test_columns_are_named_as_the_attributes(
    table: sa.Table, kinds: tuple[type[Any], ...], own: set[str]
) -> None:
    assert {column.name for column in table.c} == columns_of(*kinds) | own


def test_every_kind_of_record_is_among_them() -> None:
    assert len(RECORDS) >= 14
    assert columns_of(FeedEntry) == {"event", *PLACE}


def test_numbers_are_never_kept_as_floats() -> None:
    kinds = {type(column.type) for table in tables.metadata.sorted_tables for column in table.c}
    assert not [kind for kind in kinds if issubclass(kind, sa.Numeric)]


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_to_the_microsecond(at: datetime) -> None:
    kept = UtcInstant()
    stored = kept.process_bind_param(at, SQLITE)
    assert isinstance(stored, int)
    assert kept.process_result_value(stored, SQLITE) == at


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_text_is_kept_but_for_what_postgresql_refuses(text: str) -> None:
    stored = PlainText().process_bind_param(text, POSTGRESQL)
    assert stored is not None
    assert len(stored) == len(text)
    assert stored == text.replace("\0", "\ufffd")


async def test_a_nul_shows_in_text_and_survives_in_collections(database_url: str) -> None:
    database = open_database(database_url)
    transactions, tenant = SqlTransactions(database), make_tenant()
    scope = scope_of(tenant, "test")
    site = make_site(tenant=tenant.id, name="No\0rd", external_ids={"sap": "1"})
    address = type(site.address)(street="Mar\0kt 1")
    async with transactions(scope) as unit:
        await unit.tenants.add(tenant)
        await unit.sites.add(type(site)(**{**_fields(site), "address": address}))
    async with transactions.reading(scope) as unit:
        found = await unit.sites.get(site.id)
    await database.dispose()
    assert found.name == "No\ufffdrd"
    assert found.address.street == "Mar\0kt 1"


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in columns_of(type(record))}
