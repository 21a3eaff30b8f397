"""The rounds in which sites are steered when nothing else makes them be looked at."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from emobility_core.errors import EmobilityError
from emobility_core.ids import Ids, LoadBudgetId, shown
from emobility_core.instants import Clock
from emobility_core.reactions import SteeredStations, steer_patiently
from emobility_core.work import Page, Scope, Transactions

_log = logging.getLogger("emobility.loads")
_EVERY_S = 10.0


async def load_rounds(
    reading: Transactions[Any], transactions: Transactions[Any], steered: SteeredStations,
    everything: Scope, clock: Clock, ids: Ids,
) -> None:  # fmt: skip
    """Decide now and then what the stations of each load budget may draw, until cancelled: grants end and
    are renewed, turns change, limits begin and end, and stations that kept silent are asked again."""
    while True:
        try:
            async with reading(everything) as work:
                # Not all that are steered live by this clock.
                mine = await work.load_budgets.page(Page.of("id", sorted(await steered.all())))
            for budget in [one.id for one in mine]:
                await _steer(budget, reading, transactions, everything, clock, ids)
        except EmobilityError as error:
            _log.warning("loads will be looked at again: %s", error)
        await asyncio.sleep(_EVERY_S)


async def _steer(
    budget: LoadBudgetId, reading: Transactions[Any], transactions: Transactions[Any],
    everything: Scope, clock: Clock, ids: Ids,
) -> None:  # fmt: skip
    """Steer one site; what is wrong with it must not keep the others waiting."""
    try:
        await steer_patiently(
            budget, reading=reading, transactions=transactions, everything=everything, clock=clock, ids=ids
        )
    except EmobilityError as error:
        _log.warning("the load of %s will be looked at again: %s", shown("lbu", budget), error)
