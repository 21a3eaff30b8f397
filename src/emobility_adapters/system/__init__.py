"""The clock and the randomness of the machine."""

from emobility_adapters.system.clock import SystemClock
from emobility_adapters.system.ids import SystemIds

__all__ = ["SystemClock", "SystemIds"]
