"""The posting of a rated session that no document was made of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs

from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._line import DocumentKind, LineKind, PostingLine, TaxCategory, sum_of
from emobility_core.accounting._posting import Posting, PostingState
from emobility_core.energy import Energy
from emobility_core.ids import PostingId, SiteId, StationGroupId, UserGroupId, shown
from emobility_core.instants import Instant
from emobility_core.money import Money
from emobility_core.rating import Rating
from emobility_core.tariffs import Amounts, Component, to_the_cent

_KINDS = {
    Component.ENERGY: LineKind.ENERGY,
    Component.SESSION: LineKind.SESSION,
    Component.CHARGING_TIME: LineKind.TIME,
    Component.IDLE_TIME: LineKind.TIME,
    Component.TIME: LineKind.TIME,
    Component.RESERVATION_TIME: LineKind.TIME,
    Component.RESERVATION_FEE: LineKind.SESSION,
    Component.BLOCKING: LineKind.BLOCKING,
    Component.PERIODIC: LineKind.BASE,
    # What lifts or lowers a price is of the session as a whole.
    Component.MINIMUM: LineKind.SESSION,
    Component.MAXIMUM: LineKind.SESSION,
}


@attrs.frozen(kw_only=True)
class SessionFacts:
    """What bookkeeping wants to know of a session besides its price; `ended_on` is the date at its site. The
    first of the groups is the one that the lines name."""

    ended_on: date
    energy: Energy | None = None
    site: SiteId | None = None
    station_groups: tuple[StationGroupId, ...] = ()
    user_groups: tuple[UserGroupId, ...] = ()
    user_cost_centre: str = ""
    site_cost_centre: str = ""


def session_posting(
    rating: Rating, facts: SessionFacts, *, ledger: Ledger, id: PostingId, at: Instant, turn: int = 0
) -> Posting:
    """Make the posting of a rating; one that is not billable is held, for the rating's reasons.

    A session that was posted before, in so many turns, gets a further number.
    """
    lines = _lines(rating, facts)
    number = shown("SES", rating.session).replace("_", "-").upper()
    return Posting(
        id=id,
        tenant=ledger.tenant,
        created_at=at,
        updated_at=at,
        ledger=ledger.id,
        document_kind=DocumentKind.SESSION,
        document_number=f"{number}-{turn + 1}" if turn else number,
        document_date=facts.ended_on,
        supply_date=facts.ended_on,
        totals=sum_of(lines, rating.currency),
        lines=lines,
        session=rating.session,
        held=rating.reasons,
        state=PostingState.READY if rating.billable else PostingState.HELD,
    )


def _lines(rating: Rating, facts: SessionFacts) -> tuple[PostingLine, ...]:
    sums = _sums(rating)
    # The energy is booked as a quantity also where it costs nothing, and once whatever it costs.
    carrier = next((key for key in sums if key[0] is LineKind.ENERGY), None)
    if carrier is None:
        zero = Money(0, rating.currency)
        carrier = LineKind.ENERGY, next(iter(sums), (LineKind.ENERGY, rating.vat_percent))[1]
        sums[carrier] = Amounts(net=zero, vat=zero, gross=zero)
    return tuple(
        PostingLine(
            kind=kind,
            net=amounts.net,
            vat=amounts.vat,
            gross=amounts.gross,
            tax_category=TaxCategory.STANDARD if percent else TaxCategory.ZERO,
            vat_percent=percent,
            energy=facts.energy if (kind, percent) == carrier else None,
            station_group=next(iter(facts.station_groups), None),
            further_station_groups=facts.station_groups[1:],
            site=facts.site,
            user_group=next(iter(facts.user_groups), None),
            further_user_groups=facts.user_groups[1:],
            user_cost_centre=facts.user_cost_centre,
            site_cost_centre=facts.site_cost_centre,
        )
        for (kind, percent), amounts in sums.items()
    )


def _sums(rating: Rating) -> dict[tuple[LineKind, Decimal], Amounts]:
    """What each kind comes to under each VAT rate, such that all add up to the rating: a tariff with hours
    makes a line for each night of a week, bookkeeping wants one."""
    sums: dict[tuple[LineKind, Decimal], Amounts] = {}
    for line, one in zip(rating.lines, to_the_cent(rating.lines, rating.basis), strict=True):
        percent = rating.vat_percent if line.vat_percent is None else line.vat_percent
        key = _KINDS[line.component], percent
        so_far = sums.get(key)
        sums[key] = one if so_far is None else so_far + one
    return sums
