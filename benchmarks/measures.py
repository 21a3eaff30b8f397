"""The measurements: alternating runs against the echo and the server, and the figures that follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.counting import Stored, missing, stored
from benchmarks.databases import Database
from benchmarks.load import Job, Kind, Load
from benchmarks.plan import Plan
from benchmarks.servers import Running, drive

Serve = Callable[[str, Path], AbstractContextManager[Running]]


class Invalid(Exception):
    """A run lost data or a station failed: no figure of it counts."""


@dataclass
class Findings:
    """Figures by key, and every run behind them."""

    figures: dict[str, float] = field(default_factory=dict)
    raw: dict[str, float] = field(default_factory=dict)
    runs: list[dict[str, object]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """What a run is directed at; the echo has no database."""

    name: str
    server: Running
    database: Database | None = None


class Bench:
    """Runs jobs, checks each against the database and notes it."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.findings = Findings()
        self._say = say

    def run(self, name: str, target: Target, kind: Kind, stations: int, **how: float) -> Load:
        """One run; raises `Invalid` if a station failed or the database holds anything else than was sent."""
        database = target.database
        before = stored(database.url) if database else None
        pid = database.pid if database else 0
        job = Job(kind, target.server.ocpp_port, stations, target.server.pid, pid, **how)
        load = drive(job)
        note: dict[str, object] = {
            "measurement": name,
            "target": target.name,
            "job": asdict(job),
            "load": asdict(load),
        }
        self.findings.runs.append(note)
        self._say(f"  {name:12} {target.name:11} {_told(load)}")
        if load.failures:
            raise Invalid(f"{name} on {target.name}: " + "; ".join(load.failures[:3]))
        if database and before:
            sent = Stored(load.sessions, load.readings, load.frames + load.replies)
            if difference := missing(database.url, before, sent, all_frames=name != "hostile"):
                raise Invalid(f"{name} on {target.name}: {difference}")
        self._remark(name, target, load)
        return load

    def _remark(self, name: str, target: Target, load: Load) -> None:
        if not load.came_to_rest:
            self.findings.remarks.append(f"{name} on {target.name}: a process did not come to rest")
        if load.skipped:
            told = f"{load.skipped} messages fell due while their station still waited"
            self.findings.remarks.append(f"{name} on {target.name}: {told}")

    def closed_loop(self, name: str, kind: Kind, echo: Target, targets: Sequence[Target]) -> dict[str, float]:
        """CPU per message as a multiple of the echo run just before: the median of all rounds, by target."""
        how = {"warm_up_s": self.plan.warm_up_s, "window_s": self.plan.window_s}
        stations = self.plan.closed_stations
        costs: dict[str, list[float]] = {"echo": []}
        database_costs: dict[str, list[float]] = {}
        ratios: dict[str, list[float]] = {}
        for _ in range(self.plan.rounds):
            for target in targets:
                floor = us_per_message(self.run(name, echo, Kind.ECHO, stations, **how))
                load = self.run(name, target, kind, stations, **how)
                costs["echo"].append(floor)
                costs.setdefault(target.name, []).append(us_per_message(load))
                database_costs.setdefault(target.name, []).append(database_us_per_message(load))
                ratios.setdefault(target.name, []).append(us_per_message(load) / floor)
        for who, each in costs.items():
            self.findings.raw[f"{name}_{who}_cpu_us"] = median(each)
        for who, each in database_costs.items():
            self.findings.raw[f"{name}_{who}_database_cpu_us"] = median(each)
        return {who: median(each) for who, each in ratios.items()}


def meter_values(bench: Bench, echo: Target, targets: Sequence[Target]) -> None:
    """Durable MeterValues, closed loop."""
    for who, ratio in bench.closed_loop("metervalues", Kind.METER_VALUES, echo, targets).items():
        bench.findings.figures[f"metervalues_vs_echo_{who}"] = ratio


def session_mix(bench: Bench, echo: Target, targets: Sequence[Target]) -> None:
    """Whole sessions, closed loop; the bound holds for the dearer database."""
    ratios = bench.closed_loop("sessions", Kind.SESSIONS, echo, targets)
    bench.findings.figures["session_mix_vs_echo"] = max(ratios.values())
    bench.findings.raw |= {f"session_mix_vs_echo_{who}": ratio for who, ratio in ratios.items()}


