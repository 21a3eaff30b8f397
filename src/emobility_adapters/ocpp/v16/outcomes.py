"""Stations' answers as outcomes: what each status of OCPP 1.6 says of what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emobility_adapters.ocpp.frames import Failure, Result
from emobility_core.commands import CommandStatus, StationAnswer

_DONE, _WILL = CommandStatus.EFFECTIVE, CommandStatus.ACCEPTED
_NO, _CANNOT = CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED

# OCPP-J 1.6, table 7: what a station says that does not have the feature.
_LACKING = frozenset({"NotImplemented", "NotSupported"})

_DONE_IF_ACCEPTED: Mapping[str, CommandStatus] = {"Accepted": _DONE}
_WILL_IF_ACCEPTED: Mapping[str, CommandStatus] = {"Accepted": _WILL, "AcceptedCanceled": _WILL}

# What is not listed is a rejection in the station's own words, whether or not OCPP knows them.
_STATUSES: Mapping[str, Mapping[str, CommandStatus]] = {
    "CancelReservation": _DONE_IF_ACCEPTED,
    "CertificateSigned": _DONE_IF_ACCEPTED,
    "ChangeAvailability": {"Accepted": _DONE, "Scheduled": _WILL},
    "ChangeConfiguration": {"Accepted": _DONE, "RebootRequired": _WILL, "NotSupported": _CANNOT},
    "ClearCache": _DONE_IF_ACCEPTED,
    "ClearChargingProfile": _DONE_IF_ACCEPTED,
    "DataTransfer": {"Accepted": _DONE, "UnknownMessageId": _CANNOT, "UnknownVendorId": _CANNOT},
    "DeleteCertificate": _DONE_IF_ACCEPTED,
    "ExtendedTriggerMessage": {"Accepted": _DONE, "NotImplemented": _CANNOT},
    "GetCompositeSchedule": _DONE_IF_ACCEPTED,
    "GetInstalledCertificateIds": {"Accepted": _DONE, "NotFound": _DONE},
    "GetLog": _WILL_IF_ACCEPTED,
    "InstallCertificate": _DONE_IF_ACCEPTED,
    "RemoteStartTransaction": _WILL_IF_ACCEPTED,
    "RemoteStopTransaction": _WILL_IF_ACCEPTED,
    "ReserveNow": _DONE_IF_ACCEPTED,
    "Reset": _WILL_IF_ACCEPTED,
    "SendLocalList": {"Accepted": _DONE, "NotSupported": _CANNOT},
    "SetChargingProfile": {"Accepted": _DONE, "NotSupported": _CANNOT},
    "SignedUpdateFirmware": _WILL_IF_ACCEPTED,
    "TriggerMessage": {"Accepted": _DONE, "NotImplemented": _CANNOT},
    "UnlockConnector": {"Unlocked": _DONE, "NotSupported": _CANNOT},
}
# Answers without a status: what they must hold.
_CONTENTS: Mapping[str, frozenset[str]] = {
    "GetConfiguration": frozenset(),
    "GetLocalListVersion": frozenset({"listVersion"}),
}
_PLAIN = frozenset({"Accepted", "Rejected", "Unlocked"})


def outcome_of(action: str, answer: Result | Failure) -> StationAnswer:
    """What came of a request; words that a station invented are kept."""
    if isinstance(answer, Failure):
        words = f"{answer.code}: {answer.description}" if answer.description else answer.code
        return StationAnswer(_CANNOT if answer.code in _LACKING else _NO, words)
    if not isinstance(answer.payload, dict):
        return StationAnswer(_NO, "answered without a status")
    return _of_payload(action, answer.payload)


def _of_payload(action: str, payload: dict[str, Any]) -> StationAnswer:
    if action == "UpdateFirmware":
        # OCPP 1.6, 6.56: the answer is empty, whatever will come of it.
        return StationAnswer(_WILL, None, payload)
    if action == "GetDiagnostics":
        # OCPP 1.6, 5.9: no file name, no diagnostics.
        outcome, words = (_WILL, None) if payload.get("fileName") else (_NO, "no file")
        return StationAnswer(outcome, words, payload)
    if action in _CONTENTS:
        lacking = _CONTENTS[action] - payload.keys()
        outcome, words = (_NO, f"answered without {min(lacking)}") if lacking else (_DONE, None)
        return StationAnswer(outcome, words, payload)
    status = payload.get("status")
    if status is None:
        return StationAnswer(_NO, "answered without a status", payload)
    outcome = _STATUSES[action].get(str(status), _NO)
    plain = status == "Rejected" or (status in _PLAIN and outcome is not _NO)
    return StationAnswer(outcome, None if plain else str(status), payload)
