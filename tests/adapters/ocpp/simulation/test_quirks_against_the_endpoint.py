"""Stations with each quirk charge at the real endpoint: their sessions are counted once, and right."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from emobility_adapters.ocpp.simulation import (
    QUIRKS,
    PretendedTransfers,
    SimulatedStation,
    SteppedClock,
    Transaction,
    Vehicle,
    vehicle_tag,
)
from emobility_core.charging import EndedSession
from emobility_core.commands import (
    CommandStatus,
    GetCompositeSchedule,
    GetConfiguration,
    Order,
    StationAnswer,
    UnlockConnector,
)
from emobility_core.testing.builders import make_command
from emobility_core.testing.clock import NOON
from tests.adapters.ocpp.world import CARD, NOW, World, a_world

IDENTITY = "SIM-0001"
KEY = "0123456789ABCDEF0123456789ABCDEF"

# What the collection of real deviations calls them, and the quirk that acts each.
ACTED = {
    "ts-no-zone-start": "zone-less-time",
    "ts-local-labelled-Z": "local-time-labelled-z",
    "ts-1970-status": "clock-at-1970",
    "ts-1970-clock-aligned": "clock-at-1970",
    "ts-years-old": "years-old-values",
    "ts-mixed-zone-forms": "mixed-zone-forms",
    "start-no-timestamp": "start-without-time",
    "tx-int64max": "int64-max-transaction",
    "tx-int64max-stop": "int64-max-transaction",
    "tx-zero-metervalues": "values-of-transaction-zero",
    "tx-minus1-stop-after-offline": "stop-with-minus-one",
    "tx-minus1-after-ConcurrentTx": "stop-with-minus-one",
    "tx-negative-local": "own-transaction-ids",
    "tx-unknown-mv-forever": "stray-transaction-ids",
    "tx-never-stopped": "no-stop",
    "tx-stale-after-reboot": "forgets-transactions",
    "start-retry-same-id": "start-resent",
    "bulk-old-status-first": "stale-status-first",
    "mv-object-not-array": "object-instead-of-list",
    "mv-empty-sampledvalue": "empty-samples",
    "mv-hz": "foreign-units",
    "mv-hertz": "foreign-units",
    "mv-measurand-newline": "line-break-in-measurand",
    "mv-celsius-celcius": "foreign-units",
    "mv-unit-lies": "kwh-labelled-wh",
    "mv-export-for-import": "export-for-import",
    "mv-register-drops": "meter-drops-to-zero",
    "meter-session-based": "session-meter",
    "meterstart-gt-first-mv": "zero-based-values",
    "meterstop-lt-meterstart": "stop-below-start",
    "meterstop-equal-start": "stop-equals-start",
    "meter-rounding": "stop-rounded-up",
    "mv-current-ln-phase": "current-to-neutral",
    "mv-late-after-stop": "values-after-stop",
    "signed-json-envelope": "signed-values",
    "boot-long-serials": "long-serials",
    "boot-long-model": "long-model",
    "boot-loop-same-id": "boots-twice",
    "status-errorcode-unknown": "unknown-error-codes",
    "status-info-json": "json-in-info",
    "status-null-text-no-ts": "null-as-text",
    "auth-extra-connectorid": "extra-fields",
    "idtag-21": "long-tag-at-stop",
    "idtag-vid-colon": "vehicle-as-tag",
    "idtag-own-serial": "serial-as-tag",
    "stop-no-idtag-no-reason": "bare-stop",
    "stop-wrong-field-names": "extra-fields",
    "custom-operation": "custom-operation",
    "security-event-replay": "security-events-queued",
    "resp-truncated-json": "truncated-answers",
    "nul-in-string": "nul-in-string",
    "resp-callerror-4-items": "callerror-four-items",
    "resp-unlock-accepted": "unlock-answers-accepted",
    "resp-config-number": "configuration-untyped",
    "resp-config-dirty-list": "configuration-dirty-lists",
    "resp-config-reboot": "reboots-when-asked",
    "resp-keys-unasked": "answers-unasked-keys",
    "resp-rejected-with-negatives": "negative-limits",
    "resp-late": "late-answers",
    "resp-none-but-heartbeat": "never-answers-calls",
    "msgid-same-after-reboot": "repeats-message-ids",
    "ws-no-connection-header": "no-connection-header",
    "ws-absolute-uri": "absolute-uri",
    "ws-slashes": "doubled-slashes",
    "ws-id-dash-underscore": "unencoded-identity",
    "ws-basic-binary-key": "key-as-bytes",
    "ws-half-open": "half-open",
    "ws-no-ping": "no-pings",
    "ws-slow-redial": "slow-redial",
    "suspendedev-after-remotestart": "suspended-before-start",
}
# By how much the ledger differs from the register, in Wh; None where there is no telling the energy.
OFF_BY_WH: dict[str, int | None] = {
    "no-stop": None,
    "forgets-transactions": None,
    "stop-below-start": None,
    "stop-equals-start": None,
    "stop-rounded-up": 1,
}
# What nobody sees in the frames of one visit: handshakes are looked at in test_simulated_opening.py.
BETWEEN_FRAMES = {
    "absolute-uri", "doubled-slashes", "half-open", "late-answers", "no-connection-header", "no-pings",
    "slow-redial", "unencoded-identity",
}  # fmt: skip
SILENT = ("late-answers", "never-answers-calls")
NEVER_ENDED = ("no-stop", "forgets-transactions")


@pytest.mark.oracle("quirks of real stations")
def test_each_known_deviation_is_acted(vectors: Path) -> None:
    lines = (vectors / "ocpp" / "quirks.jsonl").read_text().splitlines()
    assert {json.loads(line)["id"] for line in lines} == ACTED.keys()
    assert set(ACTED.values()) <= QUIRKS.keys()


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


def a_station(world: World, *quirks: str) -> SimulatedStation:
    key = KEY if "key-as-bytes" in quirks else None
    return SimulatedStation(
        IDENTITY,
        f"ws://127.0.0.1:{world.port}/ocpp",
        random=Random(7),
        clock=SteppedClock(
            start=NOON, now=lambda: NOW + timedelta(hours=1), sleep=at_once, wait=asyncio.sleep
        ),
        key=key,
        quirks=quirks,
        transfers=PretendedTransfers(),
    )


async def play(station: SimulatedStation, *, stops: bool = True) -> Transaction:
    """Charge for three quarters of an hour with two samples, and go."""
    station.hardware.plug_in(1, Vehicle())
    assert await station.authorize(CARD) in ("Accepted", "Invalid")
    transaction = station.hardware.begin(1, CARD)
    await station.presence.settled()
    for _ in range(2):
        await station.clock.sleep(900)
        station.hardware.sample(1)
    await station.clock.sleep(900)
    if not stops:
        station.reset("Hard")
        await station.presence.wait_lost()
        await station.presence.start_up()
    station.hardware.end(transaction)
    station.hardware.unplug(1)
    # A value of no transaction.
    station.hardware.sample(1)
    await station.presence.settled()
    return transaction


async def visit(world: World, station: SimulatedStation, quirk: str = "") -> Transaction:
    """Charge, be asked twice, lose the line, come back and be heard."""
    await station.presence.start_up()
    transaction = await play(station, stops=quirk != "forgets-transactions")
    answer = await ask(world, UnlockConnector(connector=1))
    assert (answer.status is CommandStatus.TIMEOUT) == (quirk in SILENT)
    schedule = GetCompositeSchedule(connector=1, duration_s=60)
    await ask(world, schedule if quirk == "negative-limits" else GetConfiguration())
    await station.presence.cut()
    await station.presence.start_up()
    assert "currentTime" in await station.presence.call("Heartbeat", {})
    await station.presence.settled()
    return transaction


def sent_to(world: World) -> list[str]:
    """The station's frames, sorted, without the ids that the server has drawn."""
    return sorted(re.sub(r'^\[([34]), ?"[^"]*"', r"[\1", frame) for frame in world.frames_of(IDENTITY))


