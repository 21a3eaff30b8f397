"""One line of a posting as a row of an EXTF file, and what such a row cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from emobility_adapters.erp_datev.columns import COLUMNS, PLACES, TEXTS
from emobility_adapters.erp_datev.differences import VatDifference, differences
from emobility_adapters.erp_datev.settings import LIFTS, DatevSettings
from emobility_adapters.erp_datev.text import NotInCodePage, quoted, transliterated
from emobility_core.accounting import Assignment, ExportFlaw, LineKind, Posting, PostingLine
from emobility_core.ids import shown
from emobility_core.money import EXPONENTS, Money

# DATEV, EXTF posting batch, column 11.
_NUMBER = re.compile(r"[A-Za-z0-9$&%*+\-/]{1,36}")
_COST_CENTRE = re.compile(r"[\w ]{0,36}")
_LONGEST_TEXT, _LONGEST_INFO = 60, 210
_MOST_UNITS = 10**10
_WORDS = {
    LineKind.ENERGY: "Ladestrom",
    LineKind.TIME: "Ladezeit",
    LineKind.BLOCKING: "Blockiergebühr",
    LineKind.BASE: "Grundgebühr",
    LineKind.SESSION: "Startgebühr",
    LineKind.REIMBURSEMENT: "Erstattung Ladestrom",
}


def flaws_of(posting: Posting, settings: DatevSettings) -> Iterator[ExportFlaw]:
    """What of a posting an EXTF file has no room or no letters for."""

    def flaw(field: str, detail: str) -> ExportFlaw:
        return ExportFlaw(posting=posting.id, field=field, detail=detail)

    if _NUMBER.fullmatch(posting.document_number) is None:
        yield flaw("document_number", "must have 1 to 36 characters of A-Z a-z 0-9 $ & % * + - /")
    if EXPONENTS[posting.currency] != 2:
        yield flaw("currency", "must have two decimals")
    for place, (line, to) in enumerate(zip(posting.lines, posting.assignments, strict=True)):
        for field, detail in _flaws_of_line(posting, line, to, settings):
            yield flaw(f"lines.{place}.{field}", detail)
    for one in differences(posting):
        if settings.tax_account(one.percent) is None:
            yield flaw(
                f"lines.{one.place}.vat",
                f"DATEV would split out {one.amount.amount} less: tell the tax account of {one.percent} % in"
                " tax_accounts",
            )


def _flaws_of_line(
    posting: Posting, line: PostingLine, to: Assignment, settings: DatevSettings
) -> Iterator[tuple[str, str]]:
    if abs(line.gross.amount) >= _MOST_UNITS:
        yield "gross", "must be below 10,000,000,000"
    longest = settings.account_length + 1
    for name, account in (("account", to.account), ("contra_account", to.contra_account)):
        if not (account.isdigit() and settings.account_length <= len(account) <= longest):
            yield name, f"must have {settings.account_length} digits, or {longest} for a person's account"
    yield from _flaws_of_tax(line, to, settings)
    for name, centre in (("cost_centre_1", to.cost_centre_1), ("cost_centre_2", to.cost_centre_2)):
        if _COST_CENTRE.fullmatch(centre) is None:
            yield name, "must have at most 36 letters, digits, spaces and underscores"
    for name, text in (("text", _text(posting, line)), ("cost_centre_1", to.cost_centre_1),
                       ("cost_centre_2", to.cost_centre_2), ("product", to.product)):  # fmt: skip
        try:
            transliterated(text)
        except NotInCodePage as error:
            yield name, str(error)


def _flaws_of_tax(line: PostingLine, to: Assignment, settings: DatevSettings) -> Iterator[tuple[str, str]]:
    """DATEV splits VAT by account or key; what it would not split as the line says is refused."""
    if to.tax_key and not (to.tax_key.isdigit() and len(to.tax_key) <= 4):
        yield "tax_key", "must have at most four digits"
        return
    if settings.knows_its_tax(to.account):
        yield "account", f"account {to.account} knows its tax: it must be the contra account"
        return
    if to.tax_key and to.tax_key != LIFTS and settings.knows_its_tax(to.contra_account):
        yield "tax_key", f"account {to.contra_account} knows its tax: no key may stand with it"
        return
    rate = settings.split_out(to.contra_account, to.tax_key, line.vat_percent)
    if line.gross.minor and rate != line.vat_percent:
        said = f"{line.vat_percent.normalize():f} %"
        yield "tax_key", f"DATEV would split out {rate} % of account {to.contra_account}, the line has {said}"


def rows_of(posting: Posting, settings: DatevSettings, *, document: UUID | None = None) -> Iterator[str]:
    """A row for each line but those of zero, which are no postings, and one where VAT differs."""
    for number in range(1, len(posting.lines) + 1):
        told = row(posting, number, settings, document=document)
        if told is not None:
            yield told
    for one in differences(posting):
        yield _row_of_difference(posting, one, settings, document)


def row(
    posting: Posting, number: int, settings: DatevSettings, *, document: UUID | None = None
) -> str | None:
    """The row of a line (from 1); None for an amount of zero, which is no posting."""
    line, to = posting.lines[number - 1], posting.assignments[number - 1]
    if not line.gross.minor:
        return None
    cells = _cells(posting, to, settings, document) | {
        "Umsatz (ohne Soll/Haben-Kz)": _amount(line.gross),
        "Soll/Haben-Kennzeichen": "S" if line.gross.minor > 0 else "H",
        "Konto": to.account,
        "BU-Schlüssel": to.tax_key.zfill(4) if to.tax_key else "",
        "Buchungstext": transliterated(_text(posting, line))[:_LONGEST_TEXT],
        "Kost-Menge": "" if line.energy is None else _quantity(line.energy.kwh),
        "Zusatzinformation- Inhalt 1": f"{shown('pst', posting.id)}/{number}",
    }
    if to.product:
        cells["Zusatzinformation - Art 3"] = "Produkt"
        cells["Zusatzinformation- Inhalt 3"] = transliterated(to.product)[:_LONGEST_INFO]
    return _joined(cells)


def _row_of_difference(
    posting: Posting, of: VatDifference, settings: DatevSettings, document: UUID | None
) -> str:
    """Cents from revenue to VAT, or back, past DATEV's own reckoning."""
    to = posting.assignments[of.place]
    cells = _cells(posting, to, settings, document) | {
        "Umsatz (ohne Soll/Haben-Kz)": _amount(of.amount),
        # What the document has more of VAT is credited to its account.
        "Soll/Haben-Kennzeichen": "H" if of.amount.minor > 0 else "S",
        "Konto": settings.tax_account(of.percent) or "",
        "BU-Schlüssel": "" if to.tax_key else LIFTS.zfill(4),
        "Buchungstext": f"Rundungsdifferenz USt {of.percent:f} %".replace(".", ","),
        "Zusatzinformation- Inhalt 1": f"{shown('pst', posting.id)}/vat",
    }
    return _joined(cells)


