"""What the security whitepaper adds: certificates, logs, signed firmware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.certificates import is_signed
from emobility_adapters.ocpp.simulation.firmware import Update
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Malformed, Reply, status, time_in
from emobility_adapters.ocpp.simulation.uploads import Upload

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation


class Security:
    """Certificates are checked before they are taken; logs and firmware go on after the answer."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self._certificates = station.credentials.certificates
        self.answers: Answers = {
            "CertificateSigned": self._certificate_signed,
            "InstallCertificate": self._install,
            "DeleteCertificate": self._delete,
            "GetInstalledCertificateIds": self._installed,
            "GetLog": self._log,
            "SignedUpdateFirmware": self._update,
        }

    def _certificate_signed(self, payload: Payload) -> Reply:
        if self._certificates.accept(payload["certificateChain"]):
            return status("Accepted")
        self._station.report_security("InvalidChargePointCertificate")
        return status("Rejected")

    def _install(self, payload: Payload) -> Reply:
        if len(self._certificates.roots) >= self._station.configuration.number("CertificateStoreMaxLength"):
            return status("Rejected")
        taken = self._certificates.install(payload["certificateType"], payload["certificate"])
        # Security whitepaper, M05.FR.06; Failed is said of a sound certificate that cannot be stored.
        return status("Accepted" if taken else "Rejected")

    def _delete(self, payload: Payload) -> Reply:
        return status("Accepted" if self._certificates.remove(payload["certificateHashData"]) else "NotFound")

    def _installed(self, payload: Payload) -> Reply:
        found = [one.hash_data() for one in self._certificates.of(payload["certificateType"])]
        if not found:
            return status("NotFound")
        return {"status": "Accepted", "certificateHashData": found}, None

    def _log(self, payload: Payload) -> Reply:
        maintenance, diagnostics = self._station.maintenance, payload["logType"] == "DiagnosticsLog"
        file = Upload(
            payload["log"]["remoteLocation"],
            maintenance.file_name("diagnostics" if diagnostics else "security"),
            maintenance.diagnostics() if diagnostics else maintenance.security_log(),
            retries=payload.get("retries", 0),
            interval_s=payload.get("retryInterval", 60),
        )
        word = "AcceptedCanceled" if maintenance.log_upload.is_busy else "Accepted"
        answer = {"status": word, "filename": file.name}
        return answer, lambda: maintenance.send_log(file, payload["requestId"])

    def _update(self, payload: Payload) -> Reply:
        firmware, maintenance = payload["firmware"], self._station.maintenance
        signer, signature = firmware["signingCertificate"], firmware["signature"]
        if not self._certificates.trusts_signer(signer):
            self._station.report_security("InvalidFirmwareSigningCertificate")
            return status("InvalidCertificate")
        retrieve_at = time_in(firmware, "retrieveDateTime")
        if retrieve_at is None:
            raise Malformed("retrieveDateTime is missing")
        update = Update(
            firmware["location"],
            retrieve_at,
            time_in(firmware, "installDateTime"),
            retries=payload.get("retries", 0),
            interval_s=payload.get("retryInterval", 60),
            verify=lambda content: is_signed(content, signature, signer),
        )
        busy = maintenance.signed_firmware.is_busy
        return status(
            "AcceptedCanceled" if busy else "Accepted",
            lambda: maintenance.update(update, payload["requestId"]),
        )


def change_credentials(station: SimulatedStation, name: str, value: str) -> Reply:
    """ChangeConfiguration of AuthorizationKey or SecurityProfile: taken up on a new connection."""
    credentials = station.credentials
    if name == "AuthorizationKey":
        # Security whitepaper, 7.2: at least 16 bytes, at most 40 characters, never told again.
        if not 16 <= len(value) <= 40:
            return status("Rejected")
        credentials.key = value
        return status("Accepted", station.reconnect if credentials.basic_key is not None else None)
    if not value.isdecimal() or not credentials.can_raise_to(int(value)):
        return status("Rejected")
    credentials.profile = int(value)
    station.configuration.set(name, value)
    return status("Accepted", station.reconnect)
