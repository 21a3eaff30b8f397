"""Postings over HTTP: taken in, explained, reversed, posted anew, and the worklist."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.posting_views import (
    EXPLANATION,
    POSTING,
    explanation_view,
    posting_view,
)
from emobility_app.http.schemas import list_schema, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read, step, told
from emobility_core.accounting import (
    DocumentKind,
    DocumentRefused,
    Ledger,
    LineKind,
    Posting,
    PostingLine,
    PostingState,
    TaxCategory,
    attach,
    explanation_of,
    post,
    post_anew,
    post_session,
    reverse,
    sum_of,
    withdraw,
)
from emobility_core.energy import Energy
from emobility_core.errors import Invalid, NotFound
from emobility_core.ids import (
    LedgerId,
    PostingBatchId,
    PostingId,
    SessionId,
    SiteId,
    StationGroupId,
    TenantId,
    UserGroupId,
    parse_id,
    shown,
)
from emobility_core.money import Money
from emobility_core.tariffs import Amounts

FILTERS: dict[str, Any] = {
    "ledger": LedgerId,
    "batch": PostingBatchId,
    "state": PostingState,
    "document_kind": DocumentKind,
    "document_number": str,
    "session": SessionId,
}
_REFERENCES = {"station_group": "station_groups", "site": "sites", "user_group": "user_groups"}


@attrs.frozen(kw_only=True)
class PostingLineInput:
    """A line of a document made by hand."""

    kind: LineKind
    text: str = ""
    net: Money
    vat: Money
    gross: Money
    tax_category: TaxCategory = TaxCategory.STANDARD
    vat_percent: Decimal
    energy_kwh: Decimal | None = None
    station_group: StationGroupId | None = None
    site: SiteId | None = None
    user_group: UserGroupId | None = None
    user_cost_centre: str = ""
    site_cost_centre: str = ""

    def line(self) -> PostingLine:
        fields = {one.name: getattr(self, one.name) for one in attrs.fields(type(self))}
        kwh = fields.pop("energy_kwh")
        return PostingLine(**fields, energy=None if kwh is None else Energy.parse_kwh(kwh))


@attrs.frozen(kw_only=True)
class PostingInput:
    """A document made by hand; totals that are left out are the sums of the lines."""

    ledger: LedgerId
    document_kind: DocumentKind
    document_number: str
    document_date: date
    supply_date: date | None = None
    due_date: date | None = None
    text: str = ""
    partner_account: str = ""
    session: SessionId | None = None
    lines: tuple[PostingLineInput, ...]
    totals: Amounts | None = None


@attrs.frozen(kw_only=True)
class SessionPostingInput:
    """Which rated session to post to which ledger."""

    ledger: LedgerId
    session: SessionId


@attrs.frozen(kw_only=True)
class PostingReversalInput:
    """Which posting to reverse, by a document of which number and date."""

    posting: PostingId
    document_number: str
    document_date: date


@attrs.frozen(kw_only=True)
class RepostingInput:
    """Of which posting to post the rejected lines anew."""

    posting: PostingId


@attrs.frozen(kw_only=True)
class Nothing:
    """No further fields."""


@contextmanager
def _pointed(at: str) -> Iterator[None]:
    """Tell a refusal of values by the place that it is about."""
    try:
        yield
    except Invalid as error:
        steps = filter(None, str(getattr(error, "field", "")).split("."))
        place = at + "".join(map(step, steps))
        raise MalformedBody((Flaw(place or "/", error.code, told(error)),)) from error


async def _create(call: Call, work: Any) -> Answer:
    wanted = read(call.json(), PostingInput)
    ledger = await _ledger(wanted.ledger, work)
    lines = []
    for place, line in enumerate(wanted.lines):
        with _pointed(f"/lines/{place}"):
            lines.append(line.line())
    await _require_references(wanted, ledger, call, work)
    await _require_release(wanted, call, work)
    with _pointed(""):
        posting = _posting(wanted, tuple(lines), ledger, call)
        made = await post(posting, ledger=ledger, work=work)
    return _made(call, made)


def _posting(wanted: PostingInput, lines: tuple[PostingLine, ...], ledger: Ledger, call: Call) -> Posting:
    now = call.clock.now()
    fields = {one.name: getattr(wanted, one.name) for one in attrs.fields(PostingInput)}
    totals = wanted.totals or sum_of(lines, ledger.currency if not lines else lines[0].net.currency)
    return Posting(
        **{**fields, "lines": lines, "totals": totals},
        id=PostingId(call.services.ids.uuid7(now)),
        tenant=ledger.tenant,
        created_at=now,
        updated_at=now,
    )


async def _ledger(id: LedgerId, work: Any) -> Ledger:
    try:
        found: Ledger = await work.ledgers.get(id)
    except NotFound as error:
        raise MalformedBody((Flaw("/ledger", error.code, told(error)),)) from error
    return found


async def _require_references(wanted: PostingInput, ledger: Ledger, call: Call, work: Any) -> None:
    """What a document names must exist, and be of the ledger's own line of tenants: else what belongs to one
    company would stand in the books of another one that a caller above both sees as well."""
    flaws, known = [], set()
    asked = [
        (f"/lines/{place}/{field}", port, getattr(line, field))
        for place, line in enumerate(wanted.lines)
        for field, port in _REFERENCES.items()
    ]
    for at, port, id in [*asked, ("/session", "sessions", wanted.session)]:
        if id is None or (port, id) in known:
            continue
        try:
            named = await getattr(work, port).get(id)
            known.add((port, id))
            if not await _is_in_line(named.tenant, ledger, call):
                flaws.append(Flaw(at, "foreign-reference", "belongs to another tenant"))
        except NotFound as error:
            flaws.append(Flaw(at, error.code, told(error)))
    if flaws:
        raise MalformedBody(tuple(flaws))


async def _is_in_line(tenant: TenantId, ledger: Ledger, call: Call) -> bool:
    """Whether a tenant is the ledger's own, above it or below."""
    here, there = [await call.services.path_of(one) for one in (ledger.tenant, tenant)]
    return here.startswith(there) or there.startswith(here)


