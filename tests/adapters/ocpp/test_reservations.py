"""Connectors kept for a tag: what the station is asked and says, who comes, and who does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from emobility_core.charging import (
    ConnectorReserved,
    ConnectorZeroNotReservable,
    Reservation,
    ReservationOutcome,
    ReservationOverAlready,
    ReservationStatus,
    Reserve,
    TokenRefused,
    cancel_within,
    expire_reservations,
    replace_within,
    reserve_within,
)
from emobility_core.commands import CommandStatus
from emobility_core.configuration import ReportedKey
from emobility_core.customers import IdTag
from emobility_core.testing.builders import later, make_configuration

from .messages import at, start
from .test_commands import answer_with, sending
from .wire import WireStation
from .world import CARD, NOW, World, a_world

UNTIL = later(NOW, hours=1)
FLEET = IdTag("FLEET")


async def reserve(world: World, **changes: Any) -> Reservation:
    wish = Reserve(**{"connector": 1, "id_tag": IdTag(CARD), "expires_at": UNTIL, **changes})
    async with world.store.transactions(world.scope) as work:
        return await reserve_within(
            work,
            world.stations["CP1"].id,
            wish,
            scope=world.scope,
            tools=world.tools,
            clock=world.clock,
        )


async def replace(world: World, before: Reservation, **changes: Any) -> Reservation:
    wish = Reserve(**{"connector": 1, "id_tag": IdTag(CARD), "expires_at": UNTIL, **changes})
    async with world.store.transactions(world.scope) as work:
        return await replace_within(
            work, before, wish, scope=world.scope, tools=world.tools, clock=world.clock
        )


async def now(world: World, reservation: Reservation) -> Reservation:
    async with world.store.transactions(world.scope) as work:
        return await work.reservations.get(reservation.id)


async def kept(world: World, station: WireStation, **changes: Any) -> Reservation:
    """A reservation that the station has accepted."""
    asked = await reserve(world, **changes)
    async with sending(world):
        await answer_with(station, {"status": "Accepted"}, to="ReserveNow")
    accepted = await now(world, asked)
    assert accepted.status is ReservationStatus.ACTIVE
    return accepted


async def types(world: World) -> list[str]:
    feed = await world.store.feed.after(0, scope=world.scope, limit=1000)
    told = [entry.event.type for entry in feed if entry.event.type.startswith("reservation.")]
    return [one.removeprefix("reservation.") for one in told]


async def test_a_station_is_asked_to_keep_a_connector_for_a_tag_and_its_group(world: World) -> None:
    await world.add_token("04FLEET1", parent=FLEET)
    async with world.station() as station:
        asked = await reserve(world, id_tag=IdTag("04FLEET1"))
        assert asked.status is ReservationStatus.REQUESTED
        async with sending(world):
            request = await answer_with(station, {"status": "Accepted"}, to="ReserveNow")
    assert request[3] == {
        "connectorId": 1,
        "expiryDate": "2026-06-10T15:00:00.123Z",
        "idTag": "04FLEET1",
        "parentIdTag": "FLEET",
        "reservationId": asked.number,
    }
    active = await now(world, asked)
    assert (active.status, active.outcome) == (ReservationStatus.ACTIVE, ReservationOutcome.ACCEPTED)
    assert await types(world) == ["requested", "accepted"]


@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Rejected", "Unavailable"])
async def test_the_refusal_of_a_station_is_named(world: World, word: str) -> None:
    async with world.station() as station:
        asked = await reserve(world)
        async with sending(world):
            await answer_with(station, {"status": word}, to="ReserveNow")
    refused = await now(world, asked)
    assert (refused.status, refused.outcome) == (
        ReservationStatus.REFUSED,
        ReservationOutcome(word.lower()),
    )
    assert await types(world) == ["requested", "refused"]


async def test_a_station_that_is_offline_or_has_no_reservations_is_named_as_that(world: World) -> None:
    async with world.station() as station:
        asked = await reserve(world)
        async with sending(world):
            _, id, *_ = await station.hear()
            await station.say([4, id, "NotImplemented", "", {}])
    assert (await now(world, asked)).outcome is ReservationOutcome.NOT_SUPPORTED
    await world.add_station("CP2")
    world.stations["CP1"] = world.stations["CP2"]
    away = await reserve(world)
    await world.react()
    assert (await now(world, away)).outcome is ReservationOutcome.OFFLINE


async def test_the_same_number_replaces_and_a_refused_replacement_leaves_what_was(world: World) -> None:
    async with world.station() as station:
        first = await kept(world, station)
        asked = await replace(world, first, connector=2, expires_at=later(NOW, hours=2))
        async with sending(world):
            request = await answer_with(station, {"status": "Accepted"}, to="ReserveNow")
        assert (request[3]["reservationId"], request[3]["connectorId"]) == (first.number, 2)
        second = await now(world, asked)
        assert (second.terms.connector, second.expires_at) == (2, later(NOW, hours=2))
        await replace(world, second, connector=1)
        async with sending(world):
            await answer_with(station, {"status": "Occupied"}, to="ReserveNow")
    third = await now(world, asked)
    assert (third.status, third.terms) == (ReservationStatus.ACTIVE, second.terms)
    assert await types(world) == ["requested", "accepted", "replaced", "refused"]


@pytest.mark.parametrize("word", ["Accepted", "Rejected"])
async def test_what_a_station_has_let_go_or_does_not_know_is_cancelled(world: World, word: str) -> None:
    async with world.station() as station:
        reservation = await kept(world, station)
        async with world.store.transactions(world.scope) as work:
            await cancel_within(work, reservation, clock=world.clock, ids=world.ids)
        async with sending(world):
            request = await answer_with(station, {"status": word}, to="CancelReservation")
    assert request[3] == {"reservationId": reservation.number}
    assert (await now(world, reservation)).status is ReservationStatus.CANCELLED
    assert await types(world) == ["requested", "accepted", "cancelled"]


async def test_a_station_that_answers_with_an_error_keeps_what_it_kept(world: World) -> None:
    async with world.station() as station:
        reservation = await kept(world, station)
        async with world.store.transactions(world.scope) as work:
            await cancel_within(work, reservation, clock=world.clock, ids=world.ids)
        async with sending(world):
            request = await station.hear()
            await station.say([4, request[1], "InternalError", "", {}])
    after = await now(world, reservation)
    assert (after.status, after.outcome) == (ReservationStatus.ACTIVE, ReservationOutcome.REJECTED)
    assert "cancelled" not in await types(world)


@pytest.mark.parametrize("tag", [CARD, "04FLEET2"])
@pytest.mark.parametrize("told", [True, False])
async def test_its_tag_or_its_group_uses_it(world: World, tag: str, told: bool) -> None:
    await world.add_token("04FLEET1", parent=FLEET)
    await world.add_token("04FLEET2", parent=FLEET)
    async with world.station() as station:
        whose = IdTag(CARD if tag == CARD else "04FLEET1")
        reservation = await kept(world, station, id_tag=whose)
        world.clock.advance(timedelta(minutes=10))
        named = {"reservationId": reservation.number} if told else {}
        await station.call("StartTransaction", start(idTag=tag, timestamp=at(130), **named))
    await world.react()
    used = await now(world, reservation)
    assert (used.status, used.session) == (ReservationStatus.USED, (await world.session()).id)
    assert await types(world) == ["requested", "accepted", "used"]


async def test_a_foreign_start_is_recorded_and_the_reservation_stays(world: World) -> None:
    await world.add_token("04OTHER1")
    async with world.station() as station:
        reservation = await kept(world, station)
        world.clock.advance(timedelta(minutes=10))
        answer = await station.call(
            "StartTransaction", start(idTag="04OTHER1", timestamp=at(130), reservationId=0)
        )
    assert answer["idTagInfo"]["status"] == "Accepted"
    await world.react()
    assert (await now(world, reservation)).status is ReservationStatus.ACTIVE


async def test_a_remote_start_for_another_tag_is_refused_by_name_where_a_connector_is_kept(
    world: World,
) -> None:
    await world.add_token("04FLEET1", parent=FLEET)
    await world.add_token("04FLEET2", parent=FLEET)
    async with world.station() as station:
        reservation = await kept(world, station, id_tag=IdTag("04FLEET1"))
        with pytest.raises(ConnectorReserved):
            await world.request_start()
        assert (await world.request_start(tag="04FLEET2")).status is CommandStatus.QUEUED
        assert (await world.request_start(connector=2)).status is CommandStatus.QUEUED
        world.clock.advance(timedelta(hours=1))
        assert (await world.request_start()).status is CommandStatus.QUEUED
    assert (await now(world, reservation)).status is ReservationStatus.ACTIVE


async def expire(world: World) -> int:
    return await expire_reservations(
        scope=world.scope, transactions=world.store.transactions, clock=world.clock, ids=world.ids
    )


async def test_when_the_time_is_over_and_nobody_came_it_is_a_no_show(world: World) -> None:
    async with world.station() as station:
        reservation = await kept(world, station)
        assert await expire(world) == 0
        world.clock.advance(timedelta(hours=1))
        assert await expire(world) == 1
        assert (await now(world, reservation)).status is ReservationStatus.EXPIRED
        assert await types(world) == ["requested", "accepted", "expired", "no_show"]
        # The line was away: the start within the time comes afterwards, and was no no-show.
        told = start(timestamp=at(150), reservationId=reservation.number)
        await station.call("StartTransaction", told)
    await world.react()
    assert (await now(world, reservation)).status is ReservationStatus.USED
    assert (await types(world))[-1] == "used"


async def test_a_reservation_that_no_station_kept_expires_without_a_no_show(world: World) -> None:
    await world.add_station("CP1")
    reservation = await reserve(world)
    world.clock.advance(timedelta(hours=1))
    assert await expire(world) == 1
    assert (await now(world, reservation)).status is ReservationStatus.EXPIRED
    assert await types(world) == ["requested", "expired"]


async def test_nothing_is_kept_for_a_tag_that_may_not_charge_or_for_no_time(world: World) -> None:
    await world.add_station("CP1")
    with pytest.raises(TokenRefused):
        await reserve(world, id_tag=IdTag("04NOBODY"))
    with pytest.raises(ReservationOverAlready):
        await reserve(world, expires_at=NOW)


async def test_a_station_that_did_not_answer_in_time_is_asked_to_let_go() -> None:
    async with a_world(answer_within_s=0.05) as world, world.station() as station:
        asked = await reserve(world)
        async with sending(world):
            assert (await station.hear())[2] == "ReserveNow"
            cancel = await station.hear()
            assert cancel[2:] == ["CancelReservation", {"reservationId": asked.number}]
            await station.say([3, cancel[1], {"status": "Accepted"}])
        timed_out = await now(world, asked)
        assert timed_out.status is ReservationStatus.REFUSED


@pytest.mark.parametrize(("told", "asked"), [(None, True), ({}, False), ({"false"}, False), ({"True"}, True)])
async def test_any_connector_is_kept_where_the_station_says_that_it_can(
    world: World, told: set[str] | None, asked: bool
) -> None:
    station = await world.add_station("CP1")
    if told is not None:
        key = "ReserveConnectorZeroSupported"
        configuration = make_configuration(
            tenant=station.tenant,
            station=station.id,
            read_at=NOW,
            reported=tuple(ReportedKey(key=key, value=value, at=NOW) for value in told),
        )
        async with world.store.transactions(world.scope) as work:
            await work.station_configurations.add(configuration)
    if asked:
        assert (await reserve(world, connector=0)).order().connector == 0
    else:
        with pytest.raises(ConnectorZeroNotReservable):
            await reserve(world, connector=0)
