"""Rows of an import, stated as their system would state them one by one, and what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.http.external_ids import FORM, is_id
from emobility_app.http.gathered import Gathered
from emobility_app.http.puts import Stated, referring, stated
from emobility_app.http.records import Resource
from emobility_app.transfers import Row
from emobility_app.wire import Flaw, MalformedBody, step, told
from emobility_core.errors import EmobilityError, Unavailable
from emobility_core.ids import shown
from emobility_core.transfers import Outcome
from emobility_core.work import AlreadyTaken, StaleWrite

# A unit holds the one place of a writer on SQLite, and a turn of the loop all that is between two pauses.
ROWS_PER_UNIT = 200
ROWS_PER_TURN = 20
_TRIES = 10


@attrs.frozen(kw_only=True)
class RowResult:
    """What became of a row; `row` is None for a record that the file leaves out."""

    row: int | None
    kind: str
    external_id: str | None
    outcome: Outcome
    id: str | None = None
    changes: Mapping[str, Any] | None = None
    errors: Sequence[Flaw] = ()

    def view(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "row": self.row,
            "kind": self.kind,
            "external_id": self.external_id,
            "result": self.outcome.value,
        }
        if self.id is not None:
            told["id"] = self.id
        if self.changes is not None:
            told["changes"] = self.changes
        if self.errors:
            told["errors"] = [attrs.asdict(flaw) for flaw in self.errors]
        return told


def refused_row(row: Row, *flaws: Flaw) -> RowResult:
    return RowResult(
        row=row.number, kind=row.kind, external_id=row.external_id, outcome=Outcome.REFUSED, errors=flaws
    )


def flaws_of(row: Row) -> Sequence[Flaw]:
    """What is wrong with a row before anybody looks at the record."""
    if row.flaws:
        return row.flaws
    if row.external_id is None:
        return (Flaw("/external_id", "missing-field", "is required"),)
    if not is_id(row.external_id):
        return (Flaw("/external_id", "malformed-external-id", FORM),)
    return ()


class Undone(Exception):
    """Leaves a unit of work without a trace."""


@attrs.frozen(kw_only=True)
class Stating:
    """States rows of one kind for `system`, all of a batch in one unit of work. A unit that storage refuses
    is done again by halves, down to the row that is to blame: one bad row stops no other."""

    resource: Resource
    system: str
    dry_run: bool
    call: Call

    async def state(self, rows: Sequence[Row]) -> list[RowResult]:
        if not rows:
            return []
        if len(rows) == 1:
            return [await self._alone(rows[0])]
        try:
            return await self._unit(rows)
        except (AlreadyTaken, StaleWrite):
            half = len(rows) // 2
            return [*await self.state(rows[:half]), *await self.state(rows[half:])]

    async def _alone(self, row: Row) -> RowResult:
        for _ in range(_TRIES):
            try:
                return (await self._unit([row]))[0]
            except StaleWrite:
                continue
            except AlreadyTaken as error:
                if error.field != "external_ids":
                    return refused_row(row, Flaw(step(error.field), error.code, told(error)))
        return refused_row(row, Flaw("/", StaleWrite.code, "is changed by others all the time"))

    async def _unit(self, rows: Sequence[Row]) -> list[RowResult]:
        results: list[RowResult] = []
        try:
            async with self.call.services.transactions(self.call.scope) as work:
                gathered = Gathered(work, self.resource)
                await gathered.look_up(rows, self.system)
                for place, row in enumerate(rows):
                    if place % ROWS_PER_TURN == ROWS_PER_TURN - 1:
                        await asyncio.sleep(0)
                    results.append(await self._row(row, gathered))
                await gathered.store()
                if self.dry_run:
                    raise Undone
        except Undone:
            pass
        return results

    async def _row(self, row: Row, gathered: Gathered) -> RowResult:
        mark = gathered.mark()
        try:
            return await self._stated(row, gathered)
        except (AlreadyTaken, StaleWrite, Unavailable):
            raise
        except MalformedBody as error:
            gathered.back_to(mark)
            return refused_row(row, *error.errors)
        except EmobilityError as error:
            gathered.back_to(mark)
            return refused_row(row, Flaw("/", error.code, told(error)))

    async def _stated(self, row: Row, gathered: Gathered) -> RowResult:
        assert row.external_id is not None
        body = await referring(self.resource, row.body, partial(self._known, gathered))
        done = await stated(self.resource, self.system, row.external_id, body, self.call, gathered)
        id = shown(self.resource.prefix, done.record.id)
        if row.id is not None and (done.before is None or row.id != id):
            raise MalformedBody((Flaw("/id", "id-mismatch", "is not the record of this external id"),))
        is_new = done.before is None
        outcome = Outcome.CREATED if is_new else Outcome.CHANGED if done.changed else Outcome.UNCHANGED
        return RowResult(
            row=row.number,
            kind=row.kind,
            external_id=row.external_id,
            outcome=outcome,
            # What is not kept has no id.
            id=None if is_new and self.dry_run else id,
            changes=self._difference(done) if outcome is Outcome.CHANGED else None,
        )

    async def _known(self, gathered: Gathered, port: str, id: str) -> Any:
        return getattr(gathered, port).named(f"{self.system}:{id}")

    def _difference(self, done: Stated) -> dict[str, Any]:
        before: dict[str, Any] = self.resource.view(done.before)
        after = self.resource.view(done.record)
        return {
            name: {"before": before[name], "after": after[name]}
            for name in sorted(self.resource.editable)
            if before[name] != after[name]
        }
