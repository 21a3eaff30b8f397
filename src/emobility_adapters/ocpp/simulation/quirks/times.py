"""Clocks that are wrong, and times that are written in another way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.quirks.quirk import Change, Memory, Quirk
from emobility_adapters.ocpp.simulation.quirks.values import change_times
from emobility_adapters.ocpp.simulation.times import read_time
from emobility_adapters.ocpp.simulation.transaction import wire_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OLD = timedelta(days=510)
_AHEAD = timedelta(hours=2)


def _everywhere(change: Callable[[Memory, str], str]) -> Change:
    return lambda memory, action, payload: change_times(payload, lambda text: change(memory, text))


def _without(action: str) -> Change:
    def change(memory: Memory, sent: str, payload: Payload) -> Payload:
        return {name: value for name, value in payload.items() if name != "timestamp" or sent != action}

    return change


def _old_values(memory: Memory, action: str, payload: Payload) -> Payload:
    if action != "MeterValues":
        return payload
    return change_times(payload, lambda text: wire_time(read_time(text) - _OLD))


def _mixed(memory: Memory, text: str) -> str:
    return text if memory.count("times") % 2 else text.replace("Z", "+00:00")


TIMES = (
    Quirk(
        name="zone-less-time",
        summary="writes times without a zone",
        change=_everywhere(lambda memory, text: text.removesuffix("Z")),
    ),
    Quirk(
        name="local-time-labelled-z",
        summary="writes its local time, two hours ahead, and labels it UTC",
        change=_everywhere(lambda memory, text: wire_time(read_time(text) + _AHEAD)),
    ),
    Quirk(
        name="clock-at-1970",
        summary="counts from 1970 because nobody has set its clock",
        change=_everywhere(lambda memory, text: wire_time(_EPOCH + (read_time(text) - memory.begun))),
    ),
    Quirk(
        name="years-old-values",
        summary="dates its meter values seventeen months back",
        change=_old_values,
    ),
    Quirk(
        name="mixed-zone-forms",
        summary="writes UTC as Z and as +00:00 by turns",
        change=_everywhere(_mixed),
    ),
    Quirk(
        name="start-without-time",
        summary="leaves the time out of StartTransaction",
        change=_without("StartTransaction"),
    ),
    Quirk(
        name="status-without-time",
        summary="leaves the time out of StatusNotification",
        change=_without("StatusNotification"),
    ),
)
