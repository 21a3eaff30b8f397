"""One order of each kind, the request that carries it, and what each answer to it comes to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import attrs

from emobility_core.commands import (
    CancelReservation,
    CertificateHash,
    CertificateUse,
    ChangeAvailability,
    ChangeConfiguration,
    ChargingProfile,
    ChargingSchedule,
    ClearCache,
    ClearChargingProfile,
    CommandStatus,
    DeleteCertificate,
    GetCompositeSchedule,
    GetConfiguration,
    GetDiagnostics,
    GetInstalledCertificates,
    GetLocalListVersion,
    GetLog,
    InstallCertificate,
    ListedStatus,
    LocalListEntry,
    LogKind,
    Order,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    Recurrence,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    Reset,
    RotateAuthorizationKey,
    SchedulePeriod,
    SendLocalList,
    SendSignedCertificate,
    SetChargingProfile,
    SignedUpdateFirmware,
    TransferData,
    TriggeredMessage,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
)
from emobility_core.instants import Instant
from emobility_core.testing.builders import make_active

from .world import NOW

S = CommandStatus
LATER = Instant(NOW + timedelta(hours=1))
AT, AN_HOUR_ON = "2026-06-10T14:00:00.123Z", "2026-06-10T15:00:00.123Z"
PLACE = "https://files.example.org/x"
HASH = CertificateHash(issuer_name="a1", issuer_key="b2", serial="c3")
NIGHTS = ChargingProfile(
    id=7,
    purpose=ProfilePurpose.DEFAULT,
    stack_level=2,
    kind=ProfileKind.RECURRING,
    recurrence=Recurrence.DAILY,
    valid_from=NOW,
    valid_until=LATER,
    schedule=ChargingSchedule(
        unit=RateUnit.A,
        starts_at=NOW,
        duration_s=3600,
        min_rate=Decimal(6),
        periods=(
            SchedulePeriod(start_s=0, limit=Decimal("16.1"), phases=3),
            SchedulePeriod(start_s=1800, limit=Decimal(32)),
        ),
    ),
)
NIGHTS_PAYLOAD = {
    "chargingProfileId": 7,
    "chargingProfileKind": "Recurring",
    "chargingProfilePurpose": "TxDefaultProfile",
    "recurrencyKind": "Daily",
    "stackLevel": 2,
    "validFrom": AT,
    "validTo": AN_HOUR_ON,
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "duration": 3600,
        "minChargingRate": 6,
        "startSchedule": AT,
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 16.1, "numberPhases": 3},
            {"startPeriod": 1800, "limit": 32},
        ],
    },
}
OWN = attrs.evolve(NIGHTS, purpose=ProfilePurpose.SESSION, kind=ProfileKind.ABSOLUTE, recurrence=None)
OWN_PAYLOAD = {
    **{name: value for name, value in NIGHTS_PAYLOAD.items() if name != "recurrencyKind"},
    "chargingProfileKind": "Absolute",
    "chargingProfilePurpose": "TxProfile",
}


@attrs.frozen
class Case:
    """An order, its request, and outcomes by the status that the station answers with."""

    order: Order
    action: str
    payload: dict[str, Any]
    outcomes: dict[str, CommandStatus]


_DONE = {"Accepted": S.EFFECTIVE, "Rejected": S.REJECTED}
_WILL = {"Accepted": S.ACCEPTED, "Rejected": S.REJECTED}
# Answers of another form than a status are told apart in the tests.
_OTHER: dict[str, CommandStatus] = {}

CASES = [
    Case(CancelReservation(reservation=3), "CancelReservation", {"reservationId": 3}, _DONE),
    Case(ChangeAvailability(connector=0, operative=False), "ChangeAvailability",
         {"connectorId": 0, "type": "Inoperative"}, {**_DONE, "Scheduled": S.ACCEPTED}),
    Case(ChangeAvailability(connector=1, operative=True), "ChangeAvailability",
         {"connectorId": 1, "type": "Operative"}, _DONE),
    Case(ChangeConfiguration(key="HeartbeatInterval", value="300"), "ChangeConfiguration",
         {"key": "HeartbeatInterval", "value": "300"},
         {**_DONE, "RebootRequired": S.ACCEPTED, "NotSupported": S.NOT_SUPPORTED}),
    Case(ClearCache(), "ClearCache", {}, _DONE),
    Case(ClearChargingProfile(), "ClearChargingProfile", {}, {**_DONE, "Unknown": S.REJECTED}),
    Case(ClearChargingProfile(profile=7, connector=1, purpose=ProfilePurpose.STATION_MAX, stack_level=0),
         "ClearChargingProfile",
         {"id": 7, "connectorId": 1, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 0},
         _DONE),
    Case(DeleteCertificate(certificate=HASH), "DeleteCertificate",
         {"certificateHashData": {"hashAlgorithm": "SHA256", "issuerNameHash": "a1", "issuerKeyHash": "b2",
                                  "serialNumber": "c3"}},
         {"Accepted": S.EFFECTIVE, "Failed": S.REJECTED, "NotFound": S.REJECTED}),
    Case(GetCompositeSchedule(connector=1, duration_s=600, unit=RateUnit.W), "GetCompositeSchedule",
         {"connectorId": 1, "duration": 600, "chargingRateUnit": "W"}, _DONE),
    Case(GetConfiguration(), "GetConfiguration", {}, _OTHER),
    Case(GetConfiguration(keys=("HeartbeatInterval",)), "GetConfiguration", {"key": ["HeartbeatInterval"]},
         _OTHER),
    Case(GetDiagnostics(location=PLACE, since=NOW, until=LATER, retries=2, retry_interval_s=30),
         "GetDiagnostics",
         {"location": PLACE, "startTime": AT, "stopTime": AN_HOUR_ON, "retries": 2, "retryInterval": 30},
         _OTHER),
    Case(GetInstalledCertificates(use=CertificateUse.MANUFACTURER), "GetInstalledCertificateIds",
         {"certificateType": "ManufacturerRootCertificate"},
         {"Accepted": S.EFFECTIVE, "NotFound": S.EFFECTIVE}),
    Case(GetLocalListVersion(), "GetLocalListVersion", {}, _OTHER),
    Case(GetLog(log=LogKind.SECURITY, request=5, location=PLACE, since=NOW, until=LATER, retries=1,
                retry_interval_s=9), "GetLog",
         {"logType": "SecurityLog", "requestId": 5, "retries": 1, "retryInterval": 9,
          "log": {"remoteLocation": PLACE, "oldestTimestamp": AT, "latestTimestamp": AN_HOUR_ON}},
         {**_WILL, "AcceptedCanceled": S.ACCEPTED}),
    Case(InstallCertificate(use=CertificateUse.CENTRAL_SYSTEM, certificate="PEM"), "InstallCertificate",
         {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"},
         {**_DONE, "Failed": S.REJECTED}),
    Case(RemoteStart(id_tag="CARD", connector=1, profile=OWN), "RemoteStartTransaction",
         {"idTag": "CARD", "connectorId": 1, "chargingProfile": OWN_PAYLOAD}, _WILL),
    Case(RemoteStop(session=make_active().id, transaction_id=9), "RemoteStopTransaction",
         {"transactionId": 9}, _WILL),
    Case(ReserveNow(reservation=3, connector=0, id_tag="CARD", parent="ALL", expires_at=LATER), "ReserveNow",
         {"reservationId": 3, "connectorId": 0, "idTag": "CARD", "parentIdTag": "ALL",
          "expiryDate": AN_HOUR_ON},
         {**_DONE, "Faulted": S.REJECTED, "Occupied": S.REJECTED, "Unavailable": S.REJECTED}),
    Case(Reset(), "Reset", {"type": "Soft"}, _WILL),
    Case(Reset(hard=True), "Reset", {"type": "Hard"}, _WILL),
    Case(SendLocalList(version=4, full=False, entries=(
             LocalListEntry(id_tag="CARD", status=ListedStatus.ACCEPTED, parent="ALL", expires_at=LATER),
             LocalListEntry(id_tag="LOST"))), "SendLocalList",
         {"listVersion": 4, "updateType": "Differential", "localAuthorizationList": [
             {"idTag": "CARD", "idTagInfo": {"status": "Accepted", "parentIdTag": "ALL",
                                             "expiryDate": AN_HOUR_ON}}, {"idTag": "LOST"}]},
         {"Accepted": S.EFFECTIVE, "Failed": S.REJECTED, "NotSupported": S.NOT_SUPPORTED,
          "VersionMismatch": S.REJECTED}),
    Case(SendLocalList(version=1, full=True), "SendLocalList",
         {"listVersion": 1, "updateType": "Full", "localAuthorizationList": []}, {"Accepted": S.EFFECTIVE}),
    Case(RotateAuthorizationKey(drawn="0123456789ABCDEF"), "ChangeConfiguration",
         {"key": "AuthorizationKey", "value": "0123456789ABCDEF"},
         {"Accepted": S.EFFECTIVE, "Rejected": S.REJECTED, "NotSupported": S.NOT_SUPPORTED,
          "RebootRequired": S.ACCEPTED}),
    Case(SendSignedCertificate(chain="PEM"), "CertificateSigned", {"certificateChain": "PEM"}, _DONE),
    Case(SetChargingProfile(connector=0, profile=NIGHTS), "SetChargingProfile",
         {"connectorId": 0, "csChargingProfiles": NIGHTS_PAYLOAD},
         {**_DONE, "NotSupported": S.NOT_SUPPORTED}),
    Case(SignedUpdateFirmware(request=6, location=PLACE, retrieve_at=NOW, install_at=LATER, certificate="PEM",
                              signature="c2ln", retries=1, retry_interval_s=9), "SignedUpdateFirmware",
         {"requestId": 6, "retries": 1, "retryInterval": 9,
          "firmware": {"location": PLACE, "retrieveDateTime": AT, "installDateTime": AN_HOUR_ON,
                       "signingCertificate": "PEM", "signature": "c2ln"}},
         {**_WILL, "AcceptedCanceled": S.ACCEPTED, "InvalidCertificate": S.REJECTED,
          "RevokedCertificate": S.REJECTED}),
    Case(TransferData(vendor="org.example", message="m", data="d"), "DataTransfer",
         {"vendorId": "org.example", "messageId": "m", "data": "d"},
         {**_DONE, "UnknownMessageId": S.NOT_SUPPORTED, "UnknownVendorId": S.NOT_SUPPORTED}),
    Case(TriggerMessage(message=TriggeredMessage.STATUS, connector=1), "TriggerMessage",
         {"requestedMessage": "StatusNotification", "connectorId": 1},
         {**_DONE, "NotImplemented": S.NOT_SUPPORTED}),
    Case(TriggerMessage(message=TriggeredMessage.SIGN_CERTIFICATE), "ExtendedTriggerMessage",
         {"requestedMessage": "SignChargePointCertificate"}, {**_DONE, "NotImplemented": S.NOT_SUPPORTED}),
    Case(UnlockConnector(connector=1), "UnlockConnector", {"connectorId": 1},
         {"Unlocked": S.EFFECTIVE, "UnlockFailed": S.REJECTED, "NotSupported": S.NOT_SUPPORTED,
          # A wallbox says this.
          "Accepted": S.REJECTED}),
    Case(UpdateFirmware(location=PLACE, retrieve_at=NOW, version="2", retries=2, retry_interval_s=30),
         "UpdateFirmware", {"location": PLACE, "retrieveDate": AT, "retries": 2, "retryInterval": 30},
         _OTHER),
]  # fmt: skip
