"""What a station and the server have said to each other, by month: mobile contracts are billed by it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_core.instants import Instant

# A year to look back on, and the month that runs.
_MONTHS_KEPT = 13


@attrs.frozen(kw_only=True)
class Said:
    """Bytes of OCPP frames since they were counted last."""

    received: int = 0
    sent: int = 0


NOTHING_SAID = Said()


@attrs.frozen(kw_only=True)
class MonthlyTraffic:
    """Bytes of OCPP frames in a month of UTC (`2026-11`), without what TLS and TCP add to them."""

    month: str
    received: int = 0
    sent: int = 0


def with_traffic(months: Sequence[MonthlyTraffic], said: Said, *, at: Instant) -> tuple[MonthlyTraffic, ...]:
    """Add what was said until `at` to its month; months older than a year fall away."""
    if said == NOTHING_SAID:
        return tuple(months)
    month = f"{at:%Y-%m}"
    before = [one for one in months if one.month != month]
    running = next((one for one in months if one.month == month), MonthlyTraffic(month=month))
    running = attrs.evolve(running, received=running.received + said.received, sent=running.sent + said.sent)
    return (*before, running)[-_MONTHS_KEPT:]
