"""Formats of posting batches are found by name: ours, those of a folder of templates, those of plug-ins."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import pytest

from emobility_adapters.erp_template import MalformedTemplate
from emobility_app.compose.posting_formats import export_formats
from emobility_app.http.account_maps import account_maps
from emobility_core.accounting import TaxCategory, UnknownExportFormat, determine, with_accounts
from emobility_core.money import Money
from emobility_core.testing.builders import make_account_rule, make_posting, make_posting_line

TEMPLATE = '[[columns]]\ntitle = "Net"\nfield = "net"\n'
PLUGIN = """
from emobility_core.accounting import CsvExport

class Acme(CsvExport):
    pass

def acme():
    return Acme(name="acme")
"""


def test_ours_are_there_and_an_unknown_one_is_refused_by_name() -> None:
    formats = export_formats()
    assert [formats.get(name).name for name in ("json", "csv", "datev")] == ["json", "csv", "datev"]
    with pytest.raises(UnknownExportFormat) as refusal:
        formats.get("sap")
    assert {"csv", "datev", "json"} <= set(refusal.value.known)


def test_a_template_is_a_format_and_does_not_take_the_name_of_ours(tmp_path: Path) -> None:
    for name in ("sap", "datev"):
        (tmp_path / f"{name}.toml").write_text(TEMPLATE)
    formats = export_formats(tmp_path)
    assert formats.get("sap").name == "sap"
    assert type(formats.get("datev")).__name__ == "DatevExport"


def test_a_template_that_makes_no_sense_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "sap.toml").write_text("colour = 1")
    with pytest.raises(MalformedTemplate):
        export_formats(tmp_path)


def test_an_installed_plug_in_is_a_format_and_imported_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_erp.py").write_text(PLUGIN)
    about = tmp_path / "acme_erp-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-erp\nVersion: 1\n")
    points = "acme = acme_erp:acme\ncsv = acme_erp:acme\n"
    (about / "entry_points.txt").write_text(f"[emobility.erp_export]\n{points}")
    monkeypatch.syspath_prepend(tmp_path)
    formats = export_formats()
    assert "acme_erp" not in sys.modules
    assert formats.get("acme").name == "acme"
    assert type(formats.get("csv")).__name__ == "CsvExport"
    del sys.modules["acme_erp"]


@pytest.mark.parametrize("chart", ["03", "04"])
def test_a_starter_map_posts_to_accounts_that_split_the_vat_of_its_lines(chart: str) -> None:
    datev = export_formats().get("datev")
    settings = {"consultant": "29098", "client": "55003", "chart": chart}
    for rule in account_maps()[f"skr{chart}"]["rules"]:
        percent = Decimal(rule.get("vat_percents", ["0"])[0])
        category = TaxCategory(rule.get("tax_categories", ["O"])[0])
        net = Money(10_000, "EUR")
        vat = Money.rounded(net.amount * percent / 100, "EUR")
        line = make_posting_line(
            tax_category=category, vat_percent=percent, net=net, vat=vat, gross=net + vat
        )
        accounts = make_account_rule(account=rule["account"], contra_account=rule["contra_account"])
        posting = make_posting(lines=(line,), document_number="RE-1")
        found = determine([accounts], ledger="main", document_kind=posting.document_kind, line=line)
        assert datev.flaws([with_accounts(posting, [found])], settings) == [], rule["name"]
