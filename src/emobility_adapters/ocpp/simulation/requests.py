"""How a simulated station answers the calls of the central system."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from emobility_adapters.ocpp.simulation import frames
from emobility_adapters.ocpp.simulation.frames import Payload, Request
from emobility_adapters.ocpp.simulation.visit import Visit

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

Then: TypeAlias = Callable[[], None]
Reply: TypeAlias = tuple[Payload, Then | None]


class _Malformed(Exception):
    """A field is missing or of the wrong type."""


class Requests:
    """Answers of the Core and Remote Trigger profiles; NotImplemented for everything else.

    What an answer promises is done after it was sent, so that the central system hears it first.
    """

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self._answers: dict[str, Callable[[Payload], Reply]] = {
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "ChangeAvailability": self._change_availability,
            "ChangeConfiguration": self._change_configuration,
            "GetConfiguration": self._get_configuration,
            "Reset": self._reset,
            "UnlockConnector": self._unlock,
            "ClearCache": lambda _: ({"status": "Accepted"}, None),
            "TriggerMessage": self._trigger,
            "DataTransfer": lambda _: ({"status": "UnknownVendorId"}, None),
        }

    def respond(self, request: Request) -> tuple[bytes, Then | None]:
        """The frame to answer with and what to do once it was sent."""
        answer = self._answers.get(request.action)
        if answer is None:
            return frames.error(request.id, "NotImplemented", f"no {request.action} here"), None
        try:
            payload, then = answer(request.payload)
        except _Malformed as error:
            # OCPP-J 1.6, table 7, spells it so.
            return frames.error(request.id, "FormationViolation", str(error)), None
        return frames.result(request.id, payload), then

    def _remote_start(self, payload: Payload) -> Reply:
        hardware, id_tag = self._station.hardware, _text(payload, "idTag")
        number = payload.get("connectorId")
        connector = hardware.free() if number is None else hardware.find(_number(payload, "connectorId"))
        if connector is None or not connector.operative or connector.transaction or connector.vehicle:
            return {"status": "Rejected"}, None
        # OCPP 1.6, 5.11: whether the tag is authorized first is a configuration key.
        ask = self._station.configuration.flag("AuthorizeRemoteTxRequests")
        visit = Visit(id_tag, connector.number, vehicle=self._station.next_vehicle(), authorize=ask)
        return {"status": "Accepted"}, lambda: self._station.visit_remotely(visit)

    def _remote_stop(self, payload: Payload) -> Reply:
        transaction = self._station.hardware.find_transaction(_number(payload, "transactionId"))
        if transaction is None:
            return {"status": "Rejected"}, None
        return {"status": "Accepted"}, lambda: self._station.hardware.end(transaction, "Remote")

    def _change_availability(self, payload: Payload) -> Reply:
        operative = _text(payload, "type") == "Operative"
        return {
            "status": self._station.hardware.set_operative(_number(payload, "connectorId"), operative)
        }, None

    def _change_configuration(self, payload: Payload) -> Reply:
        name, value = _text(payload, "key"), _text(payload, "value")
        if name == "AuthorizationKey":
            # Write-only, and used from the next connection on (security whitepaper, 2.5.2).
            self._station.presence.key = value
            return {"status": "Accepted"}, None
        return {"status": self._station.configuration.change(name, value)}, None

    def _get_configuration(self, payload: Payload) -> Reply:
        names = payload.get("key", [])
        if not isinstance(names, list):
            raise _Malformed("key is not a list")
        return self._station.configuration.report([str(name) for name in names]), None

    def _reset(self, payload: Payload) -> Reply:
        kind = _text(payload, "type")
        return {"status": "Accepted"}, lambda: self._station.reset(kind)

    def _unlock(self, payload: Payload) -> Reply:
        connector = self._station.hardware.find(_number(payload, "connectorId"))
        if connector is None:
            return {"status": "NotSupported"}, None
        transaction = connector.transaction
        if transaction is None:
            return {"status": "Unlocked"}, None
        return {"status": "Unlocked"}, lambda: self._station.hardware.end(transaction, "UnlockCommand")

    def _trigger(self, payload: Payload) -> Reply:
        message, number = _text(payload, "requestedMessage"), payload.get("connectorId")
        if number is not None and self._station.hardware.find(_number(payload, "connectorId")) is None:
            return {"status": "Rejected"}, None
        if message not in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification"):
            return {"status": "NotImplemented"}, None
        return {"status": "Accepted"}, lambda: self._station.trigger(message, number)


def _text(payload: Payload, name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str):
        raise _Malformed(f"{name} is missing or no text")
    return value


def _number(payload: Payload, name: str) -> int:
    value = payload.get(name)
    if not isinstance(value, int):
        raise _Malformed(f"{name} is missing or no integer")
    return value
