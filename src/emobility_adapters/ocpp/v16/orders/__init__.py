"""Orders as requests of OCPP 1.6: which action, which payload."""

from __future__ import annotations

from emobility_adapters.ocpp.v16.orders import (
    certificates,
    core,
    local_lists,
    reservations,
    smart_charging,
    transfers,
)
from emobility_adapters.ocpp.v16.words import Requests
from emobility_adapters.ocpp.version import Request
from emobility_core.commands import Order

_REQUESTS: Requests = {
    **certificates.REQUESTS,
    **core.REQUESTS,
    **local_lists.REQUESTS,
    **reservations.REQUESTS,
    **smart_charging.REQUESTS,
    **transfers.REQUESTS,
}


def request_of(order: Order) -> Request:
    """The action and payload that carry an order."""
    return _REQUESTS[type(order)](order)
