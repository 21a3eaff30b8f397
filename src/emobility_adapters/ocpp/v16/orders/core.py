"""Requests of the Core and Remote Trigger profiles."""

from __future__ import annotations

from typing import Any

from emobility_adapters.ocpp.v16.orders.smart_charging import profile_payload
from emobility_adapters.ocpp.v16.words import Requests, given
from emobility_core.commands import (
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    GetConfiguration,
    RemoteStart,
    RemoteStop,
    Reset,
    RotateAuthorizationKey,
    TransferData,
    TriggeredMessage,
    TriggerMessage,
    UnlockConnector,
)

_TRIGGERED = {
    TriggeredMessage.BOOT_NOTIFICATION: "BootNotification",
    TriggeredMessage.DIAGNOSTICS_STATUS: "DiagnosticsStatusNotification",
    TriggeredMessage.FIRMWARE_STATUS: "FirmwareStatusNotification",
    TriggeredMessage.HEARTBEAT: "Heartbeat",
    TriggeredMessage.LOG_STATUS: "LogStatusNotification",
    TriggeredMessage.METER_VALUES: "MeterValues",
    TriggeredMessage.SIGN_CERTIFICATE: "SignChargePointCertificate",
    TriggeredMessage.STATUS: "StatusNotification",
}


def _remote_start(order: RemoteStart) -> tuple[str, dict[str, Any]]:
    profile = None if order.profile is None else profile_payload(order.profile)
    payload = given(idTag=order.id_tag, connectorId=order.connector, chargingProfile=profile)
    return "RemoteStartTransaction", payload


def _remote_stop(order: RemoteStop) -> tuple[str, dict[str, Any]]:
    return "RemoteStopTransaction", {"transactionId": order.transaction_id}


def _availability(order: ChangeAvailability) -> tuple[str, dict[str, Any]]:
    wanted = "Operative" if order.operative else "Inoperative"
    return "ChangeAvailability", {"connectorId": order.connector, "type": wanted}


def _unlock(order: UnlockConnector) -> tuple[str, dict[str, Any]]:
    return "UnlockConnector", {"connectorId": order.connector}


def _reset(order: Reset) -> tuple[str, dict[str, Any]]:
    return "Reset", {"type": "Hard" if order.hard else "Soft"}


def _clear_cache(_: ClearCache) -> tuple[str, dict[str, Any]]:
    return "ClearCache", {}


def _get_configuration(order: GetConfiguration) -> tuple[str, dict[str, Any]]:
    return "GetConfiguration", {"key": list(order.keys)} if order.keys else {}


def _change_configuration(order: ChangeConfiguration) -> tuple[str, dict[str, Any]]:
    return "ChangeConfiguration", {"key": order.key, "value": order.value}


def _transfer_data(order: TransferData) -> tuple[str, dict[str, Any]]:
    return "DataTransfer", given(vendorId=order.vendor, messageId=order.message, data=order.data)


def _trigger(order: TriggerMessage) -> tuple[str, dict[str, Any]]:
    payload = given(requestedMessage=_TRIGGERED[order.message], connectorId=order.connector)
    return "ExtendedTriggerMessage" if order.extended else "TriggerMessage", payload


def _rotate_key(order: RotateAuthorizationKey) -> tuple[str, dict[str, Any]]:
    return "ChangeConfiguration", {"key": "AuthorizationKey", "value": order.drawn}


REQUESTS: Requests = {
    ChangeAvailability: _availability,
    ChangeConfiguration: _change_configuration,
    ClearCache: _clear_cache,
    GetConfiguration: _get_configuration,
    RemoteStart: _remote_start,
    RemoteStop: _remote_stop,
    Reset: _reset,
    RotateAuthorizationKey: _rotate_key,
    TransferData: _transfer_data,
    TriggerMessage: _trigger,
    UnlockConnector: _unlock,
}
