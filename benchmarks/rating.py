"""How many sessions the pure core prices in a second on one core: three components, lines and rule ids."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from uuid import UUID

from emobility_core.charging import AuthorizationStatus, EndedSession
from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.ids import RatingId, SessionId, StationId, TariffId, TariffVersionId, TenantId
from emobility_core.instants import Instant, instant
from emobility_core.rating import rate_session
from emobility_core.tariffs import Prices, TariffVersion

_BATCH = 20_000
_SOME_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
_SINCE = instant(datetime(2026, 1, 1, tzinfo=UTC))
_VERSION = TariffVersion(
    id=TariffVersionId(_SOME_ID),
    tenant=TenantId(_SOME_ID),
    tariff=TariffId(_SOME_ID),
    number=1,
    prices=Prices(per_kwh=Decimal("0.49"), per_session=Decimal("0.35"), per_minute=Decimal("0.02")),
    since=_SINCE,
)


def rating_per_s(rounds: int) -> float:
    """The median of some rounds, by CPU seconds; each session differs in energy and duration.

    Reading the session and storing the price are not part of it.
    """
    sessions = [_session(number) for number in range(_BATCH)]
    _round(sessions[:1_000])
    return median(_round(sessions) for _ in range(rounds))


def _round(sessions: Sequence[EndedSession]) -> float:
    began = time.process_time()
    for session in sessions:
        rating = rate_session(session, _VERSION, id=RatingId(_SOME_ID), at=_SINCE)
        if len(rating.lines) != 3:
            raise AssertionError("a line is missing")
    return len(sessions) / (time.process_time() - began)


def _session(number: int) -> EndedSession:
    began = Instant(_SINCE + timedelta(seconds=number))
    ended = Instant(began + timedelta(seconds=600 + number % 3_600))
    return EndedSession(
        id=SessionId(_SOME_ID),
        tenant=TenantId(_SOME_ID),
        station=StationId(_SOME_ID),
        connector=1,
        transaction_id=number,
        start_identity=str(number),
        id_tag=IdTag("BENCH"),
        authorization=AuthorizationStatus.ACCEPTED,
        tariff=_VERSION.id,
        started_at=began,
        started_reported=None,
        started_received=began,
        meter_start=Energy(5_000_000),
        meter_last=None,
        meter_last_at=None,
        ended_at=ended,
        ended_reported=None,
        ended_received=ended,
        meter_stop=Energy(6_000_000 + 1_237 * number),
        stop_reason="Local",
        stop_identity=str(number),
        updated_at=ended,
    )
