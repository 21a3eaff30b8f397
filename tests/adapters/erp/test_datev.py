"""The DATEV package, read by a reader of its own and held against DATEV's published description."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from emobility_adapters.erp_datev import DatevExport
from emobility_core.accounting import (
    AccountRule,
    BatchContent,
    DocumentKind,
    ErpExport,
    ExportSettingsRefused,
    LineAnswer,
    LineKind,
    Posting,
    PostingState,
    TaxCategory,
    determine,
    with_accounts,
)
from emobility_core.money import Money, rounded_parts
from emobility_core.testing import contracts
from emobility_core.testing.builders import (
    make_account_rule,
    make_ended,
    make_ledger,
    make_posting,
    make_posting_batch,
    make_posting_line,
)
from emobility_core.testing.clock import NOON
from tests.adapters.erp.extf import Extf, amount, read_extf
from tests.conftest import Golden

SETTINGS = {"consultant": "29098", "client": "55003", "chart": "03"}
DATEV = DatevExport()


class TestContract(contracts.ErpExportContract):
    @pytest.fixture
    def export(self) -> ErpExport:
        return DATEV

    @pytest.fixture
    def settings(self) -> Mapping[str, str]:
        return SETTINGS


def mapped(posting: Posting, rule: AccountRule | None = None) -> Posting:
    said = rule or make_account_rule()
    found = [
        determine([said], ledger="main", document_kind=posting.document_kind, line=line)
        for line in posting.lines
    ]
    whole = with_accounts(posting, found)
    return whole.closed(whole.assignments, NOON)


def batch_of(*postings: Posting, documents: bool = False) -> BatchContent:
    ledger = make_ledger(name="main")
    dated = sorted(postings, key=lambda one: (one.document_date, one.id))
    batch = make_posting_batch(ledger=ledger.id).numbered(dated, number=7, previous=None, at=NOON)
    pdfs = {one.id: b"%PDF-1.7 " + one.document_number.encode() for one in dated} if documents else {}
    return BatchContent(ledger=ledger, batch=batch, postings=tuple(dated), documents=pdfs)


def package(content: BatchContent, settings: Mapping[str, str] = SETTINGS) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(DATEV.render(content, settings).content)) as files:
        return {name: files.read(name) for name in files.namelist()}


def only(content: BatchContent, settings: Mapping[str, str] = SETTINGS) -> Extf:
    (file,) = package(content, settings).values()
    return read_extf(file)


@pytest.mark.oracle("vectors")
def test_header_columns_and_fields_are_those_that_datev_publishes(vectors: Path) -> None:
    told: dict[str, Any] = json.loads((vectors / "invoice" / "datev_extf.json").read_text())
    content = batch_of(mapped(make_posting(), make_account_rule(tax_key="3", contra_account="8195")))
    ((name, file),) = package(content).items()
    read = read_extf(file)
    assert re.fullmatch("EXTF_.*[.]csv", name)
    assert len(read.header) == told["header_fields"]
    assert len(read.names) == told["column_count"]
    assert list(read.names[:14]) == told["columns_first_14"]
    # Fields that are the same in every file of this format and version.
    sample = told["sample_header_line"].split(";")
    same = [0, 1, 2, 3, 4, 6, 10, 11, 13, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]
    assert [read.header[place] for place in same] == [sample[place] for place in same]
    row = file.decode("cp1252").split("\r\n")[2].split(";")
    places = {"Umsatz": 0, "Soll/Haben": 1, "WKZ": 2, "Konto": 6, "Gegenkonto": 7, "BU": 8}
    for field, form in told["regex"].items():
        assert re.fullmatch(form, row[places[field]]), field


def test_a_line_is_a_row_with_what_datev_calls_it() -> None:
    line = make_posting_line("119.00", user_cost_centre="Fuhrpark", site_cost_centre="Nord")
    posting = make_posting(
        lines=(line,), document_number="RE-2026/17", document_date=date(2026, 6, 9), text="Juni",
        due_date=date(2026, 7, 1), supply_date=date(2026, 5, 31), session=make_ended().id,
    )  # fmt: skip
    (row,) = only(batch_of(mapped(posting, make_account_rule(product="AC")))).rows
    told = {place: value for place, value in row.items() if value}
    shown = {place: told.pop(place) for place in (49, 51)}
    assert told == {
        1: "119,00", 2: "S", 3: "EUR", 7: "1410", 8: "8400", 10: "0906", 11: "RE-2026/17",
        14: "Ladestrom Juni", 37: "Fuhrpark", 38: "Nord", 39: "000000000012,3450", 48: "emobility",
        50: "Ladevorgang", 52: "Produkt", 53: "AC", 114: "0", 117: "01072026",
    }  # fmt: skip
    assert re.fullmatch(r"pst_[0-9a-z]{26}/1", shown[49])
    assert re.fullmatch(r"ses_[0-9a-z]{26}", shown[51])


def test_amounts_are_positive_and_the_side_tells_the_sign() -> None:
    credit = make_posting(lines=(make_posting_line("-11.90"),), reverses=make_posting().id)
    (row,) = only(batch_of(mapped(credit))).rows
    assert (row[1], row[2], row[39]) == ("11,90", "H", "000000000012,3450")
    assert amount(row) == Decimal("-11.90")


@pytest.mark.parametrize("kind", [DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE])
def test_what_is_left_of_a_document_stands_on_its_own_side_of_the_same_accounts(kind: DocumentKind) -> None:
    """Of an invoice the ERP system has rejected what it takes off, or all but that; so of a credit note."""
    for owed, side in (("-10.00", "H"), ("100.00", "S")):
        part = make_posting(
            document_kind=kind, lines=(make_posting_line(owed, energy=None),), reposts=make_posting().id
        )
        (row,) = only(batch_of(mapped(part))).rows
        assert (row[2], row[7], row[8], amount(row)) == (side, "1410", "8400", Decimal(owed))


def test_an_amount_of_zero_is_no_posting() -> None:
    free = make_posting(lines=(make_posting_line("0.00"), make_posting_line("1.19")))
    assert [row[1] for row in only(batch_of(mapped(free))).rows] == ["1,19"]


def test_each_month_has_a_file_of_its_own_in_its_fiscal_year() -> None:
    days = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2027, 2, 1))
    content = batch_of(*(mapped(make_posting(document_date=day)) for day in days))
    files = package(content, {**SETTINGS, "fiscal_year_month": "3"})
    assert list(files) == [f"EXTF_main-000007-{month}.csv" for month in ("2026-02", "2026-03", "2027-02")]
    read = [read_extf(file) for file in files.values()]
    assert [(one.header[12], one.header[14], one.header[15]) for one in read] == [
        ("20250301", "20260201", "20260228"),
        ("20260301", "20260301", "20260331"),
        ("20260301", "20270201", "20270228"),
    ]
    assert [[row[10] for row in one.rows] for one in read] == [["2802"], ["0103", "3103"], ["0102"]]


def test_settings_stand_in_the_header_and_in_the_rows() -> None:
    settings = {
        **SETTINGS, "chart": "04", "account_length": "5", "locked": "1", "supply_date": "1", "initials": "EM",
    }  # fmt: skip
    rule = make_account_rule(account="12100", contra_account="440000")
    posting = make_posting(supply_date=date(2026, 5, 31))
    read = only(batch_of(mapped(posting, rule)), settings)
    assert (read.header[13], read.header[17], read.header[20], read.header[26]) == ("5", '"EM"', "1", '"04"')
    (row,) = read.rows
    assert (row[114], row[115], row[116]) == ("1", "31052026", "31052026")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("consultant", ""), ("consultant", "1000"), ("consultant", "10000000"), ("client", "0"),
        ("client", "100000"), ("fiscal_year_month", "13"), ("account_length", "9"), ("chart", "05"),
        ("initials", "ABC"), ("locked", "yes"), ("consultant", "１２３４"),
    ],
)  # fmt: skip
def test_a_setting_that_datev_does_not_take_is_refused_by_name(setting: str, value: str) -> None:
    with pytest.raises(ExportSettingsRefused) as refusal:
        DATEV.check({**SETTINGS, setting: value})
    assert refusal.value.setting == setting


def test_adviser_and_client_must_be_told() -> None:
    with pytest.raises(ExportSettingsRefused) as refusal:
        DATEV.check({})
    assert refusal.value.setting == "consultant"


@pytest.mark.parametrize(
    ("posting", "rule", "field"),
    [
        ({"document_number": "RE_1"}, {}, "document_number"),
        ({"document_number": "RE 1"}, {}, "document_number"),
        ({}, {"account": "141"}, "lines.0.account"),
        ({}, {"contra_account": "840000"}, "lines.0.contra_account"),
        ({}, {"account": "14A0"}, "lines.0.account"),
        ({}, {"tax_key": "3"}, "lines.0.tax_key"),
        ({}, {"tax_key": "V9", "contra_account": "8195"}, "lines.0.tax_key"),
        ({}, {"cost_centre_1": "a-b"}, "lines.0.cost_centre_1"),
        ({}, {"product": "電"}, "lines.0.product"),
        ({"text": "🚗"}, {}, "lines.0.text"),
        ({"text": "a\x00"}, {}, "lines.0.text"),
    ],
)
def test_what_datev_cannot_show_is_told_by_its_place(
    posting: dict[str, Any], rule: dict[str, Any], field: str
) -> None:
    flaws = DATEV.flaws([mapped(make_posting(**posting), make_account_rule(**rule))], SETTINGS)
    assert [one.field for one in flaws] == [field]


def test_a_key_stands_on_accounts_that_do_not_know_their_tax_or_lifts_that() -> None:
    free = make_posting_line(tax_category=TaxCategory.ZERO, vat_percent=Decimal(0), **_untaxed("11.90"))
    for line, rule in (
        (make_posting_line(), make_account_rule(tax_key="3", contra_account="8195")),
        (free, make_account_rule(tax_key="40", contra_account="8400")),
    ):
        posting = mapped(make_posting(lines=(line,)), rule)
        assert DATEV.flaws([posting], SETTINGS) == []
        assert only(batch_of(posting)).rows[0][9] == rule.tax_key.zfill(4)
    longer = mapped(make_posting(), make_account_rule(tax_key="3", account="14100", contra_account="84000"))
    (flaw,) = DATEV.flaws([longer], {**SETTINGS, "account_length": "5"})
    assert "knows its tax" in flaw.detail


@pytest.mark.parametrize(
    ("percent", "rule", "field"),
    [
        (19, {"tax_key": "40"}, "tax_key"),
        (19, {"contra_account": "8200"}, "tax_key"),
        (7, {"contra_account": "8400"}, "tax_key"),
        (0, {"contra_account": "8400"}, "tax_key"),
        (19, {"account": "8400", "contra_account": "1410"}, "account"),
    ],
)
def test_vat_that_datev_would_not_split_as_the_line_says_is_refused(
    percent: int, rule: dict[str, str], field: str
) -> None:
    posting = mapped(_taxed([(10_000, percent, "")]), make_account_rule(**rule))
    assert [one.field for one in DATEV.flaws([posting], SETTINGS)] == [f"lines.0.{field}"]


def test_nothing_is_known_of_a_chart_of_ones_own_until_it_is_told() -> None:
    posting, own = mapped(_taxed([(10_000, 16, "")])), {**SETTINGS, "chart": ""}
    assert DATEV.flaws([posting], own) == []
    assert len(DATEV.flaws([posting], own | {"automatic_accounts": "8401"})) == 1
    assert len(DATEV.flaws([posting], own | {"automatic_accounts": "8400=19"})) == 1
    for told in ("8400=16", "8400"):
        assert DATEV.flaws([posting], own | {"automatic_accounts": told}) == []


def test_a_currency_of_other_than_two_decimals_is_refused() -> None:
    yen = {name: Money(100, "JPY") for name in ("net", "gross")} | {"vat": Money(0, "JPY")}
    line = make_posting_line(tax_category=TaxCategory.ZERO, vat_percent=Decimal(0), **yen)
    posting = mapped(make_posting(lines=(line,)), make_account_rule(contra_account="8200"))
    assert [one.field for one in DATEV.flaws([posting], SETTINGS)] == ["currency"]


def test_a_cent_between_the_vat_of_rows_and_that_of_the_document_has_a_row_of_its_own() -> None:
    # 0.03 holds 0.005 of VAT, which DATEV rounds to nothing three times; 0.09 holds 0.014.
    posting = mapped(_taxed([(3, 19, "a"), (3, 19, "b"), (3, 19, "c")], gross=True))
    read = only(batch_of(posting))
    (row,) = [one for one in read.rows if one[14].startswith("Rundungsdifferenz")]
    assert (row[1], row[2], row[7], row[8], row[9]) == ("0,01", "H", "1776", "8400", "0040")
    assert row[14] == "Rundungsdifferenz USt 19 %"
    own = {**SETTINGS, "chart": "", "automatic_accounts": "8400=19"}
    (flaw,) = DATEV.flaws([posting], own)
    assert "tax_accounts" in flaw.detail
    told = own | {"tax_accounts": "19=3806"}
    assert [one[7] for one in only(batch_of(posting), told).rows][-1] == "3806"


LINES = st.lists(
    st.tuples(
        st.integers(-5_000, 5_000).filter(bool), st.sampled_from([19, 7, 0]), st.sampled_from(["a", "b"])
    ),
    min_size=1,
    max_size=12,
)
ACCOUNTS = {
    (19, "a"): "8400",
    (19, "b"): "8401",
    (7, "a"): "8300",
    (7, "b"): "8301",
    (0, "a"): "8200",
    (0, "b"): "8201",
}
AUTOMATIC = {"8400": 19, "8401": 19, "8300": 7, "8301": 7}
LISTED = {**SETTINGS, "automatic_accounts": "8400=19,8401=19,8300=7,8301=7"}


@tried(max_examples=100, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_what_datev_makes_of_any_documents_is_what_they_say_on_every_account(
    documents: list[list[tuple[int, int, str]]], gross: bool, turned: bool
) -> None:
    """DATEV reckons VAT out of the gross amount of each row; revenue and VAT come to the document's own."""
    rules = [
        make_account_rule(vat_percents=(Decimal(rate),), line_kinds=(KINDS[of],), contra_account=account)
        for (rate, of), account in ACCOUNTS.items()
    ]
    postings = []
    for lines in documents:
        posting = _taxed(lines, gross=gross)
        if turned:
            posting = attrs.evolve(posting, state=PostingState.ACKNOWLEDGED, answers=_accepted(posting))
            posting = posting.reversal(id=make_posting().id, number="ST-1", on=posting.document_date, at=NOON)
        found = [
            determine(rules, ledger="m", document_kind=posting.document_kind, line=one)
            for one in posting.lines
        ]
        whole = with_accounts(posting, found)
        postings.append(whole.closed(whole.assignments, NOON))
    assert DATEV.flaws(postings, LISTED) == []
    said: Counter[str] = Counter()
    for posting in postings:
        for line, to in zip(posting.lines, posting.assignments, strict=True):
            said[to.account] += line.gross.minor
            said[to.contra_account] -= line.net.minor
            said[f"VAT {line.vat_percent}"] -= line.vat.minor
    assert +_booked(only(batch_of(*postings), LISTED)) == +said
    assert -_booked(only(batch_of(*postings), LISTED)) == -said


