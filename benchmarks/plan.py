"""How much is measured, and what is asked of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

HOSTILE_STATIONS = 4
NAMES = (
    "metervalues",
    "sessions",
    "idle",
    "storm",
    "storm-queue",
    "hostile",
    "open-loop",
    "rating",
    "authorization",
    "verify",
    "get",
    "far-end",
    "import",
)


@dataclass(frozen=True)
class Bound:
    """The limit of a figure; `at_least` turns it round."""

    limit: float
    at_least: bool = False

    def holds(self, value: float) -> bool:
        """Whether the figure is within the bound."""
        return value >= self.limit if self.at_least else value <= self.limit


BOUNDS: Mapping[str, Bound] = {
    "authorization_cpu_us": Bound(300),
    "import_rows_per_s": Bound(500, at_least=True),
    # What is kept of each row is eight bytes: the rest does not grow with the file.
    "import_peak_mb": Bound(64),
    "import_stall_ms": Bound(50),
    "import_busy_ms": Bound(50),
    "metervalues_vs_echo_sqlite": Bound(5),
    "metervalues_vs_echo_postgresql": Bound(5),
    "session_mix_vs_echo": Bound(12),
    "idle_station_kb": Bound(40),
    "storm_failed": Bound(0),
    "storm_booted_after_s": Bound(15),
    "storm_queue_failed": Bound(0),
    "storm_queue_done_after_s": Bound(120),
    "storm_queue_station_kb": Bound(80),
    "hostile_cpu_ratio": Bound(1.1),
    "open_loop_vs_echo": Bound(15),
    # Plain sessions need 20,000; three components with lines and rule ids are held to the higher one.
    "rating_per_s": Bound(40_000, at_least=True),
    "verify_vs_bare": Bound(1.5),
    "rating_windows_us": Bound(100),
    "get_p95_vs_empty_sqlite": Bound(15),
    "get_p95_vs_empty_postgresql": Bound(15),
    "list_far_vs_near_sqlite": Bound(1.3),
    "list_far_vs_near_postgresql": Bound(1.3),
}


@dataclass(frozen=True)
class Plan:
    """Sizes and durations of one run."""

    rounds: int = 5
    import_rows: int = 100_000
    closed_stations: int = 100
    warm_up_s: float = 2.0
    window_s: float = 8.0
    idle_stations: int = 5_000
    idle_hold_s: float = 60.0
    storm_stations: int = 2_000
    queue_stations: int = 5_000
    queue_spread_s: float = 60.0
    open_stations: int = 2_000
    open_rate: float = 800.0
    open_window_s: float = 30.0
    api_warm_up: int = 200
    api_requests: int = 1_000
    listed_sessions: int = 1_000_000

    def stations(self, names: Collection[str]) -> int:
        """As many as the largest of these measurements needs."""
        return max(count for name, count in self._sizes().items() if name in names)

    def charging_stations(self, names: Collection[str]) -> int:
        """As many as start a transaction in them, and so need a tag; 0 if none does."""
        charging = set(names) - {"idle", "storm"}
        return self.stations(charging) if charging else 0

    def _sizes(self) -> Mapping[str, int]:
        return {
            "metervalues": self.closed_stations,
            "sessions": self.closed_stations,
            "idle": self.idle_stations,
            "storm": self.storm_stations,
            "storm-queue": self.queue_stations,
            "hostile": self.closed_stations + HOSTILE_STATIONS,
            "open-loop": self.open_stations,
            "get": self.closed_stations,
            "far-end": self.closed_stations,
        }


FULL = Plan()
QUICK = Plan(
    rounds=3, warm_up_s=1.0, window_s=3.0, idle_stations=1_000, idle_hold_s=5.0, queue_stations=1_000,
    queue_spread_s=12.0, open_window_s=10.0, api_requests=400, listed_sessions=100_000,
    import_rows=10_000,
)  # fmt: skip
