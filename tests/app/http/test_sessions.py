"""Sessions that really charged, as an ERP reads them: exact energy, exact cost, every reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.adapters.ocpp.wire import WireStation
from tests.app.http.house import CARD, House, Json

NET = {"per_kwh": "0.3277", "per_session": "0.4201", "per_minute": "0.0126", "include_vat": False}


async def _start(served: House, line: WireStation, minutes_ago: float = 60, **changes: Any) -> int:
    start = {"connectorId": 1, "idTag": CARD, "meterStart": 1000, "timestamp": served.ago(minutes_ago)}
    return int((await line.call("StartTransaction", {**start, **changes}))["transactionId"])


async def _stop(served: House, line: WireStation, number: int, **changes: Any) -> None:
    stop = {"transactionId": number, "meterStop": 18_000, "timestamp": served.ago(1.5)}
    await line.call("StopTransaction", {**stop, **changes})


async def _values(served: House, line: WireStation, number: int, *registers: str) -> None:
    samples = [
        {"timestamp": served.ago(50 - n), "sampledValue": [{"value": register}]}
        for n, register in enumerate(registers)
    ]
    await line.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": samples})


async def _charged(served: House, **prices: Any) -> Json:
    """A priced session of 17 kWh in 58 and a half minutes, as the API reads it."""
    await served.add_card()
    await served.add_tariff(prices or None)
    async with served.station() as (_, line):
        number = await _start(served, line)
        await _values(served, line, number, "5000", "9000.5")
        await _stop(served, line, number)
        rated = await served.heard("session.rated")
    return await served.get(f"/v1/sessions/{rated['subject']}")


async def test_a_session_is_read_with_exact_energy_and_what_it_costs(served: House) -> None:
    session = await _charged(served)
    assert (session["status"], session["stop_reason"], session["doubts"]) == ("ended", "Local", [])
    assert (session["meter_start_kwh"], session["meter_stop_kwh"]) == ("1.000", "18.000")
    assert session["energy_kwh"] == "17.000"
    cost = session["cost"]
    assert [(line["component"], line["quantity"], line["unit_price"]) for line in cost["lines"]] == [
        ("energy", "17.000", "0.39"),
        ("session", "1", "0.50"),
        ("time", "59", "0.015"),
    ]
    # 6.63 + 0.50 + 0.885, rounded once.
    assert cost["total"] == {"amount": "8.02", "currency": "EUR"}
    assert (cost["status"], cost["billable"]) == ("rated", False)
    assert cost["reasons"] == ["measurement-not-verified"]


@pytest.mark.parametrize("prices", [{}, NET, {"per_kwh": "0.333"}, {"per_kwh": "1.10", "currency": "CHF"}])
async def test_lines_add_up_to_the_total_with_its_vat(served: House, prices: Json) -> None:
    cost = (await _charged(served, **prices))["cost"]
    exact = sum(Decimal(line["amount"]) for line in cost["lines"])
    assert exact == Decimal(cost["lines_total"])
    assert all(
        Decimal(line["quantity"]) * Decimal(line["unit_price"]) == Decimal(line["amount"])
        for line in cost["lines"]
    )
    net, vat, total = (Decimal(cost[name]["amount"]) for name in ("net", "vat", "total"))
    assert net + vat == total
    basis = total if cost["prices_include_vat"] else net
    assert sum(Decimal(line["rounded"]["amount"]) for line in cost["lines"]) == basis
    assert {cost[name]["currency"] for name in ("net", "vat", "total")} == {prices.get("currency", "EUR")}


async def test_each_line_has_its_window_and_its_taxes(served: House) -> None:
    """Two VAT rates, neither of which stands for the whole; and a fee from when the register stood still."""
    fee = {"dimension": "session", "amount": "1.07", "vat_percent": "7"}
    blocking = {"per_minute": "0.10", "grace_minutes": 10, "basis": "after_charging"}
    await served.add_card()
    await served.add_tariff({"per_kwh": "0.50", "elements": [{"prices": [fee]}], "blocking": blocking})
    async with served.station() as (_, line):
        number = await _start(served, line)
        await _values(served, line, number, "18000")
        await _stop(served, line, number)
        session = await served.get(f"/v1/sessions/{(await served.heard('session.rated'))['subject']}")
    cost = session["cost"]
    energy, once, blocked = cost["lines"]
    assert (once["rule"], once["vat_percent"]) == ("elements/0/prices/0", "7")
    assert {once[name] for name in ("since", "until")} == {session["started_at"], session["ended_at"]}
    assert [Decimal(once[name]) for name in ("net", "tax", "gross")] == [1, Decimal("0.07"), Decimal("1.07")]
    # 17 kWh; half a minute less than 49 after the reading, of which 10 are free.
    assert (energy["gross"], blocked["quantity"], blocked["gross"]) == ("8.50000", "39", "3.90")
    assert cost["vat_percent"] is None
    rates = {one["vat_percent"]: one for one in cost["vat_rates"]}
    assert [rates[rate]["vat"]["amount"] for rate in ("7", "19")] == ["0.07", "1.98"]
    for name in ("net", "vat", "total"):
        parts = [Decimal(one[name]["amount"]) for one in cost["vat_rates"]]
        assert sum(parts) == Decimal(cost[name]["amount"])


async def test_readings_are_told_in_order_and_page_by_page(served: House) -> None:
    session = await _charged(served)
    path = f"/v1/sessions/{session['id']}/readings"
    whole = await served.get(path)
    assert [one["energy_kwh"] for one in whole["data"]] == ["5.000", "9.000500"]
    assert whole["data"][0]["samples"] == [{"value": "5000"}]
    first = await served.http.get(path, params={"limit": "1"})
    cursor = first.json()["next_cursor"]
    assert first.links["next"]["url"].endswith(f"cursor={cursor}")
    rest = await served.get(path, limit="1", cursor=cursor)
    assert first.json()["data"] + rest["data"] == whole["data"]
    assert rest["next_cursor"] is None


async def test_a_running_session_shows_its_cost_so_far(served: House) -> None:
    await served.add_card()
    await served.add_tariff({"per_kwh": "0.39", "per_session": "0.50"})
    async with served.station() as (station, line):
        number = await _start(served, line)
        await _values(served, line, number, "5000")
        [listed] = (await served.get("/v1/sessions", status="active"))["data"]
        session = await served.get(f"/v1/sessions/{listed['id']}")
    assert (session["station"], session["transaction_id"]) == (station["id"], number)
    assert (session["status"], session["ended_at"], session["energy_kwh"]) == ("active", None, "4.000")
    # 4 x 0.39 + 0.50
    assert session["cost"] == {
        "status": "running",
        "total": {"amount": "2.06", "currency": "EUR"},
        "billable": False,
        "reasons": ["session-runs"],
    }
