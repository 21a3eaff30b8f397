"""An import or export under way: how far it is, and how it ended, told whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.patience import patiently
from emobility_app.problems import InternalError
from emobility_app.transfers import Cancelled, Disowned
from emobility_app.wire import told
from emobility_core.errors import EmobilityError
from emobility_core.ids import shown
from emobility_core.operations import operation_completed
from emobility_core.transfers import Transfer

_log = logging.getLogger("emobility.transfers")


@attrs.frozen(kw_only=True)
class Ending:
    """What came of it: the fields of its record, and the result of its operation."""

    fields: Mapping[str, object]
    result: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Course:
    """How the `record` called `name` goes on, asked for by `call`; `prefix` begins its id."""

    name: str
    prefix: str
    record: Transfer
    call: Call

    def require_wanted(self) -> None:
        """Raise `Cancelled` where somebody has asked this process for no more of it."""
        self.call.services.transfers.require_wanted(self.record.id)

    async def step(self, done: int, *, total: int) -> None:
        """So much is done; raises `Cancelled`, and `Disowned` where another process has told of its end."""
        self.require_wanted()
        await patiently(f"an {self.name}", lambda: self._stepped(done, total))

    async def follow(self, doing: Callable[[], Awaitable[None]], ending: Callable[[], Ending]) -> None:
        """Do it, and tell of its end."""
        problem, detail = None, None
        try:
            await doing()
        except Disowned:
            return
        except Cancelled:
            problem = "cancelled"
        except EmobilityError as error:
            problem, detail = error.code, told(error)
        except Exception as error:
            id = shown(self.prefix, self.record.id)
            _log.exception("an %s failed: %s", self.name, id, exc_info=error)
            problem = InternalError.code
        await patiently(f"an {self.name}", lambda: self._end(problem, detail, ending()))

    async def _stepped(self, done: int, total: int) -> None:
        # How far it is changes nothing of anybody's: that stands in no audit log.
        async with self.call.services.transactions(attrs.evolve(self.call.scope, deed=None)) as work:
            record = await self._port(work).get(self.record.id)
            if record.finished_at is not None:
                raise Disowned
            if record.stopped_at is not None:
                raise Cancelled
            operation = await work.operations.get(self.record.operation)
            await work.operations.replace(operation.step(done, total=total, at=self.call.clock.now()))

    async def _end(self, problem: str | None, detail: str | None, ending: Ending) -> None:
        now, services = self.call.clock.now(), self.call.services
        result = {self.name: shown(self.prefix, self.record.id), **ending.result}
        if detail is not None:
            result["detail"] = detail
        async with services.transactions(self.call.scope) as work:
            record: Transfer = await self._port(work).get_for_change(self.record.id)
            if record.finished_at is not None:
                return
            await self._port(work).replace(record.end(problem, at=now, **ending.fields))
            running = await work.operations.get(self.record.operation)
            stored = await work.operations.replace(running.ended(problem, result, at=now))
            work.outbox.publish(operation_completed(stored, at=now, ids=services.ids))

    def _port(self, work: Any) -> Any:
        return getattr(work, f"{self.name}s")
