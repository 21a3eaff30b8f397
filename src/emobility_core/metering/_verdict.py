"""What a verdict on a transaction says: signatures, billable energy, usable time; each with its reasons."""

from __future__ import annotations

from decimal import Context, Decimal
from enum import StrEnum

import attrs

from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.metering._reason import Reason
from emobility_core.metering._record import SignedReading, TimeStatus
from emobility_core.metering._registers import Register
from emobility_core.metering._signature import SignatureState, SignatureVerdict

# Exact for values of 18 digits, whatever context the caller has.
EXACT = Context(prec=60)


def in_milliwatt_hours(kwh: Decimal) -> Energy | None:
    """The energy; None for one that is finer than a milliwatt-hour."""
    mwh = EXACT.scaleb(kwh, 6)
    return Energy(int(mwh)) if mwh == int(mwh) else None


@attrs.frozen(kw_only=True)
class EnergyVerdict:
    """The signed end minus the signed begin, in kWh with the digits of the meter; billable without reasons.

    The amount may be known and not be billable: the reasons say why.
    """

    kwh: Decimal | None
    register: Register | None
    begin: SignedReading | None
    end: SignedReading | None
    reasons: tuple[Reason, ...] = ()

    @property
    def energy(self) -> Energy | None:
        """The amount; None where it is not known, or is finer than that, which is a reason as well."""
        return None if self.kwh is None else in_milliwatt_hours(self.kwh)


class TimeBasis(StrEnum):
    """What the signed times are good for.

    none: not at all; informative: to be shown; calibrated: a duration may be priced by them.
    """

    NONE = "none"
    INFORMATIVE = "informative"
    CALIBRATED = "calibrated"


@attrs.frozen(kw_only=True)
class TimeVerdict:
    """From when until when by the signer's clock, and what that is good for."""

    since: Instant | None
    until: Instant | None
    basis: TimeBasis
    statuses: tuple[TimeStatus, ...] = ()
    reasons: tuple[Reason, ...] = ()


_CONTRADICTIONS = frozenset(
    {
        "begin-repeated", "end-repeated", "end-below-begin", "end-before-begin", "other-device", "other-key",
        "other-user", "other-session",
    }
)  # fmt: skip


@attrs.frozen(kw_only=True)
class TransactionVerdict:
    """The three verdicts on the records of one transaction, and warnings, which refuse nothing."""

    signatures: tuple[SignatureVerdict, ...]
    energy: EnergyVerdict
    time: TimeVerdict
    warnings: tuple[Reason, ...] = ()

    @property
    def consistent(self) -> bool:
        """Whether the records can be of one transaction of one meter; one that lacks an end can."""
        return _CONTRADICTIONS.isdisjoint(one.code for one in self.energy.reasons)

    @property
    def verified(self) -> bool:
        """Whether every record's signature holds."""
        return all(one.state is SignatureState.VALID for one in self.signatures)

    @property
    def billable(self) -> Energy | None:
        """The energy that may be billed: every signature holds and nothing speaks against the amount."""
        return self.energy.energy if self.verified and not self.energy.reasons else None
