"""What holds many lines against many rules is reckoned beside the loop: others have their turn meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import attrs

from emobility_app.posting_formats import ExportFormats
from emobility_core.accounting import CsvExport, ExportFlaw, Posting
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
