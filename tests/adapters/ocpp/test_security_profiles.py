"""Security profiles 0 to 3 over real sockets, with real keys and certificates."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
import uvloop
from websockets.exceptions import InvalidMessage, InvalidStatus

from emobility_core.certificates import KeyKind
from emobility_core.ids import TenantId
from emobility_core.network import SecurityEvent, SecurityProfile
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON

from .certificates import authority, credentials, listener, station_tls, trusting
from .wire import PATIENCE_S, connected, opening
from .world import EVERYTHING, World, a_world

KEY = "0123456789ABCDEF0123456789ABCDEF"
RAW = bytes.fromhex(KEY)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """An endpoint that speaks TLS with an RSA and an ECDSA certificate."""
    async with a_world(tls=listener(tmp_path)) as made:
        yield made


async def status_of(world: World, **how: Any) -> int:
    """How the opening handshake of CP1 ends: 101, or with which refusal."""
    try:
        async with connected(world.port, "/ocpp/CP1", **how) as station:
            await station.beats()
    except InvalidStatus as refused:
        return refused.response.status_code
    return 101


async def line_profile(world: World) -> SecurityProfile | None:
    return (await world.state()).line_profile


async def noted(world: World) -> list[SecurityEvent]:
    async with world.store.transactions(world.scope) as work:
        return await work.security_events.page(EVERYTHING)


async def eventually_noted(world: World) -> list[SecurityEvent]:
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await noted(world)):
            await asyncio.sleep(0.01)
    return found


async def test_profile_0_asks_for_nothing() -> None:
    async with a_world() as plain:
        await plain.add_station("CP1")
        assert await status_of(plain) == 101
        assert await line_profile(plain) is SecurityProfile.UNSECURED


async def test_profile_1_is_the_key() -> None:
    async with a_world() as plain:
        await plain.add_station("CP1", key=KEY, security_profile=SecurityProfile.BASIC)
        assert await status_of(plain, key=RAW) == 101
        assert await line_profile(plain) is SecurityProfile.BASIC
        assert await status_of(plain, key=b"another key of it") == 401
        assert await status_of(plain) == 401
        assert [one.type for one in await noted(plain)] == ["InvalidAuthorizationKey", "LowerSecurityProfile"]


async def test_profile_2_is_the_key_over_tls(world: World) -> None:
    await world.add_station("CP1", key=KEY, security_profile=SecurityProfile.TLS)
    assert await status_of(world, key=RAW, tls=station_tls()) == 101
    assert await line_profile(world) is SecurityProfile.TLS
    assert await status_of(world, tls=station_tls()) == 401
    assert await status_of(world, key=b"another key of it", tls=station_tls()) == 401


async def test_a_line_in_clear_is_no_profile_2() -> None:
    async with a_world() as plain:
        await plain.add_station("CP1", key=KEY, security_profile=SecurityProfile.TLS)
        assert await status_of(plain, key=RAW) == 403
        (event,) = await noted(plain)
        assert (event.type, event.critical) == ("LowerSecurityProfile", True)
        assert event.station == plain.stations["CP1"].id
        assert await plain.event("station.security_event")


async def test_a_proxy_that_ends_tls_may_be_declared() -> None:
    async with a_world(behind_proxy=True) as proxied:
        await proxied.add_station("CP1", key=KEY, security_profile=SecurityProfile.TLS)
        assert await status_of(proxied, key=RAW) == 101
        assert await line_profile(proxied) is SecurityProfile.TLS


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([("X-Forwarded-Proto", "wss")], 101),
        ([("X-Forwarded-Proto", "http")], 403),
        ([("X-Forwarded-Proto", "https, http")], 403),
        ([("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "ws")], 403),
    ],
    ids=str,
)
async def test_a_line_in_clear_before_a_proxy_is_no_profile_2(
    said: list[tuple[str, str]], status: int
) -> None:
    async with a_world(behind_proxy=True) as proxied:
        await proxied.add_station("CP1", key=KEY, security_profile=SecurityProfile.TLS)
        assert await status_of(proxied, key=RAW, headers=said) == status


@pytest.mark.parametrize("kind", KeyKind)
async def test_profile_3_is_the_stations_own_certificate(world: World, tmp_path: Path, kind: KeyKind) -> None:
    await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE)
    by = await trusting(world, kind=kind)
    own = credentials(tmp_path, by, "cp1", kind=kind)
    for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert await status_of(world, tls=station_tls(own, maximum_version=newest)) == 101
    assert await line_profile(world) is SecurityProfile.CERTIFICATE
    assert await noted(world) == []


async def test_a_certificate_may_carry_the_recorded_serial_number(world: World, tmp_path: Path) -> None:
    await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE, serial_number="SN-77")
    own = credentials(tmp_path, await trusting(world), "SN-77")
    assert await status_of(world, tls=station_tls(own)) == 101


async def test_without_a_certificate_there_is_no_profile_3(world: World) -> None:
    await world.add_station("CP1", key=KEY, security_profile=SecurityProfile.CERTIFICATE)
    await trusting(world)
    assert await status_of(world, key=RAW, tls=station_tls()) == 401
    (event,) = await noted(world)
    assert event.type == "LowerSecurityProfile"


@pytest.mark.parametrize(
    ("flawed", "flaw"),
    [
        ({"at": later(days=-30), "until": later(days=-1)}, "expired"),
        ({"at": later(days=2)}, "not yet valid"),
        ({"name": "CP2"}, "wrong name"),
    ],
)
async def test_a_flawed_certificate_proves_nothing(
    world: World, tmp_path: Path, flawed: dict[str, Any], flaw: str
) -> None:
    await world.add_station("CP1", key=KEY, security_profile=SecurityProfile.CERTIFICATE)
    own = credentials(tmp_path, await trusting(world), **flawed)
    assert await status_of(world, key=RAW, tls=station_tls(own)) == 401
    (event,) = await noted(world)
    assert (event.type, event.info) == ("InvalidChargePointCertificate", flaw)
    assert event.station == world.stations["CP1"].id


async def test_a_certificate_of_another_authority_ends_the_handshake(world: World, tmp_path: Path) -> None:
    await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE)
    await trusting(world)
    foreign = authority(name="Somebody else")
    for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        limited = station_tls(credentials(tmp_path, foreign), maximum_version=newest)
        # In TLS 1.3 the client is through before the server has seen its certificate.
        with pytest.raises((ssl.SSLError, ConnectionError, InvalidMessage)):
            await status_of(world, tls=limited)
    (event,) = await eventually_noted(world)
    assert (event.type, event.station) == ("InvalidChargePointCertificate", None)


async def test_the_loop_that_servers_run_on_tells_the_same(tmp_path: Path) -> None:
    """uvloop has TLS of its own making: the certificate is seen, and a handshake that fails is heard of."""
    await asyncio.to_thread(uvloop.run, _on_another_loop(tmp_path))


async def _on_another_loop(folder: Path) -> None:
    async with a_world(tls=listener(folder)) as world:
        await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE)
        own = credentials(folder, await trusting(world))
        assert await status_of(world, tls=station_tls(own)) == 101
        assert await line_profile(world) is SecurityProfile.CERTIFICATE
        foreign = credentials(folder, authority(name="Somebody else"))
        with pytest.raises((ssl.SSLError, ConnectionError, InvalidMessage)):
            await status_of(world, tls=station_tls(foreign))
        (event,) = await eventually_noted(world)
        assert (event.type, event.station) == ("InvalidChargePointCertificate", None)


async def test_a_neighbours_authority_vouches_for_none_of_ours(world: World, tmp_path: Path) -> None:
    """Even where it bears the same name: its signature is looked at."""
    await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE)
    await trusting(world)
    neighbour = await world.add_tenant("Neighbour")
    theirs = await trusting(world, tenant=TenantId(neighbour.id), kind=KeyKind.RSA)
    assert await status_of(world, tls=station_tls(credentials(tmp_path, theirs))) == 401
    (event,) = await noted(world)
    assert event.info == "unknown authority"


async def test_an_authority_that_is_switched_off_vouches_for_nobody(world: World, tmp_path: Path) -> None:
    await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE)
    by = await trusting(world)
    own = credentials(tmp_path, by)
    assert await status_of(world, tls=station_tls(own)) == 101
    async with world.store.transactions(world.scope) as work:
        await work.certificate_authorities.replace(attrs.evolve(by, enabled=False))
    await world.trust.load()
    assert await status_of(world, tls=station_tls(own)) == 401


async def test_a_resumed_session_is_judged_anew(world: World, tmp_path: Path) -> None:
    """TLS then repeats no certificate: what was right when the session began may be wrong by now."""
    await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE)
    own = credentials(tmp_path, await trusting(world), until=later(days=1))
    how = station_tls(own, maximum_version=ssl.TLSVersion.TLSv1_2)
    status, session, resumed = await asyncio.to_thread(_shake, world.port, how, None)
    assert (status, resumed) == (b"101", False)
    world.clock.advance(timedelta(days=2))
    status, _, resumed = await asyncio.to_thread(_shake, world.port, how, session)
    assert (status, resumed) == (b"401", True)


def _shake(
    port: int, how: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[bytes, ssl.SSLSession | None, bool | None]:
    """Open a line with a blocking socket, which alone can resume a session."""
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        how.wrap_socket(plain, session=session) as line,
    ):
        line.sendall(opening("/ocpp/CP1"))
        return line.recv(12)[9:], line.session, line.session_reused


async def test_an_authority_past_its_time_vouches_for_nobody(world: World, tmp_path: Path) -> None:
    await world.add_station("CP1", security_profile=SecurityProfile.CERTIFICATE)
    own = credentials(tmp_path, await trusting(world), at=NOON, until=later(days=3650))
    world.clock.advance(timedelta(days=3651))
    assert await status_of(world, tls=station_tls(own)) == 401
    (event,) = await noted(world)
    assert event.info == "authority expired"


async def test_what_hammers_is_noted_once_a_minute(world: World) -> None:
    await world.add_station("CP1", key=KEY, security_profile=SecurityProfile.TLS)
    for _ in range(3):
        assert await status_of(world, key=b"wrong wrong wrong", tls=station_tls()) == 401
    assert len(await noted(world)) == 1
    world.clock.advance(timedelta(minutes=1))
    assert await status_of(world, key=b"wrong wrong wrong", tls=station_tls()) == 401
    assert len(await noted(world)) == 2


@pytest.mark.parametrize(
    ("suite", "spoken"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"),
        ("AES128-GCM-SHA256", "AES128-GCM-SHA256"),
        ("AES256-GCM-SHA384", "AES256-GCM-SHA384"),
        ("ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    ],
)
async def test_each_prescribed_suite_is_spoken(world: World, suite: str, spoken: str) -> None:
    """Security whitepaper, A00.FR.317; with the certificate of the kind that the suite needs."""
    await world.add_station("CP1")
    limited = station_tls(maximum_version=ssl.TLSVersion.TLSv1_2)
    limited.set_ciphers(suite)
    async with connected(world.port, "/ocpp/CP1", tls=limited) as station:
        cipher = station.socket.transport.get_extra_info("cipher")
        assert cipher[:2] == (spoken, "TLSv1.2")
        await station.beats()


@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-SHA", "AES128-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])
async def test_no_other_suite_is_spoken(world: World, suite: str) -> None:
    limited = station_tls(maximum_version=ssl.TLSVersion.TLSv1_2)
    limited.set_ciphers(suite)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await status_of(world, tls=limited)


# Asking for what is deprecated is what this test is about.
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
async def test_tls_1_1_is_not_spoken(world: World) -> None:
    old = station_tls()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await status_of(world, tls=old)


async def test_a_lower_line_is_refused_once_the_higher_one_has_come(world: World, tmp_path: Path) -> None:
    """Security whitepaper, A05.FR.09: a profile counts from the first line that has it, never lowered."""
    await world.add_station(
        "CP1",
        key=KEY,
        security_profile=SecurityProfile.TLS,
        requested_profile=SecurityProfile.CERTIFICATE,
    )
    own = credentials(tmp_path, await trusting(world))
    assert await status_of(world, key=RAW, tls=station_tls()) == 101  # as before: nothing has succeeded yet
    assert await status_of(world, tls=station_tls(own)) == 101
    async with world.store.transactions(world.scope) as work:
        station = await work.stations.get(world.stations["CP1"].id)
    assert station.security_profile is SecurityProfile.CERTIFICATE
    assert station.requested_profile is None
    assert await status_of(world, key=RAW, tls=station_tls()) == 401
    assert [one.type for one in await noted(world)] == ["SecurityProfileRaised", "LowerSecurityProfile"]
