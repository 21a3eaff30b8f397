"""Every step that a scenario file may have, by its name there."""

from __future__ import annotations

from collections.abc import Mapping

from emobility_adapters.ocpp.simulation.script.steps.charging import CHARGING
from emobility_adapters.ocpp.simulation.script.steps.connecting import CONNECTING
from emobility_adapters.ocpp.simulation.script.steps.expecting import EXPECTING
from emobility_adapters.ocpp.simulation.script.steps.sending import SENDING
from emobility_adapters.ocpp.simulation.script.steps.step import Step

STEPS: Mapping[str, type[Step]] = {step.do: step for step in (*CONNECTING, *CHARGING, *SENDING, *EXPECTING)}

__all__ = ["STEPS", "Step"]
