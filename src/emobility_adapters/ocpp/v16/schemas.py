"""The JSON schemas of OCPP 1.6, from the `ocpp` package: the one seam to it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import jsonschema_rs
import orjson

# Every request that a station may begin.
FROM_STATION = (
    "Authorize",
    "BootNotification",
    "DataTransfer",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
    "StartTransaction",
    "StatusNotification",
    "StopTransaction",
)


@cache
def request_schema(action: str) -> jsonschema_rs.Draft4Validator:
    return _load(action)


@cache
def response_schema(action: str) -> jsonschema_rs.Draft4Validator:
    return _load(f"{action}Response")


def _load(name: str) -> jsonschema_rs.Draft4Validator:
    text = (files("ocpp.v16") / "schemas" / f"{name}.json").read_bytes().removeprefix(b"\xef\xbb\xbf")
    return jsonschema_rs.Draft4Validator(orjson.loads(text))
