"""All orders together."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from emobility_core.commands._certificate_order import (
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    SendSignedCertificate,
)
from emobility_core.commands._order import (
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
from emobility_core.commands._secrecy import MASK, is_secret
from emobility_core.commands._security_order import RotateAuthorizationKey
from emobility_core.commands._transfer_order import (
    GetDiagnostics,
    GetLog,
    SignedUpdateFirmware,
    UpdateFirmware,
    without_credentials,
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


def without_order_secrets(order: Order) -> Order:
    """An order as it may be shown, and kept once it was sent: its passwords were for the station alone."""
    if isinstance(order, ChangeConfiguration) and is_secret(order.key):
        return attrs.evolve(order, value=MASK)
    if isinstance(order, GetDiagnostics | GetLog) and order.location is not None:
        return attrs.evolve(order, location=without_credentials(order.location))
    if isinstance(order, UpdateFirmware | SignedUpdateFirmware):
        return attrs.evolve(order, location=without_credentials(order.location))
    return order
