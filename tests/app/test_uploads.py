"""What an upload may cost, and that none is lost for what happens beside it."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from emobility_adapters.files import FolderFiles
from emobility_adapters.memory import MemoryStore
from emobility_adapters.memory.files import MemoryFiles
from emobility_app.uploads import Refused, Uploads, UploadTickets
from emobility_core.commands import Command, GetDiagnostics, queue_command
from emobility_core.ids import TenantId
from emobility_core.instants import OneClock
from emobility_core.network import TRIES, Contended
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_station, make_tenant
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Page, Scope, StaleWrite


@attrs.define
class Sent:
    """A request as far as an upload reads it; its end waits for `released`."""

    pieces: list[bytes]
    headers: dict[str, str] = attrs.field(factory=dict)
    begun: asyncio.Event = attrs.field(factory=asyncio.Event)
    released: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def stream(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        self.begun.set()
        await self.released.wait()


@attrs.define
class Site:
    """A command that waits for its file; the unit that records it fails `contended` times."""

    store: MemoryStore = attrs.field(factory=MemoryStore)
    tenant: Tenant = attrs.field(factory=make_tenant)
    ids: SeededIds = attrs.field(factory=SeededIds)
    contended: int = 0

    @property
    def scope(self) -> Scope:
        return scope_of(self.tenant, "tests")

    @asynccontextmanager
    async def transactions(self, scope: Scope) -> AsyncIterator[Any]:
        async with self.store.transactions(scope) as work:
            yield work
            if self.contended and await work.attachments.page(Page(descendants=True)):
                self.contended -= 1
                raise StaleWrite(self.tenant.id)

    async def command(self) -> Command:
        station = make_station(tenant=self.tenant.id)
        async with self.store.transactions(self.scope) as work:
            await work.tenants.add(self.tenant)
            await work.stations.add(station)
            return await queue_command(work, GetDiagnostics(), station=station, at=NOON, ids=self.ids)

    def uploads(self, longest: int, **limits: Any) -> Uploads:
        async def path_of(_: TenantId) -> str:
            return self.scope.path

        digest, clock = (lambda data: hashlib.sha256(data).hexdigest()), FrozenClock()
        return Uploads(
            tickets=UploadTickets(digest=digest, clock=clock),
            transactions=self.transactions,
            everything=self.scope,
            path_of=path_of,
            clock=clock,
            clocks=OneClock(clock),
            ids=self.ids,
            longest=longest,
            **{"files": MemoryFiles(), **limits},
        )

    async def kept(self) -> list[int]:
        async with self.store.transactions(self.scope) as work:
            return [one.size for one in await work.attachments.page(Page())]


def done(*pieces: bytes, **headers: str) -> Any:
    sent = Sent(list(pieces), headers)
    sent.released.set()
    return sent


async def test_a_file_is_kept_though_the_command_changed_meanwhile() -> None:
    site = Site(contended=TRIES - 1)
    uploads, command = site.uploads(longest=4), await site.command()
    await uploads.take(uploads.tickets.ticket(command.id), "a.log", done(b"abcd"))
    assert (site.contended, await site.kept()) == (0, [4])


async def test_a_command_that_changes_at_each_try_costs_so_many_and_leaves_nothing() -> None:
    site, files = Site(contended=TRIES + 1), MemoryFiles()
    uploads, command = site.uploads(longest=4, files=files), await site.command()
    with pytest.raises(Contended):
        await uploads.take(uploads.tickets.ticket(command.id), "a.log", done(b"abcd"))
    assert (site.contended, await site.kept(), files.files) == (1, [], {})


NOTE = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nx\r\n'
EMPTY = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.log"\r\n\r\n\r\n'
FORM = {"content-type": "multipart/form-data; boundary=b"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [([], {}), ([b""], {}), ([NOTE, b"--b--\r\n"], FORM), ([NOTE, EMPTY, b"--b--\r\n"], FORM)],
    ids=["no body", "an empty body", "a form without a file", "a form with an empty file"],
)
async def test_what_brings_no_file_leaves_the_address_good(
    body: list[bytes], headers: dict[str, str]
) -> None:
    site, files = Site(), MemoryFiles()
    uploads, command = site.uploads(longest=4, files=files), await site.command()
    ticket = uploads.tickets.ticket(command.id)
    with pytest.raises(Refused) as refusal:
        await uploads.take(ticket, "", done(*body, **headers))
    assert (refusal.value.status, await site.kept(), files.files) == (400, [], {})
    await uploads.take(ticket, "", done(b"abcd"))
    assert await site.kept() == [4]


async def test_what_stands_around_a_file_is_bounded_as_well() -> None:
    site = Site()
    uploads, command = site.uploads(longest=4), await site.command()
    field = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
    form = done(field, *[b"x" * 1000] * 12, **{"content-type": "multipart/form-data; boundary=b"})
    with pytest.raises(Refused) as refusal:
        await uploads.take(uploads.tickets.ticket(command.id), "", form)
    assert (refusal.value.status, await site.kept()) == (413, [])


async def test_one_who_never_comes_to_an_end_loses_its_place(tmp_path: Path) -> None:
    site, files = Site(), FolderFiles(tmp_path)
    uploads, command = site.uploads(longest=4, within=timedelta(0), files=files), await site.command()
    for _ in range(3):  # more than may be under way
        hanging: Any = Sent([b"ab"])
        with pytest.raises(Refused) as refusal:
            await uploads.take(uploads.tickets.ticket(command.id), "", hanging)
        assert (refusal.value.status, await site.kept()) == (408, [])
    assert os.listdir(tmp_path) == []


async def test_one_address_takes_no_crowd() -> None:
    site = Site()
    uploads, command = site.uploads(longest=4), await site.command()
    ticket, hanging = uploads.tickets.ticket(command.id), [Sent([b"ab"]), Sent([b"ab"])]
    under_way = [asyncio.create_task(uploads.take(ticket, "", one)) for one in hanging]  # type: ignore[arg-type]
    await asyncio.gather(*(one.begun.wait() for one in hanging))
    with pytest.raises(Refused) as refusal:
        await uploads.take(ticket, "", done(b"ab"))
    assert refusal.value.status == 429
    for one in hanging:
        one.released.set()
    results = await asyncio.gather(*under_way, return_exceptions=True)
    assert [getattr(result, "status", 201) for result in results] == [201, 409]
    assert await site.kept() == [2]
