"""Requests of the Reservation profile."""

from __future__ import annotations

from typing import Any

from emobility_adapters.ocpp.v16.words import Requests, given, time_text
from emobility_core.commands import CancelReservation, ReserveNow


def _reserve(order: ReserveNow) -> tuple[str, dict[str, Any]]:
    return "ReserveNow", given(
        connectorId=order.connector,
        expiryDate=time_text(order.expires_at),
        idTag=order.id_tag,
        parentIdTag=order.parent,
        reservationId=order.reservation,
    )


def _cancel(order: CancelReservation) -> tuple[str, dict[str, Any]]:
    return "CancelReservation", {"reservationId": order.reservation}


REQUESTS: Requests = {CancelReservation: _cancel, ReserveNow: _reserve}
