"""An import as it runs: the file looked through, its rows stated, what it leaves out switched off, all of
it reported row by row."""

from __future__ import annotations

import asyncio
import logging
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
from emobility_app.patience import patiently
from emobility_app.problems import InternalError
from emobility_app.transfers import Cancelled, Row, RowReader, batches
from emobility_app.transfers.survey import Survey
from emobility_app.wire import Flaw, told
from emobility_core.errors import EmobilityError
from emobility_core.ids import shown
from emobility_core.operations import operation_completed
from emobility_core.transfers import Counts, EmptyFile, Import, UnreadableFile, require_few

_log = logging.getLogger("emobility.imports")
_LOOKED_AT = 1_000
_REPEATED = Flaw("/external_id", "duplicate-row", "stands in the file more than once")


@attrs.define(kw_only=True)
class ImportRun:
    """Does one import. `kinds` are those of its rows, `source` its file in the spool."""

    record: Import
    kinds: Mapping[str, Resource]
    reader: Callable[[], RowReader]
    source: UUID
    call: Call
    _counts: Counts = attrs.field(factory=Counts, init=False)
    _failure: EmobilityError | Cancelled | None = attrs.field(default=None, init=False)

    async def run(self) -> None:
        """Come to an end and tell of it, whatever happens."""
        transfers, problem, detail = self.call.services.transfers, None, None
        try:
            # What is reported of a row is as long as the row, at most twice that and a little more.
            await transfers.files.put(self.record.id, self._report(), most=8 * transfers.longest)
            if self._failure is not None:
                raise self._failure
        except Cancelled:
            problem = "cancelled"
        except EmobilityError as error:
            problem, detail = error.code, told(error)
        except Exception as error:
            _log.exception("an import failed: %s", shown("imp", self.record.id), exc_info=error)
            problem = InternalError.code
        await patiently("an import", lambda: self._end(problem, detail))
        await transfers.spool.drop(self.source)

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
        await self._step(done)
        async for rows in self._batches(ROWS_PER_UNIT):
            yield await self._stated(rows, survey)
            done += len(rows)
            await self._step(done)
        # Where a row was refused the file does not state the whole: what is missing may be that row.
        if leaving_out is not None and not self._counts.refused:
            async for results in leaving_out.switched_off():
                self._require_wanted()
                yield results

    def _batches(self, size: int) -> AsyncIterator[list[Row]]:
        return batches(self.call.services.transfers.spool.read(self.source), self.reader(), size)

    async def _survey(self) -> Survey:
        survey = Survey()
        async for rows in self._batches(_LOOKED_AT):
            self._require_wanted()
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

    def _require_wanted(self) -> None:
        self.call.services.transfers.require_wanted(self.record.id)

    async def _step(self, done: int) -> None:
        self._require_wanted()
        await patiently("an import", lambda: self._stepped(done))

    async def _stepped(self, done: int) -> None:
        async with self.call.services.transactions(self.call.scope) as work:
            operation = await work.operations.get(self.record.operation)
            step = operation.step(done, total=self._counts.rows, at=self.call.clock.now())
            await work.operations.replace(step)

    async def _end(self, problem: str | None, detail: str | None) -> None:
        now, counts = self.call.clock.now(), attrs.asdict(self._counts)
        result = {"import": shown("imp", self.record.id)}
        result |= {name: str(count) for name, count in counts.items()}
        if detail is not None:
            result["detail"] = detail
        ended = {"counts": self._counts, "problem": problem, "finished_at": now, "updated_at": now}
        async with self.call.services.transactions(self.call.scope) as work:
            await work.imports.replace(attrs.evolve(await work.imports.get(self.record.id), **ended))
            running = await work.operations.get(self.record.operation)
            stored = await work.operations.replace(running.ended(problem, result, at=now))
            work.outbox.publish(operation_completed(stored, at=now, ids=self.call.services.ids))


def _lines(results: Iterable[RowResult]) -> bytes:
    return b"".join(orjson.dumps(result.view()) + b"\n" for result in results)
