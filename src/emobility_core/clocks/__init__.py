"""Test clocks: the time of a test tenant and all below it, which stands still until it is advanced."""

from emobility_core.clocks._ports import (
    ClockWork,
    TestClocks,
)
from emobility_core.clocks._test_clock import (
    FARTHEST_AHEAD,
    LONGEST_ADVANCE,
    ClockAhead,
    ClockOutOfReach,
    ClockUnderWay,
    ClockWouldGoBack,
    NotATestTenant,
    SecondTestClock,
    TestClock,
    TooFarAhead,
    UnknownTestClock,
)
from emobility_core.clocks._times import (
    TenantClocks,
)
from emobility_core.clocks._use_cases import (
    arrive,
    begin_advance,
    pass_time,
    set_clock,
    stop_clock,
)

__all__ = [
    "FARTHEST_AHEAD",
    "LONGEST_ADVANCE",
    "ClockAhead",
    "ClockOutOfReach",
    "ClockUnderWay",
    "ClockWork",
    "ClockWouldGoBack",
    "NotATestTenant",
    "SecondTestClock",
    "TenantClocks",
    "TestClock",
    "TestClocks",
    "TooFarAhead",
    "UnknownTestClock",
    "arrive",
    "begin_advance",
    "pass_time",
    "set_clock",
    "stop_clock",
]
