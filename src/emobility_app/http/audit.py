"""The audit log over HTTP: its entries, its chain as a file, and whether the chain holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import attrs
import orjson

from emobility_app.chains import check_chain
from emobility_app.http.endpoint import LARGEST, Answer, Call, Endpoint, Parameter
from emobility_app.http.listing import instant, listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, Schema, id_schema, list_schema, objects, optional
from emobility_app.http.tags import tagged
from emobility_app.wire import wire
from emobility_core.audit import (
    AuditDetail,
    AuditEntries,
    AuditLink,
    AuditOutcome,
    AuditSearch,
    ChainFault,
    ChangeKind,
    Recorded,
)
from emobility_core.ids import AuditEntryId, parse_id, shown
from emobility_core.work import Page

FILTERS: dict[str, Any] = {"actor": str, "operation": str, "outcome": AuditOutcome}
_AT_ONCE = 500
# So many places of a chain are looked at by one request; the command line goes along all of it.
MOST_CHECKED = 100_000


@attrs.frozen
class _Sought:
    """The entries that a search finds, as a port that can be listed."""

    search: AuditSearch
    entries: AuditEntries

    async def page(self, page: Page) -> list[Recorded]:
        return await self.entries.page(attrs.evolve(self.search, page=page))

    async def count(self, page: Page) -> int:
        return await self.entries.count(attrs.evolve(self.search, page=page))


def _search(call: Call) -> AuditSearch:
    page = page_of(call, FILTERS)
    return AuditSearch(
        # Whom an issuer vouches for is not found by what the entry itself tells.
        page=attrs.evolve(page, filters={name: one for name, one in page.filters.items() if name != "actor"}),
        actors=call.query.get("actor", ()),
        since=instant(call, "from"),
        until=instant(call, "until"),
        subjects=call.query.get("subject", ()),
    )


async def _list(call: Call) -> Answer:
    search = _search(call)
    async with call.services.reading(call.scope) as work:
        return await listed(call, search.page, _Sought(search, work.audit_entries), entry_view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.audit_entries.get(AuditEntryId(parse_id("aud", call.path["id"])))
    return tagged(call, entry_view(found), 0)


def entry_view(recorded: Recorded) -> dict[str, Any]:
    content, link = orjson.loads(recorded.entry.content), recorded.link
    kinds = [one["kind"] for one in content.pop("changes")]
    told = list(zip(kinds, recorded.details, strict=True))
    changes = [
        {"subject": one.subject, "kind": kind, "before": one.before, "after": one.after,
         "erased_by": one.erased_by}
        for kind, one in told
        if kind != _ACTED
    ]  # fmt: skip
    content |= _named(content, [one for kind, one in told if kind == _ACTED])
    place = {"seq": None, "hash": None} if link is None else {"seq": link.seq, "hash": link.hash}
    shown_first = {name: content.pop(name) for name in ("id", "tenant", "at")}
    return {**shown_first, **place, **content, "changes": changes}


_ACTED = ChangeKind.ACTED.value


def _named(content: dict[str, Any], acted: list[AuditDetail]) -> dict[str, Any]:
    """Who acted, with the names that issuers give them, until these are erased."""
    actor, act = content["actor"], list(content["act"])
    for one in acted:
        for place, name in (one.after or {}).items():
            if place == "actor":
                actor = name
            elif one.subject in act:
                act[act.index(one.subject)] = name
    return {"actor": actor, "act": act}


async def _export(call: Call) -> Answer:
    after = call.number("after", 0, most=LARGEST)
    most = call.number("limit", LARGEST, least=1, most=LARGEST)
    return Answer(stream=_lines(call, after, most), media_type="application/x-ndjson")


async def _lines(call: Call, after: int, most: int) -> AsyncIterator[str]:
    """A piece at a time, each in a unit of its own."""
    while most > 0:
        async with call.services.reading(call.scope) as work:
            found = await work.audit_entries.chain(call.scope.tenant, after=after, limit=min(most, _AT_ONCE))
        yield "".join(_line(link, recorded) for link, recorded in found)
        if len(found) < min(most, _AT_ONCE):
            return
        after, most = found[-1][0].seq, most - len(found)


def _line(link: AuditLink, recorded: Recorded | None) -> str:
    """A place of the chain; what its hash covers stands under `content`, `previous` and `seq`."""
    line = {
        "seq": link.seq,
        "previous": link.previous,
        "hash": link.hash,
        "content": None if recorded is None else orjson.loads(recorded.entry.content),
        "details": [] if recorded is None else [_detail(one) for one in recorded.details],
    }
    return orjson.dumps(line).decode() + "\n"


def _detail(detail: AuditDetail) -> dict[str, Any]:
    names = ("subject", "before", "after", "salt", "erased_by")
    return {name: getattr(detail, name) for name in names}


async def _verdict(call: Call) -> Answer:
    services = call.services
    verdict = await check_chain(
        call.scope,
        reading=services.reading,
        feed=services.feed,
        after=call.number("after", 0, most=LARGEST),
        most=MOST_CHECKED,
    )
    view = wire.unstructure(attrs.evolve(verdict, broken=None))
    broken = None if verdict.broken is None else wire.unstructure(verdict.broken)
    return Answer(content={"tenant": shown("ten", call.scope.tenant), **view, "broken": broken})


_FIELDS: Schema = {"type": ["object", "null"], "description": "Only what changed; `***` for what is secret."}
_CHANGE = objects(
    {
        "subject": TEXT,
        "kind": {"type": "string", "enum": [kind.value for kind in ChangeKind]},
        "before": _FIELDS,
        "after": _FIELDS,
        "erased_by": optional(TEXT),
    },
    title="AuditChange",
)
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_ENTRY = objects(
    {
        "id": id_schema("aud"),
        "tenant": id_schema("ten"),
        "at": INSTANT,
        "seq": {
            "type": ["integer", "null"],
            "description": "Its place in the chain, once it has one.",
        },
        "hash": optional(_HASH),
        "tenant_time": INSTANT,
        "actor": TEXT,
        "client": optional(TEXT),
        "act": {"type": "array", "items": TEXT},
        "request": optional(TEXT),
        "address": {"type": ["string", "null"], "description": "The network that the request came from."},
        "operation": TEXT,
        "outcome": {"type": "string", "enum": [one.value for one in AuditOutcome]},
        "reason": optional(TEXT),
        "allowed_by": {"type": "object", "additionalProperties": TEXT},
        "changes": {"type": "array", "items": _CHANGE},
    },
    title="AuditEntry",
)
_COUNT: Schema = {"type": "integer", "minimum": 0}
_BREAK = objects(
    {
        "seq": _COUNT,
        "fault": {"type": "string", "enum": [one.value for one in ChainFault]},
        "entry": optional(id_schema("aud")),
    },
    title="AuditBreak",
)
_VERDICT = objects(
    {
        "tenant": id_schema("ten"),
        "checked": _COUNT,
        "seq": {**_COUNT, "description": "Where it stopped; go on with it as `after`."},
        "head": _HASH,
        "complete": {"type": "boolean"},
        "broken": optional(_BREAK),
    },
    title="AuditVerdict",
)
_AFTER = Parameter("Only what stands behind this place of the chain.", _COUNT | {"maximum": LARGEST})
_LIMIT = Parameter("How many at most (default all).", _COUNT | {"minimum": 1, "maximum": LARGEST})
_QUERY = {
    **{name: one for name, one in parameters(FILTERS).items() if name != "updated_after"},
    "subject": Parameter("Only those about this record.", {"type": "array", "items": TEXT}),
    "from": Parameter("Only what was done at this instant or later.", INSTANT),
    "until": Parameter("Only what was done before this instant.", INSTANT),
}
ENDPOINTS = [
    Endpoint(method="GET", path="/v1/audit-entries", operation="audit_entries_list",
             summary="List who did what", scope="audit-entries:read", handle=_list,
             gives=list_schema(_ENTRY), query=_QUERY),
    Endpoint(method="GET", path="/v1/audit-entries/{id}", operation="audit_entries_get",
             summary="Read an entry of the audit log", scope="audit-entries:read", handle=_get, gives=_ENTRY,
             names="aud"),
    Endpoint(method="GET", path="/v1/audit-chain", operation="audit_chain_export",
             summary="The chain of the tenant's audit log as a file, a line for each entry",
             scope="audit-entries:read", handle=_export, gives=TEXT, media_type="application/x-ndjson",
             reveals=True,
             query={"after": _AFTER, "limit": _LIMIT}),
    Endpoint(method="GET", path="/v1/audit-verdict", operation="audit_verdict_get",
             summary="Whether the chain of the tenant's audit log holds", scope="audit-entries:read",
             handle=_verdict, gives=_VERDICT, query={"after": _AFTER}),
]  # fmt: skip
