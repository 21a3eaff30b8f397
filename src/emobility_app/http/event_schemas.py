"""What each type of event says: the JSON schema of its `data`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emobility_app.http.schemas import (
    DECIMAL,
    ENERGY,
    INSTANT,
    MONEY,
    TEXT,
    Schema,
    id_schema,
    objects,
    optional,
)

EVENT = objects(
    {
        "id": id_schema("evt"),
        "type": TEXT,
        "seq": {"type": "integer", "description": "Counts the tenant's events without gaps."},
        "cursor": TEXT,
        "tenant": id_schema("ten"),
        "subject": TEXT,
        "at": INSTANT,
        "data": {"type": "object"},
    },
    title="Event",
)
EVENT_REFERENCE = objects(
    {name: schema for name, schema in EVENT["properties"].items() if name != "data"}
    | {"data_omitted": {"const": True, "description": "The data is too large to push: read the feed."}},
    title="EventReference",
)
_NUMBER: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_WORDS: Schema = {"type": "array", "items": TEXT}
_SESSION = {
    "session": id_schema("ses"),
    "station": id_schema("sta"),
    "connector": _NUMBER,
    "started_at": INSTANT,
}
_TEST_CLOCK = {"test_clock": id_schema("tck"), "now": INSTANT}
_END = {
    **_SESSION,
    "ended_at": INSTANT,
    "energy_kwh": optional(ENERGY),
    "stop_reason": TEXT,
    "estimated": _FLAG,
    "doubts": _WORDS,
}
_COMMAND = {
    "command": id_schema("cmd"),
    "station": id_schema("sta"),
    "kind": TEXT,
    "status": TEXT,
    "session": optional(id_schema("ses")),
}
_CONFIGURATION = {
    "station": id_schema("sta"),
    "station_configuration": id_schema("scf"),
    "keys": _WORDS,
    "billing": _FLAG,
    "detail": optional(TEXT),
}
_STRANGER = {"quarantined_station": id_schema("qst"), "identity": TEXT}
_LIST = {
    "local_list": id_schema("lal"),
    "station": id_schema("sta"),
    "version": _NUMBER,
    "entries": optional(_NUMBER),
    "error": optional(TEXT),
}
_BATCH = {
    "posting_batch": id_schema("pba"),
    "ledger": id_schema("ldg"),
    "number": _NUMBER,
    "digest": TEXT,
    "lines": _NUMBER,
    "answered": _NUMBER,
    "rejected": _NUMBER,
}
_RESERVATION = {
    "reservation": id_schema("rsv"),
    "station": id_schema("sta"),
    "number": _NUMBER,
    "connector": _NUMBER,
    "id_tag": TEXT,
    "expires_at": INSTANT,
    "status": TEXT,
    "outcome": optional(TEXT),
    "session": optional(id_schema("ses")),
}
_STATION = {"station": id_schema("sta")}
_CERTIFICATE = {
    "station_certificate": id_schema("crt"),
    **_STATION,
    "serial": TEXT,
    "not_after": INSTANT,
}
_PROGRESS = {**_STATION, "status": TEXT, "request": optional(_NUMBER)}
_STATUS = {**_STATION, "connector": _NUMBER, "status": TEXT, "error_code": TEXT, "was": optional(TEXT)}


def _of_record(name: str, prefix: str, *verbs: str) -> dict[str, dict[str, Schema]]:
    return {f"{name}.{verb}": {name: id_schema(prefix), "version": _NUMBER} for verb in verbs}


_LIMIT = {
    "site": id_schema("sit"),
    "load_budget": id_schema("lbu"),
    "limits": {"type": "array", "items": DECIMAL, "description": "Amperes on L1, L2 and L3."},
    "source": TEXT,
    "since": optional(INSTANT),
    "until": optional(INSTANT),
    "by": TEXT,
    "reason": TEXT,
}
_SIGN_IN = {
    "sign_in": id_schema("sgn"),
    "user": id_schema("usr"),
    "client": id_schema("cli"),
    "because": optional(TEXT),
}
_CLIENT = {"client": id_schema("cli"), "name": TEXT, "scopes": _WORDS, "version": _NUMBER}
_ROLE = {"role": id_schema("rol"), "permissions": _WORDS, "version": _NUMBER}
_ASSIGNMENT = {
    "role_assignment": id_schema("ras"),
    "actor": TEXT,
    "role": TEXT,
    "sites": optional({"type": "array", "items": id_schema("sit")}),
}
_GRANT = {
    "grant": id_schema("gra"),
    "grantee": id_schema("ten"),
    "rights": _WORDS,
    "version": _NUMBER,
}
_DATA: Mapping[str, Mapping[str, Schema]] = {
    **_of_record(
        "webhook_endpoint", "whe", "created", "changed", "disabled", "removed", "secret_rotated", "tested"
    ),
    **_of_record("load_budget", "lbu", "created", "changed"),
    **_of_record("load_point", "lpt", "created", "changed"),
    **_of_record("load_limit", "lli", "created", "changed"),
    **_of_record("load_priority", "lpr", "created", "changed"),
    "site.load_limit_changed": _LIMIT,
    "charging_profile.changed": {
        "charging_profile": id_schema("prf"),
        "station": id_schema("sta"),
        "connector": _NUMBER,
        "state": TEXT,
    },
    **{f"role.{verb}": _ROLE for verb in ("created", "changed", "removed")},
    **{f"role_assignment.{verb}": _ASSIGNMENT for verb in ("created", "changed", "removed")},
    **{f"grant.{verb}": _GRANT for verb in ("created", "changed", "revoked")},
    "tenant.created": {"tenant": id_schema("ten"), "parent": id_schema("ten")},
    **_of_record("tenant", "ten", "changed", "closed", "reopened"),
    "tenant.moved": {"tenant": id_schema("ten"), "parent": id_schema("ten")},
    "tenant.departed": {"tenant": id_schema("ten"), "parent": id_schema("ten")},
    "tenant.settings_changed": {"tenant": id_schema("ten"), "version": _NUMBER, "settings": _WORDS},
    **_of_record("site", "sit", "created", "changed"),
    **_of_record("station_group", "sgr", "created", "changed"),
    **_of_record("station", "sta", "registered", "changed"),
    "quarantined_station.created": _STRANGER,
    "quarantined_station.adopted": {**_STRANGER, "station": id_schema("sta")},
    "quarantined_station.dismissed": _STRANGER,
    **_of_record("configuration_template", "cft", "created", "changed"),
    "station.configuration_verified": _CONFIGURATION,
    "station.configuration_drifted": _CONFIGURATION,
    "station.configuration_unverified": _CONFIGURATION,
    "station.reboot_required": _CONFIGURATION,
    **_of_record("user_group", "ugr", "created", "changed"),
    **_of_record("customer", "cus", "created", "changed"),
    **_of_record("contract", "ctr", "created", "changed"),
    **_of_record("token", "tok", "created", "changed", "blocked"),
    **_of_record("tariff_assignment", "tas", "created", "changed"),
    **_of_record("ledger", "ldg", "created", "changed"),
    **_of_record("account_rule", "acr", "created", "changed"),
    **{f"posting_batch.{what}": _BATCH for what in ("closed", "acknowledged", "rejected")},
    **_of_record("tariff", "tar", "changed"),
    "tariff.published": {"tariff": id_schema("tar"), "version": id_schema("tav"), "number": _NUMBER},
    "tariff.superseded": {"tariff": id_schema("tar"), "version": id_schema("tav"), "by": id_schema("tav")},
    **_of_record("trusted_issuer", "iss", "created", "changed"),
    **_of_record("user", "usr", "created", "changed"),
    **{f"sign_in.{verb}": _SIGN_IN for verb in ("begun", "ended")},
    **{f"signing_key.{verb}": {"kid": TEXT} for verb in ("rotated", "retired")},
    **{f"api_client.{verb}": _CLIENT for verb in ("created", "changed", "secret_rotated")},
    "audit.anchored": {"audit_chain": id_schema("ten"), "seq": _NUMBER, "hash": TEXT},
    "station.booted": {**_STATION, "firmware": optional(TEXT), "boots": _NUMBER},
    "station.firmware_status": _PROGRESS,
    "station.upload_status": _PROGRESS,
    "station.security_event": {
        "station": optional(id_schema("sta")),
        "security_event": id_schema("sec"),
        "type": TEXT,
    },
    **{f"station_certificate.{what}": _CERTIFICATE for what in ("issued", "installed", "refused", "revoked")},
    **_of_record("certificate_authority", "cau", "created", "changed"),
    "station.online": _STATION,
    "station.offline": _STATION,
    "station.unreachable": {**_STATION, "last_seen_at": optional(INSTANT)},
    "station.reachable": _STATION,
    "station.clock_drifted": {**_STATION, "offset_ms": _NUMBER},
    "station.faulted": _STATUS,
    "station.recovered": _STATUS,
    "station.firmware_changed": {**_STATION, "from": optional(TEXT), "to": optional(TEXT)},
    "connector.status_changed": _STATUS,
    "session.started": {
        **_SESSION,
        "transaction_id": _NUMBER,
        "id_tag": TEXT,
        "authorization": TEXT,
        "meter_start_kwh": optional(ENERGY),
        "reservation": optional(_NUMBER),
    },
    "test_clock.created": _TEST_CLOCK,
    "test_clock.advanced": _TEST_CLOCK,
    "test_clock.deleted": _TEST_CLOCK,
    "session.updated": {**_SESSION, "energy_kwh": optional(ENERGY)},
    "session.stalled": {**_SESSION, "why": TEXT, "last_heard_at": INSTANT},
    "session.reopened": {**_SESSION, "energy_kwh": optional(ENERGY)},
    "session.ended": _END,
    "session.corrected": _END,
    "doubt.resolved": {
        "resolution": id_schema("rsl"),
        "doubt": optional(id_schema("dbt")),
        "session": optional(id_schema("ses")),
        "station": id_schema("sta"),
        "action": TEXT,
        "reason": TEXT,
        "by": TEXT,
    },
    "session.quarantined": {"session": id_schema("ses"), "reasons": _WORDS},
    "session.rated": {
        "session": id_schema("ses"),
        "held": _FLAG,
        "total": MONEY,
        "billable": _FLAG,
        "reasons": _WORDS,
    },
    "attachment.removed": {
        "attachment": id_schema("att"),
        "station": id_schema("sta"),
        "command": id_schema("cmd"),
        "name": TEXT,
        "by": TEXT,
    },
    "local_list.synced": _LIST,
    "local_list.failed": _LIST,
    "reservation.requested": _RESERVATION,
    "reservation.accepted": _RESERVATION,
    "reservation.refused": _RESERVATION,
    "reservation.replaced": _RESERVATION,
    "reservation.cancelled": _RESERVATION,
    "reservation.used": _RESERVATION,
    "reservation.expired": _RESERVATION,
    "reservation.no_show": _RESERVATION,
    "operation.completed": {
        "operation": id_schema("op"),
        "kind": TEXT,
        "status": TEXT,
        "error": optional(TEXT),
    },
    "command.queued": _COMMAND,
    "command.accepted": _COMMAND,
    "command.completed": _COMMAND,
    "command.failed": _COMMAND,
}
EVENT_DATA: dict[str, Schema] = {kind: objects(data) for kind, data in sorted(_DATA.items())}


def webhooks() -> dict[str, Any]:
    """The part of OpenAPI that describes each type of event."""
    return {kind: {"post": _webhook(kind, data)} for kind, data in EVENT_DATA.items()}


def _webhook(kind: str, data: Schema) -> dict[str, Any]:
    particular = {"properties": {"type": {"const": kind}, "data": data}}
    schema = {"anyOf": [{"allOf": [EVENT, particular]}, EVENT_REFERENCE]}
    return {
        "operationId": f"event_{kind.replace('.', '_')}",
        "summary": kind,
        "tags": ["events"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "Heard."}},
    }
