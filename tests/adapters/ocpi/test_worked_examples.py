"""The worked examples of the OCPI specification: tariffs, sessions, and what they cost."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from emobility_adapters.ocpi import OcpiVersion, read_session, read_tariff, write_tariff
from emobility_core.tariffs import Component, rate
from tests.core.tariffs.folder import loaded

EXAMPLES = loaded("ocpi_worked_examples.json")
pytestmark = pytest.mark.oracle("worked examples of OCPI tariffs")
each = pytest.mark.parametrize("example", EXAMPLES, ids=[one["id"] for one in EXAMPLES])


def test_the_examples_are_there(vectors: Path) -> None:
    assert (vectors / "tariffs").is_dir()
    assert len(EXAMPLES) == 23


def _like(exact: Decimal, printed: str) -> str:
    """Rounded half up to the digits that the example prints."""
    return str(exact.quantize(Decimal(printed), ROUND_HALF_UP))


@each
def test_an_example_comes_out_as_printed(example: Any) -> None:
    """Where its arithmetic is wrong, as corrected by its own rules."""
    bill = rate(read_session(example["session"]), read_tariff(example["tariff"]).prices)
    expected = example["expected"]
    assert _like(bill.net, expected["total_excl_vat"]) == expected["total_excl_vat"]
    if expected["total_incl_vat"] is not None:
        assert _like(bill.gross, expected["total_incl_vat"]) == expected["total_incl_vat"]


@each
def test_its_lines_are_those_of_the_reference(example: Any) -> None:
    """Quantities and costs of each line, but for limits, which the reference has no lines of."""
    bill = rate(read_session(example["session"]), read_tariff(example["tariff"]).prices)
    ours = sorted(
        line.amount for line in bill.lines if line.component not in (Component.MINIMUM, Component.MAXIMUM)
    )
    theirs = sorted(Decimal(row["cost_excl_vat"]) for row in example["reference_breakdown"])
    assert len(ours) == len(theirs)
    assert all(abs(one - other) < Decimal("1e-15") for one, other in zip(ours, theirs, strict=True))


@each
def test_its_tariff_is_written_as_it_was_read(example: Any) -> None:
    tariff = read_tariff(example["tariff"])
    assert tariff.version is OcpiVersion.V2_3_0
    told = json.dumps(write_tariff(tariff.prices, tariff.version, tariff.about))
    assert json.loads(told, parse_float=Decimal) == example["tariff"]
