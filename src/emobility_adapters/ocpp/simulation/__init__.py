"""Simulated OCPP 1.6J charging stations, to try any central system with.

One station: `SimulatedStation` (its `presence` connects, `charge` plays a `Visit`, `live` goes on for
ever, `queue_history` fills its outbox with the past). Many: `Fleet` with a `FleetPlan` and the name of
one of the `SCENARIOS`. Failures are `SimulationFailure`, each one sentence.
"""

from emobility_adapters.ocpp.simulation.backoff import BackOff
from emobility_adapters.ocpp.simulation.clock import StationClock, SteppedClock
from emobility_adapters.ocpp.simulation.failures import (
    BadUrl,
    BootRefused,
    CallFailed,
    CentralSystemUnreachable,
    ConnectorBusy,
    CredentialsRefused,
    HandshakeRefused,
    LineLost,
    NoAnswer,
    SimulationFailure,
    StationUnknown,
    SubprotocolRefused,
    TlsFailed,
)
from emobility_adapters.ocpp.simulation.fleet import Fleet, OnProgress
from emobility_adapters.ocpp.simulation.history import PastSession, plausible_history, queue_history
from emobility_adapters.ocpp.simulation.kinds import (
    AC_11,
    AC_22,
    DC_50,
    DC_150,
    HPC_300,
    KINDS,
    ConnectorKind,
    Vehicle,
)
from emobility_adapters.ocpp.simulation.live import live
from emobility_adapters.ocpp.simulation.plan import FleetPlan
from emobility_adapters.ocpp.simulation.quirks import QUIRKS, Quirk
from emobility_adapters.ocpp.simulation.quirks.transactions import vehicle_tag
from emobility_adapters.ocpp.simulation.results import FleetSummary, SessionRecord, StationResult
from emobility_adapters.ocpp.simulation.scenarios import SCENARIOS, Part, Scenario
from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_adapters.ocpp.simulation.traffic import Latency, Traffic
from emobility_adapters.ocpp.simulation.transaction import Transaction
from emobility_adapters.ocpp.simulation.transfers import (
    HttpTransfers,
    PretendedTransfers,
    TransferFailed,
    Transfers,
)
from emobility_adapters.ocpp.simulation.visit import Visit

__all__ = [
    "AC_11",
    "AC_22",
    "DC_50",
    "DC_150",
    "HPC_300",
    "KINDS",
    "QUIRKS",
    "SCENARIOS",
    "BackOff",
    "BadUrl",
    "BootRefused",
    "CallFailed",
    "CentralSystemUnreachable",
    "ConnectorBusy",
    "ConnectorKind",
    "CredentialsRefused",
    "Fleet",
    "FleetPlan",
    "FleetSummary",
    "HandshakeRefused",
    "HttpTransfers",
    "Latency",
    "LineLost",
    "NoAnswer",
    "OnProgress",
    "Part",
    "PastSession",
    "PretendedTransfers",
    "Quirk",
    "Scenario",
    "SessionRecord",
    "SimulatedStation",
    "SimulationFailure",
    "StationClock",
    "StationResult",
    "StationUnknown",
    "SteppedClock",
    "SubprotocolRefused",
    "TlsFailed",
    "Traffic",
    "Transaction",
    "TransferFailed",
    "Transfers",
    "Vehicle",
    "Visit",
    "live",
    "plausible_history",
    "queue_history",
    "vehicle_tag",
]
