"""Answers that are torn, late, wrong or missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson

from emobility_adapters.ocpp.simulation import frames
from emobility_adapters.ocpp.simulation.frames import Payload, Request
from emobility_adapters.ocpp.simulation.quirks.quirk import Memory, Quirk

Answer: TypeAlias = Callable[[Memory, Request, bytes], bytes | None]


def _truncated(memory: Memory, request: Request, frame: bytes) -> bytes:
    return frame[:-1]


def _four_items(memory: Memory, request: Request, frame: bytes) -> bytes:
    return orjson.dumps([4, request.id, "FormationViolation", ""])


def _late(memory: Memory, request: Request, frame: bytes) -> None:
    memory.held.append(frame)


def _changed(action: str, change: Callable[[Payload], None]) -> Answer:
    """Alter the payload of a result to one action."""

    def altered(memory: Memory, request: Request, frame: bytes) -> bytes:
        kind, _, payload, *_ = orjson.loads(frame)
        if kind != 3 or request.action != action:
            return frame
        change(payload)
        return frames.result(request.id, payload)

    return altered


def _unlocked(payload: Payload) -> None:
    payload["status"] = "Accepted"


def _untyped(payload: Payload) -> None:
    for one in payload["configurationKey"]:
        one["readonly"] = str(one["readonly"]).lower()
        one["value"] = _typed(one["value"])


def _typed(value: str) -> Any:
    if value.isdecimal():
        return int(value)
    return value == "true" if value in ("true", "false") else value


def _dirty(payload: Payload) -> None:
    for one in payload["configurationKey"]:
        if one["key"].startswith(("MeterValues", "StopTxn")) and not one["value"].isdecimal():
            one["value"] = one["value"].replace(",", ", ") + ", , Garbage.L2, "


def _negative(payload: Payload) -> None:
    for one in payload.get("chargingSchedule", {}).get("chargingSchedulePeriod", ()):
        one["limit"], one["numberPhases"] = -1, -1


def _unasked(memory: Memory, request: Request, frame: bytes) -> bytes:
    if request.action != "GetConfiguration":
        return frame
    others = [
        {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core"},
        {"key": "GetConfigurationMaxKeys", "readonly": True, "value": "99"},
    ]
    return frames.result(request.id, {"configurationKey": others, "unknownKey": []})


ANSWERS = (
    Quirk(name="truncated-answers", summary="loses the last character of each answer", answer=_truncated),
    Quirk(
        name="callerror-four-items",
        summary="answers everything with an error of four items instead of five",
        answer=_four_items,
    ),
    Quirk(
        name="late-answers",
        summary="answers only after its next own message, when nobody waits for it any more",
        answer=_late,
    ),
    Quirk(
        name="never-answers-calls",
        summary="sends its own messages but answers none of the central system's",
        answer=lambda memory, request, frame: None,
    ),
    Quirk(
        name="unlock-answers-accepted",
        summary="answers UnlockConnector with a status of other messages",
        answer=_changed("UnlockConnector", _unlocked),
    ),
    Quirk(
        name="configuration-untyped",
        summary="answers GetConfiguration with numbers and booleans as values, and texts as booleans",
        answer=_changed("GetConfiguration", _untyped),
    ),
    Quirk(
        name="configuration-dirty-lists",
        summary="answers GetConfiguration with blanks, gaps and unknown words in its lists",
        answer=_changed("GetConfiguration", _dirty),
    ),
    Quirk(
        name="answers-unasked-keys",
        summary="answers GetConfiguration with keys that nobody asked for, and not with those asked for",
        answer=_unasked,
    ),
    Quirk(
        name="negative-limits",
        summary="writes -1 for no limit into its composite schedules",
        answer=_changed("GetCompositeSchedule", _negative),
    ),
)
