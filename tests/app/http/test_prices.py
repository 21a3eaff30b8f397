"""Prices over HTTP: what people pay is said by those alone who may publish it."""

from __future__ import annotations

from emobility_app.http.app import api
from emobility_core.identity import DANGEROUS_SCOPES
from tests.app.http.callers import Callers
from tests.app.http.house import PRICES, House
from tests.app.http.refusals import refused


async def test_prices_and_for_whom_they_count_need_a_right_of_their_own(
    served: House, callers: Callers
) -> None:
    tariff = await served.post("/v1/tariffs", {"name": "All", "prices": PRICES})
    at, match = f"/v1/tariffs/{tariff['id']}", {"If-Match": "*"}
    writing = await callers.signed_in("tariffs:read", "tariffs:write")
    for answer in (
        await writing.post("/v1/tariffs", json={"name": "Mine", "prices": PRICES}),
        await writing.patch(at, json={"prices": PRICES | {"per_kwh": "9.99"}}, headers=match),
        await writing.post("/v1/tariff-assignments", json={"tariff": tariff["id"]}),
    ):
        assert refused(answer, 403, "missing-scope")["fields"] == {"scope": "tariffs:publish"}
    who = {"actor": f"client:{(await writing.get('/v1/me')).json()['client']}"}
    for operation in ("tariffs_create", "tariffs_change", "tariff_assignments_create"):
        why = await served.get("/v1/access-explanations", operation=operation, **who)
        assert (why["allowed"], why["refusal"]["code"]) == (False, "missing-scope")
    publishing = await callers.signed_in("tariffs:read", "tariffs:write", "tariffs:publish")
    dearer = await publishing.patch(at, json={"prices": PRICES | {"per_kwh": "0.49"}}, headers=match)
    assert dearer.status_code == 200, dearer.text
    made = await publishing.post("/v1/tariff-assignments", json={"tariff": tariff["id"]})
    assert made.status_code == 201, made.text


def test_each_dangerous_right_is_asked_for() -> None:
    at_the_token_endpoint = {"access-tokens:exchange", "access-tokens:introspect"}
    by_operation = {scope for one in api() for scope in (one.scope, *one.also)}
    assert by_operation | at_the_token_endpoint >= DANGEROUS_SCOPES
