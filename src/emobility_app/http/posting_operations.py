"""All that the API has of accounting: two kinds of records, and the operations about postings."""

from __future__ import annotations

from emobility_app.http import account_maps, posting_batches, posting_worklist, postings
from emobility_app.http.endpoint import Endpoint
from emobility_app.http.idempotency import Idempotency
from emobility_app.http.ledgers import ACCOUNT_RULES, LEDGERS

RESOURCES = ((LEDGERS, "account-rules"), (ACCOUNT_RULES, "account-rules"))


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    return [
        *account_maps.endpoints(idempotency),
        *postings.endpoints(idempotency),
        *posting_worklist.ENDPOINTS,
        *posting_batches.endpoints(idempotency),
    ]
