"""Commands as requests of OCPP 1.6, and stations' answers as outcomes."""

from __future__ import annotations

from typing import Any

from emobility_core.network import Command, CommandKind, CommandStatus

# OCPP-J 1.6, table 7: what a station says that does not have the feature.
_NOT_SUPPORTED = frozenset({"NotImplemented", "NotSupported"})


def request_of(command: Command) -> tuple[str, dict[str, object]]:
    """The action and payload that carry a command."""
    if command.kind is CommandKind.REMOTE_START:
        payload: dict[str, object] = {"idTag": command.id_tag}
        if command.connector is not None:
            payload["connectorId"] = command.connector
        return "RemoteStartTransaction", payload
    return "RemoteStopTransaction", {"transactionId": command.transaction_id}


def outcome_of(answer: Any) -> tuple[CommandStatus, str | None]:
    """What a station's answer to a remote start or stop says; words that it invented are kept."""
    status = answer.get("status") if isinstance(answer, dict) else None
    if status == "Accepted":
        return CommandStatus.ACCEPTED, None
    if status is None:
        return CommandStatus.REJECTED, "answered without a status"
    return CommandStatus.REJECTED, None if status == "Rejected" else str(status)


def outcome_of_failure(code: str, description: str) -> tuple[CommandStatus, str]:
    words = f"{code}: {description}" if description else code
    return (CommandStatus.NOT_SUPPORTED if code in _NOT_SUPPORTED else CommandStatus.REJECTED), words
