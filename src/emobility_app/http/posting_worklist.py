"""The worklist of postings over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import attrs

from emobility_app.http.cursors import cursor_of
from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.listing import continued, page_of, parameters
from emobility_app.http.posting_views import WORK, work_view
from emobility_app.http.schemas import list_schema
from emobility_core.accounting import (
    IN_QUESTION,
    AccountRule,
    Ledger,
    Posting,
    WorkItem,
    rules_at,
    worklist,
)
from emobility_core.ids import LedgerId, TenantId

FILTERS: dict[str, Any] = {"ledger": LedgerId}
# What fits no rule is only known once the rules are asked: so many postings are, then the page ends.
MOST_LOOKED_AT = 2_000
_AT_ONCE = 200


@attrs.define
class _Books:
    """Ledgers and rules, each read once."""

    call: Call
    work: Any
    ledgers: dict[LedgerId, Ledger] = attrs.field(factory=dict)
    rules: dict[TenantId, Sequence[AccountRule]] = attrs.field(factory=dict)

    async def of(self, posting: Posting) -> tuple[Ledger, Sequence[AccountRule]]:
        if posting.ledger not in self.ledgers:
            self.ledgers[posting.ledger] = await self.work.ledgers.get(posting.ledger)
        if posting.tenant not in self.rules:
            path = await self.call.services.path_of(posting.tenant)
            self.rules[posting.tenant] = await rules_at(path, work=self.work)
        return self.ledgers[posting.ledger], self.rules[posting.tenant]


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    wanted, looked_at, exports = page.limit - 1, 0, call.services.exports
    views: list[dict[str, Any]] = []
    async with call.services.reading(call.scope) as work:
        books = _Books(call, work)
        while looked_at < MOST_LOOKED_AT:
            found = await work.postings.in_question(IN_QUESTION, attrs.evolve(page, limit=_AT_ONCE))
            told = await worklist(
                found, books=books.of, exports=exports, work=work, elsewhere=asyncio.to_thread
            )
            shown = told[: wanted - len(views)]
            views += await asyncio.to_thread(_views, shown)
            if len(views) == wanted:
                return continued(call, views, cursor_of(shown[-1][0].id, call))
            if len(found) < _AT_ONCE:
                return continued(call, views, None)
            looked_at += len(found)
            page = attrs.evolve(page, after=found[-1].id)
    assert page.after is not None
    return continued(call, views, cursor_of(page.after, call))


def _views(found: Sequence[tuple[Posting, Sequence[WorkItem]]]) -> list[dict[str, Any]]:
    return [work_view(posting, items) for posting, items in found]


# How many need somebody is known only once the rules were asked of all.
_QUERY = {name: one for name, one in parameters(FILTERS).items() if name != "count"}
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/posting-worklist", operation="posting_worklist_list",
             summary="List postings that somebody has to see to", scope="postings:read", handle=_list,
             gives=list_schema(WORK, counted=False), query=_QUERY),
]  # fmt: skip
