"""However long a file is, an import lets others in after a few rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import attrs

from emobility_app.http.import_rows import ROWS_PER_TURN, ROWS_PER_UNIT
from emobility_core.ids import Ids
from tests.app.http.bare import Bare
from tests.app.http.importing import NDJSON, send, worked

MANY = 1_000
# A new customer has an id, and the event that tells of it another one.
PER_ROW = 2
# A unit has its entry in the audit log, a step its turn of the feed: a few besides the rows.
BESIDES = 10


@attrs.define
class CountedIds:
    """Tells how many ids were asked for."""

    inner: Ids
    made: int = 0

    def uuid7(self, at: datetime) -> UUID:
        self.made += 1
        return self.inner.uuid7(at)  # type: ignore[arg-type]

    def transaction_number(self) -> int:
        return self.inner.transaction_number()


async def lines() -> AsyncIterator[bytes]:
    for number in range(MANY):
        yield b'{"external_id":"%d","name":"A"}\n' % number


async def test_others_have_their_turn_after_a_few_rows(bare: Bare) -> None:
    ids = CountedIds(bare.services.ids)
    most = 0

    async def others() -> None:
        nonlocal most
        while True:
            before = ids.made
            await asyncio.sleep(0)
            most = max(most, ids.made - before)

    counted = attrs.evolve(bare, services=attrs.evolve(bare.services, ids=ids))
    async with counted.http() as http:
        await send(http, lines(), media_type=NDJSON)
        waiting = asyncio.create_task(others())
        await worked(counted)
        waiting.cancel()
        assert (await http.get("/v1/customers", params={"limit": "1"})).json()["data"]
    assert ids.made > MANY * PER_ROW
    assert ROWS_PER_TURN < most <= ROWS_PER_TURN * PER_ROW + BESIDES < ROWS_PER_UNIT
