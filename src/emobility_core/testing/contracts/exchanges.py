"""What the log of frames promises to whoever reads it."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_core.instants import Instant
from emobility_core.network import (
    EmptyWindow,
    Exchange,
    ExchangeOutcome,
    ExchangeQuery,
    FrameKind,
    Station,
)
from emobility_core.testing.builders import later, make_station
from emobility_core.testing.contracts.seeded import Logged


def _after(seconds: float) -> Instant:
    return later(seconds=seconds)


class ExchangesContract:
    """A request and its answer are one exchange; found by what a person looks for."""

    @pytest.fixture
    async def station(self, logged: Logged) -> Station:
        """A station that beat, asked what nobody knows, was asked and sent what cannot be read."""
        station = make_station(tenant=logged.a.id)
        frames = logged.frames.of(station)
        ours: dict[str, Any] = {"inbound": False}
        theirs: dict[str, Any] = {"inbound": True}
        call, result, error = FrameKind.CALL, FrameKind.RESULT, FrameKind.ERROR
        beat = frames.append(
            **theirs, frame='[2,"7","Heartbeat",{}]', at=_after(0), kind=call, action="Heartbeat"
        )
        frames.append(
            **ours, frame='[3,"7",{}]', at=_after(0.25), kind=result, action="Heartbeat", answers=beat
        )
        odd = frames.append(**theirs, frame='[2,"7","Odd",{}]', at=_after(1), kind=call, action="Odd")
        asked = frames.append(**ours, frame='[2, "8", "Reset", {}]', at=_after(2), kind=call, action="Reset")
        refusal = '[4,"7","NotImplemented","",{}]'
        frames.append(**ours, frame=refusal, at=_after(3), kind=error, action="Odd", answers=odd)
        frames.append(**theirs, frame="no 100% JSON", at=_after(4))
        assert beat < odd < asked
        await logged.settle()
        return station

    async def _found(self, logged: Logged, station: Station, **wanted: Any) -> list[Exchange]:
        async with logged.exchanges(logged.scope(logged.a)) as exchanges:
            found: list[Exchange] = await exchanges.page(ExchangeQuery(station=station.id, **wanted))
        return found

    async def test_each_answer_stands_with_its_request(self, logged: Logged, station: Station) -> None:
        beat, odd, asked, stray = await self._found(logged, station)
        assert (beat.inbound, beat.action, beat.message_id) == (True, "Heartbeat", "7")
        assert (beat.request, beat.answer) == ('[2,"7","Heartbeat",{}]', '[3,"7",{}]')
        assert (beat.requested_at, beat.answered_at, beat.duration_ms) == (_after(0), _after(0.25), 250)
        assert (odd.outcome, odd.answer) == (ExchangeOutcome.ERROR, '[4,"7","NotImplemented","",{}]')
        assert (asked.inbound, asked.outcome, asked.answer) == (False, ExchangeOutcome.NONE, None)
        assert (stray.action, stray.message_id, stray.duration_ms) == (None, None, None)

    async def test_a_frame_keeps_its_tenant(self, logged: Logged, station: Station) -> None:
        assert {one.tenant for one in await self._found(logged, station)} == {logged.a.id}

    async def test_every_filter_finds_what_it_names(self, logged: Logged, station: Station) -> None:
        async def numbers(**wanted: Any) -> list[int]:
            found = await self._found(logged, station, **wanted)
            return [places[one.number] for one in found]

        places = {one.number: place for place, one in enumerate(await self._found(logged, station))}
        assert await numbers(actions=("Heartbeat", "Reset")) == [0, 2]
        assert await numbers(inbound=True) == [0, 1, 3]
        assert await numbers(inbound=False) == [2]
        assert await numbers(begin=_after(1), until=_after(4)) == [1, 2]
        assert await numbers(message_id="7") == [0, 1]
        assert await numbers(message_id="8") == [2]
        assert await numbers(message_id="") == []
        assert await numbers(outcomes=(ExchangeOutcome.ERROR,)) == [1]
        assert await numbers(outcomes=(ExchangeOutcome.RESULT, ExchangeOutcome.NONE)) == [0, 2, 3]
        assert await numbers(texts=("notimplemented",)) == [1]
        assert await numbers(texts=("0% j",)) == [3]
        assert await numbers(texts=("%heart",)) == []
        assert await numbers(texts=("0% j", "%heart", "HEART")) == [0, 3]
        assert await numbers(actions=("Odd",), inbound=False) == []

    async def test_pages_follow_each_other_both_ways(self, logged: Logged, station: Station) -> None:
        everything = await self._found(logged, station)
        for backwards in (False, True):
            pages: list[Exchange] = []
            while page := await self._found(
                logged, station, limit=3, backwards=backwards, after=pages[-1].number if pages else None
            ):
                pages.extend(page)
            assert pages == (everything[::-1] if backwards else everything)

    async def test_nobody_reads_the_log_of_another_tenant(self, logged: Logged, station: Station) -> None:
        for tenant, seen in ((logged.root, 4), (logged.a, 4), (logged.b, 0), (logged.c, 0)):
            async with logged.exchanges(logged.scope(tenant)) as exchanges:
                assert len(await exchanges.page(ExchangeQuery(station=station.id))) == seen

    async def test_the_oldest_frames_are_dropped_first_and_few_at_a_time(
        self, logged: Logged, station: Station
    ) -> None:
        async with logged.exchanges(logged.scope(logged.root)) as exchanges:
            assert await exchanges.forget(_after(-1), limit=100) == 0
            dropped: list[int] = []
            while not dropped or dropped[-1]:
                dropped.append(await exchanges.forget(_after(1.5), limit=1))
            assert set(dropped[:-1]) == {1}
        assert [one.action for one in await self._found(logged, station)] == ["Reset", None]

    async def test_a_window_that_ends_before_it_begins_is_refused(self) -> None:
        with pytest.raises(EmptyWindow):
            ExchangeQuery(station=make_station().id, begin=_after(1), until=_after(1))
