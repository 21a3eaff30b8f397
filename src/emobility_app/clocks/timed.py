"""All that time alone makes due: when, and what is then done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

import attrs

from emobility_core.certification import next_renewal, renew_certificates
from emobility_core.charging import end_stalled, expire_reservations, next_expiry, next_stall
from emobility_core.commands import expire_commands, next_deadline
from emobility_core.configuration import check_due, next_check
from emobility_core.ids import Ids, StationId, TenantId
from emobility_core.instants import Clock, Instant
from emobility_core.local_authorization import (
    ListedTokens,
    clear_caches,
    next_look,
    owed_clearings,
    send_local_lists,
)
from emobility_core.network import flag_unreachable, next_unreachable
from emobility_core.reactions import steer_patiently
from emobility_core.smart_charging import next_steering, steered_budgets
from emobility_core.work import Scope, Transactions

_LOOKED_AT, _MOST_CHECKS = 250, 1_000
_MOST_ROUNDS = 100


@attrs.frozen(kw_only=True)
class Timed:
    """`due` tells the first instant up to a later one (the second) at which there is something to `run`: it
    may lie before the present (the first), where that something was missed."""

    name: str
    due: Callable[[Scope, Instant, Instant], Awaitable[Instant | None]]
    run: Callable[[Scope, Clock], Awaitable[object]]


@attrs.frozen(kw_only=True)
class TimedWork:
    """Binds the use cases; `reports` are the units in which reports of stations are recorded, `turn` is what
    a station's lines change its state under."""

    reading: Transactions[Any]
    transactions: Transactions[Any]
    reports: Transactions[Any]
    turn: Callable[[StationId], AbstractAsyncContextManager[object]]
    listed: ListedTokens
    path_of: Callable[[TenantId], Awaitable[str]]
    ids: Ids

    def all(self) -> list[Timed]:
        writing: dict[str, Any] = {"transactions": self.transactions, "ids": self.ids}
        reporting: dict[str, Any] = {"reading": self.reading, "transactions": self.reports, "ids": self.ids}
        read = partial(_within, reading=self.reading)
        return [
            Timed(
                name="commands",
                due=partial(_within, next_deadline, transactions=self.reading),
                run=partial(_run, expire_commands, **writing),
            ),
            Timed(
                name="reservations",
                due=partial(_within, next_expiry, transactions=self.reading),
                run=partial(_run, expire_reservations, **writing),
            ),
            Timed(
                name="sessions",
                due=partial(read, next_stall),
                run=partial(_run, end_stalled, **reporting),
            ),
            Timed(
                name="stations",
                due=partial(read, next_unreachable),
                run=partial(_run, flag_unreachable, turn=self.turn, **reporting),
            ),
            Timed(
                name="certificates",
                due=partial(_within, next_renewal, transactions=self.reading),
                run=partial(_run, renew_certificates, **writing),
            ),
            Timed(
                name="configurations",
                due=partial(read, next_check, limit=_LOOKED_AT, path_of=self.path_of),
                run=self._check,
            ),
            Timed(name="caches", due=self._owed, run=self._clear),
            Timed(name="lists", due=partial(read, next_look), run=self._list),
            Timed(name="loads", due=self._steering, run=self._steer),
        ]

    async def _check(self, scope: Scope, clock: Clock) -> None:
        after: StationId | None = None
        while True:
            after = await check_due(
                after,
                limit=_LOOKED_AT,
                most=_MOST_CHECKS,
                everything=scope,
                reading=self.reading,
                transactions=self.transactions,
                path_of=self.path_of,
                clock=clock,
                ids=self.ids,
            )
            if after is None:
                return

    async def _owed(self, scope: Scope, now: Instant, until: Instant) -> Instant | None:
        return now if await owed_clearings(scope=scope, reading=self.reading) else None

    async def _clear(self, scope: Scope, clock: Clock) -> None:
        bound: dict[str, Any] = {"reading": self.reading, "transactions": self.transactions}
        for _ in range(_MOST_ROUNDS):
            if not await clear_caches(scope=scope, clock=clock, ids=self.ids, **bound):
                return

    async def _list(self, scope: Scope, clock: Clock) -> None:
        bound: dict[str, Any] = {"reading": self.reading, "transactions": self.transactions}
        for _ in range(_MOST_ROUNDS):
            if not await send_local_lists(
                scope=scope, tokens=self.listed, clock=clock, ids=self.ids, **bound
            ):
                return

    async def _steering(self, scope: Scope, now: Instant, until: Instant) -> Instant | None:
        return await next_steering(scope=scope, reading=self.reading, now=now, until=until)

    async def _steer(self, scope: Scope, clock: Clock) -> None:
        for budget in await steered_budgets(scope=scope, reading=self.reading):
            await steer_patiently(
                budget,
                reading=self.reading,
                transactions=self.transactions,
                everything=scope,
                clock=clock,
                ids=self.ids,
            )


async def _within(
    next_one: Callable[..., Awaitable[Instant | None]],
    scope: Scope,
    now: Instant,
    until: Instant,
    **bound: Any,
) -> Instant | None:
    return await next_one(scope=scope, until=until, **bound)


async def _run(
    use_case: Callable[..., Awaitable[object]], scope: Scope, clock: Clock, **bound: Any
) -> object:
    return await use_case(scope=scope, clock=clock, **bound)
