"""The JSON schemas of sessions, their cost and their readings."""

from __future__ import annotations

from emobility_app.http.schemas import DECIMAL, ENERGY, INSTANT, MONEY, TEXT, id_schema, objects, optional

_LINE = objects(
    {
        "component": TEXT,
        "quantity": DECIMAL,
        "unit": TEXT,
        "unit_price": DECIMAL,
        "amount": DECIMAL,
        "rounded": MONEY,
        "rule": TEXT,
        "since": optional(INSTANT),
        "until": optional(INSTANT),
        "vat_percent": DECIMAL,
        "net": DECIMAL,
        "tax": DECIMAL,
        "gross": DECIMAL,
    },
    title="CostLine",
)
_VAT_RATE = objects({"vat_percent": DECIMAL, "net": MONEY, "vat": MONEY, "total": MONEY}, title="CostVatRate")
_WORDS = {"type": "array", "items": TEXT}
_COST = {
    "title": "Cost",
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["rated", "held", "running"]},
        "total": MONEY,
        "net": MONEY,
        "vat": MONEY,
        "vat_percent": optional(DECIMAL),
        "vat_rates": {"type": "array", "items": _VAT_RATE},
        "prices_include_vat": {"type": "boolean"},
        "lines": {"type": "array", "items": _LINE},
        "lines_total": DECIMAL,
        "billable": {"type": "boolean"},
        "reasons": _WORDS,
        "rated_at": INSTANT,
    },
    "required": ["status", "total", "billable", "reasons"],
}
SESSION = objects(
    {
        "id": id_schema("ses"),
        "tenant": id_schema("ten"),
        "status": {"type": "string", "enum": ["active", "ended"]},
        "station": id_schema("sta"),
        "connector": {"type": "integer"},
        "transaction_id": {"type": "integer"},
        "id_tag": TEXT,
        "authorization": TEXT,
        "token": optional(id_schema("tok")),
        "customer": optional(id_schema("cus")),
        "contract": optional(id_schema("ctr")),
        "grant": optional(id_schema("gra")),
        "tariff_version": optional(id_schema("tav")),
        "started_at": INSTANT,
        "started_reported": optional(TEXT),
        "started_received_at": INSTANT,
        "started_corrected_at": optional(INSTANT),
        "ended_at": optional(INSTANT),
        "ended_reported": optional(TEXT),
        "ended_received_at": optional(INSTANT),
        "ended_corrected_at": optional(INSTANT),
        "meter_start_kwh": optional(ENERGY),
        "meter_last_kwh": optional(ENERGY),
        "meter_last_at": optional(INSTANT),
        "meter_stop_kwh": optional(ENERGY),
        "energy_kwh": optional(ENERGY),
        "stop_reason": optional(TEXT),
        "estimated": {"type": "boolean"},
        "doubts": _WORDS,
        "doubts_resolved": _WORDS,
        "discarded": {"type": "boolean"},
        "updated_at": INSTANT,
        "version": {"type": "integer"},
        "cost": optional(_COST),
    },
    title="Session",
)
READING = objects(
    {
        "at": INSTANT,
        "received_at": INSTANT,
        "reported": optional(TEXT),
        "connector": {"type": "integer"},
        "energy_kwh": optional(ENERGY),
        "power_w": optional({"type": "integer"}),
        "qualities": _WORDS,
        "samples": {"description": "As the station sent them."},
    },
    title="MeterReading",
)
