"""How much is measured, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMES = ("metervalues", "sessions", "idle", "storm", "open-loop", "rating")


@dataclass(frozen=True)
class Bound:
    """The limit of a figure; `at_least` turns it round."""

    limit: float
    at_least: bool = False

    def holds(self, value: float) -> bool:
        """Whether the figure is within the bound."""
        return value >= self.limit if self.at_least else value <= self.limit


BOUNDS: Mapping[str, Bound] = {
    "metervalues_vs_echo_sqlite": Bound(5),
    "metervalues_vs_echo_postgresql": Bound(5),
    "session_mix_vs_echo": Bound(12),
    "idle_station_kb": Bound(40),
    "storm_failed": Bound(0),
    "storm_booted_after_s": Bound(15),
    "open_loop_vs_echo": Bound(15),
    # Plain sessions need 20,000; three components with lines and rule ids are held to the higher one.
    "rating_per_s": Bound(40_000, at_least=True),
}


@dataclass(frozen=True)
class Plan:
    """Sizes and durations of one run."""

    rounds: int = 5
    closed_stations: int = 100
    warm_up_s: float = 2.0
    window_s: float = 8.0
    idle_stations: int = 5_000
    idle_hold_s: float = 60.0
    storm_stations: int = 2_000
    open_stations: int = 2_000
    open_rate: float = 800.0
    open_window_s: float = 30.0

    @property
    def seeded_stations(self) -> int:
        """As many as the largest measurement needs."""
        return max(self.closed_stations, self.idle_stations, self.storm_stations, self.open_stations)

    @property
    def charging_stations(self) -> int:
        """As many as start a transaction, and so need a tag."""
        return max(self.closed_stations, self.open_stations)


FULL = Plan()
QUICK = Plan(rounds=3, warm_up_s=1.0, window_s=3.0, idle_stations=1_000, idle_hold_s=5.0, open_window_s=10.0)
