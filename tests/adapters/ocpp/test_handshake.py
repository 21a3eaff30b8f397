"""The opening handshake: tolerant in how a station names itself, strict in whom it lets in."""

from __future__ import annotations

import pytest

from .wire import basic, connected, opening, shake
from .world import World

KEY = "0123456789ABCDEF0123456789ABCDEF"


async def test_an_unknown_station_gets_404(world: World) -> None:
    assert (await shake(world.port, opening("/ocpp/nobody")))[0] == 404


async def test_a_path_without_an_identity_gets_404(world: World) -> None:
    for path in ("/", "//", "/ocpp/%2F", "/ocpp/%ff", "/ocpp/S%C3%A4ule", f"/ocpp/{'x' * 49}"):
        assert (await shake(world.port, opening(path)))[0] == 404, path


async def test_a_missing_key_gets_401_and_the_way_to_prove_it(world: World) -> None:
    await world.add_station("CP1", key=KEY)
    status, headers = await shake(world.port, opening("/ocpp/CP1"))
    assert (status, headers["www-authenticate"]) == (401, 'Basic realm="ocpp"')


@pytest.mark.parametrize(
    "header",
    [
        basic("CP1", b"another key"),
        basic("CP1", b""),
        basic("CP2", bytes.fromhex(KEY)),
        basic("CP1", bytes.fromhex(KEY)).replace("Basic", "Bearer"),
        "Basic",
        "Basic !!!",
        "Basic Q1Ax",
    ],
)
async def test_a_wrong_key_gets_401_and_does_not_lock_out(world: World, header: str) -> None:
    await world.add_station("CP1", key=KEY)
    for _ in range(3):
        assert (await shake(world.port, opening("/ocpp/CP1", f"Authorization: {header}")))[0] == 401
    right = basic("CP1", bytes.fromhex(KEY))
    assert (await shake(world.port, opening("/ocpp/CP1", f"Authorization: {right}")))[0] == 101


@pytest.mark.parametrize(
    ("set_as", "sent"),
    [
        (KEY, bytes.fromhex(KEY)),
        (KEY, KEY.encode()),
        (KEY, KEY.lower().encode()),
        ("a plain password!", b"a plain password!"),
        ("deadbeefdeadbeef", b"deadbeefdeadbeef"),
        ("with:a:colon:in:it", b"with:a:colon:in:it"),
    ],
)
async def test_the_right_key_counts_as_bytes_hexadecimal_or_plain_text(
    world: World, set_as: str, sent: bytes
) -> None:
    await world.add_station("CP1", key=set_as)
    async with connected(world.port, "/ocpp/CP1", key=sent) as station:
        await station.beats()


async def test_an_identity_with_colons_proves_its_key(world: World) -> None:
    await world.add_station("DE:ABC:1", key=KEY)
    async with connected(world.port, "/ocpp/DE:ABC:1", key=bytes.fromhex(KEY)) as station:
        await station.beats()


async def test_the_user_counts_without_regard_to_case(world: World) -> None:
    await world.add_station("CP1", key=KEY)
    async with connected(world.port, "/ocpp/cp1", key=bytes.fromhex(KEY), user="cP1") as station:
        await station.beats()


@pytest.mark.parametrize(
    ("identity", "path"),
    [
        ("CP-1_a.b;c", "/ocpp/CP-1_a.b;c"),
        ("CP-1", "/ocpp/cp-1"),
        ("Ladepunkt 1", "/ocpp/Ladepunkt%201"),
        ("Ladepunkt 1", "/ocpp/lade%70unkt%201"),
        ("DE*ABC*E1", "/ocpp/DE*ABC*E1"),
        ("DE*ABC*E1", "/ocpp/DE%2AABC%2AE1"),
        ("100%", "/ocpp/100%"),
        ("a+b", "/ocpp/a+b"),
        ("CP1", "///CP1//"),
        ("CP1", "/some/other/path/CP1/"),
        ("CP1", "/ocpp/CP1?token=/x/y"),
        ("CP1", "ws://192.168.1.2:9000/ocpp/CP1"),
        ("CP1", "/ws://192.168.1.2:9000/ocpp/CP1"),
    ],
)
async def test_a_station_is_found_however_it_writes_its_identity(
    world: World, identity: str, path: str
) -> None:
    station = await world.add_station(identity)
    assert (await shake(world.port, opening(path)))[0] == 101
    await world.event("station.online")
    async with world.store.transactions(world.scope) as work:
        assert await work.station_states.find(station.id) is not None


async def test_a_forgotten_connection_header_is_forgiven(world: World) -> None:
    await world.add_station("CP1")
    assert (await shake(world.port, opening("/ocpp/CP1", without="Connection")))[0] == 101


async def test_the_subprotocol_is_agreed_in_any_case_and_among_others(world: World) -> None:
    await world.add_station("CP1")
    for offered in ("ocpp1.6", "OCPP1.6", "ocpp2.0.1, ocpp1.6"):
        status, headers = await shake(world.port, opening("/ocpp/CP1", protocol=offered))
        assert (status, headers["sec-websocket-protocol"].lower()) == (101, "ocpp1.6")


@pytest.mark.parametrize("offered", [None, "ocpp2.0.1", "soap"])
async def test_without_an_agreed_subprotocol_the_line_closes_after_the_handshake(
    world: World, offered: str | None
) -> None:
    """OCPP-J 1.6, 3.2."""
    await world.add_station("CP1")
    status, headers = await shake(world.port, opening("/ocpp/CP1", protocol=offered))
    assert status == 101
    assert "sec-websocket-protocol" not in headers
    assert await world.store.feed.last() == 0


async def test_while_the_directory_is_unavailable_nobody_is_let_in_and_nobody_unknown(world: World) -> None:
    await world.add_station("CP1")
    world.directory.gone = True
    assert (await shake(world.port, opening("/ocpp/CP1")))[0] == 503
    world.directory.gone = False
    assert (await shake(world.port, opening("/ocpp/CP1")))[0] == 101


async def test_what_is_no_handshake_does_not_hurt(world: World) -> None:
    await world.add_station("CP1")
    for request in (b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /ocpp/CP1 HTTP/1.1\r\n\r\n"):
        status, _ = await shake(world.port, request)
        assert 400 <= status < 500
    async with world.station() as station:
        await station.beats()
