"""Everything that a station can be asked over the API, and what the foreign one answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.scenarios.outside import CARD, Json

_LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
_FILES = "https://files.example.org/f"
_PROFILE = {
    "id": 1,
    "purpose": "default",
    "schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "16"}]},
}
_HASHED = {"issuer_name": "a1b2", "issuer_key": "c3d4", "serial": "05"}
_PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

# The bodies of `POST /v1/commands` without their station; a remote stop needs a session and stands apart.
BODIES: list[Json] = [
    {"type": "change_availability", "connector": 0, "operative": True},
    {"type": "unlock_connector", "connector": 1},
    {"type": "reset", "hard": False},
    {"type": "clear_cache"},
    {"type": "get_configuration", "keys": ["HeartbeatInterval"]},
    {"type": "change_configuration", "key": "HeartbeatInterval", "value": "300"},
    {"type": "transfer_data", "vendor": "org.example", "message": "Display", "data": "Hello"},
    {"type": "trigger_message", "message": "status", "connector": 1},
    {"type": "trigger_message", "message": "sign_certificate"},
    {"type": "get_diagnostics", "location": _FILES},
    {"type": "get_log", "log": "security", "location": _FILES},
    {"type": "update_firmware", "location": _FILES, "retrieve_at": _LATER, "version": "2.1"},
    {"type": "signed_update_firmware", "location": _FILES, "retrieve_at": _LATER, "certificate": _PEM,
     "signature": "MEUCIQD", "version": "2.1"},
    {"type": "get_local_list_version"},
    {"type": "send_local_list", "version": 7, "full": True,
     "entries": [{"id_tag": CARD, "status": "Accepted"}]},
    {"type": "reserve_now", "reservation": 12, "connector": 1, "id_tag": CARD, "expires_at": _LATER},
    {"type": "cancel_reservation", "reservation": 12},
    {"type": "set_charging_profile", "connector": 1, "profile": _PROFILE},
    {"type": "clear_charging_profile", "profile": 1},
    {"type": "get_composite_schedule", "connector": 1, "duration_s": 3600},
    {"type": "install_certificate", "use": "central_system", "certificate": _PEM},
    {"type": "get_installed_certificates", "use": "central_system"},
    {"type": "delete_certificate", "certificate": _HASHED},
    {"type": "send_signed_certificate", "chain": _PEM},
    {"type": "remote_start", "id_tag": CARD, "connector": 1},
]  # fmt: skip

_ACCEPTED = """
    CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile
    DataTransfer DeleteCertificate ExtendedTriggerMessage GetLog InstallCertificate RemoteStartTransaction
    RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware
    TriggerMessage
"""
# What the station answers, by the name on the wire.
ANSWERS: dict[str, dict[str, Any]] = {
    **{name: {"status": "Accepted"} for name in _ACCEPTED.split()},
    "GetCompositeSchedule": {"status": "Rejected"},
    "GetConfiguration": {"configurationKey": [], "unknownKey": []},
    "GetDiagnostics": {},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"listVersion": 0},
    "UnlockConnector": {"status": "Unlocked"},
    "UpdateFirmware": {},
}
