"""Payloads of OCPP 1.6 as the reports that the domain records."""

from __future__ import annotations

import hashlib
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from emobility_adapters.ocpp.dialect import Dialect
from emobility_adapters.ocpp.v16.tolerance import CONNECTORS, Fields
from emobility_core.charging import ReportReadings, ReportStart, ReportStop, TimedSamples
from emobility_core.energy import Energy
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import BootReport, RecordBoot, RecordStatus

_ABSURD_POWER = 13


def boot(fields: Fields, station: StationId) -> RecordBoot:
    return RecordBoot(station=station, boot=boot_report(fields), content=fields.payload)


def boot_report(fields: Fields) -> BootReport:
    return BootReport(
        vendor=fields.text("chargePointVendor") or "",
        model=fields.text("chargePointModel") or "",
        serial_number=fields.text("chargePointSerialNumber") or fields.text("chargeBoxSerialNumber"),
        firmware=fields.text("firmwareVersion"),
        iccid=fields.text("iccid"),
        imsi=fields.text("imsi"),
        meter_type=fields.text("meterType"),
        meter_serial_number=fields.text("meterSerialNumber"),
    )


def status(fields: Fields, station: StationId, received: Instant, dialect: Dialect) -> RecordStatus:
    return RecordStatus(
        station=station,
        connector=fields.connector(),
        status=fields.required_text("status"),
        error_code=fields.text("errorCode") or "NoError",
        info=fields.text("info"),
        content=fields.payload,
        time=dialect.time(fields.text("timestamp"), received),
    )


def start(
    fields: Fields,
    station: StationId,
    message_id: str,
    boot: int,
    received: Instant,
    dialect: Dialect,
) -> ReportStart:
    sent = orjson.dumps([message_id, fields.payload], option=orjson.OPT_SORT_KEYS)
    return ReportStart(
        station=station,
        connector=fields.connector(),
        id_tag=dialect.tag(fields.required_text("idTag")),
        meter=register(fields.payload.get("meterStart")),
        time=dialect.time(fields.text("timestamp"), received),
        message=hashlib.sha256(sent).hexdigest()[:32],
        boot=boot,
        reservation=_reservation(fields),
    )


def _reservation(fields: Fields) -> int | None:
    """The number of a reservation; some stations send 0 where they had none."""
    number = fields.integer("reservationId")
    return number if number is not None and 0 < number < 2**31 else None


def stop(fields: Fields, station: StationId, received: Instant, dialect: Dialect) -> ReportStop:
    if not any(fields.text(name) for name in ("transactionId", "meterStop", "timestamp")):
        raise fields.lacks("transactionId")
    tag = fields.text("idTag")
    return ReportStop(
        station=station,
        transaction_id=fields.transaction_id(),
        meter=register(fields.payload.get("meterStop")),
        time=dialect.time(fields.text("timestamp"), received),
        id_tag=None if tag is None else dialect.tag(tag),
        reason=fields.text("reason"),
        values=_timed(fields, "transactionData", received, dialect),
        content=fields.payload,
    )


def readings(
    fields: Fields,
    station: StationId,
    message_id: str,
    received: Instant,
    dialect: Dialect,
) -> ReportReadings:
    if not isinstance(fields.payload.get("meterValue"), list | dict):
        raise fields.lacks("meterValue")
    connector = fields.integer("connectorId")
    sent = orjson.dumps([message_id, fields.payload])
    return ReportReadings(
        station=station,
        connector=connector if connector is not None and connector in CONNECTORS else 0,
        transaction_id=fields.transaction_id(),
        values=_timed(fields, "meterValue", received, dialect),
        message=hashlib.blake2b(sent, digest_size=16).hexdigest(),
    )


def _timed(fields: Fields, name: str, received: Instant, dialect: Dialect) -> list[TimedSamples]:
    if fields.sound:
        values = [_sound_samples(value, received, dialect) for value in fields.payload.get(name, ())]
    else:
        values = _mended(fields.things(name), received, dialect)
    return [value for value in values if value.raw != "[]"]


def register(value: Any) -> Energy | None:
    """A meter register in Wh as stations send it: an integer, a decimal, or either as text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**13:
        return Energy.wh(value)
    if not isinstance(value, float | str):
        return None
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    # Compared by digits: arithmetic raises for what is as large as a text can say, such as 1E+9999999.
    is_sane = exact.is_finite() and exact.adjusted() < _ABSURD_POWER
    return Energy(int(exact * 1000)) if is_sane else None


def _sound_samples(value: dict[str, Any], received: Instant, dialect: Dialect) -> TimedSamples:
    samples = value["sampledValue"]
    raw = orjson.dumps(samples).decode()
    return dialect.samples(dialect.time(value["timestamp"], received), samples, raw)


def _mended(values: list[Any], received: Instant, dialect: Dialect) -> list[TimedSamples]:
    """What holds samples, each by itself. What holds none is kept together: two bytes of it would be a
    record each, and a frame of it millions."""
    found: list[TimedSamples] = []
    others: list[Any] = []
    for value in values:
        if isinstance(value, dict) and Fields(value, False).objects("sampledValue"):
            found.append(_mended_samples(value, received, dialect))
        elif not isinstance(value, dict) or value.get("sampledValue", []) != []:
            others.append(value)
    if len(others) == 1:
        found.append(_mended_samples(others[0], received, dialect))
    elif others:
        raw = orjson.dumps(others).decode()
        found.append(TimedSamples(dialect.time(None, received), [], raw, coerced=True))
    return found


def _mended_samples(value: Any, received: Instant, dialect: Dialect) -> TimedSamples:
    if not isinstance(value, dict):
        return TimedSamples(dialect.time(None, received), [], orjson.dumps(value).decode(), coerced=True)
    fields = Fields(value, False)
    sent = fields.payload.get("sampledValue", [])
    samples = [
        {name: part.strip() if isinstance(part, str) else part for name, part in sample.items()}
        for sample in fields.objects("sampledValue")
    ]
    time = dialect.time(fields.text("timestamp"), received)
    return dialect.samples(time, samples, orjson.dumps(sent).decode(), coerced=True)