def idle(bench: Bench, database: Database, serve: Serve, log: Path) -> None:
    """Memory of connected, booted stations that do nothing, against a server started afresh."""
    plan, findings = bench.plan, bench.findings
    with serve(database.url, log) as server:
        target = Target(database.name, server, database)
        load = bench.run("idle", target, Kind.IDLE, plan.idle_stations, window_s=plan.idle_hold_s)
    grown = load.pss_after_kb - load.pss_before_kb
    findings.figures["idle_station_kb"] = grown / plan.idle_stations
    findings.raw |= {
        "idle_stations": plan.idle_stations,
        "idle_hold_s": plan.idle_hold_s,
        "idle_pss_before_kb": load.pss_before_kb,
        "idle_pss_after_kb": load.pss_after_kb,
    }


def storm(bench: Bench, target: Target) -> None:
    """All stations connect and boot at once."""
    findings, stations = bench.findings, bench.plan.storm_stations
    load = bench.run("storm", target, Kind.STORM, stations)
    findings.figures["storm_failed"] = len(load.failures)
    findings.figures["storm_booted_after_s"] = load.booted_after_s
    findings.raw["storm_stations"] = stations
    findings.raw["storm_cpu_us_per_station"] = load.server_cpu_s / stations * 1e6


def storm_queue(bench: Bench, target: Target) -> None:
    """Stations return over a minute, each with twenty messages of a session that it could not tell."""
    findings, plan = bench.findings, bench.plan
    stations, spread_s = plan.queue_stations, plan.queue_spread_s
    load = bench.run("storm-queue", target, Kind.STORM_QUEUE, stations, spread_s=spread_s)
    findings.figures["storm_queue_failed"] = len(load.failures)
    findings.figures["storm_queue_done_after_s"] = load.booted_after_s
    findings.figures["storm_queue_station_kb"] = (load.pss_peak_kb - load.pss_before_kb) / stations
    findings.raw |= {
        "storm_queue_stations": stations,
        "storm_queue_spread_s": spread_s,
        "storm_queue_pss_before_kb": load.pss_before_kb,
        "storm_queue_pss_peak_kb": load.pss_peak_kb,
        "storm_queue_cpu_us_per_message": us_per_message(load),
    }


def hostile(bench: Bench, target: Target) -> None:
    """What honest messages cost while hostile stations are there, against what they cost without."""
    plan = bench.plan
    how = {"warm_up_s": plan.warm_up_s, "window_s": plan.window_s}
    calm: list[float] = []
    rough: list[float] = []
    for _ in range(plan.rounds):
        for costs, loose in ((calm, 0), (rough, 1)):
            load = bench.run("hostile", target, Kind.METER_VALUES, plan.closed_stations, hostile=loose, **how)
            costs.append(us_per_message(load))
    bench.findings.figures["hostile_cpu_ratio"] = median(
        with_them / without for with_them, without in zip(rough, calm, strict=True)
    )
    bench.findings.raw |= {"hostile_calm_cpu_us": median(calm), "hostile_rough_cpu_us": median(rough)}


def open_loop(bench: Bench, echo: Target, target: Target) -> None:
    """Many stations, few messages; measured against the echo's cost in the closed loop."""
    plan, findings = bench.plan, bench.findings
    closed = {"warm_up_s": plan.warm_up_s, "window_s": plan.window_s}
    paced = {"warm_up_s": plan.warm_up_s, "window_s": plan.open_window_s, "rate": plan.open_rate}
    floor = us_per_message(bench.run("open-loop", echo, Kind.ECHO, plan.closed_stations, **closed))
    floor_paced = us_per_message(bench.run("open-loop", echo, Kind.OPEN_ECHO, plan.open_stations, **paced))
    load = bench.run("open-loop", target, Kind.OPEN, plan.open_stations, **paced)
    findings.figures["open_loop_vs_echo"] = us_per_message(load) / floor
    findings.raw |= {
        "open_loop_echo_closed_cpu_us": floor,
        "open_loop_echo_paced_cpu_us": floor_paced,
        f"open_loop_{target.name}_cpu_us": us_per_message(load),
        f"open_loop_{target.name}_database_cpu_us": database_us_per_message(load),
        "open_loop_messages_per_s": load.messages / load.window_s,
    }


def us_per_message(load: Load) -> float:
    """CPU of the server."""
    return load.server_cpu_s / load.messages * 1e6


def database_us_per_message(load: Load) -> float:
    """CPU of a database server; 0 for an embedded database, whose work is the server's own."""
    return load.database_cpu_s / load.messages * 1e6


def _told(load: Load) -> str:
    if not load.messages:
        return f"{load.frames} frames, booted after {load.booted_after_s:.1f} s"
    wall = f", {load.messages / load.window_s:,.0f}/s" if load.window_s else ""
    database = f" + {database_us_per_message(load):.1f} database" if load.database_cpu_s else ""
    return f"{us_per_message(load):6.1f} us{database}, {load.messages:,} messages{wall}"
