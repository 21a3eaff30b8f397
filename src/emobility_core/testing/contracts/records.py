"""What records of every kind promise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest

from emobility_core.certificates import (
    StationCertificateStatus,
    UnknownCertificateAuthority,
    UnknownStationCertificate,
)
from emobility_core.charging import (
    DoubtfulReportKind,
    DoubtState,
    ReservationOutcome,
    ReservationStatus,
    ResolutionAction,
    UnknownDoubtfulReport,
    UnknownLocalList,
    UnknownReservation,
    UnknownResolution,
)
from emobility_core.commands import (
    CommandStatus,
    RateUnit,
    UnknownAttachment,
    UnknownCommand,
)
from emobility_core.configuration import (
    Check,
    ConfigurationStatus,
    Deviation,
    ExpectedKey,
    Fault,
    UnknownConfigurationTemplate,
    UnknownStationConfiguration,
)
from emobility_core.customers import (
    CustomerKind,
    IdTag,
    UnknownContract,
    UnknownCustomer,
    UnknownToken,
    UnknownUserGroup,
)
from emobility_core.errors import NotFound
from emobility_core.identity import UnknownClient
from emobility_core.instants import Period
from emobility_core.network import (
    Address,
    BootReport,
    LocalListPolicy,
    PowerClass,
    SecurityProfile,
    SecuritySource,
    StationIdentity,
    UnknownQuarantinedStation,
    UnknownSecurityEvent,
    UnknownSite,
    UnknownStation,
    UnknownStationGroup,
)
from emobility_core.operations import OperationStatus, Progress, UnknownOperation
from emobility_core.smart_charging import (
    ComparisonState,
    Grant,
    GroupPriority,
    LimitSource,
    LoadOrder,
    OrderKind,
    PointStanding,
    ProfileState,
    ScheduleDifference,
    Strategy,
    UnknownInstalledProfile,
    UnknownLoadBudget,
    UnknownLoadLimit,
    UnknownLoadPoint,
    UnknownLoadPriority,
    UnknownScheduleComparison,
    UnknownSiteLoad,
    Wiring,
)
from emobility_core.tariffs import UnknownTariff, UnknownTariffAssignment
from emobility_core.tenancy import Tenant, UnknownTenant
from emobility_core.testing import builders
from emobility_core.testing.builders import later
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, Page, Record, StaleWrite

TRIES = 200


@attrs.frozen
class Kind:
    """A kind of record: its port, its builder, its refusal, and two values of one filterable attribute."""

    port: str
    make: Callable[..., Any]
    unknown: type[NotFound]
    attribute: str
    one: object
    other: object
    full: dict[str, object] = attrs.field(factory=dict)


_SOME = builders.make_user_group()
_STANDING = PointStanding(
    point=builders.make_load_point().id,
    fail_safes=(60, 320),
    grants=(None, Grant(current=160, until=later(minutes=5))),
    awaited=LoadOrder(
        point=builders.make_load_point().id, kind=OrderKind.GRANT, current=160, until=later(minutes=5)
    ),
    command=builders.make_command().id,
    not_before=later(seconds=30),
)
KINDS = [
    Kind("api_clients", builders.make_client, UnknownClient, "enabled", True, False,
         {"scopes": ("sessions:read", "events:read")}),
    Kind("sites", builders.make_site, UnknownSite, "name", "North", "South",
         {"address": Address(street="Markt 1", city="Köln", country="AT"), "time_zone": "Europe/Vienna"}),
    Kind("station_groups", builders.make_station_group, UnknownStationGroup, "name", "Public", "Staff"),
    Kind("stations", builders.make_station, UnknownStation, "power_class", PowerClass.AC, PowerClass.HPC,
         {"site": builders.make_site().id, "name": "Süd", "key_digest": "d1gest",
          "pending_key_digest": "d2gest", "security_profile": SecurityProfile.BASIC,
          "requested_profile": SecurityProfile.TLS, "serial_number": "SN-7",
          "local_list": LocalListPolicy.ALL,
          "station_groups": (builders.make_station_group().id, builders.make_station_group().id)}),
    Kind("quarantined_stations", builders.make_quarantined_station, UnknownQuarantinedStation,
         "remote_address", "203.0.113.1", "2001:db8::1",
         {"boot": BootReport(vendor="V", model="M"), "key_digest": "d1gest", "withheld": 2}),
    Kind("certificate_authorities", builders.make_authority, UnknownCertificateAuthority, "enabled", True,
         False, {"sealed_key": "s3aled"}),
    Kind("station_certificates", builders.make_station_certificate, UnknownStationCertificate, "status",
         StationCertificateStatus.SENT, StationCertificateStatus.REVOKED,
         {"renewed_at": later(), "revoked_at": later(days=1), "reason": "stolen"}),
    Kind("attachments", builders.make_attachment, UnknownAttachment, "name", "logs.zip", "log.txt", {}),
    Kind("security_events", builders.make_security_event, UnknownSecurityEvent, "critical", True, False,
         {"info": "at noon", "reported": "2026-06-10T12:00:00Z", "source": SecuritySource.SERVER}),
    Kind("station_configurations", builders.make_configuration, UnknownStationConfiguration, "status",
         ConfigurationStatus.VERIFIED, ConfigurationStatus.DRIFTED,
         {"check": Check(before=ConfigurationStatus.DRIFTED, to_read=("A", "B")), "changes": {"a": "refused"},
          "deviations": (Deviation(key="A", expected="1", reported=None, fault=Fault.MISSING),),
          "unknown": ("B",), "awaiting_reboot": ("C",), "tries": 1, "boots": 7, "detail": "timeout"}),
    Kind("configuration_templates", builders.make_template, UnknownConfigurationTemplate, "vendor", "ABB",
         "*", {"model": "Terra*", "keys": (ExpectedKey(key="A", value="60", at_least=1, also=("0",)),)}),
    Kind("commands", builders.make_command, UnknownCommand, "status", CommandStatus.SENT,
         CommandStatus.EFFECTIVE, {"session": builders.make_active().id, "detail": "Accepted"}),
    Kind("charging_profiles", builders.make_installed_profile, UnknownInstalledProfile, "state",
         ProfileState.REQUESTED, ProfileState.INSTALLED,
         {"session": builders.make_active().id, "detail": "Accepted"}),
    Kind("schedule_comparisons", builders.make_schedule_comparison, UnknownScheduleComparison, "state",
         ComparisonState.ASKED, ComparisonState.ANSWERED,
         {"stations": builders.make_schedule_comparison().ours, "detail": "Accepted", "differences": (
             ScheduleDifference(start_s=0, end_s=60, ours=Decimal("6.5"), stations=None),)}),
    Kind("load_budgets", builders.make_load_budget, UnknownLoadBudget, "strategy", Strategy.FAIR,
         Strategy.PRIORITY, {"limits": (Decimal("32.5"), Decimal(16), Decimal(0)), "unit": RateUnit.W,
         "group_priorities": (GroupPriority(user_group=_SOME.id, priority=3),),
         "simultaneity": Decimal("0.6")}),
    Kind("load_points", builders.make_load_point, UnknownLoadPoint, "active", True, False,
         {"wiring": Wiring.L2L3L1, "phases": 1, "connector": 2, "max_current": Decimal("12.5")}),
    Kind("load_limits", builders.make_load_limit, UnknownLoadLimit, "source", LimitSource.OPERATOR,
         LimitSource.GRID_OPERATOR, {"since": later(hours=1), "until": later(hours=2), "reason": "Peak"}),
    Kind("load_priorities", builders.make_load_priority, UnknownLoadPriority, "priority", 1, 2),
    Kind("site_loads", builders.make_site_load, UnknownSiteLoad, "orders", 1, 2,
         {"standings": (_STANDING,)}),
    Kind("customers", builders.make_customer, UnknownCustomer, "kind", CustomerKind.PERSON,
         CustomerKind.COMPANY, {"email": "erika@example.org", "user_groups": (_SOME.id,)}),
    Kind("user_groups", builders.make_user_group, UnknownUserGroup, "name", "Staff", "Guests"),
    Kind("contracts", builders.make_contract, UnknownContract, "number", "V-1", "V-2",
         {"user_group": _SOME.id, "validity": Period(since=later(), until=later(days=1))}),
    Kind("tokens", builders.make_token, UnknownToken, "blocked", False, True,
         {"parent": IdTag("FLEET"), "customer": builders.make_customer().id, "label": "Karte 1",
          "contract": builders.make_contract().id, "validity": Period(until=later(days=9)),
          "blocked_since": later(hours=1), "concurrent": False}),
    Kind("tariffs", builders.make_tariff, UnknownTariff, "name", "Day", "Night",
         {"current": builders.make_tariff_version().id}),
    Kind("tariff_assignments", builders.make_assignment, UnknownTariffAssignment, "user_group", _SOME.id,
         None, {"station_group": builders.make_station_group().id}),
    Kind("doubtful_reports", builders.make_doubtful_report, UnknownDoubtfulReport, "kind",
         DoubtfulReportKind.UNREADABLE, DoubtfulReportKind.STOP_WITHOUT_SESSION,
         {"session": builders.make_ended().id, "state": DoubtState.RESOLVED,
          "resolution": builders.make_resolution().id}),
    Kind("resolutions", builders.make_resolution, UnknownResolution, "action", ResolutionAction.DISCARD,
         ResolutionAction.CORRECT, {"session": builders.make_ended().id}),
    Kind("local_lists", builders.make_local_list, UnknownLocalList, "error", None, "failed",
         {"held": {"04A": "Accepted||"}, "held_version": 7, "sent_version": 8, "acknowledged_at": later(),
          "synced_at": later(), "verified_at": later(), "command": builders.make_command().id,
          "due_at": later(days=1), "tries": 2}),
    Kind("reservations", builders.make_reservation, UnknownReservation, "status",
         ReservationStatus.ACTIVE, ReservationStatus.USED,
         {"terms": builders.make_terms(token=builders.make_token().id, parent=IdTag("FLEET")),
          "replacement": builders.make_terms(connector=0), "outcome": ReservationOutcome.OCCUPIED,
          "session": builders.make_ended().id}),
    Kind("operations", builders.make_operation, UnknownOperation, "status", OperationStatus.RUNNING,
         OperationStatus.FAILED, {"progress": Progress(3, 9), "result": {"site": "sit_1"}}),
]  # fmt: skip

each_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.port for kind in KINDS])


def _of(tenant: Tenant, kind: Kind, /, **changes: Any) -> Any:
    return kind.make(tenant=tenant.id, **changes)


def _port(work: Any, kind: Kind) -> Any:
    return getattr(work, kind.port)


async def _added(store: Seeded, kind: Kind, *records: Record) -> None:
    async with store.unit(store.root) as work:
        for record in records:
            await _port(work, kind).add(record)


async def _page(store: Seeded, kind: Kind, page: Page) -> list[Any]:
    async with store.unit() as work:
        found: list[Any] = await _port(work, kind).page(page)
        return found


@each_kind
class RecordsContract:
    """Master records of all kinds but tenants."""

    async def test_an_added_record_is_read_back_equal(self, store: Seeded, kind: Kind) -> None:
        plain = _of(store.a, kind)
        full = _of(store.a, kind, external_ids={"sap": f"F-{kind.port}"}, **kind.full)
        await _added(store, kind, plain, full)
        async with store.unit() as work:
            assert await _port(work, kind).get(plain.id) == plain
            assert await _port(work, kind).get(full.id) == full

    async def test_an_unknown_id_is_refused_by_the_name_of_the_kind(self, store: Seeded, kind: Kind) -> None:
        async with store.unit() as work:
            with pytest.raises(kind.unknown):
                await _port(work, kind).get(_of(store.a, kind).id)

    async def test_a_replaced_record_is_read_back_under_the_next_version(
        self, store: Seeded, kind: Kind
    ) -> None:
        record = _of(store.a, kind, **{kind.attribute: kind.one})
        await _added(store, kind, record)
        changed = attrs.evolve(record, updated_at=later(hours=1), **{kind.attribute: kind.other})
        async with store.unit() as work:
            returned = await _port(work, kind).replace(changed)
        assert returned == attrs.evolve(changed, version=1)
        async with store.unit() as work:
            assert await _port(work, kind).get(record.id) == returned

    async def test_the_second_writer_of_a_version_is_refused(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.a, kind)
        await _added(store, kind, record)
        async with store.unit() as work:
            await _port(work, kind).replace(record)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await _port(work, kind).replace(record)

    async def test_an_exception_leaves_nothing_of_a_record(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.a, kind)
        with pytest.raises(RuntimeError):
            async with store.unit() as work:
                await _port(work, kind).add(record)
                raise RuntimeError
        async with store.unit() as work:
            with pytest.raises(kind.unknown):
                await _port(work, kind).get(record.id)

    async def test_a_refused_unit_leaves_nothing_of_its_other_records(
        self, store: Seeded, kind: Kind
    ) -> None:
        before, fresh = _of(store.a, kind), _of(store.a, kind)
        await _added(store, kind, before)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await _port(work, kind).add(fresh)
                await _port(work, kind).replace(attrs.evolve(before, version=7))
        async with store.unit() as work:
            with pytest.raises(kind.unknown):
                await _port(work, kind).get(fresh.id)

    async def test_tenants_above_see_a_record(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.b, kind)
        await _added(store, kind, record)
        for tenant in (store.root, store.a, store.b):
            async with store.unit(tenant) as work:
                assert await _port(work, kind).get(record.id) == record

    async def test_tenants_below_and_beside_do_not_see_a_record(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.a, kind)
        await _added(store, kind, record)
        for tenant in (store.b, store.c):
            with pytest.raises(kind.unknown):
                async with store.unit(tenant) as work:
                    await _port(work, kind).get(record.id)
            with pytest.raises(kind.unknown):
                async with store.unit(tenant) as work:
                    await _port(work, kind).replace(record)

    async def test_no_record_is_written_into_a_foreign_tenant(self, store: Seeded, kind: Kind) -> None:
        own, foreign = _of(store.a, kind), _of(store.c, kind)
        await _added(store, kind, own)
        with pytest.raises(NotFound):
            async with store.unit() as work:
                await _port(work, kind).add(foreign)
        with pytest.raises(NotFound):
            async with store.unit() as work:
                await _port(work, kind).replace(attrs.evolve(own, tenant=store.c.id))

    async def test_an_external_id_is_unique_within_tenant_and_system(self, store: Seeded, kind: Kind) -> None:
        await _added(store, kind, _of(store.a, kind, external_ids={"sap": "4711"}))
        await _added(store, kind, _of(store.a, kind, external_ids={"crm": "4711"}))
        await _added(store, kind, _of(store.b, kind, external_ids={"sap": "4711"}))
        with pytest.raises(AlreadyTaken):
            await _added(store, kind, _of(store.a, kind, external_ids={"sap": "4711"}))

    async def test_a_replaced_record_may_not_take_an_external_id_and_frees_its_own(
        self, store: Seeded, kind: Kind
    ) -> None:
        first = _of(store.a, kind, external_ids={"sap": "1"})
        second = _of(store.a, kind, external_ids={"sap": "2"})
        await _added(store, kind, first, second)
        with pytest.raises(AlreadyTaken):
            async with store.unit() as work:
                await _port(work, kind).replace(attrs.evolve(second, external_ids={"sap": "1"}))
        async with store.unit() as work:
            await _port(work, kind).replace(attrs.evolve(first, external_ids={}))
        async with store.unit() as work:
            await _port(work, kind).replace(attrs.evolve(second, external_ids={"sap": "1"}))

    async def test_a_record_is_found_by_its_external_id(self, store: Seeded, kind: Kind) -> None:
        wanted = _of(store.a, kind, external_ids={"sap": "4711", "crm": "1"})
        await _added(store, kind, wanted, _of(store.a, kind, external_ids={"sap": "1"}))
        assert await _page(store, kind, Page(filters={"external_id": ["sap:4711"]})) == [wanted]

    async def test_a_page_lists_the_own_tenants_records_in_the_order_of_creation(
        self, store: Seeded, kind: Kind
    ) -> None:
        records = [_of(store.a, kind) for _ in range(3)]
        await _added(store, kind, *reversed(records), _of(store.b, kind), _of(store.c, kind))
        assert await _page(store, kind, Page()) == records
        assert await _page(store, kind, Page(backwards=True)) == records[::-1]

    async def test_a_page_adds_the_tenants_below_when_asked(self, store: Seeded, kind: Kind) -> None:
        above, own, below = (_of(one, kind) for one in (store.root, store.a, store.b))
        await _added(store, kind, above, own, below, _of(store.c, kind))
        assert await _page(store, kind, Page(descendants=True)) == [own, below]

    async def test_a_cursor_goes_through_all_records_once(self, store: Seeded, kind: Kind) -> None:
        records = [_of(store.a, kind) for _ in range(5)]
        await _added(store, kind, *records)
        for backwards, expected in ((False, records), (True, records[::-1])):
            seen: list[Any] = []
            while page := await _page(
                store, kind, Page(limit=2, after=seen[-1].id if seen else None, backwards=backwards)
            ):
                assert len(page) <= 2
                seen += page
            assert seen == expected

    async def test_a_filter_allows_the_values_it_names(self, store: Seeded, kind: Kind) -> None:
        one = _of(store.a, kind, **{kind.attribute: kind.one})
        other = _of(store.a, kind, **{kind.attribute: kind.other})
        await _added(store, kind, one, other)
        assert await _page(store, kind, Page(filters={kind.attribute: [kind.one]})) == [one]
        both = Page(filters={kind.attribute: [kind.one, kind.other]})
        assert await _page(store, kind, both) == [one, other]
        assert await _page(store, kind, Page(filters={kind.attribute: []})) == []

    async def test_several_filters_must_all_match(self, store: Seeded, kind: Kind) -> None:
        one, other = (_of(store.a, kind, **{kind.attribute: value}) for value in (kind.one, kind.other))
        await _added(store, kind, one, other)
        contradiction = Page(filters={kind.attribute: [kind.one], "id": [other.id]})
        assert await _page(store, kind, contradiction) == []

    async def test_only_what_changed_since_is_listed(self, store: Seeded, kind: Kind) -> None:
        old, new = _of(store.a, kind), _of(store.a, kind, updated_at=later(minutes=5))
        await _added(store, kind, old, new)
        assert await _page(store, kind, Page(updated_after=old.updated_at)) == [new]

    async def test_of_many_concurrent_changes_none_is_lost(self, store: Seeded, kind: Kind) -> None:
        # An adapter writes all kinds alike: one of them carries the whole load.
        many = 50 if kind is KINDS[0] else 5
        record = _of(store.a, kind)
        await _added(store, kind, record)

        async def change() -> None:
            for _ in range(TRIES):
                try:
                    async with store.unit() as work:
                        now = await _port(work, kind).get(record.id)
                        await asyncio.sleep(0)
                        await _port(work, kind).replace(
                            attrs.evolve(now, updated_at=later(now.updated_at, seconds=1))
                        )
                        await asyncio.sleep(0)
                except StaleWrite:
                    continue
                return
            pytest.fail("a change never got through")

        await asyncio.gather(*(change() for _ in range(many)))
        async with store.unit() as work:
            after = await _port(work, kind).get(record.id)
        assert (after.version, after.updated_at) == (many, later(record.updated_at, seconds=many))


class UniqueValuesContract:
    """Values that no two records may share."""

    async def test_a_station_identity_is_unique_over_all_tenants_whatever_its_case(
        self, store: Seeded
    ) -> None:
        first = builders.make_station(tenant=store.a.id)
        same = StationIdentity(first.identity.text.swapcase())
        async with store.unit() as work:
            await work.stations.add(first)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit(store.c) as work:
                await work.stations.add(builders.make_station(tenant=store.c.id, identity=same))
        assert refusal.value.field == "identity"

    async def test_an_id_tag_is_unique_within_its_tenant_whatever_its_case(self, store: Seeded) -> None:
        tag, same = IdTag("04a1b2"), IdTag("04A1B2")
        async with store.unit(store.root) as work:
            await work.tokens.add(builders.make_token(tenant=store.a.id, id_tag=tag))
            await work.tokens.add(builders.make_token(tenant=store.c.id, id_tag=same))
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.tokens.add(builders.make_token(tenant=store.a.id, id_tag=same))
        assert refusal.value.field == "id_tag"

    async def test_a_contract_number_is_unique_within_its_tenant(self, store: Seeded) -> None:
        async with store.unit(store.root) as work:
            await work.contracts.add(builders.make_contract(tenant=store.a.id, number="C-1"))
            await work.contracts.add(builders.make_contract(tenant=store.c.id, number="C-1"))
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.contracts.add(builders.make_contract(tenant=store.a.id, number="C-1"))
        assert refusal.value.field == "number"

    async def test_one_external_id_may_name_records_of_two_kinds(self, store: Seeded) -> None:
        async with store.unit() as work:
            await work.sites.add(builders.make_site(tenant=store.a.id, external_ids={"sap": "1"}))
            await work.customers.add(builders.make_customer(tenant=store.a.id, external_ids={"sap": "1"}))


class TenantsContract:
    """Tenants: each brings its own place in the tree."""

    async def test_a_tenant_is_read_back_equal_from_above(self, store: Seeded) -> None:
        child = builders.make_tenant(store.a, name="child", external_ids={"sap": "T1"})
        async with store.unit() as work:
            await work.tenants.add(child)
        for tenant in (store.root, store.a, child):
            async with store.unit(tenant) as work:
                assert await work.tenants.get(child.id) == child

    async def test_tenants_above_and_beside_are_unknown(self, store: Seeded) -> None:
        async with store.unit() as work:
            for foreign in (store.root, store.c):
                with pytest.raises(UnknownTenant):
                    await work.tenants.get(foreign.id)

    async def test_no_tenant_is_added_beside(self, store: Seeded) -> None:
        with pytest.raises(NotFound):
            async with store.unit() as work:
                await work.tenants.add(builders.make_tenant(store.c))

    async def test_a_page_lists_the_part_of_the_tree(self, store: Seeded) -> None:
        async with store.unit() as work:
            assert await work.tenants.page(Page(descendants=True)) == [store.a, store.b]
            assert await work.tenants.page(Page()) == [store.a]

    async def test_the_second_writer_of_a_version_is_refused(self, store: Seeded) -> None:
        async with store.unit() as work:
            renamed = await work.tenants.replace(attrs.evolve(store.b, name="renamed"))
        assert renamed.version == 1
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await work.tenants.replace(attrs.evolve(store.b, name="again"))
