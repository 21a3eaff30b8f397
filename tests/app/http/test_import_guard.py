"""Files that state the whole: what they leave out is switched off, a few at a time, more when confirmed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import httpx
import pytest

from emobility_adapters.memory import MemoryFiles
from tests.app.http.bare import Bare
from tests.app.http.house import House, Json
from tests.app.http.importing import imported, lines, send, table, worked
from tests.app.http.refusals import refused

WHOLE: Json = {"kind": "tokens", "deactivate_missing": "true"}


def cards(*numbers: int) -> list[Json]:
    return [{"external_id": str(number), "id_tag": f"04{number:04}"} for number in numbers]


async def blocked(served: House) -> set[str]:
    listed = await served.get("/v1/tokens", blocked="true", limit="200")
    return {one["id_tag"] for one in listed["data"]}


async def test_more_than_a_tenth_is_switched_off_only_when_the_figure_is_confirmed(served: House) -> None:
    await imported(served, table(*cards(*range(24))), kind="tokens")
    await served.add_card("04OTHERS")
    file = table(*cards(*range(12), 30))
    for confirmed in (Json(), {"confirm_deactivations": "11"}):
        refusal = await imported(served, file, **WHOLE, **confirmed)
        assert (refusal.operation["status"], refusal.operation["error"]) == ("failed", "mass-deactivation")
        assert refusal.shown["problem"] == "mass-deactivation"
        assert refusal.counts == {"rows": 13, "missing": 12, "known": 24}
        assert "missing=12" in refusal.operation["result"]["detail"]
    assert await blocked(served) == set()
    assert len((await served.get("/v1/tokens", limit="200"))["data"]) == 25  # nor is anything new

    dry = await imported(served, file, dry_run="true", **WHOLE)
    assert dry.counts == {
        "rows": 13, "created": 1, "unchanged": 12, "deactivated": 12, "missing": 12, "known": 24,
    }  # fmt: skip
    assert await blocked(served) == set()

    done = await imported(served, file, confirm_deactivations="12", **WHOLE)
    assert (done.counts["deactivated"], done.operation["status"]) == (12, "succeeded")
    assert await blocked(served) == {f"04{number:04}" for number in range(12, 24)}
    assert [line["row"] for line in done.report].count(None) == 12
    await served.heard("token.blocked")
    again = await imported(served, file, **WHOLE)
    assert again.counts == {"rows": 13, "unchanged": 13, "known": 13}


async def test_where_a_row_is_refused_nothing_is_switched_off(served: House) -> None:
    """It may be the very one that seems to be missing."""
    await imported(served, table(*cards(1, 2, 3)), kind="tokens")
    broken = lines(*cards(1, 2), {"external_id": 3})
    held = await imported(served, broken, media_type="application/x-ndjson", **WHOLE)
    assert held.counts == {"rows": 3, "unchanged": 2, "refused": 1, "missing": 1, "known": 3}
    assert await blocked(served) == set()
    assert (await imported(served, table(*cards(1, 2)), **WHOLE)).counts["deactivated"] == 1
    assert await blocked(served) == {"040003"}


async def test_contracts_end_now_and_others_have_no_switch(served: House) -> None:
    customer = (await served.post("/v1/customers", {"name": "Ada"}))["id"]
    rows = [{"external_id": str(n), "number": str(n), "customer": customer} for n in (1, 2)]
    await imported(served, table(*rows), kind="contracts")
    done = await imported(served, table(rows[0]), kind="contracts", deactivate_missing="true")
    assert done.counts["deactivated"] == 1
    one, two = (await served.get("/v1/contracts"))["data"]
    assert one["validity"]["until"] is None
    assert two["validity"]["until"] is not None
    again = await imported(served, table(rows[0]), kind="contracts", deactivate_missing="true")
    assert again.counts == {"rows": 1, "unchanged": 1, "known": 1}
    refused(await send(served.http, table(rows[0]), deactivate_missing="true"), 400, "malformed-request")


async def test_what_another_tenant_or_system_has_named_is_left_alone(served: House) -> None:
    other = await served.post("/v1/tenants", {"name": "Other"})
    theirs = {"Emobility-Tenant": other["id"]}
    await imported(served, table(*cards(1)), kind="tokens")
    await imported(served, table(*cards(2)), kind="tokens", system="crm")
    answer = await send(served.http, table(*cards(3)), kind="tokens", headers=theirs)
    assert answer.status_code == 202
    done = await imported(served, table(*cards(4)), **WHOLE)
    assert done.counts == {"rows": 1, "created": 1, "deactivated": 1, "missing": 1, "known": 1}
    assert await blocked(served) == {"040001"}


async def brought_in(bare: Bare, http: httpx.AsyncClient, *rows: Json, **asked: str) -> Json:
    """A file imported as a whole, unless it is told otherwise: the import at its end."""
    begun = await send(http, table(*rows), **(WHOLE | asked))
    await worked(bare)
    bare.clock.advance(timedelta(seconds=1))
    done: Json = (await http.get(f"/v1/imports/{begun.json()['id']}")).json()
    return done


async def off(http: httpx.AsyncClient) -> set[str]:
    listed = (await http.get("/v1/tokens", params={"blocked": "true"})).json()
    return {one["external_ids"]["sap"] for one in listed["data"]}


async def token(http: httpx.AsyncClient, number: int) -> Json:
    listed = await http.get("/v1/tokens", params={"external_id": f"sap:{number}"})
    (found,) = listed.json()["data"]
    shown: Json = found
    return shown


async def put(http: httpx.AsyncClient, number: int, system: str = "sap", **body: Any) -> None:
    stated = {"id_tag": f"04{number:04}", **body}
    answer = await http.put(f"/v1/tokens/by-external-id/{system}/{number}", json=stated)
    assert answer.is_success, answer.text


async def test_what_is_made_or_changed_after_a_file_was_sent_is_left_to_the_next(bare: Bare) -> None:
    async with bare.http() as http:
        await brought_in(bare, http, *cards(1, 2, 3))
        begun = await send(http, table(*cards(1)), **WHOLE)
        bare.clock.advance(timedelta(seconds=1))
        await put(http, 9)
        changed = await http.patch(f"/v1/tokens/{(await token(http, 2))['id']}", json={"label": "Hers"})
        assert changed.status_code == 200
        await worked(bare)
        counts = (await http.get(f"/v1/imports/{begun.json()['id']}")).json()["counts"]
        assert (counts["deactivated"], counts["missing"], counts["known"]) == (1, 1, 4)
        assert await off(http) == {"3"}
        await brought_in(bare, http, *cards(1))
        assert await off(http) == {"2", "3", "9"}


class Meanwhile(MemoryFiles):
    """Something happens while the rows are read: after the file was looked at, and gone through once."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._happens = happens
        self._readings = 0

    async def read(self, id: UUID) -> AsyncIterator[bytes]:
        self._readings += 1
        if self._readings == 3:
            await self._happens()
        async for piece in super().read(id):
            yield piece


