"""The format of ALFEN: one reading a record, verified by the same port and judged by the same rules."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    Curve,
    Moment,
    PublicKey,
    SignatureState,
    TimeBasis,
    TransactionVerdict,
    UnreadableKey,
    UnreadableRecord,
    check_signature,
    judge,
    key_sent_with,
    read_key,
    read_signed_value,
)
from tests.signer import Signer, alfen, data_set

SIGNER = Signer(Curve.SECP192R1)
KEY = PublicKey(SIGNER.point, Curve.SECP192R1)
SIGNATURES = MeterSignatures()


def _judged(*raws: str) -> TransactionVerdict:
    records = [read_signed_value(raw).record() for raw in raws]
    return judge([check_signature(one, KEY, signatures=SIGNATURES) for one in records])


def test_a_record_says_what_its_data_set_holds() -> None:
    raw = alfen(0, data_set(15_762, page=17))
    value = read_signed_value(raw)
    record = value.record()
    assert (record.format, record.text, record.signed) == ("ALFEN", raw, data_set(15_762, page=17))
    said = record.statement
    assert (said.device.meter, said.session, said.assignment.id) == (
        b"M-1".ljust(10, b"\0").hex().upper(),
        "7",
        "04A1B2C3",
    )
    assert said.page is not None
    assert (said.page.context, said.page.number) == ("T", 17)
    (read,) = said.readings
    assert (read.moment, read.value, read.unit, read.obis) == (
        Moment.BEGIN,
        Decimal(15_762),
        "Wh",
        "1-0:1.8.0*255",
    )
    assert read.at == datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    sent = key_sent_with(value, record)
    assert sent is not None
    # A compressed point is the same key as the whole one by hand.
    assert sent.key == KEY


def test_the_energy_of_two_records_is_billed() -> None:
    verdict = _judged(alfen(0, data_set(1_000)), alfen(1, data_set(123_456, scalar=-1, page=2)))
    assert (str(verdict.energy.kwh), verdict.energy.reasons) == ("11.3456", ())
    assert verdict.billable is not None
    assert verdict.time.basis is TimeBasis.INFORMATIVE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"meter": "M-2"}, "other-device"),
        ({"session": 8}, "other-session"),
        ({"uid": "04FFFFFF"}, "other-user"),
        ({"unit": 0x1B}, "unit-not-energy"),
        ({"status": 1 << 1}, "meter-not-good"),
        ({"status": 1 << 16}, "meter-not-good"),
        ({"status": 1 << 26}, "meter-not-good"),
        ({"status": 1 << 31}, "meter-not-good"),
    ],
)  # fmt: skip
def test_what_the_data_set_says_against_it_holds(changes: dict[str, int | str], code: str) -> None:
    verdict = _judged(alfen(0, data_set(1_000)), alfen(1, data_set(2_000, page=2, **changes)))
    assert verdict.verified
    assert code in [one.code for one in verdict.energy.reasons]
    assert verdict.billable is None


def test_a_clock_that_failed_spoils_the_time_alone() -> None:
    verdict = _judged(alfen(0, data_set(1_000)), alfen(1, data_set(2_000, page=2, status=1)))
    assert "time-unusable" in [one.code for one in verdict.time.reasons]
    assert verdict.billable is not None


def test_a_letter_outside_of_the_signature_never_makes_a_bill_larger() -> None:
    """Begin and end are told by a letter that nobody signed: exchanged, the register goes backwards."""
    verdict = _judged(alfen(1, data_set(1_000)), alfen(0, data_set(2_000, page=2)))
    assert verdict.verified
    assert verdict.billable is None


def test_no_changed_character_leaves_another_data_set_valid() -> None:
    raw = alfen(0, data_set(15_762))
    for place, old in enumerate(raw):
        for new in ("A" if old != "A" else "B", "7", ";", ""):
            try:
                record = read_signed_value(raw[:place] + new + raw[place + 1 :]).record()
            except UnreadableRecord:
                continue
            state = check_signature(record, KEY, signatures=SIGNATURES).state
            assert state is not SignatureState.VALID or record.signed == data_set(15_762), (place, new)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("AP;0;3;A;B", "not-alfen"),
        ("AP;9;3;A;B;C;", "not-alfen"),
        ("AP;0;2;A;B;C;", "unknown-version"),
        ("AP;0;3;A;B;C;", "no-data-set"),
        (f"AP;0;3;A;{base64.b32encode(bytes(81)).decode()};C;", "no-data-set"),
        ("AP;0;3;A;ä;C;", "no-data-set"),
        (alfen(0, data_set(0)) + " " * 2_000 + ";", "not-alfen"),
        (alfen(0, data_set(2**62)), "number-out-of-range"),
        (alfen(0, data_set(1, scalar=100)), "number-out-of-range"),
    ],
)
def test_what_is_no_record_is_refused_with_its_reason(raw: str, reason: str) -> None:
    with pytest.raises(UnreadableRecord) as refused:
        _ = read_signed_value(raw).record().statement
    assert refused.value.reason == reason


def test_a_point_that_is_not_on_the_curve_is_no_key() -> None:
    """Half of all x have no point; SEC 1, 2.3.4."""
    beside = 0
    for x in range(1, 40):
        text = base64.b32encode(b"\2" + x.to_bytes(24)).decode()
        try:
            assert read_key(text).curve is Curve.SECP192R1
        except UnreadableKey:
            beside += 1
    assert 5 < beside < 35
