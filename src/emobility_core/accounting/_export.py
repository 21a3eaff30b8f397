"""Exporting: the file of a closed batch is made once in each format, and kept to the byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import attrs

from emobility_core.accounting._batch import PostingBatch
from emobility_core.accounting._canonical import digest_of, digest_of_batch, document_of, written
from emobility_core.accounting._close import require_shown
from emobility_core.accounting._pieces import pieces_of
from emobility_core.accounting._ports import (
    AccountingWork,
    BatchContent,
    ErpExport,
    ExportedFile,
    PostingExport,
)
from emobility_core.accounting._posting import Posting
from emobility_core.errors import Conflict
from emobility_core.ids import Ids, PostingBatchId, PostingExportId, PostingId
from emobility_core.instants import Instant
from emobility_core.work import Scope

Reading = Callable[[Scope], AbstractAsyncContextManager[AccountingWork]]


@attrs.frozen
class BatchNotWhole(Conflict):
    """What stands in a closed batch is not what its digest was taken of: somebody changed the database.

    Remedy: compare it with a backup or with a file that was exported before, and put back what was closed.
    """

    code = "batch-not-whole"
    posting_batch: PostingBatchId


async def content_of(id: PostingBatchId, *, work: AccountingWork) -> BatchContent:
    """All that a file of a closed batch may say; raise `BatchNotClosed`."""
    batch = await work.posting_batches.get(id)
    batch.require_closed()
    ledger = await work.ledgers.get(batch.ledger)
    postings: list[Posting] = []
    documents: dict[PostingId, bytes] = {}
    async for piece in pieces_of(id, work=work):
        postings += piece
        documents |= await work.postings.documents([one.id for one in piece if one.file is not None])
    return BatchContent(ledger=ledger, batch=batch, postings=tuple(postings), documents=documents)


def _require_whole(batch: PostingBatch, postings: Sequence[Posting]) -> None:
    documents = (written(document_of(one)) for one in postings)
    if len(postings) != batch.postings or digest_of_batch(batch, documents) != batch.digest:
        raise BatchNotWhole(batch.id)


def rendered(content: BatchContent, export: ErpExport) -> ExportedFile:
    """The file by the settings that the ledger has for the format.

    It takes its time for a long batch. Raises `BatchNotWhole`, `ExportSettingsRefused`, and
    `UnexportableBatch` for what the format cannot show: one that the ledger did not have when the batch was
    closed has not looked at it before.
    """
    _require_whole(content.batch, content.postings)
    settings = content.ledger.settings_of(export.name)
    export.check(settings)
    require_shown(export.name, export.flaws(content.postings, settings))
    return export.render(content, settings)


async def keep_export(
    id: PostingBatchId, file: ExportedFile, *, format: str, work: AccountingWork, at: Instant, ids: Ids
) -> PostingExport:
    """Keep the file of a batch, which counts as exported from now on; if there is one in the format, that one
    stays."""
    batch = await work.posting_batches.get_for_change(id)
    known = await work.posting_exports.find(id, format)
    if known is not None:
        return known
    made = PostingExport(
        id=PostingExportId(ids.uuid7(at)),
        tenant=batch.tenant,
        created_at=at,
        updated_at=at,
        batch=id,
        format=format,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        sha256=digest_of(file.content),
    )
    await work.posting_exports.keep(made, file.content)
    after = batch.exported(at)
    if after is not batch:
        await work.posting_batches.replace(after)
    return made
