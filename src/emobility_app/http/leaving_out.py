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
from emobility_app.http.switching import own_switch
from emobility_app.patience import patiently
from emobility_app.transfers.survey import Survey
from emobility_app.wire import instant_text, wire
from emobility_core.customers import Contract, Token
from emobility_core.instants import Instant
from emobility_core.transfers import MassDeactivation, Outcome
from emobility_core.work import Page, StaleWrite


def _blocked(token: Token, _: Instant, __: Instant) -> dict[str, Any] | None:
    return None if token.blocked else {"blocked": True}


def _ended(contract: Contract, now: Instant, sent_at: Instant) -> dict[str, Any] | None:
    """One that had not begun when the file was sent cannot end before it does, and is left alone."""
    period = contract.validity
    if period.until is not None and period.until <= now:
        return None
    if period.since is not None and period.since >= sent_at:
        return None
    since = None if period.since is None else instant_text(period.since)
    return {"validity": {"since": since, "until": instant_text(now)}}


# What may be switched off, and how: the fields to set, now, for a file that was sent then; None for what is
# off already.
SWITCHES: Mapping[str, Callable[[Any, Instant, Instant], dict[str, Any] | None]] = {
    "contracts": _ended,
    "tokens": _blocked,
}


@attrs.define(kw_only=True)
class LeavingOut:
    """Records that `system` has named and that its file leaves out, of the caller's tenant alone. What
    somebody has made, named or changed after the file was sent, at `sent_at`, it cannot know: that is left to
    the next file."""

    resource: Resource
    system: str
    dry_run: bool
    call: Call
    survey: Survey
    sent_at: Instant
    _counted: int = attrs.field(default=0, init=False)
    _known: int = attrs.field(default=0, init=False)
    _done: int = attrs.field(default=0, init=False)

    async def count(self) -> tuple[int, int]:
        """How many are to be switched off, of how many that are on."""
        after = None
        while True:
            async with self.call.services.reading(self.call.scope) as work:
                found = await getattr(work, self.resource.port).page(_page(after))
            self._known += sum(1 for record in found if self._is_on(record))
            self._counted += sum(1 for record in found if self._goes(record))
            if len(found) < ROWS_PER_UNIT:
                return self._counted, self._known
            after = found[-1].id

    async def switched_off(self) -> AsyncIterator[list[RowResult]]:
        """Switch them off, a unit of work for each page of records; raises `MassDeactivation` where they have
        become more than were counted."""
        after = None
        while True:
            found, results = await patiently("an import", lambda: self._settled(after))  # noqa: B023
            yield results
            if len(found) < ROWS_PER_UNIT:
                return
            after = found[-1].id

    async def _settled(self, after: UUID | None) -> tuple[list[Any], list[RowResult]]:
        """A page of records, and what was done to those that go; whom somebody changes at once stays."""
        while True:
            try:
                return await self._unit(after)
            except StaleWrite:
                continue

    async def _unit(self, after: UUID | None) -> tuple[list[Any], list[RowResult]]:
        try:
            async with self.call.services.transactions(self.call.scope) as work:
                found = await getattr(work, self.resource.port).page(_page(after))
                chosen = [one for one in found if self._goes(one)]
                if self._done + len(chosen) > self._counted:
                    raise MassDeactivation(self._done + len(chosen), self._known)
                results = await self._switch(chosen, work)
                if self.dry_run:
                    raise Undone
        except Undone:
            pass
        self._done += len(chosen)
        return found, results

    async def _switch(self, chosen: list[Any], work: Any) -> list[RowResult]:
        gathered = Gathered(work, self.resource)
        await gathered.know(chosen)
        await gathered.ownerships.look_up(chosen)
        for record in chosen:
            before, switch = wire.unstructure(record), self._switch_of(record) or {}
            changed = await checked(self.resource, before | switch, record, {}, self.call, gathered)
            await stored(self.resource, record, changed, self.call, gathered)
            was = {name: before[name] for name in switch}
            await own_switch(record, self.system, was, gathered)
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

    def _goes(self, record: Any) -> bool:
        if not self._is_on(record) or record.updated_at > self.sent_at:
            return False
        return not self.survey.names(self.resource.path, record.external_ids[self.system])

    def _switch_of(self, record: Any) -> dict[str, Any] | None:
        return SWITCHES[self.resource.path](record, self.call.clock.now(), self.sent_at)


def _page(after: UUID | None) -> Page:
    return Page(limit=ROWS_PER_UNIT, after=after)
