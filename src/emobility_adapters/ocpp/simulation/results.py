"""What came of a station's scenario, and of a whole fleet's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import attrs

from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_adapters.ocpp.simulation.traffic import Latency
from emobility_adapters.ocpp.simulation.transaction import Transaction

_PROBLEMS_SHOWN = 20


@attrs.frozen
class SessionRecord:
    """One session as the station knows it; `transaction_ids` has one id per answered start."""

    connector: int
    id_tag: str
    transaction_ids: tuple[int, ...]
    start_status: str | None
    started_at: datetime
    ended_at: datetime | None
    meter_start_wh: int
    meter_stop_wh: int | None
    stop_acknowledged: bool

    @classmethod
    def of(cls, transaction: Transaction) -> SessionRecord:
        return cls(
            connector=transaction.connector,
            id_tag=transaction.id_tag,
            transaction_ids=tuple(transaction.ids),
            start_status=transaction.start_status,
            started_at=transaction.started_at,
            ended_at=transaction.ended_at,
            meter_start_wh=transaction.meter_start_wh,
            meter_stop_wh=transaction.meter_stop_wh,
            stop_acknowledged=transaction.stop_acknowledged,
        )

    @property
    def problem(self) -> str | None:
        """What went wrong with it, in one sentence."""
        if not self.transaction_ids:
            return "A StartTransaction got no transaction id."
        if len(set(self.transaction_ids)) > 1:
            return f"Copies of one start got different transaction ids: {self.transaction_ids}."
        if self.ended_at is not None and not self.stop_acknowledged:
            return f"The StopTransaction of transaction {self.transaction_ids[0]} was not acknowledged."
        return None


@attrs.frozen
class StationResult:
    """What one station sent, what was acknowledged, by action; `problems` are sentences."""

    identity: str
    connections: int
    boots_accepted: int
    sent: Mapping[str, int]
    acknowledged: Mapping[str, int]
    failed: Mapping[str, int]
    sessions: tuple[SessionRecord, ...]
    latencies_s: tuple[float, ...]
    problems: tuple[str, ...]

    @classmethod
    def of(
        cls, station: SimulatedStation, transactions: Sequence[Transaction], problems: Sequence[str]
    ) -> StationResult:
        traffic, presence = station.presence.traffic, station.presence
        sessions = tuple(SessionRecord.of(one) for one in transactions)
        found = [one.problem for one in sessions if one.problem is not None]
        found += [f"{count} {action} answered with an error." for action, count in traffic.failed.items()]
        if len(station.outbox):
            found.append(f"{len(station.outbox)} reports were never answered.")
        return cls(
            identity=station.identity,
            connections=presence.connections,
            boots_accepted=presence.boots_accepted,
            sent=dict(traffic.sent),
            acknowledged=dict(traffic.acknowledged),
            failed=dict(traffic.failed),
            sessions=sessions,
            latencies_s=tuple(traffic.latencies_s),
            problems=(*problems, *found),
        )

    @property
    def ok(self) -> bool:
        return not self.problems


@attrs.frozen
class FleetSummary:
    """Totals of a run; `problems` names each kind of problem once, with how many stations had it."""

    scenario: str
    url: str
    stations: int
    connected: int
    boots_accepted: int
    sessions_started: int
    sessions_ended: int
    messages_sent: int
    messages_answered: int
    errors: int
    latency: Latency
    duration_s: float
    problems: tuple[str, ...]

    @classmethod
    def of(cls, scenario: str, url: str, results: Sequence[StationResult], duration_s: float) -> FleetSummary:
        sessions = list(chain.from_iterable(one.sessions for one in results))
        problems = Counter(problem for one in results for problem in one.problems)
        return cls(
            scenario=scenario,
            url=url,
            stations=len(results),
            connected=sum(one.connections > 0 for one in results),
            boots_accepted=sum(one.boots_accepted for one in results),
            sessions_started=sum(bool(one.transaction_ids) for one in sessions),
            sessions_ended=sum(one.stop_acknowledged for one in sessions),
            messages_sent=sum(sum(one.sent.values()) for one in results),
            messages_answered=sum(sum(one.acknowledged.values()) for one in results),
            errors=sum(sum(one.failed.values()) for one in results),
            latency=Latency.of(chain.from_iterable(one.latencies_s for one in results)),
            duration_s=round(duration_s, 3),
            problems=tuple(f"{text} ({count} x)" for text, count in problems.most_common(_PROBLEMS_SHOWN)),
        )

    @property
    def ok(self) -> bool:
        """Whether everything that was sent was understood and answered as it should be."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return attrs.asdict(self) | {"ok": self.ok}
