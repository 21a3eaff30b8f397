"""Frames that no station should send: answered properly, the line stays, nothing is lost or piled up."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import deque
from typing import Any

import pytest

from emobility_adapters.ocpp.frames import LONGEST_FRAME
from emobility_core.charging import DoubtfulReportKind
from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.network import Station

from .messages import at, start, status, stop, values
from .wire import PATIENCE_S, opening
from .world import World, a_world

DEEP = 100_000


@pytest.mark.parametrize(
    ("frame", "id"),
    [
        ("hello", "-1"),
        ("", "-1"),
        ("{}", "-1"),
        ("null", "-1"),
        ("[]", "-1"),
        ("[2]", "-1"),
        ('[2, "a"]', "a"),
        ('[2, "a", 5, {}]', "a"),
        ('[2, null, "Heartbeat", {}]', "-1"),
        ('[2, 1.5, "Heartbeat", {}]', "-1"),
        ('[2, {"a": 1}, "Heartbeat", {}]', "-1"),
        ('[2, "a", "Heartbeat", {', "a"),
        ('[2, "a", "StatusNotification", {"connectorId": NaN}]', "a"),
        (b'[2, "a", "Heartbeat", {"x": "\xff\xfe"}', "a"),
        (b'\xff\xff[2, "a", "Heartbeat", {}]', "-1"),
        ('["2", "a", "Heartbeat", {}]', "a"),
        ("[" + "9" * 10_000 + ', "a", "Heartbeat", {}]x', "-1"),
        ('[2, "a", "Heartbeat", ' + '{"a":' * DEEP + "1" + "}" * DEEP + "]", "a"),
        ('[2, "a", "DataTransfer", {"vendorId": "v", "data": ' + "[" * 300 + "]" * 300 + "}]", "a"),
        ("[" * DEEP, "-1"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_what_is_no_request_gets_formation_violation_and_the_line_stays(
    world: World, frame: str | bytes, id: str
) -> None:
    async with world.station() as station:
        await station.say(frame)
        assert (await station.hear())[:3] == [4, id, "FormationViolation"]
        await station.beats()


async def test_messages_of_an_unknown_type_are_ignored(world: World) -> None:
    """OCPP-J 1.6, 4.1.3."""
    async with world.station() as station:
        await station.say('[5, "a", "Heartbeat", {}]')
        await station.say('[0, "a"]')
        await station.beats()


@pytest.mark.parametrize("payload", ["null", "[]", '"text"', "7", "true"])
async def test_a_payload_that_is_no_object_is_a_formation_violation(world: World, payload: str) -> None:
    async with world.station() as station:
        await station.say(f'[2, "a", "StatusNotification", {payload}]')
        assert (await station.hear())[:3] == [4, "a", "FormationViolation"]


async def test_binary_frames_and_stray_bytes_are_read_as_text(world: World) -> None:
    async with world.station() as station:
        for frame in (
            b'[2, "a", "Heartbeat", {}]',
            b'[2, "b", "DataTransfer", {"vendorId": "v", "data": "\xfc"}]',
            b'[2, "c", "DataTransfer", {"vendorId": "v", "data": "\x00\x07\x1f"}]\x00',
        ):
            await station.say(frame)
            assert (await station.hear())[0] == 3


async def test_no_nul_reaches_the_records_however_it_is_written(world: World) -> None:
    """PostgreSQL refuses it, in text as in JSON."""
    payload = {"vendorId": "v\0", "data": '{"\0": "\\u0000"}'}
    async with world.station() as station:
        await station.say(json.dumps([2, "a", "DataTransfer", payload]))
        assert (await station.hear())[0] == 3
        await station.say(json.dumps([2, "b", "StatusNotification", status("Avail\0able", info="\0")]))
        assert (await station.hear())[0] == 3
    kept, _ = [report.content for report in await world.reports()][::-1]
    assert list(kept.values()) == ["v", '{"": "\\u0000"}']
    assert (await world.connector()).status == "Available"
    assert not any("\0" in frame for frame in world.frames_of())


async def test_an_unknown_action_is_not_implemented(world: World) -> None:
    async with world.station() as station:
        for action in ("CustomOperation", "authorize", "", "x" * 5000, "RemoteStartTransaction"):
            assert (await station.ask(action, {}))[2] == "NotImplemented"


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Authorize", {}, "OccurenceConstraintViolation"),
        ("Authorize", {"idTag": None}, "TypeConstraintViolation"),
        ("Authorize", {"idTag": ["x"]}, "TypeConstraintViolation"),
        ("Authorize", {"idTag": ""}, "TypeConstraintViolation"),
        ("StatusNotification", {"status": "Available"}, "OccurenceConstraintViolation"),
        ("StatusNotification", {"connectorId": 1}, "OccurenceConstraintViolation"),
        ("StatusNotification", {"connectorId": "x", "status": "Available"}, "TypeConstraintViolation"),
        ("StatusNotification", {"connectorId": True, "status": "Available"}, "TypeConstraintViolation"),
        ("StatusNotification", {"connectorId": 1, "status": {}}, "TypeConstraintViolation"),
        ("StatusNotification", {"connectorId": -1, "status": "Available"}, "PropertyConstraintViolation"),
        ("StatusNotification", {"connectorId": 10**30, "status": "A"}, "PropertyConstraintViolation"),
        ("StatusNotification", {"connectorId": 40000, "status": "A"}, "PropertyConstraintViolation"),
        ("DataTransfer", {}, "OccurenceConstraintViolation"),
        ("FirmwareStatusNotification", {}, "OccurenceConstraintViolation"),
        ("DiagnosticsStatusNotification", {"status": []}, "TypeConstraintViolation"),
    ],
)
async def test_what_a_request_cannot_do_without_is_named_by_the_codes_of_table_7(
    world: World, action: str, payload: dict[str, Any], code: str
) -> None:
    async with world.station() as station:
        assert (await station.ask(action, payload))[2] == code
        await station.beats()


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("StatusNotification", {"connectorId": "1", "status": "Available", "timestamp": 5}),
        ("StatusNotification", {"connectorId": 1.0, "status": "Odd", "errorCode": None, "info": {}}),
        ("BootNotification", {}),
        ("BootNotification", {"chargePointVendor": 5, "chargePointModel": None, "iccid": ["x"]}),
        ("Heartbeat", {"extra": [1, 2]}),
        ("Authorize", {"idTag": 12345678}),
        ("FirmwareStatusNotification", {"status": "Whatever"}),
    ],
)
async def test_wrong_types_and_stray_fields_are_mended_where_the_meaning_is_plain(
    world: World, action: str, payload: dict[str, Any]
) -> None:
    async with world.station() as station:
        await station.call(action, payload)


UNREADABLE = [
    ("StartTransaction", "null"),
    ("StartTransaction", "{}"),
    ("StartTransaction", '{"connectorId": 1, "meterStart": 0}'),
    ("StartTransaction", '{"connectorId": "one", "idTag": "A"}'),
    ("StartTransaction", '{"connectorId": 99999999999999999999, "idTag": "A"}'),
    ("StartTransaction", '{"connectorId": 1, "idTag": ""}'),
    ("StartTransaction", '{"connectorId": 1, "idTag": "A", "meterStart": NaN}'),
    ("StartTransaction", '{"connectorId": 1, "idTag": "A", "timesta'),
    ("StopTransaction", "[]"),
    ("StopTransaction", "{}"),
    ("StopTransaction", '{"reason": "Local"}'),
    ("StopTransaction", '{"transactionId": 1, "meterStop": 5, "transactionData": [{"'),
    ("StopTransaction", '{"transactionId": 1, "transactionData": ' + "[" * 300 + "]" * 300 + "}"),
    ("MeterValues", "7"),
    ("MeterValues", "{}"),
    ("MeterValues", '{"connectorId": 1}'),
    ("MeterValues", '{"connectorId": 1, "meterValue": "garbage"}'),
    ("MeterValues", '{"connectorId": 1, "meterValue": [{"timestamp": "\ud800"'),
    ("MeterValues", '{"connectorId": 1, "meterValue": ' + "[" * DEEP + "]" * DEEP + "}"),
]


@pytest.mark.parametrize(("action", "payload"), UNREADABLE, ids=lambda value: value[:50])
async def test_unreadable_reports_of_transactions_get_a_result_and_are_kept(
    world: World, action: str, payload: str
) -> None:
    """DECISIONS 16: a CALLERROR would make the station resend, then drop them."""
    frame = f'[2, "a", "{action}", {payload}]'.encode(errors="surrogatepass")
    async with world.station() as station:
        await station.call("StartTransaction", start())
        await station.say(frame)
        kind, id, answer = await station.hear()
        assert (kind, id) == (3, "a")
        if action == "StartTransaction":
            assert answer["transactionId"] > 0
            assert answer["idTagInfo"] == {"status": "Invalid"}
        await station.beats()
    (doubtful,) = await world.doubtful()
    assert doubtful.kind is DoubtfulReportKind.UNREADABLE
    assert doubtful.content["action"] == action
    await world.session()


@pytest.mark.parametrize(
    "register",
    [
        10**30,
        -(10**30),
        1e308,
        "1e999999",
        "1E+9999999",
        "-1e-999999",
        "NaN",
        "Infinity",
        "1" * 1000,
        "",
        None,
        True,
        [],
        {},
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_registers_beyond_all_measure_are_no_registers_and_do_not_overflow(
    world: World, register: Any
) -> None:
    async with world.station() as station:
        number = (await station.call("StartTransaction", start(meterStart=register)))["transactionId"]
        sample = {"timestamp": at(5), "sampledValue": [{"value": register}]}
        await station.call("MeterValues", {"connectorId": 1, "meterValue": [sample]})
        await station.call("StopTransaction", stop(number, meterStop=register))
    session = await world.ended()
    assert session.delivered is None or session.delivered.mwh == 0
    assert len(await world.readings(session.id)) == 1


@pytest.mark.parametrize("number", [10**30, 1e300, "9" * 10_000, "--5", "1_0", "٣", 2**31, -(2**63)])
async def test_transaction_numbers_that_are_none_do_no_harm(world: World, number: Any) -> None:
    async with world.station() as station:
        await station.call("MeterValues", values("5", transactionId=number))
        await station.call("StopTransaction", stop(number))
        await station.beats()


@pytest.mark.parametrize("number", [10**30, 1e300, 2**64, 2**63, "9" * 19])
async def test_numbers_of_requests_are_none_where_no_record_can_hold_them(world: World, number: Any) -> None:
    async with world.station() as station:
        assert await station.call("LogStatusNotification", {"status": "Uploaded", "requestId": number}) == {}
    (told,) = await world.store.feed.after(0, scope=world.scope, limit=9, types=["station.upload_status"])
    assert told.event.data == {**told.event.data, "status": "Uploaded", "request": None}


async def test_long_texts_are_cut_in_records_and_whole_in_the_raw_frame(world: World) -> None:
    """Index rows and columns have bounds; the start identity holds the message id where clocks fail."""
    long = "x" * 50_000
    async with world.station() as station:
        await station.call("StatusNotification", status(long, info=long, errorCode=long))
        clockless = start(idTag=long, timestamp=long)
        answer = await station.call("StartTransaction", clockless, id=long)
        assert await station.call("StartTransaction", clockless, id=long) == answer
        await station.call("StopTransaction", stop(4711, idTag=long, timestamp=long, reason=long))
    for session in await world.sessions():
        texts = [session.start_identity, session.id_tag.text, session.started_reported or ""]
        assert max(map(len, texts)) < 1000
    assert len((await world.connector()).status) == 255
    assert sum(long in frame for frame in world.frames_of()) == 4


async def test_numeric_ids_are_answered(world: World) -> None:
    async with world.station() as station:
        await station.say('[2, 17, "Heartbeat", {}]')
        assert (await station.hear())[:2] == [3, "17"]


@pytest.mark.parametrize(
    "frame",
    [
        '[3, "nobody-asked", {}]',
        '[3, "nobody-asked"]',
        "[3, 5, null]",
        '[4, "nobody-asked", "GenericError", "", {}]',
        '[4, "nobody-asked"]',
        "[4, 5, 6, 7, 8]",
        '[3, "nobody-asked", {"truncated": ',
        '[4, "nobody-asked", "RpcFrameworkError", "',
    ],
)
async def test_answers_to_nothing_are_never_answered(world: World, frame: str) -> None:
    async with world.station() as station:
        await station.say(frame)
        await station.beats()


async def test_a_frame_of_300_kilobytes_is_answered_and_a_long_stop_ends_its_session(world: World) -> None:
    samples = values(*["5000"] * 5000)["meterValue"]
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        assert await station.call("StopTransaction", stop(number, transactionData=samples)) == {}
        assert (await station.ask("DataTransfer", {"vendorId": "v", "data": "x" * 300_000}))[0] == 3
        await station.beats()
    assert len(max(world.frames_of(), key=len)) > 300_000
    await world.ended()


async def test_a_stop_with_a_day_of_samples_of_all_phases_is_read(world: World) -> None:
    samples = values(*["5000"] * 40_000)["meterValue"]
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        assert await station.call("StopTransaction", stop(number, transactionData=samples)) == {}
    assert len(max(world.frames_of(), key=len)) > 2_000_000
    assert len(await world.readings((await world.ended()).id)) > 0
    assert await world.doubtful() == []


async def test_meter_values_that_hold_no_samples_are_one_record_however_many_they_are(world: World) -> None:
    junk = [1, "x", None, {"timestamp": at(), "sampledValue": 7}] * 1000
    async with world.station() as station:
        number = (await station.call("StartTransaction", start()))["transactionId"]
        told = [*junk, *values("5000")["meterValue"], {}]
        await station.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": told})
    kept = await world.readings((await world.session()).id)
    assert [one.energy for one in kept if one.energy is not None] == [Energy.wh(5000)]
    (other,) = [one for one in kept if one.energy is None]
    assert json.loads(other.samples) == junk


async def test_a_frame_too_long_to_read_is_answered_and_kept_whole(world: World) -> None:
    long = "x" * (LONGEST_FRAME + 1)
    async with world.station() as station:
        await station.say(f'[2, "a", "DataTransfer", {{"vendorId": "v", "data": "{long}"}}]')
        assert (await station.hear())[:3] == [4, "a", "FormationViolation"]
        await station.say(f'[2, "b", "MeterValues", {{"connectorId": 1, "x": "{long}"}}]')
        assert await station.hear() == [3, "b", {}]
        await station.beats()
    (kept,) = await world.doubtful()
    assert long in str(kept.content["frame"])


async def test_a_frame_of_20_megabytes_costs_the_line_and_not_the_server(world: World) -> None:
    await world.add_station("CP1")
    async with world.station("CP2") as other:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
        writer.write(opening("/ocpp/CP1"))
        await reader.readuntil(b"\r\n\r\n")
        # RFC 6455, 5.2: a final text frame of so many bytes, masked with zeros.
        writer.write(b"\x81\xff" + (20_000_000).to_bytes(8) + bytes(4) + b"x" * 100_000)
        async with asyncio.timeout(PATIENCE_S):
            closing = await reader.read()
        assert closing[:1] == b"\x88"
        assert int.from_bytes(closing[2:4]) == 1009
        writer.close()
        await other.beats()
    async with world.station("CP1") as station:
        await station.beats()


class LastFrames:
    """A frame log that remembers the last few, counts, and has room while `free` is set."""

    def __init__(self) -> None:
        self.last: deque[str] = deque(maxlen=4)
        self.inbound = 0
        self.free = asyncio.Event()
        self.free.set()

    def of(self, station: Station) -> LastFrames:
        return self

    def append(self, *, inbound: bool, frame: str, at: Instant, **_: Any) -> int:
        self.last.append(frame)
        self.inbound += inbound
        return 1

    async def room(self) -> None:
        await self.free.wait()


async def test_a_flood_leaves_nothing_behind() -> None:
    """ROBUSTNESS.md, line 19: memory per connection is bounded."""
    flood = [
        '[3, "nobody-asked-%d", {"status": "Accepted"}]',
        '[4, "nobody-asked-%d", "GenericError", "", {}]',
        '[2, "unknown-%d", "Unknown", {}]',
        '[2, "garbled-%d", "Heartbeat", {',
        '[2, "beat-%d", "Heartbeat", {}]',
        "no json %d",
    ]
    async with a_world(frames=LastFrames()) as world, world.station() as station:

        async def wave(first: int) -> None:
            for number in range(first, first + 300):
                for frame in flood:
                    await station.say(frame % number)
                for _ in range(4):
                    await station.hear()

        await wave(0)
        gc.collect()
        before = len(gc.get_objects())
        await wave(1000)
        gc.collect()
        assert len(gc.get_objects()) - before < 200


async def test_a_station_that_does_not_wait_is_read_no_faster_than_its_reports_are_stored() -> None:
    """ROBUSTNESS.md, line 19: while one report waits for the storage, the next ones wait in the network."""
    frames = LastFrames()
    async with a_world(frames=frames) as world, world.station() as station:
        before = frames.inbound
        world.storage.open.clear()
        payload = {"vendorId": "v", "data": "x" * 100_000}
        sending = asyncio.create_task(_send(station.say, payload, 100))
        done, _ = await asyncio.wait([sending], timeout=0.5)
        assert not done, "the server has swallowed ten megabytes"
        assert frames.inbound - before <= 1
        world.storage.open.set()
        for _ in range(100):
            assert (await station.hear())[0] == 3
        await sending


async def test_a_station_that_floods_is_read_no_faster_than_its_frames_are_stored() -> None:
    """Nobody waits for the storage of a heartbeat, so its frames alone could fill the memory."""
    frames = LastFrames()
    async with a_world(frames=frames) as world, world.station() as station:
        frames.free.clear()
        await station.beats()  # was being waited for when the log filled up
        before = frames.inbound
        await station.say([2, "held", "Heartbeat", {}])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await station.hear()
        assert frames.inbound == before
        frames.free.set()
        assert (await station.hear())[1] == "held"


async def _send(say: Any, payload: dict[str, str], times: int) -> None:
    for number in range(times):
        await say([2, str(number), "DataTransfer", payload])
