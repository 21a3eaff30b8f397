"""What a file that states the whole leaves out: counted first, then switched off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from uuid import UUID

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.http.gathered import Gathered
from emobility_app.http.import_rows import ROWS_PER_UNIT, RowResult, Undone
from emobility_app.http.records import Resource, checked, stored
from emobility_app.transfers.survey import Survey
from emobility_app.wire import instant_text, wire
from emobility_core.customers import Contract, Token
from emobility_core.instants import Instant
from emobility_core.transfers import Outcome
from emobility_core.work import Page


def _blocked(token: Token, _: Instant) -> dict[str, Any] | None:
    return None if token.blocked else {"blocked": True}


def _ended(contract: Contract, now: Instant) -> dict[str, Any] | None:
    """One that has not begun yet cannot end before it does, and is left alone."""
    period = contract.validity
    if period.until is not None and period.until <= now:
        return None
    if period.since is not None and period.since >= now:
        return None
    since = None if period.since is None else instant_text(period.since)
    return {"validity": {"since": since, "until": instant_text(now)}}


# What may be switched off, and how: the fields to set, None for what is off already.
SWITCHES: Mapping[str, Callable[[Any, Instant], dict[str, Any] | None]] = {
    "contracts": _ended,
    "tokens": _blocked,
}


@attrs.frozen(kw_only=True)
class LeavingOut:
    """Records that `system` has named and that its file leaves out, of the caller's tenant alone."""

    resource: Resource
    system: str
    dry_run: bool
    call: Call
    survey: Survey

    async def count(self) -> tuple[int, int]:
        """How many would be switched off, of how many that are on."""
        missing, known, after = 0, 0, None
        while True:
            async with self.call.services.reading(self.call.scope) as work:
                found = await getattr(work, self.resource.port).page(_page(after))
            active = [record for record in found if self._is_on(record)]
            known += len(active)
            missing += sum(1 for record in active if self._is_missing(record))
            if len(found) < ROWS_PER_UNIT:
                return missing, known
            after = found[-1].id

    async def switched_off(self) -> AsyncIterator[list[RowResult]]:
        """Switch them off, a unit of work for each page of records."""
        after = None
        while True:
            results: list[RowResult] = []
            try:
                async with self.call.services.transactions(self.call.scope) as work:
                    found = await getattr(work, self.resource.port).page(_page(after))
                    chosen = [one for one in found if self._is_on(one) and self._is_missing(one)]
                    results = await self._switch(chosen, work)
                    if self.dry_run:
                        raise Undone
            except Undone:
                pass
            yield results
            if len(found) < ROWS_PER_UNIT:
                return
            after = found[-1].id

    async def _switch(self, chosen: list[Any], work: Any) -> list[RowResult]:
        gathered = Gathered(work, self.resource)
        await gathered.know(chosen)
        for record in chosen:
            fields = wire.unstructure(record) | (self._switch_of(record) or {})
            changed = await checked(self.resource, fields, record, {}, self.call, gathered)
            await stored(self.resource, record, changed, self.call, gathered)
        await gathered.store()
        return [self._result(record) for record in chosen]

    def _result(self, record: Any) -> RowResult:
        return RowResult(
            row=None,
            kind=self.resource.path,
            external_id=record.external_ids[self.system],
            outcome=Outcome.DEACTIVATED,
            id=self.resource.view(record)["id"],
        )

    def _is_on(self, record: Any) -> bool:
        return self.system in record.external_ids and self._switch_of(record) is not None

    def _is_missing(self, record: Any) -> bool:
        return not self.survey.names(self.resource.path, record.external_ids[self.system])

    def _switch_of(self, record: Any) -> dict[str, Any] | None:
        return SWITCHES[self.resource.path](record, self.call.clock.now())


def _page(after: UUID | None) -> Page:
    return Page(limit=ROWS_PER_UNIT, after=after)
