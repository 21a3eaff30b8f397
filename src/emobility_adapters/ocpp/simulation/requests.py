"""How a simulated station answers the calls of the central system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation import frames
from emobility_adapters.ocpp.simulation.frames import Payload, Request
from emobility_adapters.ocpp.simulation.profiles.core import Core
from emobility_adapters.ocpp.simulation.profiles.firmware import FirmwareManagement
from emobility_adapters.ocpp.simulation.profiles.local_list import LocalList
from emobility_adapters.ocpp.simulation.profiles.remote_trigger import RemoteTrigger
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Malformed, Then
from emobility_adapters.ocpp.simulation.profiles.reservation import Reserving
from emobility_adapters.ocpp.simulation.profiles.security import Security
from emobility_adapters.ocpp.simulation.profiles.smart_charging import SmartCharging
from emobility_adapters.ocpp.v16.schemas import request_schema

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

_PROFILES = (
    Core,
    FirmwareManagement,
    LocalList,
    RemoteTrigger,
    Reserving,
    Security,
    SmartCharging,
)


class Requests:
    """Answers of every profile, to requests that meet the schemas; NotImplemented for everything else.

    What an answer promises is done after it was sent, so that the central system hears it first.
    """

    def __init__(self, station: SimulatedStation) -> None:
        self._answers: Answers = {
            action: answer for profile in _PROFILES for action, answer in profile(station).answers.items()
        }

    @property
    def actions(self) -> frozenset[str]:
        """Every request that is understood."""
        return frozenset(self._answers)

    def respond(self, request: Request) -> tuple[bytes, Then | None]:
        """The frame to answer with and what to do once it was sent."""
        answer = self._answers.get(request.action)
        if answer is None:
            return frames.error(request.id, "NotImplemented", f"no {request.action} here"), None
        try:
            _check(request.action, request.payload)
            payload, then = answer(request.payload)
        except Malformed as error:
            return frames.error(request.id, error.code, str(error)), None
        return frames.result(request.id, payload), then


def _check(action: str, payload: Payload) -> None:
    fault = next(iter(request_schema(action).iter_errors(payload)), None)
    if fault is not None:
        place = ".".join(str(part) for part in fault.instance_path)
        # OCPP-J 1.6, table 7, spells the code so.
        raise Malformed(f"{place}: {fault.message}"[:255] if place else fault.message[:255])
