"""What a station does for its operator beside charging: new firmware, diagnostics, logs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from emobility_adapters.ocpp.simulation.failures import CallFailed, LineLost, NoAnswer
from emobility_adapters.ocpp.simulation.firmware import Update
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.uploads import Slot, Upload, upload

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

_ACTION_OF = {
    "firmware": "FirmwareStatusNotification",
    "signed firmware": "SignedFirmwareStatusNotification",
    "diagnostics": "DiagnosticsStatusNotification",
    "log": "LogStatusNotification",
}


class Maintenance:
    """One update, one diagnostics upload and one log upload at a time; each tells its status."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.firmware, self.signed_firmware = Slot("firmware"), Slot("signed firmware")
        self.diagnostics_upload, self.log_upload = Slot("diagnostics"), Slot("log")

    def update(self, update: Update, request: int | None = None) -> None:
        """Begin an update in place of the one under way; `request` makes it a signed one."""
        slot = self.firmware if request is None else self.signed_firmware
        slot.take(self._station.spawn(self._update(update, slot)), request)

    async def _update(self, update: Update, slot: Slot) -> None:
        station = self._station

        async def tell(status: str) -> None:
            slot.status = status
            await self._tell(_ACTION_OF[slot.kind], slot, status)

        if not await station.firmware.update(update, tell):
            if slot.status == "InvalidSignature":
                station.report_security("InvalidFirmwareSignature")
            return
        if slot is self.signed_firmware:
            await tell("InstallRebooting")
        station.reset("Soft")

    async def booted(self) -> None:
        """After a boot: a firmware that runs for the first time is told of."""
        firmware = self._station.firmware
        if not firmware.is_new:
            return
        firmware.is_new = False
        slot = self.signed_firmware if self.signed_firmware.status == "InstallRebooting" else self.firmware
        slot.status = "Installed"
        await self._tell(_ACTION_OF[slot.kind], slot, slot.status)
        self._station.report_security("FirmwareUpdated", firmware.version)

    async def tell(self, action: str) -> None:
        """Send the status of an update or an upload, Idle when none is under way (OCPP 1.6, 4.4, 4.5)."""
        slots = (self.firmware, self.signed_firmware, self.diagnostics_upload, self.log_upload)
        slot = next(one for one in slots if _ACTION_OF[one.kind] == action)
        # Security whitepaper, L01.FR.29: of a signed update that failed the last status is told again.
        failed = slot is self.signed_firmware and slot.status != "Installed"
        await self._tell(action, slot, slot.status if slot.is_busy or failed else "Idle")

    def send_diagnostics(self, file: Upload) -> None:
        """Begin to upload diagnostics."""
        self.diagnostics_upload.take(self._station.spawn(self._upload(file, self.diagnostics_upload)))

    def send_log(self, file: Upload, request: int) -> None:
        """Begin to upload a log in place of the one under way."""
        self.log_upload.take(self._station.spawn(self._upload(file, self.log_upload)), request)

    async def _upload(self, file: Upload, slot: Slot) -> None:
        async def tell(status: str) -> None:
            slot.status = status
            await self._tell(_ACTION_OF[slot.kind], slot, status)

        failed = "UploadFailure" if slot is self.log_upload else "UploadFailed"
        await upload(file, self._station.firmware.transfers, self._station.clock.wait, tell, failed=failed)

    async def _tell(self, action: str, slot: Slot, status: str) -> None:
        payload: Payload = {"status": status}
        if slot.request is not None and status != "Idle":
            payload["requestId"] = slot.request
        # Statuses are worth saying at the time only; the work goes on without them.
        with contextlib.suppress(CallFailed, LineLost, NoAnswer):
            await self._station.presence.call(action, payload)

    def file_name(self, kind: str) -> str:
        stamp = self._station.clock.now().strftime("%Y%m%dT%H%M%SZ")
        return f"{kind}-{self._station.identity}-{stamp}.log"[:255]

    def diagnostics(self) -> bytes:
        """What a technician would like to know: identity, firmware, configuration, traffic."""
        station = self._station
        keys: list[dict[str, Any]] = station.configuration.report([])["configurationKey"]
        traffic = station.presence.traffic
        lines = [
            f"station {station.identity}, firmware {station.firmware.version}, at {station.clock.now()}",
            *(
                f"connector {one.number}: {one.status}, {one.meter_wh} Wh"
                for one in station.hardware.connectors
            ),
            *(f"{one['key']}={one['value']}" for one in keys),
            *(f"sent {action}: {count}" for action, count in traffic.sent.items()),
            *(f"asked {action}: {count}" for action, count in traffic.requests.items()),
        ]
        return "\n".join([*lines, ""]).encode()

    def security_log(self) -> bytes:
        """The security events, oldest first."""
        lines = [
            f"{one['timestamp']} {one['type']} {one.get('techInfo', '')}" for one in self._station.events
        ]
        return "\n".join([*lines, ""]).encode()
