"""All orders together."""

from __future__ import annotations

from typing import TypeAlias

from emobility_core.network._certificate_order import (
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from emobility_core.network._order import (
    CancelReservation,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearChargingProfile,
    GetCompositeSchedule,
    GetConfiguration,
    GetLocalListVersion,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    Reset,
    SendLocalList,
    SetChargingProfile,
    TransferData,
    TriggerMessage,
    UnlockConnector,
)
from emobility_core.network._security_order import RotateAuthorizationKey
from emobility_core.network._transfer_order import (
    GetDiagnostics,
    GetLog,
    SignedUpdateFirmware,
    UpdateFirmware,
)

Order: TypeAlias = (
    CancelReservation
    | ChangeAvailability
    | ChangeConfiguration
    | ClearCache
    | ClearChargingProfile
    | DeleteCertificate
    | GetCompositeSchedule
    | GetConfiguration
    | GetDiagnostics
    | GetInstalledCertificates
    | GetLocalListVersion
    | GetLog
    | InstallCertificate
    | RemoteStart
    | RemoteStop
    | ReserveNow
    | Reset
    | RotateAuthorizationKey
    | SendLocalList
    | SendSignedCertificate
    | SetChargingProfile
    | SignedUpdateFirmware
    | TransferData
    | TriggerMessage
    | UnlockConnector
    | UpdateFirmware
)
