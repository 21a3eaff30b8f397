"""A transaction as the station knows it, from its own start to the central system's last word."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import attrs

from emobility_adapters.ocpp.simulation.frames import Payload

# OCPP 1.6, errata 4.0, 3.18: what is told of a transaction whose start was never answered has this number.
UNKNOWN_TRANSACTION = -1


def wire_time(at: datetime) -> str:
    """An instant as OCPP writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@attrs.define(eq=False)
class Transaction:
    """What the station knows of one transaction.

    `id` and `start_status` are the central system's answer, None until it came; `ids` are the ids
    given to each copy of the start. `answered` is set with the first answer. `stop` is the payload
    of StopTransaction once it was composed, without the transaction id. `allowance_wh` is the energy
    that may flow although the tag was not accepted, None for as much as the car likes.
    """

    connector: int
    id_tag: str
    started_at: datetime
    meter_start_wh: int
    reservation: int | None = None
    parent: str | None = None
    allowance_wh: int | None = None
    id: int | None = None
    start_status: str | None = None
    ids: list[int] = attrs.field(factory=list)
    answered: asyncio.Event = attrs.field(factory=asyncio.Event)
    ended_at: datetime | None = None
    meter_stop_wh: int | None = None
    stop: Payload | None = None
    stop_acknowledged: bool = False

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    @property
    def start(self) -> Payload:
        """The payload of StartTransaction: the same however often it is sent."""
        reserved = {} if self.reservation is None else {"reservationId": self.reservation}
        return {
            "connectorId": self.connector,
            "idTag": self.id_tag,
            "meterStart": self.meter_start_wh,
            "timestamp": wire_time(self.started_at),
            **reserved,
        }

    def end(self, at: datetime, meter_wh: int, reason: str, samples: list[Payload]) -> Payload:
        """End it and return the payload of StopTransaction without its transaction id."""
        self.ended_at, self.meter_stop_wh = at, meter_wh
        self.stop = {
            "idTag": self.id_tag,
            "meterStop": meter_wh,
            "timestamp": wire_time(at),
            "reason": reason,
        }
        if samples:
            self.stop["transactionData"] = samples
        return self.stop

    def with_id(self, payload: Payload) -> Payload:
        """`payload` with the transaction id, -1 for one that was never given."""
        return payload | {"transactionId": UNKNOWN_TRANSACTION if self.id is None else self.id}

    def hear_start(self, answer: Payload) -> None:
        """Take in the answer to StartTransaction; the first one counts."""
        id = answer.get("transactionId")
        if isinstance(id, int):
            self.ids.append(id)
            self.id = self.id if self.id is not None else id
        info = answer.get("idTagInfo")
        self.start_status = str(info.get("status")) if isinstance(info, dict) else None
        self.answered.set()
