"""What a plain station says, valid by default."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from emobility_core.testing.clock import NOON

from .world import CARD


def at(minutes: float = 0) -> str:
    """A time of the station, so many minutes after noon."""
    return (NOON + timedelta(minutes=minutes)).isoformat(timespec="seconds").replace("+00:00", "Z")


def boot(**changes: Any) -> dict[str, Any]:
    return {"chargePointVendor": "Amperfied", "chargePointModel": "Wallbox", **changes}


def start(**changes: Any) -> dict[str, Any]:
    return {"connectorId": 1, "idTag": CARD, "meterStart": 1000, "timestamp": at(), **changes}


def stop(number: int, **changes: Any) -> dict[str, Any]:
    return {"transactionId": number, "meterStop": 11000, "timestamp": at(60), **changes}


def values(*registers: str, minutes: float = 10, **changes: Any) -> dict[str, Any]:
    """Meter values of the total register in Wh, one a minute."""
    samples = [
        {"timestamp": at(minutes + n), "sampledValue": [{"value": register}]}
        for n, register in enumerate(registers)
    ]
    return {"connectorId": 1, "meterValue": samples, **changes}


def status(name: str, **changes: Any) -> dict[str, Any]:
    return {"connectorId": 1, "status": name, "errorCode": "NoError", "timestamp": at(), **changes}
