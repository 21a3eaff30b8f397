"""Cells that no spreadsheet runs, and that come back as they were."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_app.http.import_kinds import KINDS, import_columns
from emobility_app.transfers import Column
from emobility_app.transfers.columns import defused, plain

FORMULAS = ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "\uff1d1", "'=1", "''", "'", "''=1"]
CELLS = st.one_of(st.text(), st.sampled_from(FORMULAS), st.text("'=+-@\t\r\na", max_size=6))


@given(CELLS)
def test_a_text_comes_back_from_its_cell_as_it_was(text: str) -> None:
    assert plain(defused(text)) == text


@given(CELLS)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))


@pytest.mark.parametrize("text", ["Ada", "'s Gravenhage", "O'Neill", "1", "a=1", ""])
def test_what_is_harmless_is_written_as_it_is(text: str) -> None:
    assert (defused(text), plain(text)) == (text, text)


@pytest.mark.parametrize("text", ["-0.39", "0.39", "-5"])
def test_a_number_remains_a_number(text: str) -> None:
    assert Column(name="a", path=("a",), kind=Decimal).cell(text) == text
    assert Column(name="a", path=("a",), kind=int).cell(int(Decimal(text))) == str(int(Decimal(text)))
    assert Column(name="a", path=("a",), kind=str).cell("-5") == "'-5"


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [(bool, "TRUE", True), (bool, "no", "no"), (int, "7", 7), (int, "7.0", "7.0"), (str, "7", "7")],
)
def test_a_cell_is_read_as_its_column_says(kind: type, cell: str, value: object) -> None:
    read = Column(name="a", path=("a",), kind=kind).value(cell)
    assert (read, type(read)) == (value, type(value))


def test_an_empty_text_is_told_from_none() -> None:
    optional = Column(name="a", path=("a",), kind=str)
    assert (optional.cell(None), optional.cell(""), optional.value("'")) == ("", "'", "")
    assert Column(name="a", path=("a",), kind=str, default="").cell("") == ""


def test_fields_of_fields_and_names_of_the_other_system_are_columns() -> None:
    assert {"address.city", "watch_rules.free_min", "time_zone"} <= import_columns(KINDS["sites"]).keys()
    contract = import_columns(KINDS["contracts"])
    assert contract["customer.external_id"].path == ("customer", "external_id")
    assert {"validity.since", "customer", "user_group.external_id"} <= contract.keys()
    assert import_columns(KINDS["customers"])["user_groups"].value("ugr_1|ugr_2") == ["ugr_1", "ugr_2"]
    for resource in KINDS.values():
        assert not import_columns(resource).keys() & {"id", "tenant", "version", "key_digest", "external_ids"}
