"""What can go wrong between a simulated station and a central system, one sentence each."""

from __future__ import annotations

import attrs


class SimulationFailure(Exception):
    """Any failure below; its text is one sentence for the person who started the simulation."""


@attrs.frozen
class BadUrl(SimulationFailure):
    """The URL of the central system cannot be used."""

    url: str

    def __str__(self) -> str:
        return f"{self.url} is no WebSocket URL: expected something like ws://127.0.0.1:9000/ocpp."


@attrs.frozen
class CentralSystemUnreachable(SimulationFailure):
    """No connection could be opened; `reason` is the operating system's word."""

    url: str
    reason: str

    def __str__(self) -> str:
        return f"Nothing answers at {self.url} ({self.reason}): is the server running, and the port right?"


@attrs.frozen
class TlsFailed(CentralSystemUnreachable):
    """The central system answers, but TLS comes to nothing; `reason` is OpenSSL's word."""

    def __str__(self) -> str:
        return (
            f"No TLS with {self.url} ({self.reason}): is it served with TLS, "
            "do `roots` hold the root of its certificate, and is it for this host?"
        )


@attrs.frozen
class CredentialsRefused(SimulationFailure):
    """The central system answered 401."""

    identity: str

    def __str__(self) -> str:
        return f"The key of station {self.identity} was refused (401): give the key set at the server."


@attrs.frozen
class StationUnknown(SimulationFailure):
    """The central system answered 404."""

    identity: str
    url: str

    def __str__(self) -> str:
        return (
            f"No station {self.identity} is known at {self.url} (404): create it there first,"
            " or check the path of the URL."
        )


@attrs.frozen
class HandshakeRefused(SimulationFailure):
    """The opening handshake failed for another reason."""

    identity: str
    reason: str

    def __str__(self) -> str:
        return f"The central system refused the connection of station {self.identity}: {self.reason}."


@attrs.frozen
class SubprotocolRefused(SimulationFailure):
    """The central system did not agree on `ocpp1.6`."""

    identity: str

    def __str__(self) -> str:
        return f"The central system does not speak OCPP 1.6J with station {self.identity} (no ocpp1.6)."


@attrs.frozen
class BootRefused(SimulationFailure):
    """BootNotification was not answered with Accepted; `status` is Pending or Rejected."""

    identity: str
    status: str

    def __str__(self) -> str:
        return f"Station {self.identity} was not accepted at boot: {self.status}."


@attrs.frozen
class LineLost(SimulationFailure):
    """The connection is closed, or closed before the answer came."""

    identity: str

    def __str__(self) -> str:
        return f"The connection of station {self.identity} was lost."


@attrs.frozen
class NoAnswer(SimulationFailure):
    """The central system did not answer a request in time."""

    identity: str
    action: str
    within_s: float

    def __str__(self) -> str:
        return f"{self.action} of station {self.identity} had no answer within {self.within_s:g} s."


@attrs.frozen
class CallFailed(SimulationFailure):
    """The central system answered a request with a CALLERROR."""

    identity: str
    action: str
    code: str
    description: str

    def __str__(self) -> str:
        words = f"{self.code}: {self.description}" if self.description else self.code
        return f"{self.action} of station {self.identity} was answered with an error ({words})."


@attrs.frozen
class ConnectorBusy(SimulationFailure):
    """The connector does not exist, is out of service, or has a car or a transaction already."""

    identity: str
    connector: int

    def __str__(self) -> str:
        return f"Connector {self.connector} of station {self.identity} cannot be used now."
