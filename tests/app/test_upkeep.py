"""What is done now and then is done, whatever of it cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from emobility_adapters.memory import MemoryFiles, MemoryStore
from emobility_app.transfers import Transfers
from emobility_app.upkeep import each, forget_sign_ins, regular
from emobility_core.identity import CODE_LASTS, FAILURES_LAST, REFRESH_LASTS, EndedBecause
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import (
    TENANT,
    make_attachment,
    make_sign_in,
    make_tenant,
    make_webhook_delivery,
)
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.webhooks import DeliveryState
from emobility_core.work import Page, Scope, StaleWrite

NO_TRANSFERS = Transfers(worker=SeededIds().uuid7(NOON), spool=MemoryFiles(), files=MemoryFiles())


async def nothing(*_: object) -> None:
    """There is no station to watch over, and no frame to pair."""


OTHERS = {"transfers": NO_TRANSFERS, "keep_deliveries": timedelta(days=2)}


async def test_what_one_job_cannot_do_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def contended() -> None:
        raise StaleWrite(TenantId(SeededIds().uuid7(NOON)))

    async def other() -> None:
        done.append("other")

    await each([contended, other])
    assert done == ["other"]
    assert "tried again" in caplog.text


async def test_webhook_deliveries_that_are_over_are_kept_as_long_as_the_operator_wants() -> None:
    store, tenant, clock = MemoryStore(), make_tenant(), FrozenClock(NOON)
    everything = scope_of(tenant, "test")
    over = make_webhook_delivery(tenant=tenant.id, state=DeliveryState.DELIVERED, next_attempt_at=None)
    async with store.transactions(everything) as work:
        await work.tenants.add(tenant)
        await work.webhook_deliveries.add(over)
    for days, left in ((1, [over]), (2, [])):
        clock.advance(timedelta(days=1, seconds=days - 1))
        bound: Any = {"pair_frames": nothing, "files": MemoryFiles(), **OTHERS}
        await each(regular(store.transactions, everything, clock, **bound))
        async with store.transactions(everything) as work:
            assert await work.webhook_deliveries.page(Page()) == left


async def test_frames_are_paired_a_minute_after_they_came() -> None:
    paired: list[Instant] = []

    async def pair(before: Instant) -> None:
        paired.append(before)

    store, everything, files = MemoryStore(), Scope(TENANT, "/", "test"), MemoryFiles()
    bound: Any = {"pair_frames": pair, "files": files, **OTHERS}
    await each(regular(store.transactions, everything, FrozenClock(NOON), **bound))
    assert paired == [NOON - timedelta(minutes=1)]


async def test_files_of_stations_are_kept_for_a_time_of_their_own() -> None:
    store, clock, files = MemoryStore(), FrozenClock(), MemoryFiles()
    tenant = make_tenant()
    attachment = make_attachment(tenant=tenant.id)
    scope = scope_of(tenant, "tests")
    files.files[attachment.id] = b"log"
    async with store.transactions(scope) as work:
        await work.tenants.add(tenant)
        await work.attachments.add(attachment)
    bound: Any = {"files": files, "pair_frames": nothing, "keep_frames": None, **OTHERS}
    for days, keep, left in ((8, None, 1), (0, timedelta(days=9), 1), (1, timedelta(days=9), 0)):
        clock.advance(timedelta(days=days, microseconds=1))
        await each(regular(store.transactions, scope, clock, keep_uploads=keep, **bound))
        async with store.transactions(scope) as work:
            assert len(await work.attachments.page(Page())) == len(files.files) == left


async def test_a_file_that_no_attachment_names_goes_after_a_day() -> None:
    """A server that died between keeping a file and recording it; the files of others stay."""
    store, clock, ids, files = MemoryStore(), FrozenClock(), SeededIds(), MemoryFiles()
    tenant = make_tenant()
    attachment = make_attachment(tenant=tenant.id)
    scope = scope_of(tenant, "tests")
    orphan, later_orphan = ids.uuid7(NOON), ids.uuid7(Instant(NOON + timedelta(hours=1)))
    files.files.update({attachment.id: b"log", orphan: b"lost", later_orphan: b"lost"})
    async with store.transactions(scope) as work:
        await work.tenants.add(tenant)
        await work.attachments.add(attachment)
    bound: Any = {"files": files, "pair_frames": nothing, "keep_frames": None, **OTHERS}
    jobs = regular(store.transactions, scope, clock, **bound)
    for hours, left in (
        (24, {attachment.id, orphan, later_orphan}),
        (0.5, {attachment.id, later_orphan}),
        (1, {attachment.id}),
    ):
        clock.advance(timedelta(hours=hours))
        await each(jobs)
        assert set(files.files) == left


async def test_sign_ins_that_are_over_and_failures_of_yesterday_are_dropped() -> None:
    store, tenant, clock = MemoryStore(), make_tenant(), FrozenClock()
    scope = scope_of(tenant, "tests")
    begun = make_sign_in(tenant=tenant.id)
    ended = make_sign_in(tenant=tenant.id).ended(EndedBecause.NEW_PASSWORD, at=NOON)
    in_use = make_sign_in(tenant=tenant.id).redeemed("d1gest", "r3fresh", at=NOON)
    async with store.transactions(scope) as work:
        await work.tenants.add(tenant)
        await work.sign_ins.add_all([begun, ended, in_use])
        await work.sign_in_failures.hold("m", tenant=tenant.id, at=NOON)

    async def left() -> set[object]:
        await forget_sign_ins(store.transactions, scope, clock)
        return {one.id for one in store.tables["sign ins"].values()}

    clock.advance(timedelta(seconds=1))
    assert await left() == {begun.id, in_use.id}
    clock.advance(CODE_LASTS)
    assert await left() == {in_use.id}
    assert len(store.tables["sign in failures"]) == 1
    clock.advance(FAILURES_LAST)
    await left()
    assert len(store.tables["sign in failures"]) == 0
    clock.advance(REFRESH_LASTS)
    assert await left() == set()
