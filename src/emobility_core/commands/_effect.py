"""What a station's later reports say of the commands that it has accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from emobility_core.commands._command import Command, CommandStatus
from emobility_core.commands._order import ChangeAvailability, ChangeConfiguration, Reset
from emobility_core.commands._transfer_order import (
    GetDiagnostics,
    GetLog,
    SignedUpdateFirmware,
    UpdateFirmware,
)
from emobility_core.network import ConnectorState

# The next status of a command and its detail; ACCEPTED where only the detail is new.
Step: TypeAlias = tuple[CommandStatus, str | None]

_INSTALLED = "Installed"
# OCPP 1.6, 7.25, and the security whitepaper, 6.8: from these no installation goes on.
_NOT_INSTALLED = frozenset(
    {"DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature"}
)
# OCPP 1.6, 7.24, and the security whitepaper, 6.19.
_UPLOADED = frozenset({"Uploaded"})
_NOT_UPLOADED = frozenset(
    {"UploadFailed", "UploadFailure", "BadMessage", "NotSupportedOperation", "PermissionDenied"}
)
_UNAVAILABLE = "Unavailable"


def after_boot(command: Command, firmware: str | None) -> Step | None:
    """What a boot with this firmware says; None if nothing of this command."""
    order = command.order
    if isinstance(order, Reset):
        return CommandStatus.EFFECTIVE, None
    if isinstance(order, ChangeConfiguration) and command.status is CommandStatus.ACCEPTED:
        # OCPP 1.6, 5.3: RebootRequired, and this was the reboot.
        return CommandStatus.EFFECTIVE, command.detail
    if isinstance(order, UpdateFirmware | SignedUpdateFirmware) and order.version is not None:
        if firmware == order.version:
            return CommandStatus.EFFECTIVE, firmware
        if command.detail == _INSTALLED:
            return CommandStatus.FAILED, f"runs {firmware}"
    return None


def after_firmware_status(
    command: Command, status: str, request: int | None, running: str | None
) -> Step | None:
    """What the progress of an update says, while the station's last boot was with `running`.

    The status of a signed update names the request that it belongs to.
    """
    order = command.order
    if not isinstance(order, UpdateFirmware | SignedUpdateFirmware) or _is_of_another(order, request):
        return None
    if status in _NOT_INSTALLED:
        return CommandStatus.FAILED, status
    if status == _INSTALLED and order.version in (None, running):
        # The word may come after the boot as well as before it.
        return CommandStatus.EFFECTIVE, running
    return None if status == "Idle" else (CommandStatus.ACCEPTED, status)


def after_upload_status(command: Command, status: str, request: int | None) -> Step | None:
    """What the progress of an upload says; the status of a log names the request that it belongs to."""
    order = command.order
    if not isinstance(order, GetDiagnostics | GetLog) or _is_of_another(order, request):
        return None
    if status in _UPLOADED:
        return CommandStatus.EFFECTIVE, status
    if status in _NOT_UPLOADED:
        return CommandStatus.FAILED, status
    return None if status == "Idle" else (CommandStatus.ACCEPTED, status)


def after_connector_status(command: Command, connectors: Sequence[ConnectorState]) -> Step | None:
    """Whether the connectors of a station are as a scheduled change of availability wants them."""
    order = command.order
    if not isinstance(order, ChangeAvailability) or command.status is not CommandStatus.ACCEPTED:
        return None
    named = [one for one in connectors if one.number == order.connector]
    # Not every station speaks of itself as connector 0: all of its connectors together are it too.
    others = [one for one in connectors if one.number] if order.connector == 0 else []
    if _are(named, order.operative) or _are(others, order.operative):
        return CommandStatus.EFFECTIVE, command.detail
    return None


def _are(connectors: Sequence[ConnectorState], operative: bool) -> bool:
    return bool(connectors) and all((one.status != _UNAVAILABLE) is operative for one in connectors)


def _is_of_another(
    order: GetDiagnostics | GetLog | UpdateFirmware | SignedUpdateFirmware, request: int | None
) -> bool:
    """A number names the numbered request of that number; stations that leave it out mean any."""
    return request is not None and getattr(order, "request", None) != request
