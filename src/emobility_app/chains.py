"""Going along the chain of a tenant's audit log: whether anything in it was changed, removed or added."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs

from emobility_core.audit import ANCHORED, ChainBreak, ChainCheck, ChainFault, ChainVerdict
from emobility_core.ids import shown
from emobility_core.work import Feed, Scope

Reading = Callable[[Scope], AbstractAsyncContextManager[Any]]
_AT_ONCE = 500


async def check_chain(
    scope: Scope, *, reading: Reading, feed: Feed, after: int = 0, most: int | None = None
) -> ChainVerdict:
    """Look at the places behind `after`, `most` of them at most, and at the entries that have none.

    Where the chain does not begin at its beginning, the place `after` itself is taken to be right.
    """
    async with reading(scope) as work:
        head = await work.audit_entries.head(scope.tenant)
    kept = {} if head is None else {head.seq: head.hash}
    check = ChainCheck(anchors=await _anchors(scope, feed) | kept)
    if after:
        await _begin(check, scope, reading, after)
    left = most
    while check.broken is None and (left is None or left > 0):
        limit = _AT_ONCE if left is None else min(left, _AT_ONCE)
        async with reading(scope) as work:
            found = await work.audit_entries.chain(scope.tenant, after=check.seq, limit=limit)
        check.follow(found)
        left = None if left is None else left - len(found)
        if len(found) < limit:
            return await _ended(check, scope, reading)
    return check.verdict(complete=False)


async def _begin(check: ChainCheck, scope: Scope, reading: Reading, after: int) -> None:
    async with reading(scope) as work:
        found = await work.audit_entries.chain(scope.tenant, after=after - 1, limit=1)
    if found and found[0][0].seq == after:
        check.seq, check.head = after, found[0][0].hash
    else:
        check.broken = ChainBreak(after, ChainFault.GAP)


async def _ended(check: ChainCheck, scope: Scope, reading: Reading) -> ChainVerdict:
    verdict = check.verdict(complete=True)
    if verdict.broken is not None:
        return verdict
    async with reading(scope) as work:
        lost = await work.audit_entries.unplaced(scope.tenant, limit=1)
        head = await work.audit_entries.head(scope.tenant)
    # It may have gone on since, but it never goes back.
    if verdict.seq > (0 if head is None else head.seq):
        return attrs.evolve(verdict, broken=ChainBreak(verdict.seq, ChainFault.HEADLESS))
    if not lost:
        return verdict
    return attrs.evolve(
        verdict, broken=ChainBreak(verdict.seq + 1, ChainFault.UNPLACED, shown("aud", lost[0]))
    )


async def _anchors(scope: Scope, feed: Feed) -> dict[int, str]:
    """What was published of the chain: place -> hash."""
    position, anchors = 0, dict[int, str]()
    while True:
        found = await feed.after(position, scope=scope, limit=_AT_ONCE, types=[ANCHORED], descendants=False)
        for entry in found:
            data: Any = entry.event.data
            anchors[data["seq"]] = data["hash"]
        if len(found) < _AT_ONCE:
            return anchors
        position = found[-1].position
