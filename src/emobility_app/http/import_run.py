"""An import as it runs: the file looked through, its rows stated, what it leaves out switched off, all of
it reported row by row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import attrs
import orjson

from emobility_app.http.endpoint import Call
from emobility_app.http.import_rows import ROWS_PER_UNIT, RowResult, Stating, flaws_of, refused_row
from emobility_app.http.leaving_out import LeavingOut
from emobility_app.http.records import Resource
from emobility_app.http.transfer_course import Course, Ending
from emobility_app.patience import patiently
from emobility_app.transfers import Cancelled, Row, RowReader, batches
from emobility_app.transfers.survey import Survey
from emobility_app.wire import Flaw
from emobility_core.errors import EmobilityError
from emobility_core.instants import Instant
from emobility_core.transfers import Counts, EmptyFile, Import, UnreadableFile, require_few

_LOOKED_AT = 1_000
_REPEATED = Flaw("/external_id", "duplicate-row", "stands in the file more than once")


@attrs.define(kw_only=True)
class ImportRun:
    """Does one import. `kinds` are those of its rows, `source` its file in the spool, which began to come in
    at `sent_at`."""

    record: Import
    kinds: Mapping[str, Resource]
    reader: Callable[[], RowReader]
    source: UUID
    sent_at: Instant
    call: Call
    _counts: Counts = attrs.field(factory=Counts, init=False)
    _failure: EmobilityError | Cancelled | None = attrs.field(default=None, init=False)

    async def run(self) -> None:
        """Come to an end and tell of it, whatever happens."""
        await self._course.follow(self._worked_through, self._ending)
        await self.call.services.transfers.spool.drop(self.source)

    @property
    def _course(self) -> Course:
        return Course(name="import", prefix="imp", record=self.record, call=self.call)

    async def _worked_through(self) -> None:
        transfers = self.call.services.transfers
        # What is reported of a row is as long as the row, at most twice that and a little more.
        await transfers.files.put(self.record.id, self._report(), most=8 * transfers.longest)
        if self._failure is not None:
            raise self._failure

    def _ending(self) -> Ending:
        counts = {name: str(count) for name, count in attrs.asdict(self._counts).items()}
        return Ending(fields={"counts": self._counts}, result=counts)

    async def _report(self) -> AsyncIterator[bytes]:
        """The lines of the report; what ends the work ends them, and is kept for `run`."""
        try:
            async for results in self._results():
                for result in results:
                    self._counts = self._counts.plus(result.outcome)
                yield _lines(results)
        except UnreadableFile as error:
            self._failure = error
            flaw = Flaw("/", error.code, error.reason)
            row = Row(number=error.row, kind=self.record.kind)
            yield _lines([refused_row(row, flaw)])
        except (Cancelled, EmobilityError) as error:
            self._failure = error

    async def _results(self) -> AsyncIterator[list[RowResult]]:
        survey = await self._survey()
        if not survey.rows:
            raise EmptyFile
        self._counts = attrs.evolve(self._counts, rows=survey.rows)
        leaving_out = self._leaving_out(survey)
        if leaving_out is not None:
            await self._require_few(leaving_out)
        done = 0
        await self._course.step(done, total=survey.rows)
        async for rows in self._batches(ROWS_PER_UNIT):
            yield await self._stated(rows, survey)
            done += len(rows)
            await self._course.step(done, total=survey.rows)
        # Where a row was refused the file does not state the whole: what is missing may be that row.
        if leaving_out is not None and not self._counts.refused:
            async for results in leaving_out.switched_off():
                self._course.require_wanted()
                yield results

    def _batches(self, size: int) -> AsyncIterator[list[Row]]:
        return batches(self.call.services.transfers.spool.read(self.source), self.reader(), size)

    async def _survey(self) -> Survey:
        survey = Survey()
        async for rows in self._batches(_LOOKED_AT):
            self._course.require_wanted()
            await asyncio.to_thread(survey.note, rows)
        await asyncio.to_thread(survey.settle)
        return survey

    def _leaving_out(self, survey: Survey) -> LeavingOut | None:
        if not self.record.deactivate_missing:
            return None
        return LeavingOut(
            resource=self.kinds[self.record.kind],
            system=self.record.system,
            dry_run=self.record.dry_run,
            call=self.call,
            survey=survey,
            sent_at=self.sent_at,
        )

    async def _require_few(self, leaving_out: LeavingOut) -> None:
        missing, known = await leaving_out.count()
        self._counts = attrs.evolve(self._counts, missing=missing, known=known)
        if not self.record.dry_run:
            require_few(missing, known=known, confirmed=self.record.confirmed)

    async def _stated(self, rows: list[Row], survey: Survey) -> list[RowResult]:
        results = {}
        sound = []
        for row in rows:
            flaws = flaws_of(row) or ((_REPEATED,) if survey.is_repeated(row) else ())
            if flaws:
                results[row.number] = refused_row(row, *flaws)
            else:
                sound.append(row)
        for kind, group in groupby(sound, key=attrgetter("kind")):
            stating = Stating(
                resource=self.kinds[kind],
                system=self.record.system,
                dry_run=self.record.dry_run,
                call=self.call,
            )
            theirs = list(group)
            for result in await patiently("an import", lambda: stating.state(theirs)):  # noqa: B023
                assert result.row is not None
                results[result.row] = result
        return [results[row.number] for row in rows]


def _lines(results: Iterable[RowResult]) -> bytes:
    return b"".join(orjson.dumps(result.view()) + b"\n" for result in results)
