"""When two values of a configuration key mean the same, and when one is as good as what is expected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.configuration import (
    BASE,
    ExpectedKey,
    MalformedExpectation,
    expected_of,
    fingerprint,
    members,
    same,
)
from emobility_core.network import BootReport
from emobility_core.testing.builders import make_template, make_tenant

ENERGY, POWER, SOC = "Energy.Active.Import.Register", "Power.Active.Import", "SoC"
LIST = "MeterValuesSampledData"
# What stations of several makers answered.
DIRTY = (
    "Voltage.L1-N, Voltage.N, Temperature, Current.Offered.L1, , Energy.Active.Import.Register.L1, "
    "GarbageText.L2, "
)

_NAMES = st.sampled_from([ENERGY, POWER, SOC, "Voltage", "Current.Import"])
_PHASES = st.sampled_from(["", ".L1", ".L2-N", ".N"])
_BLANKS = st.sampled_from(["", " ", "  "])


@given(names=st.lists(_NAMES), data=st.data())
def test_lists_compare_as_sets_whatever_their_order_blanks_phases_and_case(
    names: list[str], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*names, *names[:1], ""]))
    written = ",".join(
        data.draw(_BLANKS) + (name and name.swapcase() + data.draw(_PHASES)) + data.draw(_BLANKS)
        for name in shuffled
    )
    assert same(LIST, ",".join(names), written)
    assert same(LIST, written, written)
    assert members(LIST, written).keys() == {name.lower() for name in names}


def test_garbage_among_measurands_changes_nothing() -> None:
    assert same(LIST, DIRTY, f"Temperature,Current.Offered,Voltage,{ENERGY}")
    assert not same(LIST, DIRTY, ENERGY)
    assert not same("SupportedFeatureProfiles", "Core,Garbage", "Core")


@given(st.integers(-(10**9), 10**9))
def test_numbers_compare_however_they_are_written(number: int) -> None:
    for written in (f" {number} ", f"{number}.0", f"{number}.00"):
        assert same("HeartbeatInterval", str(number), written)
    assert not same("HeartbeatInterval", str(number), f"{number}.5")
    assert not same("HeartbeatInterval", str(number), str(number + 1))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("true", "True", True), ("TRUE", " true", True), ("true", "false", False), ("a", "A", False),
     ("", " ", True), ("0", "", False), ("007", "7", True)],
)  # fmt: skip
def test_truths_and_texts(one: str, other: str, alike: bool) -> None:
    assert same("X", one, other) is alike


@given(st.lists(_NAMES), _PHASES)
def test_a_list_that_is_mended_is_met_and_loses_nothing(names: list[str], phase: str) -> None:
    expected = ExpectedKey(key=LIST, value=ENERGY, includes=True)
    reported = ", ".join(name + phase for name in names)
    mended = expected.mended(reported)
    assert expected.is_met(mended)
    assert members(LIST, mended).keys() >= members(LIST, reported).keys()
    assert expected.mended(mended) == mended
    assert expected.is_met(reported) is (ENERGY in names)


def test_a_list_that_would_grow_too_long_is_replaced() -> None:
    expected = ExpectedKey(key=LIST, value=ENERGY, includes=True)
    assert expected.mended(f"{POWER},{SOC}", most=2) == ENERGY
    assert members(LIST, expected.mended(f"{POWER},{SOC}", most=3)).keys() == {
        one.lower() for one in (ENERGY, POWER, SOC)
    }
    assert expected.mended(f"{POWER}, Garbage.L2, Invented") == f"{ENERGY},{POWER}"


def test_bounds_and_alternatives() -> None:
    interval = ExpectedKey(key="ClockAlignedDataInterval", value="900", also=("0",), at_least=60)
    met = {value for value in ("0", "59", "60", "900", "-1", "", "x", " 60.0") if interval.is_met(value)}
    assert met == {"0", "60", "900", " 60.0"}
    assert ExpectedKey(key="X", value="5", at_most=9).is_met("-3")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": " X"}, "key"),
        ({"key": "x" * 51}, "key"),
        ({"key": "AuthorizationKey"}, "key"),
        ({"value": "x" * 501}, "value"),
        ({"key": LIST, "includes": True, "value": " , "}, "value"),
        ({"includes": True}, "includes"),
        ({"at_least": 2}, "at_least"),
        ({"at_most": 0}, "at_most"),
        ({"at_least": 0, "value": "x"}, "at_least"),
        ({"key": LIST, "includes": True, "value": ENERGY, "at_most": 9}, "at_most"),
    ],
)
def test_what_no_station_could_be_told_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedExpectation) as refusal:
        ExpectedKey(**{"key": "X", "value": "1", **fields})
    assert refusal.value.field == field


def test_the_nearer_tenant_and_the_more_exact_template_have_the_last_word() -> None:
    root = make_tenant()
    own = make_tenant(root)
    boot = BootReport(vendor="ABB", model="Terra AC W22", firmware="1.8")

    def one(tenant: Any, value: str, **changes: Any) -> Any:
        return make_template(tenant=tenant.id, keys=(ExpectedKey(key="X", value=value),), **changes)

    def x(*templates: Any) -> str | None:
        return next((key.value for key in expected_of(templates, boot) if key.key.lower() == "x"), None)

    assert x() is None
    assert x(one(root, "1", vendor="Other")) is None
    assert x(one(root, "1", model="terra*")) == "1"
    assert x(one(root, "2", vendor="abb", model="Terra AC*"), one(root, "1")) == "2"
    assert x(one(root, "2", vendor="abb", model="Terra AC*"), one(own, "3")) == "3"
    assert x(one(root, "1"), one(root, "2")) == "2"


def test_what_billing_depends_on_may_be_met_otherwise_but_not_waived() -> None:
    key = ExpectedKey(key="stoptxnsampleddata", value="", also=("X",), repair=False, optional=True)
    template = make_template(keys=(key,))
    (found,) = [
        one for one in expected_of([template], BootReport()) if one.key.lower() == "stoptxnsampleddata"
    ]
    assert (found.billing, found.repair, found.optional, found.is_met("")) == (True, False, True, True)


def test_a_stop_must_carry_its_register_and_values_come_in_between() -> None:
    base = {one.key: one for one in BASE}
    for key in ("StopTxnSampledData", "MeterValuesSampledData", "MeterValueSampleInterval"):
        assert base[key].billing
        assert base[key].repair
        assert not base[key].is_met("")
    assert not base["MeterValueSampleInterval"].is_met("0")
    assert base["StopTxnSampledData"].is_met(DIRTY)


def test_a_check_holds_for_one_firmware_and_one_expectation() -> None:
    boot = BootReport(vendor="V", model="M", firmware="1")
    assert fingerprint(BASE, boot) == fingerprint(BASE, BootReport(vendor="V", model="M", firmware="1"))
    others = [
        fingerprint(BASE, BootReport(vendor="V", model="M", firmware="2")),
        fingerprint(BASE, BootReport(vendor="V", model="N", firmware="1")),
        fingerprint(BASE[:-1], boot),
    ]
    assert len({fingerprint(BASE, boot), *others}) == 4