async def test_no_more_is_switched_off_than_was_counted_before_the_rows_were_read(bare: Bare) -> None:
    """Even where the clock stands still, so that nothing is later than anything."""
    async with bare.http() as plain:
        await brought_in(bare, plain, *cards(1, 2, 3))

        async def named() -> None:
            await put(plain, 9)

        queue = bare.services.transfers
        transfers = attrs.evolve(queue, spool=Meanwhile(named))
        async with bare.http(transfers=transfers) as http:
            begun = await send(http, table(*cards(1)), **WHOLE)
            await worked(attrs.evolve(bare, services=attrs.evolve(bare.services, transfers=transfers)))
        done = (await plain.get(f"/v1/imports/{begun.json()['id']}")).json()
        assert (done["problem"], done["counts"]["deactivated"]) == ("mass-deactivation", 0)
        assert await off(plain) == set()


async def test_a_card_that_a_file_left_out_charges_again_once_it_is_named_again(bare: Bare) -> None:
    async with bare.http() as http:
        await brought_in(bare, http, *cards(1, 2, 3))
        await brought_in(bare, http, *cards(1))
        assert await off(http) == {"2", "3"}
        back = await brought_in(bare, http, *cards(1, 2))
        assert (back["counts"]["changed"], back["counts"]["deactivated"]) == (1, 0)
        assert await off(http) == {"3"}
        await put(http, 3)
        assert await off(http) == set()
        assert (await token(http, 3))["blocked_since"] is None
        again = await brought_in(bare, http, *cards(1, 2, 3))
        assert again["counts"]["unchanged"] == 3


@pytest.mark.parametrize("when", ["before", "after", "anew", "by another system"])
async def test_a_card_that_somebody_else_has_blocked_stays_blocked(bare: Bare, when: str) -> None:
    """A lost one, above all."""
    async with bare.http() as http:
        await brought_in(bare, http, *cards(1, 2), kind="tokens")
        one = f"/v1/tokens/{(await token(http, 2))['id']}"
        if when == "before":
            await http.patch(one, json={"blocked": True})
        await brought_in(bare, http, *cards(1))
        if when == "by another system":
            await http.patch(one, json={"external_ids": {"crm": "2"}})
            crm = [{"external_id": "2", "id_tag": "040002", "blocked": "true"}]
            await brought_in(bare, http, *crm, system="crm", deactivate_missing="false")
        for blocked in {"after": (True,), "anew": (False, True)}.get(when, ()):
            await http.patch(one, json={"blocked": blocked})
        assert await off(http) == {"2"}
        for _ in range(2):
            await brought_in(bare, http, *cards(1, 2))
            assert await off(http) == {"2"}


async def test_a_contract_that_a_file_left_out_runs_on_as_it_did_once_it_is_named_again(bare: Bare) -> None:
    until = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}
    async with bare.http() as http:
        ada = (await http.post("/v1/customers", json={"name": "Ada"})).json()["id"]
        rows = [{"external_id": str(n), "number": str(n), "customer": ada} for n in (1, 2, 3)]
        await brought_in(bare, http, *rows, kind="contracts")
        contracts = (await http.get("/v1/contracts")).json()["data"]
        for contract in contracts:
            one, match = f"/v1/contracts/{contract['id']}", {"If-Match": "*"}
            await http.patch(one, json={"validity": until}, headers=match)
        bare.clock.advance(timedelta(seconds=1))
        await brought_in(bare, http, rows[0], kind="contracts")
        moved = {"validity": {"until": "2026-08-01T00:00:00Z"}}
        await http.patch(f"/v1/contracts/{contracts[2]['id']}", json=moved, headers={"If-Match": "*"})
        await brought_in(bare, http, *rows, kind="contracts")
        ends = [one["validity"]["until"] for one in (await http.get("/v1/contracts")).json()["data"]]
    assert ends == [until["until"], until["until"], "2026-08-01T00:00:00Z"]
