"""A simulated station acts the security whitepaper: certificates, events, logs, signed firmware."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from .authority import Authority
from .uploads import a_file_place

NOON = "2026-11-04T12:00:00Z"
CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


@pytest.fixture
async def station(make_station: Any) -> Any:
    station = make_station()
    await station.presence.start_up()
    return station


async def ask(central: Any, action: str, **payload: Any) -> Any:
    return await central.call("SIM-0001", action, payload)


async def status(central: Any, action: str, **payload: Any) -> Any:
    return (await ask(central, action, **payload))["status"]


def told(central: Any, action: str) -> list[str]:
    return [one["status"] for one in central.payloads(action)]


async def test_a_certificate_is_asked_for_with_the_stations_own_key(central: Any, station: Any) -> None:
    central.answers["SignCertificate"] = lambda _: {"status": "Accepted"}
    trigger = {"requestedMessage": "SignChargePointCertificate"}
    assert await status(central, "ExtendedTriggerMessage", **trigger) == "Rejected"
    await ask(central, "ChangeConfiguration", key="CpoName", value="Operator")
    assert await status(central, "ExtendedTriggerMessage", **trigger) == "Accepted"
    csr = x509.load_pem_x509_csr((await central.heard("SignCertificate"))["csr"].encode())
    assert csr.is_signature_valid
    assert csr.subject.rfc4514_string() == "O=Operator,CN=SIM-0001"
    authority = Authority()
    stranger = ec.generate_private_key(ec.SECP256R1()).public_key()
    for chain, expected in (
        ("nonsense", "Rejected"),
        (authority.sign(stranger), "Rejected"),
        (authority.sign(csr.public_key()), "Accepted"),
        (authority.sign(csr.public_key()), "Rejected"),
    ):
        assert await status(central, "CertificateSigned", certificateChain=chain) == expected
    assert station.credentials.certificates.chain is not None
    event = await central.heard("SecurityEventNotification", 3)
    assert event["type"] == "InvalidChargePointCertificate"


async def test_roots_are_installed_listed_and_deleted(central: Any, station: Any) -> None:
    pem = Authority().pem
    assert await status(central, "GetInstalledCertificateIds", certificateType=CENTRAL) == "NotFound"
    for certificate, expected in ((pem, "Accepted"), ("nonsense", "Rejected")):
        answer = await status(central, "InstallCertificate", certificateType=CENTRAL, certificate=certificate)
        assert answer == expected
    listed = await ask(central, "GetInstalledCertificateIds", certificateType=CENTRAL)
    (hash_data,) = listed["certificateHashData"]
    assert await status(central, "GetInstalledCertificateIds", certificateType=MANUFACTURER) == "NotFound"
    for expected in ("Accepted", "NotFound"):
        assert await status(central, "DeleteCertificate", certificateHashData=hash_data) == expected


async def test_logs_are_delivered_under_their_request(central: Any, station: Any) -> None:
    station.report_security("TamperDetectionActivated", "lid")
    async with a_file_place() as place:
        log = {"remoteLocation": f"{place.url}/log?sign=1"}
        answer = await ask(central, "GetLog", log=log, logType="SecurityLog", requestId=7)
        assert answer["status"] == "Accepted"
        await central.heard("LogStatusNotification", 2)
    assert [one["requestId"] for one in central.payloads("LogStatusNotification")] == [7, 7]
    assert told(central, "LogStatusNotification") == ["Uploading", "Uploaded"]
    ((_, path, content),) = place.taken
    assert path == "/log?sign=1"
    assert b"TamperDetectionActivated lid" in content


async def test_security_events_wait_until_they_were_heard(central: Any, station: Any) -> None:
    await station.presence.cut()
    station.report_security("SettingSystemTime")
    await station.presence.start_up()
    await station.presence.settled()
    (event,) = central.payloads("SecurityEventNotification")
    assert event == {"type": "SettingSystemTime", "timestamp": "2026-11-04T12:00:00.000Z"}


@pytest.mark.parametrize("genuine", [True, False])
async def test_only_genuine_firmware_is_installed(central: Any, station: Any, genuine: bool) -> None:
    signer = Authority("Maker")
    signature = signer.key.sign(b"firmware" if genuine else b"something else", ec.ECDSA(hashes.SHA256()))
    async with a_file_place() as place:
        firmware = {
            "location": f"{place.url}/3.0.0.bin",
            "retrieveDateTime": NOON,
            "signingCertificate": signer.pem,
            "signature": base64.b64encode(signature).decode(),
        }
        assert await status(central, "SignedUpdateFirmware", requestId=4, firmware=firmware) == "Accepted"
        expected = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting"]
        if not genuine:
            expected[2:] = ["InvalidSignature"]
        await central.heard("SignedFirmwareStatusNotification", len(expected))
    assert told(central, "SignedFirmwareStatusNotification") == expected
    if not genuine:
        assert (await central.heard("SecurityEventNotification"))["type"] == "InvalidFirmwareSignature"
        trigger = {"requestedMessage": "FirmwareStatusNotification"}
        assert await status(central, "ExtendedTriggerMessage", **trigger) == "Accepted"
        again = await central.heard("SignedFirmwareStatusNotification", len(expected) + 1)
        assert again == {"status": "InvalidSignature", "requestId": 4}
        return
    await central.sockets["SIM-0001"].wait_closed()
    await station.presence.start_up()
    assert told(central, "SignedFirmwareStatusNotification")[-1] == "Installed"
    assert station.firmware.version == "3.0.0"


SHA256 = hashes.SHA256()


@pytest.mark.parametrize(
    ("scheme", "last"),
    [
        (padding.PSS(padding.MGF1(SHA256), padding.PSS.DIGEST_LENGTH), "InstallRebooting"),
        (padding.PKCS1v15(), "InvalidSignature"),
    ],
)
async def test_rsa_signs_firmware_by_pss(
    central: Any, station: Any, scheme: padding.AsymmetricPadding, last: str
) -> None:
    """Security whitepaper, L01.FR.04."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    async with a_file_place() as place:
        firmware = {
            "location": f"{place.url}/3.0.0.bin",
            "retrieveDateTime": NOON,
            "signingCertificate": Authority("Maker").sign(key.public_key()),
            "signature": base64.b64encode(key.sign(b"firmware", scheme, SHA256)).decode(),
        }
        assert await status(central, "SignedUpdateFirmware", requestId=4, firmware=firmware) == "Accepted"
        await central.heard("SignedFirmwareStatusNotification", 5 if last == "InstallRebooting" else 3)
    assert told(central, "SignedFirmwareStatusNotification")[-1] == last


async def test_a_signer_that_is_not_the_manufacturers_is_refused(central: Any, station: Any) -> None:
    root = Authority("Maker").pem
    await ask(central, "InstallCertificate", certificateType=MANUFACTURER, certificate=root)
    firmware = {
        "location": "http://127.0.0.1/", "retrieveDateTime": NOON, "signature": "x",
        "signingCertificate": Authority("Somebody").pem,
    }  # fmt: skip
    answer = await status(central, "SignedUpdateFirmware", requestId=4, firmware=firmware)
    assert answer == "InvalidCertificate"
