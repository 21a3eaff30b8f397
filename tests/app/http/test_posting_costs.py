"""What takes its time for many lines is reckoned beside the loop, and is not done twice."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs

from emobility_app.posting_formats import ExportFormats
from emobility_core.accounting import CsvExport, ExportFlaw, Posting
from emobility_core.ids import PostingBatchId
from emobility_core.work import Scope
from tests.app.http.bare import Bare
from tests.app.http.books import invoice, line


@attrs.frozen
class Noting(CsvExport):
    """Notes in which threads it is asked about postings; it can show none."""

    threads: list[int] = attrs.field(factory=list)

    def flaws(self, postings: Sequence[Posting], settings: Mapping[str, str]) -> list[ExportFlaw]:
        self.threads.append(threading.get_ident())
        return [ExportFlaw(posting=one.id, field="text", detail="is not nice") for one in postings]


async def test_the_worklist_is_reckoned_in_another_thread(bare: Bare) -> None:
    noting = Noting(name="noting")
    async with bare.http(exports=ExportFormats({"noting": lambda: noting}).get) as http:
        ledger = (await http.post("/v1/ledgers", json={"name": "main", "exports": {"noting": {}}})).json()
        rule = {"name": "All", "account": "1410", "contra_account": "8400"}
        await http.post("/v1/account-rules", json=rule)
        for number in range(3):
            made = await http.post("/v1/postings", json=invoice(ledger, f"RE-{number}", line(), line()))
            assert made.status_code == 201, made.text
        pages = [(await http.get("/v1/posting-worklist", params={"limit": "2"})).json()]
        while pages[-1]["next_cursor"]:
            after = {"limit": "2", "cursor": pages[-1]["next_cursor"]}
            pages.append((await http.get("/v1/posting-worklist", params=after)).json())
    shown = [one["posting"]["document_number"] for page in pages for one in page["data"]]
    assert shown == ["RE-0", "RE-1", "RE-2"]
    assert noting.threads
    assert threading.get_ident() not in noting.threads


@attrs.frozen
class _Watched:
    """A unit of work, or its postings; notes of which batches the postings were read."""

    real: Any
    read: list[PostingBatchId]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @property
    def postings(self) -> Any:
        return _Watched(self.real.postings, self.read)

    async def of_batch(self, batch: PostingBatchId, **asked: Any) -> list[Posting]:
        self.read.append(batch)
        found: list[Posting] = await self.real.of_batch(batch, **asked)
        return found


async def test_a_file_that_was_made_before_is_found_without_reading_its_batch(bare: Bare) -> None:
    read: list[PostingBatchId] = []

    @asynccontextmanager
    async def reading(scope: Scope) -> AsyncIterator[Any]:
        async with bare.services.reading(scope) as work:
            yield _Watched(work, read)

    made, reads = [], []
    async with bare.http(reading=reading) as http:
        ledger = (await http.post("/v1/ledgers", json={"name": "main"})).json()
        rule = {"name": "All", "account": "1410", "contra_account": "8400"}
        await http.post("/v1/account-rules", json=rule)
        await http.post("/v1/postings", json=invoice(ledger, "RE-1"))
        batch = (await http.post("/v1/posting-batches", json={"ledger": ledger["id"]})).json()
        own = f"/v1/posting-batches/{batch['id']}"
        await http.post(f"{own}/closings", json={}, headers={"Idempotency-Key": "close"})
        for key in ("first", "second"):
            told = await http.post(
                f"{own}/exports", json={"format": "json"}, headers={"Idempotency-Key": key}
            )
            assert told.status_code == 201, told.text
            made.append(told.json())
            reads.append(len(read))
    assert made[0] == made[1]
    assert reads[0] == reads[1] > 0
