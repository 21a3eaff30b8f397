"""Whose tag may do what: groups, one session at a time, and what a station decided while it was offline."""

from __future__ import annotations

from decimal import Decimal

from emobility_core.charging import AuthorizationStatus, Doubt
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.money import Money
from emobility_core.network import judge_time
from emobility_core.testing.builders import later

from .messages import at, start, stop
from .world import CARD, NOW, World

FLEET = IdTag("FLEET")


async def test_the_group_of_a_tag_is_told_wherever_it_is_shown(world: World) -> None:
    await world.add_token("04FLEET1", parent=FLEET)
    async with world.station() as station:
        shown = (await station.call("Authorize", {"idTag": "04FLEET1"}))["idTagInfo"]
        assert shown == {"status": "Accepted", "parentIdTag": "FLEET"}
        started = await station.call("StartTransaction", start(idTag="04FLEET1"))
        assert started["idTagInfo"] == shown
        stopped = await station.call("StopTransaction", stop(started["transactionId"], idTag="04FLEET1"))
        assert stopped["idTagInfo"] == shown


async def test_a_colleague_of_the_group_ends_the_session_without_a_doubt(world: World) -> None:
    await world.add_token("04FLEET1", parent=FLEET)
    await world.add_token("04FLEET2", parent=FLEET)
    async with world.station() as station:
        number = (await station.call("StartTransaction", start(idTag="04FLEET1")))["transactionId"]
        answer = await station.call("StopTransaction", stop(number, idTag="04FLEET2"))
        assert answer["idTagInfo"] == {"status": "Accepted", "parentIdTag": "FLEET"}
    session = await world.ended()
    assert (session.id_tag, session.delivered) == (IdTag("04FLEET1"), Energy.wh(10_000))
    assert session.doubts == frozenset()


async def test_a_stop_of_the_group_that_names_no_transaction_finds_the_session(world: World) -> None:
    await world.add_token("04FLEET1", parent=FLEET)
    await world.add_token("04FLEET2", parent=FLEET)
    async with world.station() as station:
        await station.call("StartTransaction", start(idTag="04FLEET1"))
        await station.call("StartTransaction", start(connectorId=2, idTag=CARD))
        await station.call("StopTransaction", stop(-1, idTag="04FLEET2"))
    by_tag = {one.id_tag.text: one for one in await world.sessions()}
    assert by_tag["04FLEET1"].doubts == frozenset()
    assert not hasattr(by_tag[CARD], "ended_at")


async def test_a_second_session_of_a_tag_meant_for_one_is_answered_concurrent_and_recorded(
    world: World,
) -> None:
    await world.add_token("04ONLY1", concurrent=False)
    async with world.station("CP1") as one, world.station("CP2") as other:
        first = await one.call("StartTransaction", start(idTag="04ONLY1"))
        assert first["idTagInfo"] == {"status": "Accepted"}
        # OCPP 1.6, 7.2: said in the answer to a start alone.
        assert await other.call("Authorize", {"idTag": "04ONLY1"}) == {"idTagInfo": {"status": "Accepted"}}
        second = await other.call("StartTransaction", start(idTag="04ONLY1", timestamp=at(5)))
        assert second["idTagInfo"] == {"status": "ConcurrentTx"}
        assert second["transactionId"] not in (0, first["transactionId"])
        # Sent again, the first one is still the first one.
        assert await one.call("StartTransaction", start(idTag="04ONLY1")) == first
        await other.call("StopTransaction", stop(second["transactionId"], reason="DeAuthorized"))
    await world.react()
    (ended,) = [one for one in await world.sessions() if hasattr(one, "ended_at")]
    assert ended.authorization is AuthorizationStatus.CONCURRENT
    # What its holder took is on the holder's account.
    assert (await world.rating(ended.id)).gross == Money(390, "EUR")


async def test_any_other_tag_may_have_several_sessions(world: World) -> None:
    async with world.station("CP1") as one, world.station("CP2") as other:
        await one.call("StartTransaction", start())
        second = await other.call("StartTransaction", start(timestamp=at(5)))
    assert second["idTagInfo"] == {"status": "Accepted"}


async def test_an_unknown_tag_that_charged_offline_is_told_invalid_and_billed_to_nobody(
    world: World,
) -> None:
    """AllowOfflineTxForUnknownId: whoever it was has charged until the line came back."""
    async with world.station() as station:
        answer = await station.call("StartTransaction", start(idTag="04NOBODY"))
        assert answer["idTagInfo"] == {"status": "Invalid"}
        # StopTransactionOnInvalidId: the station ends it, and says why.
        ended = stop(answer["transactionId"], meterStop=3_500, timestamp=at(61), reason="DeAuthorized")
        await station.call("StopTransaction", ended)
    await world.react()
    session = await world.ended()
    assert session.authorization is AuthorizationStatus.INVALID
    assert (session.delivered, session.stop_reason) == (Energy.wh(2_500), "DeAuthorized")
    assert (session.token, session.customer, session.tariff) == (None, None, None)
    assert session.doubts == frozenset()
    rating = await world.rating(session.id)
    assert (rating.gross, rating.billable) == (Money(0, "EUR"), False)
    assert "not-authorized" in rating.reasons


async def test_a_tag_is_judged_as_of_its_start_and_both_times_are_kept(world: World) -> None:
    """LocalAuthorizeOffline: the list said yes at noon; the card was blocked since."""
    await world.add_token("04LOST01", blocked=True, blocked_since=later(minutes=30))
    async with world.station() as station:
        early = await station.call("StartTransaction", start(idTag="04LOST01"))
        late = await station.call(
            "StartTransaction", start(connectorId=2, idTag="04LOST01", timestamp=at(45))
        )
    assert early["idTagInfo"] == {"status": "Accepted"}
    assert late["idTagInfo"] == {"status": "Blocked"}
    first, second = await world.sessions()
    assert (first.started_at, first.started_received) == (judge_time(at(), NOW).at, NOW)
    assert (second.authorization, second.started_received) == (AuthorizationStatus.BLOCKED, NOW)


async def test_a_station_that_trusts_its_list_starts_without_asking(world: World) -> None:
    """LocalPreAuthorize: no Authorize precedes the start, and the answer to it still counts."""
    await world.add_token("04LOST01", blocked=True)
    async with world.station() as station:
        good = await station.call("StartTransaction", start())
        bad = await station.call("StartTransaction", start(connectorId=2, idTag="04LOST01"))
        assert (good["idTagInfo"]["status"], bad["idTagInfo"]["status"]) == ("Accepted", "Blocked")
        await station.call(
            "StopTransaction",
            stop(bad["transactionId"], meterStop=1_100, timestamp=at(1), reason="DeAuthorized"),
        )
    await world.react()
    (ended,) = [one for one in await world.sessions() if hasattr(one, "ended_at")]
    assert (ended.delivered, ended.doubts) == (Energy.wh(100), frozenset[Doubt]())
    assert (await world.rating(ended.id)).total == Decimal(0)
