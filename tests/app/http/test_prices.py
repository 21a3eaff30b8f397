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


FULL = {
    "currency": "EUR",
    "include_vat": True,
    "vat_percent": "19",
    "per_kwh": "0.49",
    "per_session": "0.35",
    "per_minute": "0",
    "elements": [
        {
            "prices": [{"dimension": "energy", "amount": "0.39", "step": 1, "vat_percent": "7"}],
            "restrictions": {
                "hours": {
                    "since": "22:00",
                    "until": "06:00",
                    "weekdays": ["monday", "sunday"],
                    "first_day": "2026-01-01",
                    "end_day": None,
                    "holidays": {"calendar": "works", "dates": ["2026-07-01"], "count": "except"},
                },
                "min_kwh": "5",
                "max_kwh": None,
                "min_duration_s": None,
                "max_duration_s": 3600,
                "min_power_kw": None,
                "max_power_kw": "50",
                "min_current_a": None,
                "max_current_a": None,
                "power_classes": ["AC", "DC"],
                "connector_types": [],
                "reservation": None,
            },
        }
    ],
    "blocking": {
        "per_minute": "0.10",
        "grace_minutes": 240,
        "basis": "connected",
        "max_per_session": "12.00",
        "max_per_day": None,
        "exempt": [],
        "grace_clock": "pauses",
        "vat_percent": None,
    },
    "periodic": [
        {"amount": "4.99", "cycle": "month", "per": "contract", "pro_rata": "days", "vat_percent": None}
    ],
    "minimum": {"before_tax": None, "after_tax": "1.00"},
    "maximum": None,
    "switching": "interpolated",
}


async def test_all_that_a_tariff_can_say_comes_back_as_it_was_said(served: House) -> None:
    """By the tariff and by its version, read from the database; a simple one keeps its simple prices."""
    tariff = await served.post("/v1/tariffs", {"name": "All", "prices": FULL})
    assert (await served.get(f"/v1/tariffs/{tariff['id']}"))["prices"] == FULL
    (version,) = (await served.get(f"/v1/tariffs/{tariff['id']}/versions"))["data"]
    assert version["prices"] == FULL
    simple = await served.post("/v1/tariffs", {"name": "Simple", "prices": PRICES})
    assert simple["prices"].items() >= PRICES.items()


def test_each_dangerous_right_is_asked_for() -> None:
    at_the_token_endpoint = {"access-tokens:exchange", "access-tokens:introspect"}
    by_operation = {scope for one in api() for scope in (one.scope, *one.also)}
    assert by_operation | at_the_token_endpoint >= DANGEROUS_SCOPES


async def test_a_tariff_is_for_one_place_and_one_kind_of_person(served: House) -> None:
    tariff = await served.post("/v1/tariffs", {"name": "All", "prices": PRICES})
    site = await served.post("/v1/sites", {"name": "Depot"})
    card = await served.add_card()
    body = {
        "tariff": tariff["id"],
        "site": site["id"],
        "power_class": "DC",
        "token": card["id"],
        "validity": {"since": None, "until": "2027-01-01T00:00:00Z"},
    }
    made = await served.post("/v1/tariff-assignments", body)
    assert made.items() >= body.items()
    assert (made["ad_hoc"], made["customer"]) == (False, None)
    for filters in ({"site": site["id"]}, {"token": card["id"]}):
        (found,) = (await served.get("/v1/tariff-assignments", **filters))["data"]
        assert found == made
    tenant = made["tenant"]
    default = await served.post("/v1/tariff-assignments", {"tariff": tariff["id"]})
    counting = (await served.get(f"/v1/tenants/{tenant}/tariffs"))["data"]
    assert [one["assignment"] for one in counting] == [made["id"], default["id"]]
    named = ("site", "power_class", "token", "validity", "ad_hoc")
    assert {name: counting[0][name] for name in named} == {name: made[name] for name in named}
    answer = await served.http.post("/v1/tariff-assignments", json={**body, "ad_hoc": True})
    (flaw,) = refused(answer, 422, "malformed-body")["errors"]
    assert (flaw["pointer"], flaw["code"]) == ("/ad_hoc", "assignment-ambiguous")
    foreign = {"tariff": tariff["id"], "token": "tok_01m8pmfa4re058p920qy5vpzrg"}
    answer = await served.http.post("/v1/tariff-assignments", json=foreign)
    assert answer.status_code == 422, answer.text
