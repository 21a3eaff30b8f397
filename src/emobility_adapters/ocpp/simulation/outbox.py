"""Reports waiting to be sent: those of transactions are kept while the station is offline."""

from __future__ import annotations

import asyncio
from collections import deque

import attrs

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.transaction import Transaction

# OCPP 1.6, errata 4.0, 3.14: a station short of memory drops meter values, never those of start and stop.
_SAMPLES_UP_TO = 10_000


@attrs.define(eq=False)
class Report:
    """One message to be sent; with a `transaction`, or to `keep`, it is kept until it was answered."""

    action: str
    payload: Payload
    transaction: Transaction | None = None
    keep: bool = False
    attempts: int = 0

    @property
    def outlives_the_line(self) -> bool:
        return self.keep or self.transaction is not None

    @property
    def filled(self) -> Payload:
        """The payload with the transaction id as far as it is known by now."""
        if self.transaction is None or self.action == "StartTransaction":
            return self.payload
        return self.transaction.with_id(self.payload)


class Outbox:
    """First in, first out. It outlives connections and resets, as a station's flash memory does.

    While `online` is False only reports of transactions and security events are taken in.
    """

    def __init__(self) -> None:
        self.online = False
        self._reports: deque[Report] = deque()
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._reports)

    def add(self, report: Report) -> None:
        if not report.outlives_the_line and not self.online:
            return
        if report.action == "MeterValues" and len(self._reports) >= _SAMPLES_UP_TO:
            return
        self._reports.append(report)
        self._filled.set()
        self._empty.clear()

    async def head(self) -> Report:
        """The oldest report, as soon as there is one; it stays until `remove`."""
        await self._filled.wait()
        return self._reports[0]

    def remove(self, report: Report) -> None:
        """Take out the oldest report, which `head` has given."""
        if self._reports and self._reports[0] is report:
            self._reports.popleft()
        self._mark()

    def go_offline(self) -> None:
        """Forget what is only worth saying at the time."""
        self.online = False
        self._reports = deque(report for report in self._reports if report.outlives_the_line)
        self._mark()

    def _mark(self) -> None:
        if not self._reports:
            self._filled.clear()
            self._empty.set()

    async def drained(self) -> None:
        """Return when nothing is left to be sent."""
        await self._empty.wait()
