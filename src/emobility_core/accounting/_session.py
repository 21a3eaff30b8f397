"""The posting of a rated session that no document was made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import attrs

from emobility_core.accounting._ledger import Ledger
from emobility_core.accounting._line import DocumentKind, LineKind, PostingLine, TaxCategory, sum_of
from emobility_core.accounting._posting import Posting, PostingState
from emobility_core.energy import Energy
from emobility_core.ids import PostingId, SiteId, StationGroupId, UserGroupId, shown
from emobility_core.instants import Instant
from emobility_core.money import Money, rounded_parts
from emobility_core.rating import Rating
from emobility_core.tariffs import Component

_KINDS = {
    Component.ENERGY: LineKind.ENERGY,
    Component.SESSION: LineKind.SESSION,
    Component.TIME: LineKind.TIME,
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
    amounts = _to_the_cent(rating)
    kinds = [_KINDS[line.component] for line in rating.lines]
    # The energy is booked as a quantity also where it costs nothing.
    if LineKind.ENERGY not in kinds:
        zero = Money(0, rating.currency)
        kinds, amounts = [*kinds, LineKind.ENERGY], [*amounts, (zero, zero, zero)]
    category = TaxCategory.STANDARD if rating.vat_percent else TaxCategory.ZERO
    return tuple(
        PostingLine(
            kind=kind,
            net=net,
            vat=vat,
            gross=gross,
            tax_category=category,
            vat_percent=rating.vat_percent,
            energy=facts.energy if kind is LineKind.ENERGY else None,
            station_group=next(iter(facts.station_groups), None),
            further_station_groups=facts.station_groups[1:],
            site=facts.site,
            user_group=next(iter(facts.user_groups), None),
            further_user_groups=facts.user_groups[1:],
            user_cost_centre=facts.user_cost_centre,
            site_cost_centre=facts.site_cost_centre,
        )
        for kind, (net, vat, gross) in zip(kinds, amounts, strict=True)
    )


def _to_the_cent(rating: Rating) -> Sequence[tuple[Money, Money, Money]]:
    """Net, VAT and gross of each line, such that each adds up to that of the rating."""
    basis, share = rating.line_amounts, 1 + rating.vat_percent / Decimal(100)
    if rating.include_vat:
        nets = rounded_parts([one.amount / share for one in basis], rating.currency)
        return [(net, gross - net, gross) for net, gross in zip(nets, basis, strict=True)]
    vats = rounded_parts([one.amount * (share - 1) for one in basis], rating.currency)
    return [(net, vat, net + vat) for net, vat in zip(basis, vats, strict=True)]
