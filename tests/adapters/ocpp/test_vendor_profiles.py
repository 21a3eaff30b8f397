"""Makers' deviations are data: matched by what a station says when it boots, raw texts kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from emobility_adapters.ocpp.vendors import (
    PLAIN,
    MalformedVendorProfile,
    VendorProfile,
    VendorProfiles,
    shipped,
    with_own,
)
from emobility_core.charging import Doubt, Quality
from emobility_core.energy import Energy
from emobility_core.instants import parse_instant
from emobility_core.network import BootReport

from .messages import boot, start, stop, values
from .world import CARD, World, a_world

OPENEVSE = {"chargePointVendor": "OpenEVSE", "firmwareVersion": "4.2.2"}
OWN = """
source = "our own measurement"
time_zone = "Europe/Berlin"
register_location = "Inlet"
phase_suffix = true
ignored_measurands = ["Temperature"]
tag_separators = ["#", "-"]
start_answer_delay_s = 0.05

[match]
vendor = "ACME"
model = "Box ?"
"""


def _reading(*samples: dict[str, Any]) -> dict[str, Any]:
    told = values("0", minutes=20)
    told["meterValue"][0]["sampledValue"] = list(samples)
    return told


async def test_kilowatt_hours_that_are_labelled_wh_are_counted_as_what_they_are(world: World) -> None:
    async with world.station() as station:
        await station.call("BootNotification", boot(**OPENEVSE))
        number = (await station.call("StartTransaction", start(meterStart=361_000)))["transactionId"]
        sample = {"value": "362", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        await station.call("MeterValues", _reading(sample) | {"transactionId": number})
        session = await world.session()
        assert session.meter_last == Energy.wh(362_000)
        (reading,) = await world.readings(session.id)
        assert Quality.VENDOR_PROFILE in reading.qualities
        assert orjson.loads(reading.samples) == [sample]


async def test_a_profile_is_known_after_a_reconnection_without_a_boot(world: World) -> None:
    async with world.station() as station:
        await station.call("BootNotification", boot(**OPENEVSE))
    async with world.station() as station:
        await station.call("MeterValues", values("5"))
    (reading,) = await world.readings()
    assert reading.energy == Energy.wh(5_000)


@pytest.mark.parametrize("firmware", ["4.3.0", ""])
async def test_other_firmware_is_taken_at_its_word(world: World, firmware: str) -> None:
    async with world.station() as station:
        newer = OPENEVSE | {"firmwareVersion": firmware}
        await station.call("BootNotification", boot(**newer))
        await station.call("MeterValues", values("5"))
    (reading,) = await world.readings()
    assert reading.energy == Energy.wh(5)
    assert reading.qualities == {Quality.NOT_LINKED}


async def test_an_operators_own_profile_counts_first(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(OWN)
    async with a_world(profiles=with_own(tmp_path)) as world, world.station() as station:
        await station.call("BootNotification", boot(chargePointVendor="acme", chargePointModel="BOX 2"))
        begun = asyncio.get_running_loop().time()
        told = start(idTag=f"{CARD}#serial-7", timestamp="2026-06-10T14:00:00")
        number = (await station.call("StartTransaction", told))["transactionId"]
        assert asyncio.get_running_loop().time() - begun >= 0.05
        session = await world.session()
        assert (session.id_tag.text, session.authorization.value) == (CARD, "Accepted")
        assert session.started_at == parse_instant("2026-06-10T12:00:00Z")
        assert (session.started_reported, session.doubts) == ("2026-06-10T14:00:00", frozenset())
        samples = [
            {"value": "9", "measurand": "Energy.Active.Import.Register", "location": "Outlet"},
            {"value": "7000", "measurand": "Energy.Active.Import.Register", "location": "Inlet"},
            {"value": "2000", "measurand": "Power.Active.Import.L1", "unit": "W"},
            {"value": "3000", "measurand": "Power.Active.Import.L2", "unit": "W"},
            {"value": "21", "measurand": "Temperature", "unit": "Celsius"},
        ]
        await station.call("MeterValues", _reading(*samples) | {"transactionId": number})
        (reading,) = await world.readings(session.id)
        assert (reading.energy, reading.power_w) == (Energy.wh(7000), 5000)
        assert orjson.loads(reading.samples) == samples
        end = stop(number, idTag=f"{CARD}-x", timestamp="2026-06-10T14:30:00", meterStop=7100)
        assert (await station.call("StopTransaction", end))["idTagInfo"]["status"] == "Accepted"
        assert Doubt.CLOCK_WITHOUT_ZONE not in (await world.ended()).doubts


def test_every_profile_that_is_shipped_names_its_source_and_matches_its_maker() -> None:
    profiles = shipped().profiles
    assert profiles
    assert all(one.source and one.vendor != "*" for one in profiles)
    found = shipped().of(BootReport(vendor="OpenEVSE", model="x", firmware="4.2.2"))
    assert found.register_unit == "kWh"
    assert shipped().of(BootReport(vendor="Any", model="x")) is PLAIN
    assert shipped().of(None) is PLAIN


def test_the_first_that_matches_counts() -> None:
    general, special = VendorProfile(source="a"), VendorProfile(source="b", vendor="V", firmware="1.*")
    boot = BootReport(vendor="v", model="m", firmware="1.2")
    assert VendorProfiles((special, general)).of(boot) is special
    assert VendorProfiles((general, special)).of(boot) is general


@pytest.mark.parametrize(
    "text",
    [
        "no toml at all",
        'source = "s"',
        'source = "s"\nregister_unit = "MWh"\n[match]\nvendor = "V"',
        'source = "s"\nunheard_of = 1\n[match]\nvendor = "V"',
        'source = "s"\ntime_zone = "Middle/Earth"\n[match]\nvendor = "V"',
        'source = "s"\nstart_answer_delay_s = 60\n[match]\nvendor = "V"',
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(MalformedVendorProfile) as refusal:
        with_own(tmp_path)
    assert refusal.value.file.endswith("bad.toml")