def _booked(read: Extf) -> Counter[str]:
    """What DATEV has on its accounts after it took a file, in cents."""
    taxes, booked = {"1776": "VAT 19", "1771": "VAT 7"}, Counter[str]()
    for row in read.rows:
        cents = int(amount(row) * 100)
        rate = AUTOMATIC.get(row[8], 0) if row[9] == "" else 0
        vat = int((Decimal(cents) * rate / (100 + rate)).to_integral_value(ROUND_HALF_UP))
        booked[taxes.get(row[7], row[7])] += cents
        booked[row[8]] -= cents - vat
        booked[f"VAT {rate}"] -= vat
    return booked


KINDS = {"": LineKind.ENERGY, "a": LineKind.ENERGY, "b": LineKind.TIME, "c": LineKind.BASE}


def _untaxed(whole: str) -> dict[str, Money]:
    amount = Money.rounded(Decimal(whole), "EUR")
    return {"net": amount, "vat": Money(0, "EUR"), "gross": amount}


def _taxed(lines: list[tuple[int, int, str]], *, gross: bool = False) -> Posting:
    """An invoice of cents, net or gross, or a part of one, whose VAT is rounded once for each rate and shared
    out."""
    made = []
    for rate in dict.fromkeys(rate for _, rate, _ in lines):
        of_rate = [(Money(cents, "EUR"), kind) for cents, one, kind in lines if one == rate]
        share = Decimal(rate) / 100
        if gross:
            nets = rounded_parts([one.amount / (1 + share) for one, _ in of_rate], "EUR")
            triples = [(net, one - net, one) for net, (one, _) in zip(nets, of_rate, strict=True)]
        else:
            vats = rounded_parts([one.amount * share for one, _ in of_rate], "EUR")
            triples = [(one, vat, one + vat) for vat, (one, _) in zip(vats, of_rate, strict=True)]
        category = TaxCategory.STANDARD if rate else TaxCategory.ZERO
        made += [
            make_posting_line(
                kind=KINDS[kind],
                net=net,
                vat=vat,
                gross=whole,
                tax_category=category,
                vat_percent=Decimal(rate),
            )
            for (net, vat, whole), (_, kind) in zip(triples, of_rate, strict=True)
        ]
    # What comes to less than nothing is what was left of an invoice.
    rest = make_posting().id if sum(one.gross.minor for one in made) < 0 else None
    return make_posting(lines=tuple(made), document_number="RE-1", reposts=rest)