async def _require_release(wanted: PostingInput, call: Call, work: Any) -> None:
    """A document takes the place of a session that is held: who may close a batch may say so, not everybody
    who posts."""
    if wanted.session is None:
        return
    rating = await work.rated_sessions.find(wanted.session)
    if rating is not None and not rating.billable:
        call.require("postings:close")


def _made(call: Call, posting: Posting) -> Answer:
    answer = tagged(call, posting_view(posting), posting.version)
    location = {"Location": f"/v1/postings/{shown('pst', posting.id)}"}
    return attrs.evolve(answer, status=201, headers={**answer.headers, **location})


async def _create_of_session(call: Call, work: Any) -> Answer:
    wanted = read(call.json(), SessionPostingInput)
    ledger = await _ledger(wanted.ledger, work)
    try:
        with _pointed(""):
            session = await work.sessions.get(wanted.session)
            if not await _is_in_line(session.tenant, ledger, call):
                raise MalformedBody((Flaw("/session", "foreign-reference", "belongs to another tenant"),))
            posting = await post_session(
                wanted.session, ledger=ledger, work=work, at=call.clock.now(), ids=call.services.ids
            )
    except NotFound as error:
        raise MalformedBody((Flaw("/session", error.code, told(error)),)) from error
    return _made(call, posting)


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.postings, posting_view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.postings.get(_id(call))
    return tagged(call, posting_view(found), found.version)


async def _withdraw(call: Call) -> Answer:
    async with call.services.transactions(call.scope) as work:
        gone = await withdraw(_id(call), work=work, at=call.clock.now())
    return Answer(content=posting_view(gone))


async def _attach(call: Call, work: Any) -> Answer:
    id = _id(call)
    await work.postings.get(id)
    body = call.json()
    # Longer than the texts of other bodies; all else is refused as everywhere.
    content = body.pop("content", None)
    read(body, Nothing)
    try:
        kept = await attach(id, _pdf(content), work=work, at=call.clock.now())
    except DocumentRefused as error:
        raise MalformedBody((Flaw("/content", error.code, told(error)),)) from error
    return _made(call, kept)


def _pdf(content: object) -> bytes:
    """What base64 says; nothing where it is none."""
    try:
        return base64.b64decode(content, validate=True) if isinstance(content, str) else b""
    except ValueError:
        return b""


