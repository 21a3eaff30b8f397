"""Energy: exact integers of milliwatt-hours."""

from decimal import Decimal

import pytest
from hypothesis import given

from emobility_core.energy import Energy, NotAnEnergy
from emobility_core.testing.strategies import energies


def test_kilowatt_hours_show_three_decimals_or_as_many_as_needed() -> None:
    assert str(Energy.wh(17_000).kwh) == "17.000"
    assert str(Energy(1).kwh) == "0.000001"
    assert str(Energy(0).kwh) == "0.000"


@given(energies)
def test_kilowatt_hours_are_read_back(energy: Energy) -> None:
    assert Energy.parse_kwh(energy.kwh) == energy


@pytest.mark.parametrize("text", ["0.0000001", "NaN", "Infinity", "-Infinity"])
def test_what_is_no_exact_energy_is_refused(text: str) -> None:
    with pytest.raises(NotAnEnergy):
        Energy.parse_kwh(Decimal(text))


def test_no_float_becomes_energy() -> None:
    with pytest.raises(TypeError):
        Energy(1.5)  # type: ignore[arg-type]


@given(energies, energies)
def test_subtracting_undoes_adding(one: Energy, other: Energy) -> None:
    assert one + other - other == one
    assert (one < other) == (one.mwh < other.mwh)