def _accepted(posting: Posting) -> tuple[LineAnswer, ...]:
    return tuple(
        LineAnswer(line=number, accepted=True, document="49-1", at=NOON)
        for number in range(1, len(posting.lines) + 1)
    )


def test_letters_that_the_code_page_does_not_have_lose_their_accents_and_no_more() -> None:
    text = 'Łódź ő "Straße" € 12 – Ž\tş'
    (row,) = only(batch_of(mapped(make_posting(lines=(make_posting_line(text=text),))))).rows
    assert row[14] == 'Lódz ö "Straße" € 12 – Ž s'


def test_a_text_is_cut_after_60_characters() -> None:
    (row,) = only(batch_of(mapped(make_posting(lines=(make_posting_line(text="ä" * 61),))))).rows
    assert row[14] == "ä" * 60


def test_documents_stand_in_the_package_and_rows_link_to_them() -> None:
    first, second = [make_posting(document_number=number) for number in ("RE-1", "RE/2")]
    content = batch_of(mapped(first), mapped(second), documents=True)
    files = package(attrs.evolve(content, documents={second.id: content.documents[second.id]}))
    assert list(files) == ["EXTF_main-000007-2026-06.csv", "document.xml", "00001-RE-2.pdf"]
    rows = {row[11]: row for row in read_extf(files["EXTF_main-000007-2026-06.csv"]).rows}
    assert rows["RE-1"][20] == ""
    assert rows["RE/2"][20] == f'BEDI "{second.id}"'
    assert files["00001-RE-2.pdf"] == b"%PDF-1.7 RE/2"
    space = "{http://xml.datev.de/bedi/tps/document/v06.0}"
    archive = ElementTree.fromstring(files["document.xml"])
    (document,) = archive.iter(f"{space}document")
    (file,) = document.iter(f"{space}extension")
    assert (document.get("guid"), file.get("name")) == (str(second.id), "00001-RE-2.pdf")
    assert archive.findtext(f"{space}header/{space}clientNumber") == "55003"


