"""From a signing request to a line with the new certificate, its renewal and its revocation."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from websockets.exceptions import InvalidStatus

from emobility_core.certificates import KeyKind, StationCertificate, StationCertificateStatus
from emobility_core.certification import renew_certificates, revoke_certificate
from emobility_core.commands import (
    CertificateHash,
    CertificateUse,
    ChangeConfiguration,
    GetInstalledCertificates,
    InstallCertificate,
)
from emobility_core.ids import StationCertificateId
from emobility_core.network import SecurityEvent, SecurityProfile
from emobility_core.testing.builders import make_station_certificate
from emobility_core.work import Scope, StaleWrite

from .certificates import Credentials, key_of, listener, request_for, station_tls, stored, trusting
from .messages import boot
from .wire import WireStation, connected
from .world import EVERYTHING, NOW, World, a_world

KEY = "0123456789ABCDEF0123456789ABCDEF"
RAW = bytes.fromhex(KEY)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tls=listener(tmp_path)) as made:
        await made.add_station("CP1", key=KEY, security_profile=SecurityProfile.TLS)
        yield made


async def certificates(world: World) -> list[StationCertificate]:
    async with world.store.transactions(world.scope) as work:
        return await work.station_certificates.page(EVERYTHING)


async def events(world: World) -> list[SecurityEvent]:
    async with world.store.transactions(world.scope) as work:
        return await work.security_events.page(EVERYTHING)


async def certified(
    world: World, station: WireStation, folder: Path, request: str, answer: str = "Accepted"
) -> Credentials:
    """Let the station ask for a certificate, and take it."""
    assert await station.call("SignCertificate", {"csr": request}) == {"status": "Accepted"}
    reacting = asyncio.create_task(world.react())
    _, id, action, payload = await station.hear()
    assert action == "CertificateSigned"
    await station.say([3, id, {"status": answer}])
    await reacting
    return stored(folder, payload["certificateChain"], key_of(KeyKind.ECDSA), serial="own")


async def test_a_station_walks_up_to_profile_3(world: World, tmp_path: Path) -> None:
    """Key over TLS, its own certificate, and from then on nothing less."""
    await trusting(world)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        own = await certified(world, station, tmp_path, request)
        (certificate,) = await certificates(world)
        assert certificate.status is StationCertificateStatus.INSTALLED
        await world.ask(ChangeConfiguration(key="SecurityProfile", value="3"))
        reacting = asyncio.create_task(world.react())
        _, id, _, payload = await station.hear()
        assert payload == {"key": "SecurityProfile", "value": "3"}
        await station.say([3, id, {"status": "Accepted"}])
        await reacting
    async with connected(world.port, "/ocpp/CP1", tls=station_tls(own)) as station:
        await station.beats()
    assert (await world.state()).line_profile is SecurityProfile.CERTIFICATE
    with pytest.raises(InvalidStatus, match="401"):
        await _knock(world, key=RAW, tls=station_tls())


async def _knock(world: World, **how: Any) -> None:
    async with connected(world.port, "/ocpp/CP1", **how) as station:
        await station.beats()


async def test_a_request_repeated_before_its_certificate_came_is_signed_once(
    world: World, tmp_path: Path
) -> None:
    await trusting(world)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        await station.call("SignCertificate", {"csr": request})
        await certified(world, station, tmp_path, request)
    assert len(await certificates(world)) == 1


async def test_a_certificate_that_the_station_refuses_is_not_installed(world: World, tmp_path: Path) -> None:
    await trusting(world)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        await certified(world, station, tmp_path, request, answer="Rejected")
    (certificate,) = await certificates(world)
    assert certificate.status is StationCertificateStatus.REFUSED


def _weak() -> str:
    return request_for("CP1", key=rsa.generate_private_key(public_exponent=65537, key_size=1024))


def _forged() -> str:
    """A request with one bit of its signature turned."""
    der = bytearray(
        base64.b64decode("".join(request_for("CP1", key=key_of(KeyKind.ECDSA)).split("\n")[1:-2]))
    )
    der[-1] ^= 1
    return base64.b64encode(der).decode()  # also without its frame, as some stations send it


@pytest.mark.parametrize(
    ("request_text", "reason"),
    [
        (lambda: request_for("CP2", key=key_of(KeyKind.ECDSA)), "its CN is 'CP2'"),
        (lambda: request_for("CP1", key=key_of(KeyKind.ECDSA), organization="Mallory"), "its O is 'Mallory'"),
        (lambda: request_for("CP1", key=ec.generate_private_key(ec.SECP192R1())), "too short"),
        (_weak, "1024 bits"),
        (_forged, "signature"),
        (lambda: "no request", "no certificate signing request"),
        (lambda: "x" * 5501, "longer than 5500"),
    ],
    ids=["CN", "O", "curve", "RSA", "signature", "text", "length"],
)
async def test_a_request_that_must_not_be_signed_is_rejected(
    world: World, request_text: Any, reason: str
) -> None:
    await trusting(world)
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        answer = await station.call("SignCertificate", {"csr": request_text()})
    assert answer == {"status": "Rejected"}
    (event,) = await events(world)
    assert event.type == "CertificateRequestRefused"
    assert reason in (event.info or "")
    assert await certificates(world) == []


async def test_without_an_authority_nothing_is_signed(world: World) -> None:
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        assert await station.call("SignCertificate", {"csr": request}) == {"status": "Rejected"}


async def test_a_station_is_signed_for_a_number_of_times_a_day(world: World) -> None:
    await trusting(world)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with world.store.transactions(world.scope) as work:
        for _ in range(20):
            refused = make_station_certificate(
                tenant=world.root.id,
                station=world.stations["CP1"].id,
                status=StationCertificateStatus.REFUSED,
                created_at=world.clock.now(),
            )
            await work.station_certificates.add(refused)
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        assert await station.call("SignCertificate", {"csr": request}) == {"status": "Rejected"}
        (event,) = await events(world)
        assert (event.type, event.info) == ("CertificateRequestRefused", "too-many-certificate-requests")
        world.clock.advance(timedelta(days=1))
        assert await station.call("SignCertificate", {"csr": request}) == {"status": "Accepted"}


async def test_the_serial_number_that_a_station_told_may_be_its_name(world: World, tmp_path: Path) -> None:
    await trusting(world)
    request = request_for("SN-77", key=key_of(KeyKind.ECDSA), organization=None)
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        await station.call("BootNotification", boot(chargePointSerialNumber="SN-77"))
        own = await certified(world, station, tmp_path, request)
    async with connected(world.port, "/ocpp/CP1", tls=station_tls(own)) as station:
        await station.beats()


async def test_a_certificate_is_renewed_before_it_ends(world: World, tmp_path: Path) -> None:
    await trusting(world)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        await certified(world, station, tmp_path, request)
        assert await _renew(world) == 0
        world.clock.advance(timedelta(days=340))
        assert await _renew(world) == 1
        assert await _renew(world) == 0  # once a day
        reacting = asyncio.create_task(world.react())
        _, id, action, payload = await station.hear()
        assert (action, payload) == (
            "ExtendedTriggerMessage",
            {"requestedMessage": "SignChargePointCertificate"},
        )
        await station.say([3, id, {"status": "Accepted"}])
        await reacting
        await certified(world, station, tmp_path, request)
        world.clock.advance(timedelta(days=2))
        assert await _renew(world) == 0  # the newer one lasts


async def test_a_certificate_that_changes_while_it_is_to_be_renewed_is_renewed_the_next_time(
    world: World, tmp_path: Path
) -> None:
    await trusting(world)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        await certified(world, station, tmp_path, request)
        world.clock.advance(timedelta(days=340))
        units = 0

        @asynccontextmanager
        async def contended(scope: Scope) -> AsyncIterator[Any]:
            nonlocal units
            units += 1
            async with world.store.transactions(scope) as work:
                yield work
                if units == 2:
                    raise StaleWrite(world.stations["CP1"].id)

        bound: dict[str, Any] = {"scope": world.scope, "clock": world.clock, "ids": world.ids}
        assert await renew_certificates(transactions=contended, **bound) == 0
        assert await _renew(world) == 1


async def _renew(world: World) -> int:
    return await renew_certificates(
        scope=world.scope, transactions=world.store.transactions, clock=world.clock, ids=world.ids
    )


async def test_a_revoked_certificate_closes_its_line_and_opens_none(world: World, tmp_path: Path) -> None:
    await trusting(world)
    request = request_for("CP1", key=key_of(KeyKind.ECDSA))
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        own = await certified(world, station, tmp_path, request)
    async with connected(world.port, "/ocpp/CP1", tls=station_tls(own)) as station:
        await station.beats()
        (certificate,) = await certificates(world)
        async with world.store.transactions(world.scope) as work:
            id = StationCertificateId(certificate.id)
            await revoke_certificate(id, "stolen", work=work, at=NOW, ids=world.ids)
        await world.hear()
        assert await station.closed_with() == 1001
    with pytest.raises(InvalidStatus, match="401"):
        await _knock(world, tls=station_tls(own))
    assert "revoked" in [one.info for one in await events(world)]


HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "aa",
    "issuerKeyHash": "bb",
    "serialNumber": "1f",
}


async def test_what_a_station_trusts_is_asked_anew_after_each_change(world: World) -> None:
    use = CertificateUse.CENTRAL_SYSTEM
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        await station.beats()
        await world.ask(InstallCertificate(use=use, certificate="PEM"))
        reacting = asyncio.create_task(world.react())
        _, id, action, _ = await station.hear()
        assert action == "InstallCertificate"
        await station.say([3, id, {"status": "Accepted"}])
        _, id, action, _ = await station.hear()
        assert action == "GetInstalledCertificateIds"
        junk = {"hashAlgorithm": "MD5"}
        await station.say([3, id, {"status": "Accepted", "certificateHashData": [HASH, junk]}])
        await reacting
        async with world.store.transactions(world.scope) as work:
            (told,) = await work.installed_certificates.of(world.stations["CP1"].id)
        assert told.certificates == (CertificateHash(issuer_name="aa", issuer_key="bb", serial="1f"),)
        await world.ask(GetInstalledCertificates(use=use))
        reacting = asyncio.create_task(world.react())
        _, id, _, _ = await station.hear()
        await station.say([3, id, {"status": "NotFound"}])
        await reacting
    async with world.store.transactions(world.scope) as work:
        (told,) = await work.installed_certificates.of(world.stations["CP1"].id)
    assert told.certificates == ()


async def test_security_events_are_recorded_once_and_the_critical_ones_are_told(world: World) -> None:
    """After an outage a station sends dozens of them, and repeats those whose answer was lost."""
    told = [
        {"type": kind, "timestamp": f"2026-06-10T11:{minute:02}:00Z", "techInfo": "x"}
        for minute in range(12)
        for kind in ("StartupOfTheDevice", "InvalidMessages")
    ]
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        for payload in told + told:
            assert await station.call("SecurityEventNotification", payload) == {}
    found = await events(world)
    assert len(found) == len(told)
    assert {one.critical for one in found if one.type == "StartupOfTheDevice"} == {True}
    feed = await world.store.feed.after(0, scope=world.scope, limit=1000, types=["station.security_event"])
    assert len(feed) == 12


# Security whitepaper edition 3, chapter 8, with its own spelling.
CRITICAL = {
    "FirmwareUpdated", "SettingSystemTime", "StartupOfTheDevice", "ResetOrReboot", "SecurityLogWasCleared",
    "MemoryExhaustion", "TamperDetectionActivated",
}  # fmt: skip
OTHERS = {
    "FailedToAuthenticationAtCentralSystem", "CentralSystemFailedToAuthentication",
    "ReconfigurationOfSecurityParameters", "InvalidMessages", "AttemptedReplayAttacks",
    "InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate", "InvalidCentralSystemCertificate",
    "InvalidChargePointCertificate", "InvalidTLSVersion", "InvalidTLSCipherSuite",
}  # fmt: skip


async def test_those_security_events_are_critical_that_the_whitepaper_calls_so(world: World) -> None:
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        for kind in sorted(CRITICAL | OTHERS):
            told = {"type": kind, "timestamp": "2026-06-10T11:00:00Z"}
            assert await station.call("SecurityEventNotification", told) == {}
    found = [one for one in await events(world) if one.type in CRITICAL | OTHERS]
    assert {one.type for one in found if one.critical} == CRITICAL
    assert {one.type for one in found if not one.critical} == OTHERS


async def test_a_certificate_proves_the_station_alone_that_it_was_signed_for(
    world: World, tmp_path: Path
) -> None:
    """A station that tells another one's identity as its serial number gets a certificate of that name."""
    await trusting(world)
    await world.add_station("CP2", security_profile=SecurityProfile.CERTIFICATE)
    async with connected(world.port, "/ocpp/CP1", key=RAW, tls=station_tls()) as station:
        await station.call("BootNotification", boot(chargePointSerialNumber="CP2"))
        await world.react()
        stolen = await certified(world, station, tmp_path, request_for("CP2", key=key_of(KeyKind.ECDSA)))
    with pytest.raises(InvalidStatus, match="401"):
        async with connected(world.port, "/ocpp/CP2", tls=station_tls(stolen)) as impostor:
            await impostor.beats()
