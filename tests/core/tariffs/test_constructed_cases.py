"""Blocking fees, local windows and VAT as others have worked them out for Germany."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from emobility_core.energy import Energy
from emobility_core.instants import instant
from emobility_core.tariffs import (
    BlockingFee,
    Component,
    Dimension,
    GraceClock,
    LocalHours,
    Price,
    Prices,
    Restrictions,
    TariffElement,
    Usage,
    rate,
)
from emobility_core.testing.clock import NOON
from tests.core.tariffs.folder import loaded

CASES = loaded("germany_constructed_cases.json")
pytestmark = pytest.mark.oracle("tariff cases constructed for Germany")


def _of(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES.get(kind, ()), ids=lambda case: case["id"])


def test_the_cases_are_there(vectors: Path) -> None:
    assert (vectors / "tariffs").is_dir()
    assert sum(len(cases) for cases in CASES.values() if isinstance(cases, list)) == 21


def _usage(session: Any, zone: str, kwh: str = "0") -> Usage:
    since, until = (instant(datetime.fromisoformat(session[name])) for name in ("start", "end"))
    return Usage(energy=Energy.parse_kwh(Decimal(kwh)), started_at=since, ended_at=until, zone=zone)


@_of("blocking_and_dst")
def test_a_blocking_fee_comes_out(case: Any) -> None:
    rule, expected = case["rule"], case["expected"]
    exempt, cap = rule["exempt_local"], rule["cap_gross"]
    fee = BlockingFee(
        per_minute=Decimal(rule["price_per_minute_gross"]),
        grace_minutes=int(rule["grace_minutes"]),
        max_per_session=None if cap is None else Decimal(cap),
        exempt=() if exempt is None else (LocalHours(since=exempt[0], until=exempt[1]),),
        grace_clock=GraceClock.PAUSES if rule["grace_clock_pauses_in_exempt_window"] else GraceClock.RUNS,
    )
    bill = rate(_usage(case["session"], rule["time_zone"]), Prices(blocking=fee))
    counted = [line.quantity for line in bill.lines if line.rule == "blocking"]
    assert sum(counted) == expected["billable_minutes"]
    assert bill.amounts.gross.amount == Decimal(expected["fee_gross"])


@_of("time_windows")
def test_local_windows_come_out(case: Any) -> None:
    """A night has 7 hours in spring and 9 in autumn; of local times one is missing, one comes twice."""
    if "window_local" in case:
        hours = LocalHours(since=case["window_local"][0], until=case["window_local"][1])
        assert _minutes(hours, case["start"], case["end"]) == case["real_hours"] * 60
        return
    shown = datetime.fromisoformat(case["local"])
    instants = {
        at
        for fold in (0, 1)
        for at in [shown.replace(tzinfo=ZoneInfo(case["time_zone"]), fold=fold).astimezone(UTC)]
        if at.astimezone(ZoneInfo(case["time_zone"])).replace(tzinfo=None) == shown
    }
    minute = LocalHours(since=f"{shown:%H:%M}", until=f"{shown.hour:02}:{shown.minute + 1}")
    counted = _minutes(minute, f"{shown.date()}T00:00:00+01:00", f"{shown.date()}T23:00:00+01:00")
    assert counted == len(instants)
    assert case["expected"].startswith(("does not exist", "", "two instants")[len(instants)])


def _minutes(hours: LocalHours, start: str, end: str) -> Decimal:
    """How many minutes a price of 60 an hour counts between two instants in Berlin."""
    element = TariffElement(
        prices=(Price(dimension=Dimension.CONNECTED_TIME, amount=Decimal(60)),),
        restrictions=Restrictions(hours=hours),
    )
    return rate(_usage({"start": start, "end": end}, "Europe/Berlin"), Prices(elements=(element,))).total


@_of("vat_rounding")
def test_vat_is_rounded_as_printed(case: Any) -> None:
    if "gross_lines" in case:
        _gross_lines(case)
        return
    basis = "price_gross" if "price_gross" in case else "price_net"
    prices = Prices(
        per_kwh=Decimal(case[basis]),
        include_vat=basis == "price_gross",
        vat_percent=Decimal(case.get("rate", "19")),
    )
    usage = Usage(energy=Energy.parse_kwh(Decimal(case["kwh"])), started_at=NOON, ended_at=NOON)
    amounts = rate(usage, prices).amounts
    for name in ("net", "vat", "gross"):
        if name in case:
            assert getattr(amounts, name).amount == Decimal(case[name])


def _gross_lines(case: Any) -> None:
    """What the customer was promised is the gross total; net and VAT come out of that."""
    prices = Prices(per_session=sum(map(Decimal, case["gross_lines"]), Decimal(0)))
    bill = rate(Usage(energy=Energy(0), started_at=NOON, ended_at=NOON), prices)
    assert [str(getattr(bill.amounts, name).amount) for name in ("gross", "net", "vat")] == [
        case["gross_total"],
        case["net_from_total"],
        case["vat_from_total"],
    ]


@_of("home_charging")
def test_home_charging_comes_out_as_printed(case: Any) -> None:
    """The rate of the statistics office is rounded down to the cent, and there is no VAT."""
    statistic = Decimal(case["destatis_H1_2025_5000_15000kWh"])
    per_kwh = Decimal(case["rate_used"].split()[0])
    assert per_kwh == statistic.quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    usage = Usage(energy=Energy.parse_kwh(Decimal(case["kwh"])), started_at=NOON, ended_at=NOON)
    bill = rate(usage, Prices(per_kwh=per_kwh, vat_percent=Decimal(0)))
    assert str(bill.amounts.gross.amount) == case["amount"]
    assert bill.amounts.vat.minor == 0
    assert [line.component for line in bill.lines] == [Component.ENERGY]