def test_a_file_is_what_it_was_before(golden: Golden) -> None:
    """An adviser who has imported one is not to get another with a later version."""
    energy = make_posting_line().energy
    lines = tuple(
        make_posting_line("11.90", kind=kind, energy=energy if kind is LineKind.ENERGY else None)
        for kind in LineKind
    )
    (file,) = package(batch_of(mapped(make_posting(lines=lines, document_number="RE-1")))).values()
    text = re.sub('"pst_[0-9a-z]{26}/', '"pst_/', file.decode("cp1252"))
    # A golden file is text; that lines end with CRLF is asserted by the reader.
    golden("EXTF_main-000007-2026-06.csv", text.replace("\r\n", "\n"))


@tried(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8),
    st.text(max_size=80),
    st.integers(1, 12),
)
def test_whatever_is_not_refused_is_read_back_to_the_cent(cents: list[int], text: str, month: int) -> None:
    postings = [
        mapped(
            make_posting(
                lines=(make_posting_line(str(Decimal(one) / 100), text=text),),
                reverses=make_posting().id if one < 0 else None,
                document_date=date(2026, month, 1),
            )
        )
        for one in cents
    ]
    # Document numbers of the builder are RE- and hexadecimal digits.
    if DATEV.flaws([attrs.evolve(one, document_number="R1") for one in postings], SETTINGS):
        return
    content = batch_of(
        *(attrs.evolve(one, document_number=f"R{place}") for place, one in enumerate(postings))
    )
    rows = [row for file in package(content).values() for row in read_extf(file).rows]
    assert sum((amount(row) for row in rows), Decimal(0)) == Decimal(sum(cents)) / 100
    assert len(rows) == sum(1 for one in cents if one)
