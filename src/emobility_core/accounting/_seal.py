"""The rules that a batch was closed by, kept with it: by these it is explained, not by today's."""

from __future__ import annotations

from functools import partial

import attrs

from emobility_core.accounting._batch import PostingBatch
from emobility_core.accounting._canonical import digest_of, rules_told
from emobility_core.accounting._close import explain, rules_at
from emobility_core.accounting._export import BatchNotWhole
from emobility_core.accounting._pieces import Elsewhere, here
from emobility_core.accounting._ports import AccountingWork, BatchSeal
from emobility_core.accounting._posting import Posting
from emobility_core.accounting._rule import AccountExplanation
from emobility_core.instants import Instant


@attrs.frozen(kw_only=True)
class PostingExplanation:
    """Why the lines of a posting go where they go: by the rules as they were `as_of` its closing, None for
    those of today."""

    lines: tuple[AccountExplanation, ...]
    as_of: Instant | None


async def explanation_of(
    posting: Posting, *, path: str, work: AccountingWork, elsewhere: Elsewhere = here
) -> PostingExplanation:
    """Explain a posting of the tenant at `path`; raise `BatchNotWhole` if its sealed rules were changed."""
    ledger = await work.ledgers.get(posting.ledger)
    if not posting.loose and posting.batch is not None:
        seal = await work.posting_batches.seal_of(posting.batch)
        if seal is not None:
            batch = await work.posting_batches.get(posting.batch)
            if not is_whole(seal, batch):
                raise BatchNotWhole(batch.id)
            lines = await elsewhere(partial(explain, posting, ledger=seal.ledger, rules=seal.rules))
            return PostingExplanation(lines=tuple(lines), as_of=batch.closed_at)
    rules = await rules_at(path, work=work)
    lines = await elsewhere(partial(explain, posting, ledger=ledger.name, rules=rules))
    return PostingExplanation(lines=tuple(lines), as_of=None)


def is_whole(seal: BatchSeal, batch: PostingBatch) -> bool:
    """Whether the rules are those that the digest of the batch covers."""
    return digest_of(rules_told(seal.ledger, seal.rules)) == batch.rules_digest