def _cells(
    posting: Posting, to: Assignment, settings: DatevSettings, document: UUID | None
) -> dict[str, str]:
    """What all rows of a posting say."""
    cells = {
        "WKZ Umsatz": posting.currency,
        "Gegenkonto (ohne BU-Schlüssel)": to.contra_account,
        "Belegdatum": posting.document_date.strftime("%d%m"),
        "Belegfeld 1": posting.document_number,
        "Beleglink": "" if document is None else f'BEDI "{document}"',
        "KOST1 - Kostenstelle": transliterated(to.cost_centre_1),
        "KOST2 - Kostenstelle": transliterated(to.cost_centre_2),
        "Zusatzinformation - Art 1": "emobility",
        "Festschreibung": "1" if settings.locked else "0",
    }
    if posting.session is not None:
        cells["Zusatzinformation - Art 2"] = "Ladevorgang"
        cells["Zusatzinformation- Inhalt 2"] = shown("ses", posting.session)
    if settings.supply_date and posting.supply_date is not None:
        # A date of supply is not taken without the tax period that it falls into (§ 13 (1) no. 1 a UStG).
        cells["Leistungsdatum"] = posting.supply_date.strftime("%d%m%Y")
        cells["Datum Zuord. Steuerperiode"] = cells["Leistungsdatum"]
    if posting.due_date is not None:
        cells["Fälligkeit"] = posting.due_date.strftime("%d%m%Y")
    return cells


def _joined(cells: Mapping[str, str]) -> str:
    return ";".join(_cell(PLACES[name], cells.get(name, "")) for name in COLUMNS)


def _cell(place: int, value: str) -> str:
    return quoted(value) if place in TEXTS else value


def _text(posting: Posting, line: PostingLine) -> str:
    """What the line says of itself, else its kind in German, with what the document says."""
    return " ".join(filter(None, (line.text or _WORDS[line.kind], posting.text)))


def _amount(money: Money) -> str:
    return f"{abs(money.amount):.2f}".replace(".", ",")


def _quantity(kwh: Decimal) -> str:
    """Twelve digits, four decimals; the sign is that of the amount."""
    rounded = abs(kwh).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return f"{rounded:017.4f}".replace(".", ",")
