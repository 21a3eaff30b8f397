"""Exports by a column map: any CSV, fixed-width lines as for SAP, and XML, from a file that runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from emobility_adapters.erp_template import MalformedTemplate, TemplateExport, read_template
from emobility_core.accounting import DocumentKind, ErpExport
from emobility_core.testing import contracts
from emobility_core.testing.builders import make_posting, make_posting_line
from tests.adapters.erp.test_datev import batch_of, mapped

CSV = """
separator = ";"
decimal = ","
date = "DD.MM.YYYY"
encoding = "cp1252"

[[columns]]
title = "Beleg"
field = "document_number"

[[columns]]
title = "Art"
field = "document_kind"
values = { invoice = "DR", credit_note = "DG" }

[[columns]]
title = "Datum"
field = "document_date"

[[columns]]
title = "Text"
field = "text"
longest = 10

[[columns]]
title = "Betrag"
field = "gross"
absolute = true

[[columns]]
title = "SH"
field = "side"
values = { debit = "S", credit = "H" }

[[columns]]
title = "Firma"
text = "0100"
"""
FIXED = """
kind = "fixed"
extension = "txt"
line_end = "\\n"
date = "YYYYMMDD"

[[columns]]
title = "BUDAT"
field = "document_date"
width = 8

[[columns]]
title = "WRBTR"
field = "gross"
absolute = true
width = 12
right = true
fill = "0"

[[columns]]
title = "HKONT"
field = "account"
width = 10
"""
XML = """
kind = "xml"
extension = "xml"
media_type = "application/xml"
root = "Bookings"
row = "Booking"

[[columns]]
title = "Text"
field = "text"

