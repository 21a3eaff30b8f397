"""A key bills only where somebody vouches for it beside the data, and where it is the one that is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from emobility_core.instants import Period
from emobility_core.metering import (
    Device,
    KeyDecision,
    KeyOfNobody,
    KeyOrigin,
    KeyTrust,
    MeterKey,
    PublicKey,
    key_for,
)
from emobility_core.testing.builders import later
from tests.signer import Signer

KEY, OTHER = (PublicKey(Signer(secret=secret).point) for secret in (1, 2))
DEVICE = Device(meter="M-1", gateway="G-1", charge_point="DE*ABC*E1")
NOW, TODAY = later(), date(2026, 11, 30)


def _known(key: PublicKey = KEY, origin: KeyOrigin = KeyOrigin.BY_HAND, **changes: object) -> MeterKey:
    fields = {"device": Device(meter="M-1"), "key": key, "origin": origin} | changes
    return MeterKey(**fields)  # type: ignore[arg-type]


def _decided(*known: MeterKey, sent: PublicKey | None = None, device: Device = DEVICE) -> KeyDecision:
    return key_for(device, known, at=NOW, on=TODAY, sent=sent)


CHANNEL = [KeyOrigin.CONFIGURATION, KeyOrigin.DATA_TRANSFER, KeyOrigin.ENVELOPE]


@pytest.mark.parametrize("origin", CHANNEL)
def test_a_key_that_came_by_the_way_of_the_data_waits_for_somebody(origin: KeyOrigin) -> None:
    decision = _decided(_known(origin=origin))
    assert (decision.trust, decision.key) == (KeyTrust.UNCONFIRMED, KEY)
    assert _decided(_known(origin=origin, confirmed=True)).trust is KeyTrust.TRUSTED


@pytest.mark.parametrize("origin", [KeyOrigin.BY_HAND, KeyOrigin.TEMPLATE])
def test_a_key_that_came_beside_the_data_counts(origin: KeyOrigin) -> None:
    decision = _decided(_known(origin=origin), sent=KEY)
    assert (decision.trust, decision.key, decision.reasons) == (KeyTrust.TRUSTED, KEY, ())


def test_a_key_that_nobody_knows_is_checked_with_at_most() -> None:
    assert (_decided().trust, _decided().key) == (KeyTrust.UNKNOWN, None)
    assert (_decided(sent=KEY).trust, _decided(sent=KEY).key) == (KeyTrust.UNCONFIRMED, KEY)


def test_a_changed_key_of_a_known_meter_holds() -> None:
    """Whatever verifies: the key that is checked with stays the one that is trusted."""
    new = _known(OTHER, KeyOrigin.CONFIGURATION)
    for decision in (
        _decided(_known(), sent=OTHER),
        _decided(_known(), new),
        _decided(new, _known()),
        _decided(_known(), _known(OTHER)),
    ):
        assert decision.trust is KeyTrust.CHANGED
        assert [one.code for one in decision.reasons] == ["key-changed"]
    assert _decided(_known(), sent=OTHER).key == KEY
    both = _decided(_known(origin=KeyOrigin.CONFIGURATION), sent=OTHER)
    assert both.trust is KeyTrust.CHANGED


def test_after_an_exchange_each_key_counts_in_its_time() -> None:
    exchanged = later(minutes=-1)
    old = _known(valid=Period(until=exchanged))
    new = _known(OTHER, valid=Period(since=exchanged))
    assert _decided(old, new).key == OTHER
    assert key_for(DEVICE, [old, new], at=later(minutes=-2), on=TODAY).key == KEY


@pytest.mark.parametrize(
    ("bound", "counts"),
    [
        (Device(meter="M-1"), True),
        (Device(meter=None, gateway="G-1"), True),
        (Device(meter="M-1", gateway="G-1"), True),
        (Device(meter=None, charge_point="DE*ABC*E1"), True),
        (Device(meter="M-2"), False),
        (Device(meter="M-1", gateway="G-2"), False),
    ],
)
def test_a_key_is_bound_to_meter_gateway_both_or_charge_point(bound: Device, counts: bool) -> None:
    assert (_decided(_known(device=bound)).trust is KeyTrust.TRUSTED) == counts


def test_what_is_bound_to_more_counts_before_what_is_bound_to_less() -> None:
    """A gateway with several meters has one key a pair."""
    both = _known(OTHER, device=Device(meter="M-1", gateway="G-1"))
    assert (_decided(_known(), both).trust, _decided(_known(), both).key) == (KeyTrust.TRUSTED, OTHER)


def test_a_key_of_nobody_is_refused() -> None:
    with pytest.raises(KeyOfNobody):
        _known(device=Device(meter=None))


@pytest.mark.parametrize(
    ("until", "codes"),
    [
        (TODAY - timedelta(days=1), ["calibration-over"]),
        (TODAY, ["calibration-ends-soon"]),
        (TODAY + timedelta(days=90), ["calibration-ends-soon"]),
        (TODAY + timedelta(days=91), []),
        (None, []),
    ],
)
def test_a_calibration_that_ends_is_warned_of(until: date | None, codes: list[str]) -> None:
    decision = _decided(_known(calibrated_until=until))
    assert decision.trust is KeyTrust.TRUSTED
    assert [one.code for one in decision.warnings] == codes
