"""Publishing tariffs: what is published never changes, what changes is a new version."""

from __future__ import annotations

from typing import Protocol

import attrs

from emobility_core.ids import EventId, Ids, TariffVersionId, shown
from emobility_core.instants import Clock
from emobility_core.tariffs._ports import Tariffs, TariffVersions
from emobility_core.tariffs._tariff import Tariff, TariffVersion
from emobility_core.work import Event, Outbox, Scope, Transactions


class TariffWork(Protocol):
    @property
    def tariffs(self) -> Tariffs: ...
    @property
    def tariff_versions(self) -> TariffVersions: ...
    @property
    def outbox(self) -> Outbox: ...


async def publish_tariff(
    tariff: Tariff, *, scope: Scope, transactions: Transactions[TariffWork], clock: Clock, ids: Ids
) -> Tariff:
    """Store a new tariff and publish its first version."""
    async with transactions(scope) as work:
        return await publish_within(work, tariff, clock=clock, ids=ids)


async def publish_within(work: TariffWork, tariff: Tariff, *, clock: Clock, ids: Ids) -> Tariff:
    """`publish_tariff` as part of a unit of work that does more."""
    version = _version(tariff, number=1, clock=clock, ids=ids)
    published = attrs.evolve(tariff, current=version.id)
    await work.tariffs.add(published)
    await work.tariff_versions.add(version)
    work.outbox.publish(_published(published, version, ids))
    return published


async def change_tariff(
    tariff: Tariff, *, scope: Scope, transactions: Transactions[TariffWork], clock: Clock, ids: Ids
) -> Tariff:
    """Store a changed tariff; changed prices are published as its next version.

    Sessions that run keep the version of their start. Raises `StaleWrite`.
    """
    async with transactions(scope) as work:
        return await change_within(work, tariff, clock=clock, ids=ids)


async def change_within(work: TariffWork, tariff: Tariff, *, clock: Clock, ids: Ids) -> Tariff:
    """`change_tariff` as part of a unit of work that does more."""
    before = await work.tariffs.get(tariff.id)
    if before.prices == tariff.prices:
        renamed = await work.tariffs.replace(attrs.evolve(tariff, current=before.current))
        work.outbox.publish(_changed(renamed, ids))
        return renamed
    number = len(await work.tariff_versions.of(tariff.id)) + 1
    version = _version(tariff, number=number, clock=clock, ids=ids)
    # First the tariff: of two changes at once the second is refused for its version, not for a number.
    changed = await work.tariffs.replace(attrs.evolve(tariff, current=version.id))
    await work.tariff_versions.add(version)
    if before.current is not None:
        work.outbox.publish(_superseded(changed, before.current, version, ids))
    work.outbox.publish(_published(changed, version, ids))
    return changed


def _version(tariff: Tariff, *, number: int, clock: Clock, ids: Ids) -> TariffVersion:
    now = clock.now()
    return TariffVersion(
        id=TariffVersionId(ids.uuid7(now)),
        tenant=tariff.tenant,
        tariff=tariff.id,
        number=number,
        prices=tariff.prices,
        since=now,
    )


def _changed(tariff: Tariff, ids: Ids) -> Event:
    return Event(
        id=EventId(ids.uuid7(tariff.updated_at)),
        tenant=tariff.tenant,
        type="tariff.changed",
        subject=shown("tar", tariff.id),
        at=tariff.updated_at,
        data={"tariff": shown("tar", tariff.id), "version": tariff.version},
    )


def _superseded(tariff: Tariff, gone: TariffVersionId, by: TariffVersion, ids: Ids) -> Event:
    """Of the version that prices what begins from now on no more."""
    return Event(
        id=EventId(ids.uuid7(by.since)),
        tenant=tariff.tenant,
        type="tariff.superseded",
        subject=shown("tar", tariff.id),
        at=by.since,
        data={
            "tariff": shown("tar", tariff.id),
            "version": shown("tav", gone),
            "by": shown("tav", by.id),
        },
    )


def _published(tariff: Tariff, version: TariffVersion, ids: Ids) -> Event:
    return Event(
        id=EventId(ids.uuid7(version.since)),
        tenant=tariff.tenant,
        type="tariff.published",
        subject=shown("tar", tariff.id),
        at=version.since,
        data={
            "tariff": shown("tar", tariff.id),
            "version": shown("tav", version.id),
            "number": version.number,
        },
    )
