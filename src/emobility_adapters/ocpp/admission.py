"""Who may knock: so many handshakes at once, those who were refused too often not for a while.

Stations that return together wait in order for their turn, so that those already in are answered as ever. A
turn lasts until the connection is recorded: a slow database lets fewer in.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import attrs
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from emobility_adapters.ocpp.allowance import Allowance, Rate

# Whoever has a turn and neither comes nor goes loses it then.
_TURN_S = 30.0
# Stations redial every few seconds with the wrong key and may have the right one next time: what is meant
# here is who does nothing else, and whole sites behind one address are not.
_REFUSALS = Rate(per_s=1, burst=100)
_OF_ADDRESS = Rate(per_s=20, burst=1_000)


@attrs.frozen(kw_only=True)
class Admits:
    """`at_once` handshakes are under way, each waiting `patience_s` at most for its turn.

    `refusals` are those that one identity at one address may earn, `of_address` those of an address, which
    many stations may share. `remembered` of each are kept in mind.
    """

    at_once: int = 64
    patience_s: float = 10.0
    refusals: Rate = _REFUSALS
    of_address: Rate = _OF_ADDRESS
    remembered: int = 10_000


class Turn:
    """A handshake under way; `end` may be said more than once."""

    def __init__(self, free: Callable[[], None]) -> None:
        self._free: Callable[[], None] | None = free
        self._timer = asyncio.get_running_loop().call_later(_TURN_S, self.end)

    def end(self) -> None:
        if self._free is not None:
            self._timer.cancel()
            self._free()
            self._free = None


class Admission:
    """Stands before the gate, which answers handshakes."""

    def __init__(self, limits: Admits | None = None, *, behind_proxy: bool = False) -> None:
        self._limits = limits or Admits()
        self._behind_proxy = behind_proxy
        self._free = asyncio.Semaphore(self._limits.at_once)
        self._refused: OrderedDict[tuple[str, ...], Allowance] = OrderedDict()
        self._closed = False
        self.turned_away = 0

    def close(self) -> None:
        """Let nobody in any more."""
        self._closed = True

    @property
    def remembered(self) -> int:
        return len(self._refused)

    async def admit(
        self,
        gate: Callable[[ServerConnection, Request], Awaitable[Response | None]],
        connection: ServerConnection,
        request: Request,
    ) -> Response | None:
        """Let the gate answer the handshake in its turn, or answer it here."""
        keys = self._keys(connection, request)
        if self._closed:
            return self._later(connection, request, HTTPStatus.SERVICE_UNAVAILABLE, 5.0)
        if (wait_s := self._barred_s(keys)) > 0:
            return self._later(connection, request, HTTPStatus.TOO_MANY_REQUESTS, wait_s)
        try:
            async with asyncio.timeout(self._limits.patience_s):
                await self._free.acquire()
        except TimeoutError:
            return self._later(connection, request, HTTPStatus.SERVICE_UNAVAILABLE, self._limits.patience_s)
        turn = Turn(self._free.release)
        try:
            response = await gate(connection, request)
        except BaseException:
            turn.end()
            raise
        if response is None:
            self._refused.pop(keys[0], None)
            connection.turn = turn  # type: ignore[attr-defined]
            return None
        turn.end()
        if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            self._note(keys)
        return response

    def _barred_s(self, keys: tuple[tuple[str, ...], ...]) -> float:
        now = asyncio.get_running_loop().time()
        return max(self._refused[key].wait_s(now) if key in self._refused else 0.0 for key in keys)

    def _note(self, keys: tuple[tuple[str, ...], ...]) -> None:
        now = asyncio.get_running_loop().time()
        for key, rate in zip(keys, (self._limits.refusals, self._limits.of_address), strict=True):
            self._refused.setdefault(key, Allowance(rate)).spend(0, now)
            self._refused.move_to_end(key)
        while len(self._refused) > 2 * self._limits.remembered:
            self._refused.popitem(last=False)

    def _keys(self, connection: ServerConnection, request: Request) -> tuple[tuple[str, ...], ...]:
        """Nobody elsewhere can have a station barred: its own refusals count for its own address."""
        address = caller_address(connection, request, behind_proxy=self._behind_proxy)
        return (address, request.path.rstrip("/").rpartition("/")[2].lower()[:64]), (address,)

    def _later(
        self, connection: ServerConnection, request: Request, status: HTTPStatus, after_s: float
    ) -> Response:
        self.turned_away += 1
        response = connection.respond(status, "Please try again later.\n")
        # Told the same, all would return together.
        spread = zlib.crc32(request.path.encode(errors="replace")) % 16
        response.headers["Retry-After"] = str(int(after_s) + 1 + spread)
        return response


def caller_address(connection: ServerConnection, request: Request, *, behind_proxy: bool) -> str:
    """Where a handshake comes from: the other end of the line, or whom a proxy in front names."""
    if behind_proxy:
        # The last one is the proxy's own word; those before it are whatever the caller sent.
        said = request.headers.get_all("X-Forwarded-For")
        if said:
            return said[-1].rpartition(",")[2].strip()
    return str((connection.remote_address or ("",))[0])


def end_turn(connection: ServerConnection) -> None:
    """Give the turn of this connection to the next one."""
    turn: Turn | None = getattr(connection, "turn", None)
    if turn is not None:
        turn.end()
