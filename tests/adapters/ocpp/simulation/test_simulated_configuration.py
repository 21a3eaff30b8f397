"""A simulated station has every configuration key of OCPP 1.6, with the access that is prescribed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emobility_adapters.ocpp.simulation.configuration import Configuration


@pytest.fixture
def configuration() -> Configuration:
    return Configuration(connectors=2, sample_interval_s=60)


@pytest.mark.oracle("configuration keys of OCPP 1.6")
def test_each_key_is_there_and_written_only_where_it_may_be(
    vectors: Path, configuration: Configuration
) -> None:
    keys: list[dict[str, Any]] = json.loads((vectors / "ocpp" / "configuration_keys.json").read_text())
    told = {one["key"]: one["readonly"] for one in configuration.report([])["configurationKey"]}
    # Keys that are written only are not told; its meter does not sign.
    wanted = {
        key["name"]: key["access"] in ("R", "RO")
        for key in keys
        if key["access"] != "W" and key["profile"] not in ("SignedMeterValues", "OCMF best practice")
    }
    assert wanted.items() <= told.items()
    assert "AuthorizationKey" in configuration


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("HeartbeatInterval", "60", "Accepted"),
        ("HeartbeatInterval", "-1", "Rejected"),
        ("LocalPreAuthorize", "TRUE", "Accepted"),
        ("LocalPreAuthorize", "yes", "Rejected"),
        ("MeterValuesSampledData", "Voltage, SoC", "Accepted"),
        ("MeterValuesSampledData", "Coffee", "Rejected"),
        ("ConnectorPhaseRotation", "1.RST", "RebootRequired"),
        ("NumberOfConnectors", "3", "Rejected"),
        ("Colour", "red", "NotSupported"),
    ],
)
def test_a_change_is_answered_by_key_and_value(
    configuration: Configuration, key: str, value: str, status: str
) -> None:
    assert configuration.change(key, value) == status


def test_a_station_may_lack_keys_and_have_its_own(configuration: Configuration) -> None:
    configuration.remove("LightIntensity")
    configuration.set("VendorColour", "green")
    answer = configuration.report(["LightIntensity", "VendorColour", "AuthorizationKey"])
    assert answer["unknownKey"] == ["LightIntensity", "AuthorizationKey"]
    assert answer["configurationKey"] == [{"key": "VendorColour", "readonly": False, "value": "green"}]
