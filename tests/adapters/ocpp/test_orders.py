"""Every order reaches the station as the request that OCPP 1.6 has for it; every answer has its outcome."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

from emobility_adapters.ocpp.v16.schemas import FROM_STATION
from emobility_core.commands import (
    AlreadyBooted,
    Command,
    CommandKind,
    CommandStatus,
    GetConfiguration,
    GetDiagnostics,
    GetLocalListVersion,
    NotATestStation,
    Order,
    StationAnswer,
    TriggeredMessage,
    TriggerMessage,
    UpdateFirmware,
)
from emobility_core.testing.builders import make_command

from .messages import boot
from .orders import CASES, PLACE, Case
from .wire import WireStation
from .world import NOW, World

S = CommandStatus
ANSWERED = [(case, status) for case in CASES for status in case.outcomes]


def _name(value: Any) -> str:
    return value.action if isinstance(value, Case) else str(value)


def _command(world: World, order: Order) -> Command:
    return make_command(station=world.stations["CP1"].id, order=order)


async def _sent(
    world: World, station: WireStation, order: Order, answer: list[Any]
) -> tuple[list[Any], StationAnswer]:
    """Let the station answer an order so; `hear` holds the request against the schema."""
    sending = asyncio.create_task(world.lines.send(_command(world, order)))
    request = await station.hear()
    await station.say([answer[0], request[1], *answer[1:]])
    return request, await sending


def test_there_is_a_case_of_every_kind_and_an_action_for_every_message_of_the_specification(
    vectors: Path,
) -> None:
    assert {case.order.kind for case in CASES} == set(CommandKind)
    assert {type(case.order) for case in CASES} == set(get_args(Order))
    listed = json.loads((vectors / "ocpp" / "messages.json").read_text())
    named = {name for part in _lists(listed) for name in part}
    assert {case.action for case in CASES} | set(FROM_STATION) == named


def _lists(value: Any) -> list[list[str]]:
    """All lists of names in it."""
    if isinstance(value, list):
        return [value]
    return [found for one in value.values() for found in _lists(one)] if isinstance(value, dict) else []


@pytest.mark.parametrize("action", sorted({case.action for case in CASES}))
def test_every_status_that_the_schemas_know_has_an_outcome(action: str) -> None:
    text = (files("ocpp.v16") / "schemas" / f"{action}Response.json").read_text("utf-8-sig")
    schema = json.loads(text)
    status = schema["properties"].get("status", {})
    if "$ref" in status:
        status = schema["definitions"][status["$ref"].rpartition("/")[2]]
    played = {word for case in CASES if case.action == action for word in case.outcomes}
    assert set(status.get("enum", ())) <= played


@pytest.mark.parametrize(("case", "status"), ANSWERED, ids=_name)
async def test_an_order_is_the_request_that_ocpp_has_for_it_and_its_answer_an_outcome(
    world: World, case: Case, status: str
) -> None:
    payload = {"status": status}
    async with world.station() as station:
        request, answer = await _sent(world, station, case.order, [3, payload])
    assert request[2:] == [case.action, case.payload]
    plain = status in ("Accepted", "Rejected", "Unlocked") and answer.status is not S.REJECTED
    words = None if plain or status == "Rejected" else status
    assert answer == StationAnswer(case.outcomes[status], words, payload)


@pytest.mark.parametrize(
    ("order", "payload", "expected"),
    [
        (
            GetConfiguration(),
            {"configurationKey": [{"key": "X", "readonly": False, "value": 1}]},
            S.EFFECTIVE,
        ),
        (GetConfiguration(), {}, S.EFFECTIVE),
        (GetLocalListVersion(), {"listVersion": -1}, S.EFFECTIVE),
        (GetLocalListVersion(), {}, S.REJECTED),
        (GetDiagnostics(location=PLACE), {"fileName": "log.zip"}, S.ACCEPTED),
        (GetDiagnostics(location=PLACE), {}, S.REJECTED),
        (UpdateFirmware(location=PLACE, retrieve_at=NOW), {}, S.ACCEPTED),
        (UpdateFirmware(location=PLACE, retrieve_at=NOW), None, S.REJECTED),
    ],
    ids=str,
)
async def test_answers_without_a_status_say_it_by_what_they_hold(
    world: World, order: Order, payload: Any, expected: S
) -> None:
    async with world.station() as station:
        _, answer = await _sent(world, station, order, [3, payload])
    assert (answer.status, answer.content) == (expected, payload)


async def test_words_that_no_schema_knows_are_kept(world: World) -> None:
    async with world.station() as station:
        _, answer = await _sent(world, station, CASES[0].order, [3, {"status": "Perhaps"}])
        _, failure = await _sent(world, station, CASES[0].order, [4, "NotSupported", "no such profile", {}])
    assert (answer.status, answer.words) == (S.REJECTED, "Perhaps")
    assert (failure.status, failure.words) == (S.NOT_SUPPORTED, "NotSupported: no such profile")


async def test_firmware_goes_to_test_stations_alone(world: World) -> None:
    order = UpdateFirmware(location=PLACE, retrieve_at=NOW)
    await world.add_station("CP1")
    with pytest.raises(NotATestStation):
        await world.ask(order)
    await world.add_station("TEST", is_test=True)
    assert (await world.ask(order, of="TEST")).status is S.QUEUED


async def test_who_has_booted_is_not_asked_to_tell_it_again(world: World) -> None:
    """OCPP 1.6, errata 4.0, 3.40: no TriggerMessage for a boot notification once it was accepted."""
    order = TriggerMessage(message=TriggeredMessage.BOOT_NOTIFICATION)
    async with world.station() as station:
        assert (await world.ask(order)).status is S.QUEUED
        await station.call("BootNotification", boot())
        with pytest.raises(AlreadyBooted):
            await world.ask(order)
