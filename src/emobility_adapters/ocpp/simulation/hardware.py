"""The connectors of a station and what happens at them; knows no network, reports go to the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from emobility_adapters.ocpp.simulation.charging_profiles import ChargingProfiles
from emobility_adapters.ocpp.simulation.clock import StationClock
from emobility_adapters.ocpp.simulation.configuration import Configuration
from emobility_adapters.ocpp.simulation.connector import Connector
from emobility_adapters.ocpp.simulation.failures import ConnectorBusy
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.kinds import ConnectorKind, Vehicle
from emobility_adapters.ocpp.simulation.outbox import Outbox, Report
from emobility_adapters.ocpp.simulation.reservations import Reservation, Reservations
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
        reservations: Reservations,
    ) -> None:
        self._identity = identity
        self._clock = clock
        self._configuration = configuration
        self._outbox = outbox
        self._reservations = reservations
        self.available = True
        self.connectors = tuple(
            Connector(number, kind, random.randrange(50_000, 20_000_000) * _WS_PER_WH)
            for number, kind in enumerate(kinds, start=1)
        )
        self.profiles = ChargingProfiles(self._began, self._sharing)
        for connector in self.connectors:
            connector.limits = self.profiles

    def _began(self, number: int) -> datetime | None:
        connector = self.find(number)
        running = connector.transaction if connector else None
        return running.started_at if running else None

    def _sharing(self) -> int:
        return sum(one.transaction is not None for one in self.connectors)

    def find(self, number: int) -> Connector | None:
        return self.connectors[number - 1] if 1 <= number <= len(self.connectors) else None

    def free(self, id_tag: str = "", parent: str | None = None) -> Connector | None:
        """A connector that a session with this tag could begin at, best one where a car waits."""
        found = [one for one in self.connectors if self.can_begin(one, id_tag, parent)]
        return next((one for one in found if one.vehicle), found[0] if found else None)

    def can_begin(self, connector: Connector, id_tag: str, parent: str | None = None) -> bool:
        """Whether nothing is going on there, and no reservation of somebody else is in the way."""
        if connector.error is not None or not connector.operative or connector.transaction is not None:
            return False
        return not self._is_reserved_for_others(connector, id_tag, parent)

    def _is_reserved_for_others(self, connector: Connector, id_tag: str, parent: str | None) -> bool:
        held = self._reservations
        if not len(held) or held.for_start(connector.number, id_tag, parent) is not None:
            return False
        # OCPP 1.6, 5.13: one connector stays free for a reservation of connector 0.
        others = [
            one for one in self.connectors if one is not connector and _is_free(one) and not one.reserved
        ]
        return connector.reserved or (held.at(0) is not None and not others)

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
        if not connector.reserved:
            self._show(connector, "Preparing")
        return connector

    def begin(self, number: int, id_tag: str, *, parent: str | None = None) -> Transaction:
        """Start a transaction; raise `ConnectorBusy` when one is running, or another has reserved it.

        A reservation of the tag, or of its group, is used up.
        """
        connector = self.find(number)
        if connector is None or connector.transaction is not None or connector.error is not None:
            raise ConnectorBusy(self._identity, number)
        if self._is_reserved_for_others(connector, id_tag, parent):
            raise ConnectorBusy(self._identity, number)
        now = self._clock.now()
        self.advance(now)
        transaction = Transaction(number, id_tag, now, connector.meter_wh, parent=parent)
        reservation = self._reservations.for_start(number, id_tag, parent)
        if reservation is not None:
            transaction.reservation = reservation.id
            self.release(reservation)
        connector.transaction, connector.metered_at = transaction, now
        self._outbox.add(Report("StartTransaction", transaction.start, transaction))
        self._show(connector, connector.charging_status)
        return transaction

    def refuse(self, transaction: Transaction) -> None:
        """Let no more flow in a transaction whose tag was not accepted than MaxEnergyOnInvalidId."""
        connector = self.find(transaction.connector)
        if connector is None or connector.transaction is not transaction:
            return
        self.advance(self._clock.now())
        flowed_wh = connector.meter_wh - transaction.meter_start_wh
        transaction.allowance_wh = flowed_wh + self._configuration.number("MaxEnergyOnInvalidId")
        self.look()

    def advance(self, now: datetime) -> None:
        """Let all meters count up to `now`, before something changes what flows."""
        for connector in self.connectors:
            if connector.transaction is not None:
                connector.advance(now)

    def look(self) -> None:
        """Report what has become of each session's charging: it goes on, or is held back."""
        self.advance(self._clock.now())
        for connector in self.connectors:
            if connector.transaction is not None:
                self._show(connector, connector.charging_status)

    def reserve(self, reservation: Reservation) -> None:
        """Show a connector as Reserved; connector 0 shows nothing."""
        connector = self.find(reservation.connector)
        if connector is not None:
            connector.reserved = True
            if connector.vehicle is None:
                self._show(connector, connector.rest_status)

    def release(self, reservation: Reservation) -> None:
        """Forget a reservation."""
        self._reservations.drop(reservation.id)
        connector = self.find(reservation.connector)
        if connector is not None and connector.reserved:
            connector.reserved = False
            if connector.transaction is None:
                self._show(connector, "Preparing" if connector.vehicle else connector.rest_status)

    def fail(self, number: int, error: str | None) -> None:
        """Report a fault of a connector by its ChargePointErrorCode; None ends it."""
        connector = self.find(number)
        if connector is None:
            raise ConnectorBusy(self._identity, number)
        self.advance(self._clock.now())
        connector.error = error
        if connector.transaction is not None:
            self._show(connector, connector.charging_status)
        else:
            self._show(connector, "Preparing" if connector.vehicle and not error else connector.rest_status)

    def sample(self, number: int, context: str = "Sample.Periodic") -> None:
        """Report MeterValues of a connector, within its transaction if one is running."""
        connector = self.find(number)
        if connector is None:
            return
        now = self._clock.now()
        connector.advance(now)
        aligned = "Aligned" if context == "Sample.Clock" else "Sampled"
        measurands = self._configuration.names(f"MeterValues{aligned}Data")
        value = meter_value(connector, now, measurands, context)
        payload: Payload = {"connectorId": number, "meterValue": [value]}
        self._outbox.add(Report("MeterValues", payload, connector.transaction))
        if connector.transaction is not None:
            self._show(connector, connector.charging_status)

    def end(self, transaction: Transaction, reason: str = "Local") -> None:
        """End a transaction; nothing happens when it has ended."""
        connector = self.find(transaction.connector)
        if connector is None or connector.transaction is not transaction:
            return
        now = self._clock.now()
        self.advance(now)
        connector.transaction, connector.metered_at, connector.left = None, None, False
        self.profiles.end_session(connector.number)
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
        """The car leaves; a transaction still running ends with it, unless it is configured to go on."""
        connector = self.find(number)
        if connector is None or connector.vehicle is None:
            return
        if connector.transaction is not None:
            # OCPP 1.6, 4.9 and 9.1.23: the transaction may go on, suspended, for the car to come back.
            if not self._configuration.flag("StopTransactionOnEVSideDisconnect"):
                self.advance(self._clock.now())
                connector.vehicle, connector.left = None, True
                self._show(connector, connector.charging_status)
                return
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
            "errorCode": (connector.error if connector else None) or "NoError",
            "status": connector.status if connector else own,
            "timestamp": wire_time(self._clock.now()),
        }


def _is_free(connector: Connector) -> bool:
    if connector.error is not None or not connector.operative:
        return False
    return connector.vehicle is None and connector.transaction is None
