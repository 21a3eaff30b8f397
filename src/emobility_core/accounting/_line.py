"""A line of a document as bookkeeping sees it: an amount of one kind, under one tax."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import Enum

import attrs

from emobility_core.energy import Energy
from emobility_core.errors import Invalid
from emobility_core.ids import SiteId, StationGroupId, UserGroupId
from emobility_core.money import CurrencyMismatch, Money
from emobility_core.tariffs import Amounts, VatOutOfRange


@attrs.frozen
class UnbalancedLine(Invalid):
    """Net amount and VAT of a line do not add up to its gross amount, or the VAT does not fit its tax.

    Remedy: give amounts of one currency that add up to the cent; a line that is not taxed has no VAT.
    """

    code = "unbalanced-line"
    field: str


@attrs.frozen
class TaxRateMismatch(Invalid):
    """A tax category and a VAT rate exclude each other.

    Remedy: give a rate above 0 with the category S, and 0 with all others (EN 16931, BR-S-05 and the like).
    """

    code = "tax-rate-mismatch"
    category: str
    vat_percent: Decimal


class DocumentKind(Enum):
    """What a posting is made of; SESSION is a rated session without any document."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    REIMBURSEMENT = "reimbursement"
    RECEIPT = "receipt"
    SESSION = "session"


class LineKind(Enum):
    """What a line charges for."""

    ENERGY = "energy"
    TIME = "time"
    BLOCKING = "blocking"
    BASE = "base"
    SESSION = "session"
    REIMBURSEMENT = "reimbursement"


class TaxCategory(Enum):
    """UNTDID 5305, as EN 16931 restricts it: standard, zero-rated, exempt, reverse charge, within the EU,
    export, out of scope."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUT_OF_SCOPE = "O"


def _percent(_: object, __: object, percent: Decimal) -> None:
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise VatOutOfRange(percent)


@attrs.frozen(kw_only=True)
class PostingLine:
    """Amounts as the customer owes them: negative on credit notes, reimbursements and reversals, and where
    a line takes something off.

    `energy` is what was delivered. The cost centres are those of the user and of the site. Station and user
    may be in further groups than the one that is named: any of them meets a rule.
    """

    kind: LineKind
    text: str = attrs.field(default="", validator=attrs.validators.max_len(200))
    net: Money
    vat: Money
    gross: Money
    tax_category: TaxCategory = TaxCategory.STANDARD
    vat_percent: Decimal = attrs.field(validator=_percent)
    energy: Energy | None = None
    station_group: StationGroupId | None = None
    further_station_groups: tuple[StationGroupId, ...] = ()
    site: SiteId | None = None
    user_group: UserGroupId | None = None
    further_user_groups: tuple[UserGroupId, ...] = ()
    user_cost_centre: str = attrs.field(default="", validator=attrs.validators.max_len(50))
    site_cost_centre: str = attrs.field(default="", validator=attrs.validators.max_len(50))

    def __attrs_post_init__(self) -> None:
        if (self.tax_category is TaxCategory.STANDARD) != (self.vat_percent > 0):
            raise TaxRateMismatch(self.tax_category.value, self.vat_percent)
        for other in (self.vat, self.gross):
            if other.currency != self.net.currency:
                raise CurrencyMismatch(self.net.currency, other.currency)
        if self.net + self.vat != self.gross:
            raise UnbalancedLine("gross")
        if self.vat.minor and not self.vat_percent:
            raise UnbalancedLine("vat")

    @property
    def tax(self) -> tuple[TaxCategory, Decimal]:
        """What VAT is summed by."""
        return self.tax_category, self.vat_percent.normalize()

    def negated(self) -> PostingLine:
        energy = None if self.energy is None else Energy(-self.energy.mwh)
        return attrs.evolve(self, net=-self.net, vat=-self.vat, gross=-self.gross, energy=energy)


def sum_of(lines: Iterable[PostingLine], currency: str) -> Amounts:
    """Net, VAT and gross of lines; raise `CurrencyMismatch`."""
    net = vat = gross = Money(0, currency)
    for line in lines:
        net, vat, gross = net + line.net, vat + line.vat, gross + line.gross
    return Amounts(net=net, vat=vat, gross=gross)


def by_tax(
    lines: Iterable[PostingLine], currency: str
) -> Iterator[tuple[tuple[TaxCategory, Decimal], Amounts]]:
    """The sums of each tax category and rate, in the order in which they first stand."""
    groups: dict[tuple[TaxCategory, Decimal], list[PostingLine]] = {}
    for line in lines:
        groups.setdefault(line.tax, []).append(line)
    for tax, of_tax in groups.items():
        yield tax, sum_of(of_tax, currency)
