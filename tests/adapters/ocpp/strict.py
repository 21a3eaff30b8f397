"""Strict out: whatever a world's server has said on a line met the schemas of OCPP 1.6."""

from __future__ import annotations

import json

from emobility_adapters.memory import MemoryFrames
from emobility_adapters.ocpp.v16.schemas import FROM_STATION, request_schema, response_schema
from emobility_core.network import Exchange

# OCPP-J 1.6, table 7, with its own spelling.
ERROR_CODES = {
    "NotImplemented",
    "NotSupported",
    "InternalError",
    "ProtocolError",
    "SecurityError",
    "FormationViolation",
    "PropertyConstraintViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "GenericError",
}
# Of a frame that cannot be read the action may not be known; only these get a result all the same.
_KEPT = ("StartTransaction", "StopTransaction", "MeterValues")


def assert_strict(frames: MemoryFrames) -> None:
    """Hold each request and each answer of ours, as the log kept them, against its schema."""
    for exchange in frames.exchanges.values():
        if not exchange.inbound:
            _assert_request(exchange.request)
        elif exchange.answer is not None:
            _assert_answer(exchange, exchange.answer)


def _assert_request(text: str) -> None:
    kind, id, action, payload = json.loads(text)
    assert kind == 2, text
    assert 0 < len(id) <= 36, text
    assert request_schema(action).is_valid(payload), text


def _assert_answer(exchange: Exchange, text: str) -> None:
    kind, id, *rest = json.loads(text)
    assert isinstance(id, str), text
    if kind == 4:
        code, words, details = rest
        assert (code in ERROR_CODES, len(words) <= 255, details) == (True, True, {}), text
        return
    (payload,) = rest
    assert kind == 3, text
    actions = (exchange.action,) if exchange.action in FROM_STATION else _KEPT
    assert any(response_schema(str(action)).is_valid(payload) for action in actions), (exchange.request, text)
