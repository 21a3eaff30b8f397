"""The ten messages that a station begins (Core, Firmware Management): answered by the schema, and kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emobility_adapters.ocpp.v16.schemas import FROM_STATION
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.instants import Instant, Period
from emobility_core.network import CONNECTORS_KEPT, ReportKind

from .messages import boot, start, status, stop, values
from .world import CARD, NOW, World


async def test_a_boot_is_accepted_kept_and_counted(world: World) -> None:
    payload = boot(
        chargePointSerialNumber="SN-1",
        firmwareVersion="1.2.3",
        iccid="89490200",
        imsi="26201",
        meterType="eHZ",
    )
    async with world.station() as station:
        answer = await station.call("BootNotification", payload)
    assert (answer["status"], answer["currentTime"]) == ("Accepted", "2026-06-10T14:00:00.123Z")
    assert 300 <= answer["interval"] < 360
    state = await world.state()
    assert (state.boots, state.booted_at) == (1, NOW)
    assert state.boot is not None
    assert (state.boot.vendor, state.boot.firmware, state.boot.iccid) == ("Amperfied", "1.2.3", "89490200")
    (report,) = await world.reports()
    assert (report.kind, report.content) == (ReportKind.BOOT, payload)


async def test_another_firmware_is_announced(world: World) -> None:
    async with world.station() as station:
        await station.call("BootNotification", boot(firmwareVersion="1"))
        await station.call("BootNotification", boot(firmwareVersion="2"))
    await world.event("station.firmware_changed")


async def test_stations_that_return_together_do_not_beat_together(world: World) -> None:
    """ROBUSTNESS.md, line 18: a jittered heartbeat interval, the same for a station each time."""
    intervals = []
    for number in range(8):
        async with world.station(f"CP-{number}") as station:
            for _ in range(2):
                intervals.append((await station.call("BootNotification", boot()))["interval"])
    assert intervals[::2] == intervals[1::2]
    assert len(set(intervals)) > 4


async def test_a_heartbeat_tells_the_time(world: World) -> None:
    async with world.station() as station:
        assert await station.call("Heartbeat", {}) == {"currentTime": "2026-06-10T14:00:00.123Z"}
        world.clock.advance(timedelta(seconds=60))
        assert await station.call("Heartbeat", {}) == {"currentTime": "2026-06-10T14:01:00.123Z"}


async def test_a_tag_is_accepted_blocked_expired_or_unknown(world: World) -> None:
    past = Period(until=Instant(NOW - timedelta(days=1)))
    await world.add_token("blocked", blocked=True)
    await world.add_token("expired", validity=past)
    async with world.station() as station:
        statuses = [
            (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]["status"]
            for tag in (CARD.lower(), "blocked", "expired", "nobody")
        ]
    assert statuses == ["Accepted", "Blocked", "Expired", "Invalid"]


async def test_parent_and_expiry_are_told_with_the_tag(world: World) -> None:
    until = Instant(NOW + timedelta(days=1))
    await world.add_token("CHILD", parent=IdTag(CARD), validity=Period(until=until))
    async with world.station() as station:
        answer = await station.call("Authorize", {"idTag": "CHILD"})
    assert answer["idTagInfo"] == {
        "status": "Accepted",
        "parentIdTag": CARD,
        "expiryDate": "2026-06-11T14:00:00.123Z",
    }


async def test_connectors_beyond_any_station_are_kept_as_reports_alone(world: World) -> None:
    async with world.station() as station:
        for number in range(CONNECTORS_KEPT + 2):
            assert await station.call("StatusNotification", status("Available", connectorId=number)) == {}
        assert await station.call("StatusNotification", status("Charging", connectorId=1)) == {}
    async with world.store.transactions(world.scope) as work:
        kept = await work.connectors.of(world.stations["CP1"].id)
    assert [one.number for one in kept] == list(range(CONNECTORS_KEPT))
    assert kept[1].status == "Charging"
    reported = [one.connector for one in await world.reports() if one.kind is ReportKind.STATUS]
    assert sorted(number for number in reported if number is not None)[-2:] == [
        CONNECTORS_KEPT,
        CONNECTORS_KEPT + 1,
    ]
    events = await world.store.feed.after(0, scope=world.scope, limit=10_000)
    told = [one.event.data["connector"] for one in events if one.event.type == "connector.status_changed"]
    assert len(told) == CONNECTORS_KEPT + 1


async def test_a_status_is_kept_and_the_last_received_counts(world: World) -> None:
    async with world.station() as station:
        for name in ("Preparing", "Charging"):
            assert await station.call("StatusNotification", status(name)) == {}
        assert await station.call("StatusNotification", status("Available", connectorId=0)) == {}
    assert ((await world.connector(1)).status, (await world.connector(0)).status) == ("Charging", "Available")
    assert [(one.kind, one.connector) for one in await world.reports()] == [
        (ReportKind.STATUS, 0),
        (ReportKind.STATUS, 1),
        (ReportKind.STATUS, 1),
    ]


async def test_a_fault_and_its_end_are_announced(world: World) -> None:
    async with world.station() as station:
        await station.call("StatusNotification", status("Faulted", errorCode="GroundFailure"))
        await station.call("StatusNotification", status("Available"))
    fault = await world.event("station.faulted")
    await world.event("station.recovered", after=fault)


@pytest.mark.parametrize(
    ("action", "payload", "kind", "answer"),
    [
        ("FirmwareStatusNotification", {"status": "Installed"}, ReportKind.FIRMWARE, {}),
        ("DiagnosticsStatusNotification", {"status": "Uploaded"}, ReportKind.DIAGNOSTICS, {}),
        (
            "DataTransfer",
            {"vendorId": "com.example", "messageId": "m", "data": '{"a": 1}'},
            ReportKind.DATA_TRANSFER,
            {"status": "UnknownVendorId"},
        ),
    ],
)
async def test_firmware_diagnostics_and_vendors_reports_are_kept_as_sent(
    world: World, action: str, payload: dict[str, str], kind: ReportKind, answer: dict[str, str]
) -> None:
    async with world.station() as station:
        assert await station.call(action, payload) == answer
    (report,) = await world.reports()
    assert (report.kind, report.content, report.received_at) == (kind, payload, NOW)


async def test_a_whole_session_is_recorded_with_its_readings_and_priced(world: World) -> None:
    async with world.station() as station:
        answer = await station.call("StartTransaction", start())
        assert answer["idTagInfo"] == {"status": "Accepted"}
        number = answer["transactionId"]
        assert await station.call("MeterValues", values("2000", "3000", transactionId=number)) == {}
        assert await station.call("StopTransaction", stop(number, reason="EVDisconnected")) == {}
    session = await world.ended()
    assert (session.delivered, session.stop_reason) == (Energy.wh(10000), "EVDisconnected")
    assert [one.energy for one in await world.readings(session.id)] == [Energy.wh(2000), Energy.wh(3000)]
    await world.react()
    rating = await world.rating(session.id)
    assert (str(rating.gross.amount), rating.currency) == ("3.90", "EUR")


async def test_every_message_that_a_station_begins_is_answered_and_its_frame_kept(world: World) -> None:
    said = {
        "Authorize": {"idTag": CARD},
        "BootNotification": boot(),
        "DataTransfer": {"vendorId": "v"},
        "DiagnosticsStatusNotification": {"status": "Idle"},
        "FirmwareStatusNotification": {"status": "Idle"},
        "Heartbeat": {},
        "LogStatusNotification": {"status": "Idle"},
        "MeterValues": values("1"),
        "SecurityEventNotification": {"type": "StartupOfTheDevice", "timestamp": "2026-06-10T12:00:00Z"},
        "SignCertificate": {"csr": "no request at all"},
        "SignedFirmwareStatusNotification": {"status": "Idle"},
        "StartTransaction": start(),
        "StatusNotification": status("Available"),
        "StopTransaction": stop(1),
    }
    assert said.keys() == set(FROM_STATION)
    async with world.station() as station:
        for action, payload in said.items():
            await station.call(action, payload)
    kept = world.frames_of()[-len(said) :]
    assert all(f'"{action}"' in frame for action, frame in zip(said, kept, strict=True))
    answered = [inbound for inbound, _, _ in world.frames.frames[world.stations["CP1"].id]]
    assert answered == [True, False] * (len(said) + 1)
