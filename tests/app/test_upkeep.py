"""What is done now and then is done, whatever of it cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from emobility_adapters.memory import MemoryFiles, MemoryStore
from emobility_app.transfers import Transfers
from emobility_app.upkeep import each, regular
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import TENANT, make_attachment, make_tenant
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Page, Scope, StaleWrite

NO_TRANSFERS = Transfers(spool=MemoryFiles(), files=MemoryFiles())


async def nothing(*_: object) -> None:
    """There is no station to watch over, and no frame to pair."""


async def test_what_one_job_cannot_do_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def contended() -> None:
        raise StaleWrite(TenantId(SeededIds().uuid7(NOON)))

    async def other() -> None:
        done.append("other")

    await each([contended, other])
    assert done == ["other"]
    assert "tried again" in caplog.text


async def test_frames_are_paired_a_minute_after_they_came() -> None:
    paired: list[Instant] = []

    async def pair(before: Instant) -> None:
        paired.append(before)

    store, everything, files = MemoryStore(), Scope(TENANT, "/", "test"), MemoryFiles()
    bound: Any = {"pair_frames": pair, "files": files, "transfers": NO_TRANSFERS}
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
    bound: Any = {"files": files, "pair_frames": nothing, "keep_frames": None, "transfers": NO_TRANSFERS}
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
    bound: Any = {"files": files, "pair_frames": nothing, "keep_frames": None, "transfers": NO_TRANSFERS}
    jobs = regular(store.transactions, scope, clock, **bound)
    for hours, left in (
        (24, {attachment.id, orphan, later_orphan}),
        (0.5, {attachment.id, later_orphan}),
        (1, {attachment.id}),
    ):
        clock.advance(timedelta(hours=hours))
        await each(jobs)
        assert set(files.files) == left
