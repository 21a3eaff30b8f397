"""Handshakes and lines."""

from __future__ import annotations

from datetime import timedelta

from ..scenes import Play, Scene
from ..wire import opening, shake


async def handshake(scene: Scene) -> None:
    """The opening as the station sends it, completed where the report quotes a part, meets its station."""
    request: str = scene.frame[1]
    path = request.split(" ")[1]
    station = await scene.world.add_station(path.rstrip("/").rpartition("/")[2])
    raw = request.encode() if "Upgrade: websocket" in request else opening(path)
    after = await scene.world.store.feed.last()
    assert (await shake(scene.world.port, raw))[0] == 101
    await scene.world.event("station.online", after=after)
    async with scene.world.store.transactions(scene.world.scope) as work:
        assert await work.station_states.find(station.id) is not None


async def binary_key(scene: Scene) -> None:
    await scene.world.add_station("mo-tls", key="0123456789ABCDEF")
    for header in (scene.frame[1], "Authorization: Basic bW8tdGxzOjAxMjM0NTY3ODlBQkNERUY="):
        assert (await shake(scene.world.port, opening("/ocpp/mo-tls", header)))[0] == 101


async def half_open(scene: Scene) -> None:
    scene.over = True
    async with scene.world.station() as newer:
        assert await scene.station.closed_with() == 1001
        await newer.beats()
        assert (await scene.world.state()).online
        feed = await scene.world.store.feed.after(0, scope=scene.world.scope, limit=99)
        assert "station.offline" not in [entry.event.type for entry in feed]


async def no_pings(scene: Scene) -> None:
    assert scene.world.server is not None
    (socket,) = scene.world.server.connections
    assert socket.ping_interval is not None
    assert socket.ping_timeout is not None
    assert socket.ping_interval + socket.ping_timeout >= 3 * 60


async def redial_every_ten_seconds(scene: Scene) -> None:
    """No ban, and no alarm before 20 minutes."""
    await scene.world.add_station("CP2", key="0123456789ABCDEF")
    for _ in range(30):
        assert (await shake(scene.world.port, opening("/ocpp/CP2")))[0] == 401
    right = "Authorization: Basic Q1AyOjAxMjM0NTY3ODlBQkNERUY="
    assert (await shake(scene.world.port, opening("/ocpp/CP2", right)))[0] == 101
    await scene.world.event("station.offline")
    for minutes, alarms in ((19, 0), (1, 1)):
        scene.world.clock.advance(timedelta(minutes=minutes))
        await scene.world.watch()
        feed = await scene.world.store.feed.after(
            0, scope=scene.world.scope, limit=9, types=["station.unreachable"]
        )
        assert len(feed) == alarms


PLAYS: dict[str, Play] = {
    "ws-no-connection-header": handshake,
    "ws-absolute-uri": handshake,
    "ws-slashes": handshake,
    "ws-id-dash-underscore": handshake,
    "ws-basic-binary-key": binary_key,
    "ws-half-open": half_open,
    "ws-no-ping": no_pings,
    "ws-slow-redial": redial_every_ten_seconds,
}
