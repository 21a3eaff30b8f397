"""Files of imports and exports that name a person: found before the person is erased, and gone with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.transfers.naming import Naming
from emobility_core.commands import UnknownAttachment
from emobility_core.ids import uuid7
from emobility_core.instants import Instant
from emobility_core.privacy import Person, TransferUnderWay
from emobility_core.transfers import FileFormat, Import, Removal, Transfer
from emobility_core.work import Page, Scope

_PORTS = ("imports", "exports")
_AT_ONCE = 200


@attrs.frozen(kw_only=True)
class PersonalFiles:
    """The files that name a person, by their ports, of those that were `seen`; `call` is who wants it."""

    person: Person
    call: Call
    seen: frozenset[UUID]
    naming: Mapping[UUID, str]

    async def remove(self, work: Any) -> None:
        """Note that they are gone, in the unit that erases the person. Raises `TransferUnderWay` for one that
        has come since they were looked through."""
        async for _, record in _near(self.person, self.call, work):
            if record.id not in self.seen:
                raise TransferUnderWay(record.operation)
        for id, port in self.naming.items():
            record = await getattr(work, port).get_for_change(id)
            gone = record.remove(Removal.ERASURE, at=self.call.clock.now())
            await getattr(work, port).replace(gone)

    async def drop(self) -> None:
        """Drop them, once it is noted."""
        for id in self.naming:
            await self.call.services.transfers.files.drop(id)


async def files_naming(person: Person, everywhere: Scope, call: Call) -> PersonalFiles:
    """Look through the files that are kept, outside of any unit that others would wait for. Raises
    `TransferUnderWay`."""
    async with call.services.reading(everywhere) as work:
        near = [found async for found in _near(person, call, work)]
    naming = {}
    for port, record in near:
        if record.finished_at is None:
            raise TransferUnderWay(record.operation)
        if await _names(record, person, call):
            naming[record.id] = port
    seen = frozenset(record.id for _, record in near)
    return PersonalFiles(person=person, call=call, seen=seen, naming=naming)


async def _near(person: Person, call: Call, work: Any) -> AsyncIterator[tuple[str, Transfer]]:
    """What has a file, or makes one, in the caller's scope and of tenants above the person's."""
    services, home = call.services, await call.services.path_of(person.tenant)
    # Files go by the age of their ids.
    oldest = uuid7(Instant(services.clock.now() - services.transfers.keep), 0)
    for port in _PORTS:
        page = Page(limit=_AT_ONCE, after=oldest, filters={"removed_at": [None]}, descendants=True)
        while True:
            found: list[Transfer] = await getattr(work, port).page(page)
            for record in found:
                path = await services.path_of(record.tenant)
                if call.scope.sees(path) or home.startswith(path):
                    yield port, record
            if len(found) < _AT_ONCE:
                break
            page = attrs.evolve(page, after=found[-1].id)


async def _names(record: Transfer, person: Person, call: Call) -> bool:
    # In another company the same text may mean somebody else; an id does not.
    is_ours = call.scope.sees(await call.services.path_of(record.tenant))
    is_table = not isinstance(record, Import) and record.format is FileFormat.CSV
    naming = Naming(person.subjects, person.mentions if is_ours else (), is_table)
    try:
        async for piece in call.services.transfers.files.read(record.id):
            if await asyncio.to_thread(naming.feed, piece):
                return True
    except UnknownAttachment:
        return False
    return await asyncio.to_thread(naming.end)
