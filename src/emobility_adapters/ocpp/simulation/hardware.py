"""The connectors of a station and what happens at them; knows no network, reports go to the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from emobility_adapters.ocpp.simulation.clock import StationClock
from emobility_adapters.ocpp.simulation.configuration import Configuration
from emobility_adapters.ocpp.simulation.connector import Connector
from emobility_adapters.ocpp.simulation.failures import ConnectorBusy
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.kinds import ConnectorKind, Vehicle
from emobility_adapters.ocpp.simulation.outbox import Outbox, Report
from emobility_adapters.ocpp.simulation.samples import energy_value, meter_value
from emobility_adapters.ocpp.simulation.transaction import Transaction, wire_time

_WS_PER_WH = 3600


class Hardware:
    """Connectors from 1 with lifetime registers; `available` is the status of the station itself."""

    def __init__(
        self,
        identity: str,
        kinds: Sequence[ConnectorKind],
        *,
        clock: StationClock,
        configuration: Configuration,
        outbox: Outbox,
        random: Random,
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._configuration = configuration
        self._outbox = outbox
        self.available = True
        self.connectors = tuple(
            Connector(number, kind, random.randrange(50_000, 20_000_000) * _WS_PER_WH)
            for number, kind in enumerate(kinds, start=1)
        )

    def find(self, number: int) -> Connector | None:
        return self.connectors[number - 1] if 1 <= number <= len(self.connectors) else None

    def free(self) -> Connector | None:
        """A connector that a session could begin at."""
        return next((one for one in self.connectors if _is_free(one)), None)

    def find_transaction(self, id: int) -> Transaction | None:
        """The running transaction with the central system's `id`."""
        running = (one.transaction for one in self.connectors if one.transaction is not None)
        return next((one for one in running if one.id == id), None)

    def plug_in(self, number: int, vehicle: Vehicle) -> Connector:
        """A car arrives; raise `ConnectorBusy` when it cannot."""
        connector = self.find(number)
        if connector is None or not _is_free(connector):
            raise ConnectorBusy(self._identity, number)
        connector.plug_in(vehicle)
        self._show(connector, "Preparing")
        return connector

    def begin(self, number: int, id_tag: str) -> Transaction:
        """Start a transaction; raise `ConnectorBusy` when one is running."""
        connector = self.find(number)
        if connector is None or connector.transaction is not None:
            raise ConnectorBusy(self._identity, number)
        now = self._clock.now()
        transaction = Transaction(number, id_tag, now, connector.meter_wh)
        connector.transaction, connector.metered_at = transaction, now
        self._outbox.add(Report("StartTransaction", transaction.start, transaction))
        self._show(connector, "Charging")
        return transaction

    def sample(self, number: int, context: str = "Sample.Periodic") -> None:
        """Report MeterValues of a connector, within its transaction if one is running."""
        connector = self.find(number)
        if connector is None:
            return
        now = self._clock.now()
        connector.advance(now)
        measurands = self._configuration.names("MeterValuesSampledData")
        value = meter_value(connector, now, measurands, context)
        payload: Payload = {"connectorId": number, "meterValue": [value]}
        self._outbox.add(Report("MeterValues", payload, connector.transaction))

    def end(self, transaction: Transaction, reason: str = "Local") -> None:
        """End a transaction; nothing happens when it has ended."""
        connector = self.find(transaction.connector)
        if connector is None or connector.transaction is not transaction:
            return
        now = self._clock.now()
        connector.advance(now)
        connector.transaction, connector.metered_at = None, None
        samples = self._stop_samples(transaction, connector)
        stop = transaction.end(now, connector.meter_wh, reason, samples)
        self._outbox.add(Report("StopTransaction", stop, transaction))
        self._show(connector, "Finishing" if connector.vehicle else connector.rest_status)

    def _stop_samples(self, transaction: Transaction, connector: Connector) -> list[Payload]:
        if not self._configuration.names("StopTxnSampledData"):
            return []
        return [
            energy_value(transaction.started_at, transaction.meter_start_wh, "Transaction.Begin"),
            energy_value(self._clock.now(), connector.meter_wh, "Transaction.End"),
        ]

    def unplug(self, number: int) -> None:
        """The car leaves; a transaction still running ends with it."""
        connector = self.find(number)
        if connector is None or connector.vehicle is None:
            return
        if connector.transaction is not None:
            self.end(connector.transaction, "EVDisconnected")
        connector.vehicle = None
        self._show(connector, connector.rest_status)

    def set_operative(self, number: int, operative: bool) -> str:
        """ChangeAvailability for one connector, or all with 0; the AvailabilityStatus."""
        chosen = self.connectors if number == 0 else [one for one in self.connectors if one.number == number]
        if number == 0:
            self.available = operative
            self._outbox.add(Report("StatusNotification", self.status(0)))
        elif not chosen:
            return "Rejected"
        for connector in chosen:
            connector.operative = operative
            if connector.vehicle is None and connector.transaction is None:
                self._show(connector, connector.rest_status)
        return "Scheduled" if any(one.transaction for one in chosen) and not operative else "Accepted"

    def _show(self, connector: Connector, status: str) -> None:
        if status != connector.status:
            connector.status = status
            self._outbox.add(Report("StatusNotification", self.status(connector.number)))

    def status(self, number: int) -> Payload:
        """The payload of StatusNotification for a connector, or for the station itself with 0."""
        connector = self.find(number)
        own = "Available" if self.available else "Unavailable"
        return {
            "connectorId": number,
            "errorCode": "NoError",
            "status": connector.status if connector else own,
            "timestamp": wire_time(self._clock.now()),
        }


def _is_free(connector: Connector) -> bool:
    return connector.operative and connector.vehicle is None and connector.transaction is None
