"""The register that samples state, as stations really send them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.charging import Quality, Register, register_of, unit_lies
from emobility_core.energy import Energy
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON

POWER = {"measurand": "Power.Active.Import"}
REGISTER = {"measurand": "Energy.Active.Import.Register"}
NONE: frozenset[Quality] = frozenset()


@pytest.mark.parametrize(
    ("sample", "mwh"),
    [
        ({"value": "3500"}, 3_500_000),
        ({"value": "3500", "unit": "Wh"}, 3_500_000),
        ({"value": "3.5", "unit": "kWh"}, 3_500_000),
        ({"value": "3.500001", "unit": "kWh"}, 3_500_001),
        ({"value": " 3500 "}, 3_500_000),
        ({"value": "3500.0"}, 3_500_000),
        ({"value": "3.5E3"}, 3_500_000),
        ({"value": 3500}, 3_500_000),
        ({"value": 3500.5}, 3_500_500),
        ({"value": "0"}, 0),
        ({"value": "-1"}, -1_000),
        ({"value": "999999999999"}, 999_999_999_999_000),
        ({"value": "3500", "context": "Transaction.Begin", "location": "Outlet", "format": "Raw"}, 3_500_000),
    ],
)
def test_a_register_is_read_exactly(sample: dict[str, Any], mwh: int) -> None:
    register = register_of([sample])
    assert (register.energy, register.power_w, register.qualities) == (Energy(mwh), None, NONE)


@pytest.mark.parametrize(
    ("value", "unit", "watt"),
    [("11040", "W", 11_040), ("11.04", "kW", 11_040), ("11040", None, 11_040), ("-50", "W", -50)],
)
def test_power_is_read_in_watts(value: str, unit: str | None, watt: int) -> None:
    sample = {**POWER, "value": value} if unit is None else {**POWER, "value": value, "unit": unit}
    register = register_of([sample])
    assert (register.energy, register.power_w, register.qualities) == (None, watt, NONE)


@pytest.mark.parametrize(
    ("sample", "quality"),
    [
        ({"value": "12", "unit": "kVARh"}, Quality.UNKNOWN_UNIT),
        ({"value": "12", "unit": 7}, Quality.UNKNOWN_UNIT),
        ({"value": "12", "unit": "W"}, Quality.UNKNOWN_UNIT),
        ({**POWER, "value": "12", "unit": "Wh"}, Quality.UNKNOWN_UNIT),
        ({"value": "twelve"}, Quality.VALUE_UNREADABLE),
        ({"value": "12,5"}, Quality.VALUE_UNREADABLE),
        ({"value": "NaN"}, Quality.VALUE_UNREADABLE),
        ({"value": "Infinity"}, Quality.VALUE_UNREADABLE),
        ({"value": "1e999999"}, Quality.VALUE_UNREADABLE),
        ({"value": "-1E+9999999"}, Quality.VALUE_UNREADABLE),
        ({"value": "1000000000000"}, Quality.VALUE_UNREADABLE),
        ({"value": None}, Quality.VALUE_UNREADABLE),
        ({}, Quality.VALUE_UNREADABLE),
    ],
)
def test_what_says_nothing_is_flagged(sample: dict[str, Any], quality: Quality) -> None:
    register = register_of([sample])
    assert (register.energy, register.power_w, register.qualities) == (None, None, frozenset({quality}))


def test_more_decimals_than_a_meter_has_are_cut_and_flagged() -> None:
    register = register_of([{"value": "1.00049"}])
    assert (register.energy, register.qualities) == (Energy(1_000), frozenset({Quality.FINER_THAN_MWH}))


def _phase(name: str, value: str) -> dict[str, Any]:
    return {**REGISTER, "phase": name, "value": value}


@pytest.mark.parametrize("suffix", ["", "-N"])
def test_registers_of_the_phases_are_summed(suffix: str) -> None:
    register = register_of([_phase(f"L{n}{suffix}", str(n * 100)) for n in (1, 2, 3)])
    assert (register.energy, register.qualities) == (Energy.wh(600), frozenset({Quality.SUM_OF_PHASES}))


def test_the_total_wins_over_phases_wherever_it_stands() -> None:
    phases = [_phase(f"L{n}", "100") for n in (1, 2, 3)]
    total = {**REGISTER, "value": "301"}
    for samples in ([total, *phases], [*phases, total]):
        register = register_of(samples)
        assert (register.energy, register.qualities) == (Energy.wh(301), NONE)


def test_a_phase_told_twice_counts_once() -> None:
    register = register_of([_phase("L1", "100"), _phase("L1-N", "101")])
    assert register.energy == Energy.wh(101)


def test_a_power_told_twice_for_a_phase_counts_once() -> None:
    samples = [{**POWER, "phase": name, "value": "3680"} for name in ("L1", "L1-N")]
    assert register_of(samples).power_w == 3680


def test_an_unknown_phase_means_the_whole() -> None:
    assert register_of([_phase("L1-L2", "100")]).energy == Energy.wh(100)


def test_powers_of_the_phases_are_summed() -> None:
    samples = [{**POWER, "phase": f"L{n}", "value": "3680"} for n in (1, 2, 3)]
    assert register_of(samples).power_w == 11_040


def test_the_total_power_wins_over_phases_wherever_it_stands() -> None:
    phases = [{**POWER, "phase": f"L{n}", "value": "3680"} for n in (1, 2, 3)]
    total = {**POWER, "value": "11041"}
    for samples in ([total, *phases], [*phases, total]):
        assert register_of(samples).power_w == 11_041


def test_signed_values_and_other_measurands_are_left_alone() -> None:
    samples = [
        {"value": "OCMF|{}|{}", "format": "SignedData"},
        {"measurand": "Voltage", "value": "230", "unit": "V"},
        {"measurand": "Energy.Active.Import.Interval", "value": "12"},
        {"measurand": "Energy.Active.Export.Register", "value": "99"},
    ]
    register = register_of(samples)
    assert (register.energy, register.power_w, register.qualities) == (None, None, NONE)


json_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
names = ["value", "measurand", "unit", "phase", "context", "location", "format"]
known = st.sampled_from([*REGISTER.values(), *POWER.values(), "Wh", "kWh", "kW", "L1", "L2-N", "12.5"])


@given(st.lists(st.dictionaries(st.sampled_from(names), json_values | known)))
def test_no_sample_is_ever_refused(samples: list[dict[str, Any]]) -> None:
    register = register_of(samples)
    assert register.energy is None or abs(register.energy.mwh) < 2**63


@pytest.mark.parametrize(
    ("samples", "wh"),
    [
        ([{"value": "5000"}, {"value": "5100", "location": "Inlet"}], 5000),
        ([{"value": "5100", "location": "Inlet"}, {"value": "5000", "location": "Outlet"}], 5000),
        ([{"value": "5100", "location": "Body"}], 5100),
        ([{"value": "5000"}, {"value": "100", "phase": "N"}], 5000),
        ([{"value": "5000"}, {"value": "100", "phase": "L1-L2"}], 5000),
    ],
)
def test_what_left_at_the_outlet_counts_and_no_other_register_beside_it(
    samples: list[dict[str, Any]], wh: int
) -> None:
    assert register_of(samples).energy == Energy.wh(wh)
    assert register_of(reversed(samples)).energy == Energy.wh(wh)


@pytest.mark.parametrize(
    ("moved_wh", "power_w", "lies"),
    [
        (1, 9451, True),  # kWh labelled Wh: seven minutes at 9.4 kW
        (1_100_000, 9451, True),  # Wh labelled kWh
        (1_100, 9451, False),
        (0, 9451, False),
        (30, 9451, False),
        (1, 600, False),  # too little to tell
        (1, None, False),
    ],
)
def test_a_unit_that_cannot_be_meant_is_told_by_the_power(
    moved_wh: int, power_w: int | None, lies: bool
) -> None:
    now = Register(Energy.wh(361 + moved_wh), power_w, frozenset())
    assert unit_lies(Energy.wh(361), NOON, now, later(minutes=7)) is lies
    assert unit_lies(None, None, now, later(minutes=7)) is False
