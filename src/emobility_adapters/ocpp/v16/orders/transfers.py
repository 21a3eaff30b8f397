"""Requests of the Firmware Management profile, and their signed successors of the security whitepaper."""

from __future__ import annotations

from typing import Any

from emobility_adapters.ocpp.v16.words import Requests, given, optional_time, time_text
from emobility_core.commands import GetDiagnostics, GetLog, LogKind, SignedUpdateFirmware, UpdateFirmware

_LOGS = {LogKind.DIAGNOSTICS: "DiagnosticsLog", LogKind.SECURITY: "SecurityLog"}


def _diagnostics(order: GetDiagnostics) -> tuple[str, dict[str, Any]]:
    return "GetDiagnostics", given(
        location=order.location,
        startTime=optional_time(order.since),
        stopTime=optional_time(order.until),
        retries=order.retries,
        retryInterval=order.retry_interval_s,
    )


def _log(order: GetLog) -> tuple[str, dict[str, Any]]:
    log = given(
        remoteLocation=order.location,
        oldestTimestamp=optional_time(order.since),
        latestTimestamp=optional_time(order.until),
    )
    return "GetLog", given(
        log=log,
        logType=_LOGS[order.log],
        requestId=order.request,
        retries=order.retries,
        retryInterval=order.retry_interval_s,
    )


def _update(order: UpdateFirmware) -> tuple[str, dict[str, Any]]:
    return "UpdateFirmware", given(
        location=order.location,
        retrieveDate=time_text(order.retrieve_at),
        retries=order.retries,
        retryInterval=order.retry_interval_s,
    )


def _signed_update(order: SignedUpdateFirmware) -> tuple[str, dict[str, Any]]:
    firmware = given(
        location=order.location,
        retrieveDateTime=time_text(order.retrieve_at),
        installDateTime=optional_time(order.install_at),
        signingCertificate=order.certificate,
        signature=order.signature,
    )
    return "SignedUpdateFirmware", given(
        requestId=order.request,
        firmware=firmware,
        retries=order.retries,
        retryInterval=order.retry_interval_s,
    )


REQUESTS: Requests = {
    GetDiagnostics: _diagnostics,
    GetLog: _log,
    SignedUpdateFirmware: _signed_update,
    UpdateFirmware: _update,
}
