"""The writer gathers units, keeps their order and tells each its own fate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import attrs
import pytest
import sqlalchemy as sa

from emobility_adapters.sql.hot.statements import Kind, Statement
from emobility_adapters.sql.hot.writer import FULL, FULL_CHARACTERS, MOST_UNITS, Unit, Write, Writer
from emobility_core.errors import EmobilityError, Unavailable
from emobility_core.work import StaleWrite

TABLE = sa.Table("thing", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
ADD = Statement(TABLE, Kind.INSERT, ("id",))


@attrs.frozen
class Gone(Unavailable):
    """The database is gone.

    Remedy: bring it back.
    """

    code = "gone"


class FakeBackend:
    """Keeps batches; refuses units that hold a row of 13; is gone while told so."""

    def __init__(self) -> None:
        self.batches: list[list[list[Any]]] = []
        self.gone = False
        self.bug: Exception | None = None
        self.begun = asyncio.Event()
        self.hold = asyncio.Event()
        self.hold.set()

    async def write(self, units: Sequence[Unit]) -> list[Exception | None]:
        self.begun.set()
        await self.hold.wait()
        if self.bug is not None:
            raise self.bug
        if self.gone:
            raise Gone()
        self.batches.append([[write.row[0] for write in unit.writes] for unit in units])
        return [unit.refuse(ValueError()) if _unlucky(unit) else None for unit in units]

    async def close(self) -> None:
        return


def _unlucky(unit: Unit) -> bool:
    return (13,) in [write.row for write in unit.writes]


def refuse(_: Exception) -> EmobilityError:
    return StaleWrite(UUID(int=13))


def write(*numbers: int) -> list[Write]:
    return [Write(ADD, (number,)) for number in numbers]


async def test_units_of_one_window_share_a_batch_in_their_order() -> None:
    backend = FakeBackend()
    async with Writer(backend) as writer:
        await asyncio.gather(writer.submit(write(2, 3), refuse), writer.submit(write(4), refuse))
    assert backend.batches == [[[2, 3], [4]]]


async def test_rows_that_nobody_waits_for_travel_together_with_the_next_batch() -> None:
    backend = FakeBackend()
    async with Writer(backend) as writer:
        for loose in write(1, 2):
            writer.append(loose)
        await writer.submit(write(3), refuse)
    assert backend.batches == [[[3], [1, 2]]]


async def test_only_the_unit_at_fault_is_refused() -> None:
    async with Writer(FakeBackend()) as writer:
        sound, faulty = writer.submit(write(1), refuse), writer.submit(write(13), refuse)
        await sound
        with pytest.raises(StaleWrite):
            await faulty


async def test_all_units_of_a_batch_hear_that_nothing_is_durable_and_the_next_batch_goes_on() -> None:
    backend = FakeBackend()
    async with Writer(backend) as writer:
        backend.gone = True
        for lost in [writer.submit(write(1), refuse), writer.submit(write(2), refuse)]:
            with pytest.raises(Gone):
                await lost
        backend.gone = False
        await writer.submit(write(3), refuse)
    assert backend.batches == [[[3]]]


async def test_a_bug_in_the_backend_fails_its_batch_and_not_the_writer() -> None:
    backend = FakeBackend()
    async with Writer(backend) as writer:
        backend.bug = KeyError("nobody thought of it")
        with pytest.raises(KeyError):
            await writer.submit(write(1), refuse)
        backend.bug = None
        await writer.submit(write(2), refuse)
    assert backend.batches == [[[2]]]


async def test_a_full_batch_does_not_wait_for_the_window() -> None:
    backend = FakeBackend()
    async with Writer(backend) as writer:
        await asyncio.gather(*(writer.submit(write(n), refuse) for n in range(100, 100 + MOST_UNITS)))
    assert [len(batch) for batch in backend.batches] == [MOST_UNITS]


async def test_leaving_writes_what_is_left() -> None:
    backend = FakeBackend()
    async with Writer(backend) as writer:
        writer.append(*write(1))
    assert backend.batches == [[[1]]]


async def test_whoever_waits_for_nothing_waits_for_room() -> None:
    backend = FakeBackend()
    backend.hold.clear()
    async with Writer(backend) as writer:
        writer.append(*write(0))
        first = writer.submit(write(1), refuse)
        await backend.begun.wait()
        for loose in write(*range(100, 100 + FULL)):
            writer.append(loose)
        waiting = asyncio.create_task(writer.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        backend.hold.set()
        await first
        await waiting


async def test_a_few_long_rows_fill_it_as_well_as_many_short_ones() -> None:
    backend = FakeBackend()
    backend.hold.clear()
    async with Writer(backend) as writer:
        writer.append(*write(0), characters=FULL_CHARACTERS - 1)
        await writer.room()
        writer.append(*write(1), characters=1)
        waiting = asyncio.create_task(writer.room())
        await backend.begun.wait()
        assert not waiting.done()
        backend.hold.set()
        await waiting
    assert backend.batches == [[[0, 1]]]