[[columns]]
title = "Net"
field = "net"
"""


def export_of(tmp_path: Path, text: str, name: str = "erp") -> TemplateExport:
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    return TemplateExport(read_template(path))


@pytest.mark.parametrize("text", [CSV, FIXED, XML], ids=["csv", "fixed", "xml"])
class TestContract(contracts.ErpExportContract):
    @pytest.fixture
    def export(self, tmp_path: Path, text: str) -> ErpExport:
        return export_of(tmp_path, text)

    @pytest.fixture
    def settings(self) -> Mapping[str, str]:
        return {}


def _content(text: str = "Ladestrom in Ulm") -> Any:
    invoice = make_posting(document_number="RE-1", lines=(make_posting_line("11.90", text=text),))
    credit = make_posting(
        document_number="GU-1",
        document_kind=DocumentKind.CREDIT_NOTE,
        lines=(make_posting_line("-1.19", text=text),),
    )
    return batch_of(mapped(invoice), mapped(credit))


@pytest.mark.parametrize(
    ("field", "longest", "flawed"),
    [("gross", 4, True), ("gross", 5, False), ("account", 3, True), ("document_number", 3, True),
     ("document_date", 9, True), ("text", 3, False), ("document_text", 1, False)],
)  # fmt: skip
def test_texts_are_cut_and_nothing_else_is(tmp_path: Path, field: str, longest: int, flawed: bool) -> None:
    column = f'[[columns]]\ntitle = "One"\nfield = "{field}"\nlongest = {longest}\n'
    invoice = mapped(make_posting(document_number="RE-1", text="June", lines=(make_posting_line("11.90"),)))
    flaws = export_of(tmp_path, column).flaws([invoice], {})
    assert [one.field for one in flaws] == ([f"lines.0.{field}"] if flawed else [])


def test_a_csv_is_as_the_map_says(tmp_path: Path) -> None:
    file = export_of(tmp_path, CSV).render(_content("Größe – eins"), {})
    assert (file.name, file.media_type) == ("main-000007-erp.csv", "text/csv")
    assert file.content.decode("cp1252").split("\r\n") == [
        "Beleg;Art;Datum;Text;Betrag;SH;Firma",
        "RE-1;DR;10.06.2026;Größe – ei;11,90;S;0100",
        "GU-1;DG;10.06.2026;Größe – ei;1,19;H;0100",
        "",
    ]


def test_what_is_left_of_an_invoice_below_zero_stands_on_the_credit_side(tmp_path: Path) -> None:
    of = {"document_number": "RE-1", "reposts": make_posting().id}
    rest = mapped(make_posting(lines=(make_posting_line("-1.19", text="Rabatt"),), **of))
    file = export_of(tmp_path, CSV).render(batch_of(rest), {})
    assert file.content.decode("cp1252").split("\r\n")[1] == "RE-1;DR;10.06.2026;Rabatt;1,19;H;0100"


def test_fixed_widths_are_filled_and_too_long_a_text_is_a_flaw(tmp_path: Path) -> None:
    export = export_of(tmp_path, FIXED)
    assert export.render(_content(), {}).content.decode() == (
        "20260610000000011.901410      \n20260610000000001.191410      \n"
    )
    narrow = export_of(tmp_path, FIXED.replace("width = 10", "width = 3"))
    (flaw, _) = narrow.flaws(_content().postings, {})
    assert (flaw.field, flaw.detail) == ("lines.0.account", "has more than 3 characters")


def test_xml_is_well_formed_whatever_stands_in_it(tmp_path: Path) -> None:
    file = export_of(tmp_path, XML).render(_content("<a> & \x01 ]]>"), {})
    bookings = ElementTree.fromstring(file.content)
    assert [(one.findtext("Text"), one.findtext("Net")) for one in bookings] == [
        ("<a> &   ]]>", "10.00"),
        ("<a> &   ]]>", "-1.00"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", " =1", "|calc", "%x"])
def test_a_spreadsheet_runs_no_text(tmp_path: Path, text: str) -> None:
    content = _content(text)
    told = export_of(tmp_path, CSV).render(content, {}).content.decode("cp1252")
    assert ";'" in told.splitlines()[1]
    plain = export_of(tmp_path, "spreadsheet = false\n" + CSV).render(content, {}).content.decode("cp1252")
    assert ";'" not in plain


def test_numbers_below_zero_stay_numbers(tmp_path: Path) -> None:
    told = (
        export_of(tmp_path, CSV.replace("absolute = true", ""))
        .render(_content(), {})
        .content.decode("cp1252")
    )
    assert ";-1,19;" in told


def test_a_letter_that_the_encoding_does_not_have_is_a_flaw(tmp_path: Path) -> None:
    flaws = export_of(tmp_path, CSV).flaws(_content("電").postings, {})
    assert {(one.field, one.detail) for one in flaws} == {("lines.0.text", "U+96FB is not in cp1252")}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("columns = 1", "columns"), ("", "columns"), ("= 1", ""), ("colour = 1\n" + CSV, "colour"),
        ('kind = "exe"\n' + CSV, "kind"), ('header = "yes"\n' + CSV, "header"),
        (CSV.replace('"document_number"', '"__class__"'), "columns.0.field"),
        (CSV.replace('"document_number"', '"{document_number}"'), "columns.0.field"),
        (CSV.replace('field = "document_number"', ""), "columns.0"),
        (CSV.replace('title = "Beleg"', ""), "columns.0.title"),
        (CSV.replace('"DR"', "1"), "columns.1.values"),
        (CSV.replace('"DD.MM.YYYY"', '"%d"'), "date"), (CSV.replace('"cp1252"', '"klingon"'), "encoding"),
        (CSV.replace('separator = ";"', 'separator = "::"'), "separator"),
        (CSV.replace('decimal = ","', 'decimal = "x"'), "decimal"),
        (FIXED.replace("width = 8", "width = 0"), "columns.0.width"),
        (FIXED.replace('extension = "txt"', 'extension = "../x"'), "extension"),
        (XML.replace('"Text"', '"a b"'), "columns.0.title"), (XML.replace('"Bookings"', '"<x>"'), "root"),
    ],
)  # fmt: skip
def test_a_template_that_makes_no_sense_is_refused_by_the_place(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(MalformedTemplate) as refusal:
        export_of(tmp_path, text)
    assert (refusal.value.file, refusal.value.place) == ("erp.toml", place)


def test_a_template_is_named_by_its_file(tmp_path: Path) -> None:
    assert export_of(tmp_path, CSV, "sap_fi").name == "sap_fi"
    with pytest.raises(MalformedTemplate):
        export_of(tmp_path, CSV, "SAP FI")