async def _explain(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        posting = await work.postings.get(_id(call))
        path = await call.services.path_of(posting.tenant)
        explanation = await explanation_of(posting, path=path, work=work, elsewhere=asyncio.to_thread)
    return Answer(content=await asyncio.to_thread(explanation_view, posting, explanation))


async def _reverse(call: Call, work: Any) -> Answer:
    wanted = read(call.json(), PostingReversalInput)
    await _named(wanted.posting, work)
    with _pointed(""):
        reversal = await reverse(
            wanted.posting,
            number=wanted.document_number,
            on=wanted.document_date,
            work=work,
            at=call.clock.now(),
            ids=call.services.ids,
        )
    return _made(call, reversal)


async def _post_anew(call: Call, work: Any) -> Answer:
    wanted = read(call.json(), RepostingInput)
    await _named(wanted.posting, work)
    again = await post_anew(wanted.posting, work=work, at=call.clock.now(), ids=call.services.ids)
    return _made(call, again)


async def _named(id: PostingId, work: Any) -> None:
    try:
        await work.postings.get(id)
    except NotFound as error:
        raise MalformedBody((Flaw("/posting", error.code, told(error)),)) from error


def _id(call: Call) -> PostingId:
    return PostingId(parse_id("pst", call.path["id"]))


def taken(kind: type[Any]) -> dict[str, Any]:
    """The schema of a body."""
    schema = schema_of(kind)
    required = [one.name for one in attrs.fields(kind) if one.default is attrs.NOTHING]
    return schema | {"required": required}


_DOCUMENT = {
    "title": "PostingDocumentInput",
    "type": "object",
    "properties": {
        "content": {"type": "string", "contentEncoding": "base64", "contentMediaType": "application/pdf"}
    },
    "required": ["content"],
    "additionalProperties": False,
}
_LINES = {"type": "array", "items": taken(PostingLineInput), "minItems": 1, "maxItems": 500}
_INPUT = taken(PostingInput)
_INPUT["properties"] = _INPUT["properties"] | {"lines": _LINES}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    def once(
        effect: Callable[[Call, Any], Awaitable[Answer]], *, required: bool = False
    ) -> Callable[[Call], Awaitable[Answer]]:
        async def handle(call: Call) -> Answer:
            return await idempotency.run(call, lambda work: effect(call, work), required=required)

        return handle

    at, one, write = "/v1/postings", "/v1/postings/{id}", "postings:write"
    key, needed = {"Idempotency-Key": KEY}, {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    return [
        Endpoint(method="GET", path=at, operation="postings_list", summary="List postings",
                 scope="postings:read", handle=_list, gives=list_schema(POSTING),
                 query=parameters(FILTERS)),
        Endpoint(method="POST", path=at, operation="postings_create",
                 summary="Post a document made by hand", scope=write, handle=once(_create), takes=_INPUT,
                 gives=POSTING, status=201, headers=key),
        Endpoint(method="POST", path="/v1/session-postings", operation="session_postings_create",
                 summary="Post a rated session that has no document", scope=write,
                 handle=once(_create_of_session), takes=taken(SessionPostingInput), gives=POSTING, status=201,
                 headers=key),
        Endpoint(method="GET", path=one, operation="postings_get", summary="Read a posting",
                 scope="postings:read", handle=_get, gives=POSTING, names="pst"),
        Endpoint(method="DELETE", path=one, operation="postings_withdraw",
                 summary="Withdraw a posting that is in no closed batch", scope=write, handle=_withdraw,
                 gives=POSTING, names="pst"),
        Endpoint(method="POST", path=f"{one}/documents", operation="postings_attach",
                 summary="Keep the document itself of a posting, a PDF", scope=write, handle=once(_attach),
                 takes=_DOCUMENT, gives=POSTING, status=201, names="pst", headers=key),
        Endpoint(method="GET", path=f"{one}/explanation", operation="postings_explain",
                 summary="Explain which accounts the lines of a posting go to", scope="postings:read",
                 handle=_explain, gives=EXPLANATION, names="pst"),
        Endpoint(method="POST", path="/v1/posting-reversals", operation="posting_reversals_create",
                 summary="Reverse a posting of a closed batch", scope=write,
                 handle=once(_reverse, required=True), takes=taken(PostingReversalInput), gives=POSTING,
                 status=201, headers=needed),
        Endpoint(method="POST", path="/v1/repostings", operation="repostings_create",
                 summary="Post the rejected lines of a posting anew", scope=write,
                 handle=once(_post_anew, required=True), takes=taken(RepostingInput), gives=POSTING,
                 status=201, headers=needed),
    ]  # fmt: skip
