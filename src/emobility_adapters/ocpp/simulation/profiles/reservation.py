"""The Reservation profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Malformed, Reply, status, time_in
from emobility_adapters.ocpp.simulation.reservations import Reservation

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation


class Reserving:
    """Takes, replaces and cancels reservations; a connector shows Reserved until it expires or is used."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.answers: Answers = {"ReserveNow": self._reserve, "CancelReservation": self._cancel}

    def _reserve(self, payload: Payload) -> Reply:
        expires = time_in(payload, "expiryDate")
        if expires is None:
            raise Malformed("expiryDate is missing")
        wanted = Reservation(
            id=payload["reservationId"],
            connector=payload["connectorId"],
            id_tag=payload["idTag"],
            parent=payload.get("parentIdTag"),
            expires=expires,
        )
        answer = self._answer(wanted)
        if answer != "Accepted":
            return status(answer)
        replaced = self._station.reservations.put(wanted)
        return status("Accepted", lambda: self._station.timers.reserve(wanted, replaced))

    def _answer(self, wanted: Reservation) -> str:
        station = self._station
        if wanted.expires <= station.clock.now():
            return "Rejected"
        if wanted.connector == 0:
            return self._answer_for_any(wanted)
        connector = station.hardware.find(wanted.connector)
        if connector is None:
            return "Rejected"
        if connector.error is not None:
            return "Faulted"
        if not connector.operative:
            return "Unavailable"
        if connector.vehicle is not None or connector.transaction is not None:
            return "Occupied"
        held = station.reservations.at(wanted.connector)
        return "Accepted" if held is None or held.id == wanted.id else "Occupied"

    def _answer_for_any(self, wanted: Reservation) -> str:
        hardware, held = self._station.hardware, self._station.reservations.at(0)
        if not self._station.configuration.flag("ReserveConnectorZeroSupported"):
            return "Rejected"
        if not any(one.operative for one in hardware.connectors):
            return "Unavailable"
        if hardware.free(wanted.id_tag, wanted.parent) is None:
            return "Occupied"
        return "Accepted" if held is None or held.id == wanted.id else "Occupied"

    def _cancel(self, payload: Payload) -> Reply:
        held = self._station.reservations.find(payload["reservationId"])
        if held is None:
            return status("Rejected")
        return status("Accepted", lambda: self._station.hardware.release(held))
