"""A session with its price."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TypeAlias

import attrs

from emobility_core.charging import Doubt, EndedSession
from emobility_core.energy import Energy
from emobility_core.ids import RatingId, SessionId, TariffVersionId, TenantId
from emobility_core.instants import Instant
from emobility_core.money import Money
from emobility_core.rating._place import Place
from emobility_core.tariffs import (
    LONGEST_DAYS,
    Amounts,
    Basis,
    Line,
    Phase,
    Prices,
    TariffVersion,
    Taxed,
    Usage,
    by_rate,
    exact_sum,
    in_all,
    rate,
    rounded_lines,
    taxed,
)

# No verdict on signed values exists yet; without one nothing may be billed (MessEG, section 33).
NOT_VERIFIED = "measurement-not-verified"
NO_TARIFF = "no-tariff"
NOT_AUTHORIZED = "not-authorized"
ENERGY_UNKNOWN = "energy-unknown"
DISCARDED = "discarded"
BELOW_MINIMUM = "below-minimum"
# Hours of a tariff are looked at for so many days and no more.
LASTS_TOO_LONG = "lasts-too-long"
# A start cut and a stop rounded to the watt-hour differ by one that nobody drew.
MINIMUM = Energy.wh(10)


@attrs.frozen(kw_only=True)
class _Priced:
    """Lines in the exact basis of the tariff (gross where `include_vat`); `total` is their exact sum.

    `vat_percent` is that of the lines that name none. `reasons` say why this is not billable.
    """

    id: RatingId
    tenant: TenantId
    session: SessionId
    tariff: TariffVersionId | None
    currency: str
    include_vat: bool
    vat_percent: Decimal
    lines: tuple[Line, ...]
    total: Decimal
    reasons: tuple[str, ...]
    rated_at: Instant

    @property
    def billable(self) -> bool:
        return not self.reasons

    @property
    def basis(self) -> Basis:
        return Basis(currency=self.currency, include_vat=self.include_vat, vat_percent=self.vat_percent)

    @property
    def amounts(self) -> Amounts:
        """Net, VAT and gross of the total."""
        return in_all(self.lines, self.basis)

    @property
    def amounts_by_rate(self) -> dict[Decimal, Amounts]:
        """Net, VAT and gross of each VAT rate; they add up to `amounts`."""
        return by_rate(self.lines, self.basis)

    @property
    def taxed(self) -> tuple[Taxed, ...]:
        """Each line before and after tax, exact."""
        return taxed(self.lines, self.basis)

    @property
    def gross(self) -> Money:
        return self.amounts.gross

    @property
    def net(self) -> Money:
        return self.amounts.net

    @property
    def vat(self) -> Money:
        return self.amounts.vat

    @property
    def line_amounts(self) -> list[Money]:
        """Each line to the cent, in the tariff's basis, such that they add up to the rounded total."""
        return rounded_lines(self.lines, self.basis)


@attrs.frozen(kw_only=True)
class RatedSession(_Priced):
    """A price without doubts about the session."""


@attrs.frozen(kw_only=True)
class HeldSession(_Priced):
    """A provisional price: the session's doubts must be resolved first."""


Rating: TypeAlias = RatedSession | HeldSession

_NO_PRICES = Prices()
_LONGEST = timedelta(days=LONGEST_DAYS)
NOWHERE = Place()


def rate_session(
    session: EndedSession,
    version: TariffVersion | None,
    *,
    id: RatingId,
    at: Instant,
    place: Place = NOWHERE,
    phases: tuple[Phase, ...] = (),
) -> Rating:
    """Price an ended session by the tariff version frozen into it at its start, where it was; `phases` are
    those that its readings tell, if the price asks for them.

    Open doubts hold it, as unknown energy does until somebody has looked, and a use of more days than the
    hours of a tariff are looked at. An end that no station has reported is never billable, whoever accepted
    it (MessEG: nobody measured it).
    """
    prices = _NO_PRICES
    lines: tuple[Line, ...] = ()
    energy = None if session.discarded else session.delivered
    if version is not None:
        prices = version.prices
        if energy is not None:
            usage = Usage(
                energy=energy,
                started_at=session.started_at,
                ended_at=session.ended_at,
                zone=place.zone,
                phases=phases,
                power_class=place.power_class,
            )
            lines = rate(usage, prices).lines
    unseen = energy is None and not session.accepted and not session.discarded
    endless = not prices.is_simple and session.ended_at - session.started_at > _LONGEST
    kind = HeldSession if session.open_doubts or unseen or endless else RatedSession
    reasons = _reasons(session, energy, has_tariff=version is not None)
    return kind(
        id=id,
        tenant=session.tenant,
        session=session.id,
        tariff=session.tariff,
        currency=prices.currency,
        include_vat=prices.include_vat,
        vat_percent=prices.vat_percent,
        lines=lines,
        total=exact_sum(line.amount for line in lines),
        reasons=tuple(sorted(reasons | ({LASTS_TOO_LONG} if endless else set()))),
        rated_at=at,
    )


def _reasons(session: EndedSession, energy: Energy | None, *, has_tariff: bool) -> set[str]:
    """Why a session is not billable."""
    reasons = {doubt.value for doubt in session.open_doubts} | {NOT_VERIFIED}
    if session.discarded:
        reasons.add(DISCARDED)
    elif energy is None:
        reasons.add(ENERGY_UNKNOWN)
    elif energy < MINIMUM:
        reasons.add(BELOW_MINIMUM)
    if session.estimated:
        reasons.add(Doubt.STOP_ESTIMATED.value)
    if not session.authorization.is_on_account:
        reasons.add(NOT_AUTHORIZED)
    elif not has_tariff:
        reasons.add(NO_TARIFF)
    return reasons
