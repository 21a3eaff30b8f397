"""Files that state the whole: what they leave out is switched off, a few at a time, more when confirmed."""

from __future__ import annotations

from tests.app.http.house import House, Json
from tests.app.http.importing import imported, lines, send, table
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
