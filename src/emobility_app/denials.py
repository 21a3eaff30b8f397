"""Attempts that were denied, in the audit log: as many as tell somebody, never as many as are tried."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Any

import attrs

from emobility_core.audit import Auditor, AuditOutcome, Change
from emobility_core.instants import Instant
from emobility_core.work import Scope, Transactions

_WINDOW = timedelta(hours=1)
# Of one actor in an hour; of all together it is as many as actors are remembered, times that.
MOST_OF_ONE = 20
_REMEMBERED = 1_000


@attrs.define
class _Told:
    since: Instant
    written: int = 0
    left_out: int = 0


class Denials:
    """Writes down denials. Whoever goes on trying is counted, and the count stands in the next entry."""

    def __init__(self, transactions: Transactions[Any], auditor: Auditor) -> None:
        self._transactions = transactions
        self._auditor = auditor
        self._told: OrderedDict[str, _Told] = OrderedDict()

    async def note(self, scope: Scope, reason: str) -> None:
        """Write down what the scope's deed was denied for."""
        left_out = self._admitted(f"{scope.tenant} {scope.actor}")
        if left_out is None:
            return
        if left_out:
            reason = f"{reason} (and {left_out} attempts before it)"
        deed = scope.deed
        named = [] if deed is None else [Change.naming(scope.tenant, one) for one in deed.named]
        entry, details = self._auditor.entry(
            scope, scope.tenant, named, outcome=AuditOutcome.DENIED, reason=reason
        )
        async with self._transactions(scope) as work:
            await work.audit_entries.add(entry, details)

    def _admitted(self, who: str) -> int | None:
        """How many were left out before this one; None if it is left out itself."""
        now = self._auditor.clock.now()
        told = self._told.get(who)
        if told is None or now - told.since >= _WINDOW:
            told, before = _Told(since=now), 0 if told is None else told.left_out
            self._told[who] = told
            self._told.move_to_end(who)
            if len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)
            told.written = 1
            return before
        if told.written == MOST_OF_ONE:
            told.left_out += 1
            return None
        told.written += 1
        return 0
