"""Posting batches over HTTP: opened, closed, exported, acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import listed, page_of, parameters
from emobility_app.http.postings import taken
from emobility_app.http.schemas import list_schema, objects, schema_of
from emobility_app.http.tags import tagged
from emobility_app.problems import IdempotencyKeyRequired
from emobility_app.wire import Flaw, MalformedBody, read, told, wire
from emobility_core.accounting import (
    BatchStatus,
    ExportedFile,
    LineAnswer,
    PostingBatch,
    PostingExport,
    UnknownExportFormat,
    accept_rest,
    acknowledge,
    close_batch,
    collect,
    content_of,
    keep_export,
    rendered,
)
from emobility_core.errors import NotFound
from emobility_core.ids import LedgerId, PostingBatchId, PostingExportId, PostingId, parse_id, shown

FILTERS: dict[str, Any] = {"ledger": LedgerId, "status": BatchStatus}
EXPORT_FILTERS: dict[str, Any] = {"batch": PostingBatchId, "format": str}
MOST_ANSWERS = 5_000
Effect = Callable[[Call, Any], Awaitable[Answer]]


@attrs.frozen(kw_only=True)
class PostingBatchInput:
    """A batch to open. It takes the `postings` named, or all that are ready up to `until`."""

    ledger: LedgerId
    text: str = attrs.field(default="", validator=attrs.validators.max_len(200))
    until: date | None = None
    postings: tuple[PostingId, ...] | None = None


@attrs.frozen(kw_only=True)
class PostingAdditionInput:
    """What to add to an open batch: the `postings` named, or all that are ready up to `until`."""

    until: date | None = None
    postings: tuple[PostingId, ...] | None = None


@attrs.frozen(kw_only=True)
class PostingClosingInput:
    """What is asked needs no more to be said."""


@attrs.frozen(kw_only=True)
class PostingExportInput:
    """In which format."""

    format: str


@attrs.frozen(kw_only=True)
class PostingAnswerInput:
    """What the ERP system said of a line: its `document`, or the `reason` why it took none."""

    posting: PostingId
    line: int = attrs.field(validator=attrs.validators.ge(1))
    accepted: bool
    document: str = attrs.field(default="", validator=attrs.validators.max_len(100))
    reason: str = attrs.field(default="", validator=attrs.validators.max_len(500))


@attrs.frozen(kw_only=True)
class PostingAcknowledgementInput:
    """Answers to lines of one batch. With `rest` all its other lines without an answer were accepted, as this
    document of the ERP system."""

    answers: tuple[PostingAnswerInput, ...] = ()
    rest: str = attrs.field(default="", validator=attrs.validators.max_len(100))


async def _create(call: Call, work: Any) -> Answer:
    wanted, now = read(call.json(), PostingBatchInput), call.clock.now()
    try:
        ledger = await work.ledgers.get(wanted.ledger)
    except NotFound as error:
        raise MalformedBody((Flaw("/ledger", error.code, told(error)),)) from error
    batch = PostingBatch(
        id=PostingBatchId(call.services.ids.uuid7(now)),
        tenant=ledger.tenant,
        created_at=now,
        updated_at=now,
        ledger=ledger.id,
        text=wanted.text,
    )
    await work.posting_batches.add(batch)
    filled, _ = await collect(batch.id, wanted=wanted.postings, until=wanted.until, work=work, at=now)
    answer = tagged(call, _view(filled), filled.version)
    location = {"Location": f"/v1/posting-batches/{shown('pba', filled.id)}"}
    return attrs.evolve(answer, status=201, headers={**answer.headers, **location})


async def _add(call: Call, work: Any) -> Answer:
    id, now = await _known(call, work), call.clock.now()
    wanted = read(call.json(), PostingAdditionInput)
    batch, added = await collect(id, wanted=wanted.postings, until=wanted.until, work=work, at=now)
    return Answer(content={"added": added, "batch": _view(batch)}, status=201)


async def _close(call: Call, work: Any) -> Answer:
    id = await _known(call, work)
    read(call.json(), PostingClosingInput)
    tenant = (await work.posting_batches.get(id)).tenant
    closed = await close_batch(
        id,
        path=await call.services.path_of(tenant),
        exports=call.services.exports,
        work=work,
        at=call.clock.now(),
        ids=call.services.ids,
        elsewhere=asyncio.to_thread,
    )
    return attrs.evolve(tagged(call, _view(closed), closed.version), status=201)


async def _rendered(call: Call) -> tuple[str, ExportedFile | None]:
    """The file, made before anything is locked: what it says of a closed batch does not change. None if it
    was made before."""
    id = _id(call)
    async with call.services.reading(call.scope) as work:
        await work.posting_batches.get(id)
        wanted = read(call.json(), PostingExportInput)
        try:
            export = call.services.exports(wanted.format)
        except UnknownExportFormat as error:
            known = f"must be one of {', '.join(error.known)}"
            raise MalformedBody((Flaw("/format", error.code, known),)) from error
        if await work.posting_exports.find(id, wanted.format) is not None:
            return wanted.format, None
        content = await content_of(id, work=work)
    return wanted.format, await asyncio.to_thread(rendered, content, export)


async def _export(call: Call, format: str, file: ExportedFile | None, work: Any) -> Answer:
    id = _id(call)
    if file is None:
        made = await work.posting_exports.find(id, format)
    else:
        made = await keep_export(
            id, file, format=format, work=work, at=call.clock.now(), ids=call.services.ids
        )
    answer = tagged(call, _export_view(made), made.version)
    location = {"Location": f"/v1/posting-exports/{shown('pex', made.id)}"}
    return attrs.evolve(answer, status=201, headers={**answer.headers, **location})


async def _acknowledge(call: Call, work: Any) -> Answer:
    id, now = await _known(call, work), call.clock.now()
    wanted = read(call.json(), PostingAcknowledgementInput)
    if len(wanted.answers) > MOST_ANSWERS:
        raise MalformedBody((Flaw("/answers", "too-many", f"must be at most {MOST_ANSWERS}"),))
    answers: dict[PostingId, list[LineAnswer]] = {}
    for one in wanted.answers:
        said = LineAnswer(
            line=one.line, accepted=one.accepted, document=one.document, reason=one.reason, at=now
        )
        answers.setdefault(one.posting, []).append(said)
    batch = await acknowledge(id, answers, work=work, at=now, ids=call.services.ids)
    if wanted.rest:
        batch = await accept_rest(id, wanted.rest, work=work, at=now, ids=call.services.ids)
    return attrs.evolve(tagged(call, _view(batch), batch.version), status=201)


async def _known(call: Call, work: Any) -> PostingBatchId:
    """What is not there is told before what is wrong with the body."""
    id = _id(call)
    await work.posting_batches.get(id)
    return id


async def _list(call: Call) -> Answer:
    page = page_of(call, FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.posting_batches, _view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.posting_batches.get(_id(call))
    return tagged(call, _view(found), found.version)


async def _list_exports(call: Call) -> Answer:
    page = page_of(call, EXPORT_FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.posting_exports, _export_view)


async def _get_export(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.posting_exports.get(_export_id(call))
    return tagged(call, _export_view(found), found.version)


async def _content(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.posting_exports.get(_export_id(call))
        content = await work.posting_exports.content(found.id)

    async def whole() -> AsyncIterator[bytes]:
        yield content

    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "X-Content-SHA256": found.sha256,
    }
    return Answer(stream=whole(), media_type="application/octet-stream", headers=headers)


def _id(call: Call) -> PostingBatchId:
    return PostingBatchId(parse_id("pba", call.path["id"]))


def _export_id(call: Call) -> PostingExportId:
    return PostingExportId(parse_id("pex", call.path["id"]))


def _view(batch: PostingBatch) -> dict[str, Any]:
    view: dict[str, Any] = wire.unstructure(batch)
    del view["external_ids"]
    return view


def _export_view(export: PostingExport) -> dict[str, Any]:
    view: dict[str, Any] = wire.unstructure(export)
    del view["external_ids"]
    return view


def _shown(kind: type[Any]) -> dict[str, Any]:
    properties: dict[str, Any] = schema_of(kind)["properties"]
    return objects(
        {name: one for name, one in properties.items() if name != "external_ids"}, title=kind.__name__
    )


_BATCH, _EXPORT = _shown(PostingBatch), _shown(PostingExport)
_ADDED = objects({"added": {"type": "integer"}, "batch": _BATCH}, title="PostingsAdded")
_ANSWERS = {"type": "array", "items": taken(PostingAnswerInput), "maxItems": MOST_ANSWERS}
_ACKNOWLEDGEMENT = taken(PostingAcknowledgementInput)
_ACKNOWLEDGEMENT["properties"] = _ACKNOWLEDGEMENT["properties"] | {"answers": _ANSWERS}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    def once(effect: Effect, *, required: bool = False) -> Callable[[Call], Awaitable[Answer]]:
        async def handle(call: Call) -> Answer:
            return await idempotency.run(call, lambda work: effect(call, work), required=required)

        return handle

    async def export(call: Call) -> Answer:
        if "idempotency-key" not in call.headers:
            raise IdempotencyKeyRequired()
        format, file = await _rendered(call)
        return await idempotency.run(call, lambda work: _export(call, format, file, work), required=True)

    at, one = "/v1/posting-batches", "/v1/posting-batches/{id}"
    files, file = "/v1/posting-exports", "/v1/posting-exports/{id}"
    key, needed = {"Idempotency-Key": KEY}, {"Idempotency-Key": attrs.evolve(KEY, required=True)}
    return [
        Endpoint(method="GET", path=at, operation="posting_batches_list", summary="List posting batches",
                 scope="postings:read", handle=_list, gives=list_schema(_BATCH), query=parameters(FILTERS)),
        Endpoint(method="POST", path=at, operation="posting_batches_create", summary="Open a posting batch",
                 scope="postings:write", handle=once(_create), takes=taken(PostingBatchInput), gives=_BATCH,
                 status=201, headers=key),
        Endpoint(method="GET", path=one, operation="posting_batches_get", summary="Read a posting batch",
                 scope="postings:read", handle=_get, gives=_BATCH, names="pba"),
        Endpoint(method="POST", path=f"{one}/additions", operation="posting_batches_add",
                 summary="Add postings to an open posting batch", scope="postings:write", handle=once(_add),
                 takes=taken(PostingAdditionInput), gives=_ADDED, status=201, names="pba", headers=key),
        Endpoint(method="POST", path=f"{one}/closings", operation="posting_batches_close",
                 summary="Close a posting batch for good", scope="postings:close",
                 handle=once(_close, required=True), takes=taken(PostingClosingInput), gives=_BATCH,
                 status=201, names="pba", headers=needed),
        Endpoint(method="POST", path=f"{one}/exports", operation="posting_batches_export",
                 summary="Export a closed posting batch as a file", scope="postings:write", handle=export,
                 takes=taken(PostingExportInput), gives=_EXPORT, status=201, names="pba", headers=needed),
        Endpoint(method="POST", path=f"{one}/acknowledgements", operation="posting_batches_acknowledge",
                 summary="Tell what the ERP system said of lines of a posting batch", scope="postings:write",
                 handle=once(_acknowledge, required=True), takes=_ACKNOWLEDGEMENT, gives=_BATCH, status=201,
                 names="pba", headers=needed),
        Endpoint(method="GET", path=files, operation="posting_exports_list", summary="List exported files",
                 scope="postings:read", handle=_list_exports, gives=list_schema(_EXPORT),
                 query=parameters(EXPORT_FILTERS)),
        Endpoint(method="GET", path=file, operation="posting_exports_get", summary="Read about an export",
                 scope="postings:read", handle=_get_export, gives=_EXPORT, names="pex"),
        Endpoint(method="GET", path=f"{file}/content", operation="posting_exports_content",
                 summary="Download an exported file", scope="postings:read", handle=_content,
                 gives={"type": "string", "format": "binary"}, names="pex",
                 media_type="application/octet-stream"),
    ]  # fmt: skip