@pytest.fixture(scope="module")
def plain() -> list[str]:
    """The frames of a station without quirks."""

    async def frames() -> list[str]:
        async with a_world() as world:
            await world.add_station(IDENTITY)
            async with a_station(world) as station:
                await visit(world, station)
            return sent_to(world)

    return asyncio.run(frames())


async def ask(world: World, order: Order) -> StationAnswer:
    return await world.lines.send(make_command(station=world.stations[IDENTITY].id, order=order))


@pytest.mark.parametrize("quirk", sorted(QUIRKS))
async def test_the_ledger_is_right_whatever_the_station_does(quirk: str, plain: list[str]) -> None:
    async with a_world(answer_within_s=0.1 if quirk in SILENT else 20) as world:
        await world.add_station(IDENTITY, key=KEY if quirk == "key-as-bytes" else None)
        await world.add_token(vehicle_tag(IDENTITY))
        async with a_station(world, quirk) as station:
            transaction = await visit(world, station, quirk)
        assert (sent_to(world) == plain) == (quirk in BETWEEN_FRAMES)
        session = await world.session()
        assert isinstance(session, EndedSession) != (quirk in NEVER_ENDED)
        off_by = OFF_BY_WH.get(quirk, 0)
        if off_by is not None:
            assert isinstance(session, EndedSession)
            assert session.delivered is not None
            assert transaction.meter_stop_wh is not None
            counted = transaction.meter_stop_wh - transaction.meter_start_wh
            assert session.delivered.mwh == (counted + off_by) * 1000


async def test_quirks_add_up() -> None:
    async with a_world() as world:
        await world.add_station(IDENTITY)
        names = ("zone-less-time", "object-instead-of-list", "values-in-kwh", "start-resent", "bare-stop")
        async with a_station(world, *names) as station:
            await station.presence.start_up()
            transaction = await play(station)
        session = await world.ended()
        assert transaction.meter_stop_wh is not None
        counted = transaction.meter_stop_wh - transaction.meter_start_wh
        assert session.delivered is not None
        assert session.delivered.mwh == counted * 1000
        times = [json.loads(frame)[3]["timestamp"] for frame in world.frames_of(IDENTITY) if "StopT" in frame]
        assert all(not time.endswith("Z") for time in times)


def test_a_quirk_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="no quirk 'invisible'; there are: absolute-uri"):
        SimulatedStation("X", "ws://x", random=Random(1), quirks=["invisible"])
