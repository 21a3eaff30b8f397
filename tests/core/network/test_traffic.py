"""Bytes are added to their month, and a year of them is kept."""

from __future__ import annotations

from datetime import UTC, datetime

from emobility_core.instants import instant
from emobility_core.network import MonthlyTraffic, Said, with_traffic


def test_what_is_said_counts_for_its_month() -> None:
    months: tuple[MonthlyTraffic, ...] = ()
    for month, received, sent in ((10, 300, 200), (10, 30, 20), (11, 5, 7), (11, 0, 0)):
        at = instant(datetime(2026, month, 30, 23, 59, tzinfo=UTC))
        months = with_traffic(months, Said(received=received, sent=sent), at=at)
    assert months == (
        MonthlyTraffic(month="2026-10", received=330, sent=220),
        MonthlyTraffic(month="2026-11", received=5, sent=7),
    )


def test_a_year_and_the_running_month_are_kept() -> None:
    months: tuple[MonthlyTraffic, ...] = ()
    for year in (2025, 2026):
        for month in range(1, 13):
            at = instant(datetime(year, month, 1, tzinfo=UTC))
            months = with_traffic(months, Said(received=1), at=at)
    assert [one.month for one in months] == ["2025-12", *(f"2026-{month:02}" for month in range(1, 13))]
