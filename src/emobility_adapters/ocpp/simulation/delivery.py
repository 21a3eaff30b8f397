"""Sending what waits in the outbox, in order, with the retries that OCPP 1.6 prescribes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emobility_adapters.ocpp.simulation.clock import Sleep
from emobility_adapters.ocpp.simulation.configuration import Configuration
from emobility_adapters.ocpp.simulation.failures import CallFailed, LineLost, NoAnswer
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.line import StationLine
from emobility_adapters.ocpp.simulation.outbox import Outbox, Report


class Delivery:
    """Sends reports over one line until it is lost; what was not answered stays in the outbox.

    `copies` says how often each action is sent, as a station does whose answers got lost.
    `on_start` hears every answer to a StartTransaction.
    """

    def __init__(
        self,
        outbox: Outbox,
        line: StationLine,
        *,
        configuration: Configuration,
        wait: Sleep,
        copies: Mapping[str, int],
        on_start: Callable[[Report, Payload], None],
    ) -> None:
        self._outbox = outbox
        self._line = line
        self._configuration = configuration
        self._wait = wait
        self._copies = copies
        self._on_start = on_start

    async def run(self) -> None:
        """Return when the line is lost; a line on which nothing is answered is cut."""
        try:
            while True:
                report = await self._outbox.head()
                try:
                    await self._send(report)
                except CallFailed:
                    if not await self._again(report):
                        self._outbox.remove(report)
                else:
                    self._outbox.remove(report)
        except LineLost:
            return
        except NoAnswer:
            await self._line.cut()

    async def _send(self, report: Report) -> None:
        for _ in range(self._copies.get(report.action, 1)):
            answer = await self._line.call(report.action, report.filled)
            if report.transaction is None:
                continue
            if report.action == "StartTransaction":
                self._on_start(report, answer)
            elif report.action == "StopTransaction":
                report.transaction.stop_acknowledged = True

    async def _again(self, report: Report) -> bool:
        # OCPP 1.6, 3.7.1: attempts in all, waiting interval x number of failures between.
        report.attempts += 1
        if report.transaction is None:
            return False
        if report.attempts >= self._configuration.number("TransactionMessageAttempts"):
            report.transaction.answered.set()
            return False
        await self._wait(self._configuration.number("TransactionMessageRetryInterval") * report.attempts)
        return True
