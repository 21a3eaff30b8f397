"""A check of a station's configuration: every station comes to an end, none is asked twice for the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.commands import ChangeConfiguration, CommandStatus, GetConfiguration
from emobility_core.configuration import (
    BASE,
    ConfigurationStatus,
    ExpectedKey,
    Fault,
    ReportedKey,
    StationConfiguration,
    advance,
    begin,
    compare,
    hear,
    is_due,
    read_answer,
)
from emobility_core.instants import Instant
from emobility_core.testing.builders import (
    later,
    make_command,
    make_configuration,
    make_operation,
    make_station_state,
)
from emobility_core.testing.clock import NOON

Order = GetConfiguration | ChangeConfiguration
ENERGY = "Energy.Active.Import.Register"
GOOD = {
    "StopTxnSampledData": ENERGY,
    "MeterValuesSampledData": f"{ENERGY},Voltage",
    "MeterValueSampleInterval": "60",
    "TransactionMessageAttempts": "3",
    "GetConfigurationMaxKeys": "2",
}


@attrs.define
class Station:
    """A station as it answers; `said` is what it was asked."""

    keys: dict[str, str]
    readonly: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    after_reboot: frozenset[str] = frozenset()
    forgets: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    tells_all: bool = True
    most: int = 99
    said: list[Order] = attrs.field(factory=list)

    def answer(self, order: Order) -> tuple[CommandStatus, Mapping[str, object] | None]:
        self.said.append(order)
        if isinstance(order, ChangeConfiguration):
            return self._change(order)
        if (not order.keys and not self.tells_all) or len(order.keys) > self.most:
            return CommandStatus.REJECTED, None
        asked = order.keys or tuple(key for key in self.keys if key not in self.silent)
        told = [
            {"key": key, "value": self.keys[key], "readonly": key in self.readonly}
            for key in asked
            if key in self.keys
        ]
        unknown = [key for key in asked if key not in self.keys]
        return CommandStatus.EFFECTIVE, {"configurationKey": told, "unknownKey": unknown}

    def _change(self, order: ChangeConfiguration) -> tuple[CommandStatus, None]:
        if order.key in self.refuses:
            return CommandStatus.REJECTED, None
        if order.key in self.after_reboot:
            return CommandStatus.ACCEPTED, None
        if order.key not in self.forgets:
            self.keys[order.key] = order.value
        return CommandStatus.EFFECTIVE, None


def checked(
    station: Station,
    configuration: StationConfiguration | None = None,
    expected: tuple[ExpectedKey, ...] = BASE,
    *,
    boots: int = 1,
    at: Instant = NOON,
    expectation: str = "1",
) -> StationConfiguration:
    """Check a station to the end."""
    known, order = begin(
        configuration or make_configuration(reported=()), expectation=expectation, boots=boots, at=at
    )
    following: Order | None = order
    for _ in range(200):
        if following is None:
            return known
        status, answer = station.answer(following)
        command = make_command(order=following, status=status, answer=answer)
        known, following = advance(hear(known, command, expected, at=at), expected, at=at)
    raise AssertionError("the check does not end")


def changes(station: Station) -> list[str]:
    return [one.key for one in station.said if isinstance(one, ChangeConfiguration)]


def test_a_station_that_is_as_expected_is_read_once_and_left_alone() -> None:
    station = Station(dict(GOOD))
    known = checked(station)
    assert known.status is ConfigurationStatus.VERIFIED
    assert (known.verified_at, known.tries, known.check) == (NOON, 0, None)
    # The optional keys that it did not mention are asked for by name, two at a time as it wants.
    assert station.said[0] == GetConfiguration()
    assert [len(one.keys) for one in station.said[1:] if isinstance(one, GetConfiguration)] == [2, 1]
    assert changes(station) == []


def test_keys_that_billing_depends_on_are_set_one_at_a_time_and_read_again() -> None:
    station = Station(GOOD | {"StopTxnSampledData": "", "MeterValueSampleInterval": "0"})
    known = checked(station)
    assert known.status is ConfigurationStatus.VERIFIED
    assert changes(station) == ["StopTxnSampledData", "MeterValueSampleInterval"]
    assert station.said[-1] == GetConfiguration(keys=("StopTxnSampledData", "MeterValueSampleInterval"))
    assert (station.keys["StopTxnSampledData"], station.keys["MeterValueSampleInterval"]) == (ENERGY, "60")


def test_what_cannot_be_mended_is_told_with_its_reason() -> None:
    station = Station(
        GOOD | {"StopTxnSampledData": "", "MeterValuesSampledData": "SoC", "MeterValueSampleInterval": "0"},
        readonly=frozenset({"StopTxnSampledData"}),
        refuses=frozenset({"MeterValuesSampledData"}),
        forgets=frozenset({"MeterValueSampleInterval"}),
    )
    del station.keys["TransactionMessageAttempts"]
    known = checked(station)
    assert known.status is ConfigurationStatus.DRIFTED
    assert {one.key: one.fault for one in known.deviations} == {
        "StopTxnSampledData": Fault.READ_ONLY,
        "MeterValuesSampledData": Fault.REJECTED,
        "MeterValueSampleInterval": Fault.NOT_KEPT,
        "TransactionMessageAttempts": Fault.MISSING,
    }
    assert all(one.billing for one in known.deviations)


def test_a_key_that_is_only_watched_is_not_changed() -> None:
    watched = (ExpectedKey(key="X", value="1", repair=False),)
    station = Station({"X": "2"})
    known = checked(station, expected=watched)
    assert (known.status, changes(station)) == (ConfigurationStatus.DRIFTED, [])
    assert [one.fault for one in known.deviations] == [Fault.DIFFERS]


def test_a_change_that_waits_for_a_reboot_is_looked_at_after_it_and_not_made_again() -> None:
    station = Station(
        GOOD | {"MeterValueSampleInterval": "0"}, after_reboot=frozenset({"MeterValueSampleInterval"})
    )
    known = checked(station)
    assert known.status is ConfigurationStatus.REBOOT_REQUIRED
    assert known.awaiting_reboot == ("MeterValueSampleInterval",)
    state = make_station_state(boots=2, booted_at=NOON)
    assert is_due(known, state, "1", at=later(minutes=1))
    assert not is_due(known, attrs.evolve(state, boots=1), "1", at=later(minutes=1))
    kept = checked(attrs.evolve(station, keys=dict(GOOD)), known, boots=2)
    assert (kept.status, kept.awaiting_reboot) == (ConfigurationStatus.VERIFIED, ())
    lost = checked(station, known, boots=2)
    assert changes(station) == ["MeterValueSampleInterval"]
    assert [one.fault for one in lost.deviations] == [Fault.NOT_KEPT]
    assert not is_due(lost, attrs.evolve(state, boots=3), "1", at=later(days=6))


@pytest.mark.parametrize("most", [1, 3])
def test_a_station_that_does_not_tell_all_is_asked_by_name_no_more_than_it_takes(most: int) -> None:
    station = Station(GOOD | {"GetConfigurationMaxKeys": str(most)}, tells_all=False, most=most)
    assert checked(station).status is ConfigurationStatus.VERIFIED
    asked = [one.keys for one in station.said[1:] if isinstance(one, GetConfiguration)]
    assert asked[0] == ("GetConfigurationMaxKeys",)
    assert {len(keys) for keys in asked[1:]} <= set(range(1, most + 1))


def test_a_station_that_says_it_takes_more_than_it_does_is_asked_for_each_alone() -> None:
    station = Station(GOOD | {"GetConfigurationMaxKeys": "9"}, tells_all=False, most=1)
    assert checked(station).status is ConfigurationStatus.VERIFIED


def test_keys_that_an_answer_leaves_out_are_asked_for_by_name() -> None:
    station = Station(dict(GOOD), silent=frozenset({"StopTxnSampledData"}))
    assert checked(station).status is ConfigurationStatus.VERIFIED


@pytest.mark.parametrize("status", [CommandStatus.TIMEOUT, CommandStatus.OFFLINE, CommandStatus.BUSY])
def test_a_check_that_is_not_answered_is_over_and_only_a_timeout_counts(status: CommandStatus) -> None:
    known, order = begin(make_configuration(), expectation="1", boots=1, at=NOON)
    known = hear(known, make_command(order=order, status=status), BASE, at=NOON)
    assert advance(known, BASE, at=NOON) == (known, None)
    assert (known.status, known.detail) == (ConfigurationStatus.UNVERIFIED, status.value)
    assert known.tries == (status is CommandStatus.TIMEOUT)


def test_a_station_that_does_not_know_the_question_is_asked_once() -> None:
    known, order = begin(make_configuration(), expectation="1", boots=1, at=NOON)
    known = hear(known, make_command(order=order, status=CommandStatus.NOT_SUPPORTED), BASE, at=NOON)
    assert advance(known, BASE, at=NOON) == (known, None)
    assert (known.status, known.detail) == (ConfigurationStatus.UNVERIFIED, "not_supported")
    state = make_station_state(boots=2, booted_at=later(days=8))
    assert not is_due(known, state, "1", at=later(days=9))
    assert is_due(known, state, "2", at=later(days=9))


def test_a_station_that_reboots_whenever_it_is_read_is_read_twice_and_then_left_in_peace() -> None:
    known, reads = None, 0
    for boots in range(1, 20):
        at = later(hours=boots)
        state = make_station_state(boots=boots, booted_at=later(at, minutes=-1))
        if is_due(known, state, "1", at=at):
            reads += 1
            begun, order = begin(known or make_configuration(), expectation="1", boots=boots, at=at)
            known = hear(begun, make_command(order=order, status=CommandStatus.TIMEOUT), BASE, at=at)
    assert reads == 2
    assert known is not None
    state = make_station_state(boots=20, booted_at=later(days=2))
    assert is_due(known, state, "another firmware", at=later(days=3))


def test_a_check_is_due_for_what_is_new_or_was_not_looked_at_for_a_week() -> None:
    state = make_station_state(boots=1, booted_at=NOON)
    known = checked(Station(dict(GOOD)))
    settled, stale = later(minutes=1), later(days=7)
    assert is_due(None, state, "1", at=settled)
    assert not is_due(None, state, "1", at=later(seconds=59))
    assert not is_due(None, attrs.evolve(state, online=False), "1", at=settled)
    assert not is_due(None, attrs.evolve(state, boot=None), "1", at=settled)
    assert not is_due(known, attrs.evolve(state, boots=9), "1", at=settled)
    assert is_due(known, state, "2", at=settled)
    assert is_due(known, state, "1", at=stale)
    begun, _ = begin(known, expectation="1", boots=1, at=settled)
    assert not is_due(begun, state, "2", at=later(settled, minutes=59))
    # What it waited for will not come any more.
    assert is_due(begun, state, "1", at=later(settled, hours=1))


def test_one_that_somebody_asks_for_tries_everything_again() -> None:
    station = Station(
        GOOD | {"MeterValueSampleInterval": "0"}, refuses=frozenset({"MeterValueSampleInterval"})
    )
    known = checked(station)
    begun, _ = begin(known, expectation="1", boots=1, at=NOON, operation=make_operation().id)
    assert (begun.tries, begun.changes) == (1, {})


_KEYS = [one.key for one in BASE]
_SOME = st.frozensets(st.sampled_from(_KEYS))


@given(
    keys=st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(["", "0", "60", "x", ENERGY, "true", "-1"])),
    sets=st.fixed_dictionaries(
        dict.fromkeys(("readonly", "refuses", "after_reboot", "forgets", "silent"), _SOME)
    ),
    tells_all=st.booleans(),
    most=st.integers(1, 9),
    told=st.sampled_from(["1", "3", "99", "0", "junk"]),
)
def test_whatever_a_station_is_like_its_check_ends_and_says_the_truth(
    keys: dict[str, str], sets: dict[str, Any], tells_all: bool, most: int, told: str
) -> None:
    has = keys | {"GetConfigurationMaxKeys": told}
    station = Station(dict(has), **sets, tells_all=tells_all, most=most)
    known = checked(station)
    changed = changes(station)
    assert len(set(changed)) == len(changed)
    assert not set(changed) & sets["readonly"]
    assert set(changed) <= set(keys)
    for one in BASE:
        met = one.is_met(station.keys[one.key]) if one.key in station.keys else one.optional
        deviates = one.key in {deviation.key for deviation in known.deviations}
        assert deviates == (not met and one.key not in known.awaiting_reboot), one.key
    if not known.deviations:
        waits = bool(known.awaiting_reboot)
        assert known.status is (
            ConfigurationStatus.REBOOT_REQUIRED if waits else ConfigurationStatus.VERIFIED
        )
    else:
        assert known.status is ConfigurationStatus.DRIFTED


def test_answers_are_read_as_stations_write_them() -> None:
    content: Any = {
        "configurationKey": [
            {"key": "HeartbeatInterval", "readonly": False, "value": 60},
            {"key": "X", "readonly": "false", "value": True},
            {"key": "Y", "readonly": "TRUE", "value": 1.0},
            {"key": " Z ", "value": None},
            {"key": "AuthorizationKey", "value": "0011"},
            {"key": "WifiPassword", "value": "secret"},
            {"key": 7, "readonly": 1, "value": " a "},
            {"value": "no key"},
            "no key",
            {"key": "x" * 101, "value": "1"},
        ],
        "unknownKey": ["A", 8, None],
    }
    values, unknown = read_answer(content, NOON)
    told = [(one.key, one.value, one.readonly) for one in values]
    assert told == [
        ("HeartbeatInterval", "60", False),
        ("X", "true", False),
        ("Y", "1", True),
        ("Z", None, False),
        ("AuthorizationKey", None, False),
        ("WifiPassword", None, False),
        ("7", "a", True),
    ]
    assert unknown == ("A", "8")
    assert read_answer({"configurationKey": {"key": "X", "value": 1}, "unknownKey": "Y"}, NOON) == (
        (ReportedKey(key="X", value="1", at=NOON),),
        ("Y",),
    )
    assert read_answer({}, NOON) == ((), ())


@given(st.dictionaries(st.sampled_from(["configurationKey", "unknownKey", "x"]), st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["key", "value", "readonly"]), inner, max_size=3),
    max_leaves=12)))  # fmt: skip
def test_no_answer_is_too_strange_to_be_read(content: dict[str, Any]) -> None:
    values, _ = read_answer(content, NOON)
    configuration = make_configuration(reported=()).take(values, (), whole=True, at=NOON)
    assert len(compare(BASE, configuration)) <= len(BASE)
