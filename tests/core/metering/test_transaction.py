"""What is billed is the signed end minus the signed begin, where nothing speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext

import pytest

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    PublicKey,
    SignatureState,
    SignatureVerdict,
    TimeBasis,
    TransactionVerdict,
    check_signature,
    judge,
    read_key,
    read_ocmf,
)
from tests.signer import BEGIN, END, Signer, payload, reading

SIGNER = Signer()
SIGNATURES = MeterSignatures()


def _checked(raw: str, signer: Signer = SIGNER) -> SignatureVerdict:
    return check_signature(read_ocmf(raw), PublicKey(signer.point), signatures=SIGNATURES)


def _judged(*payloads: Mapping[str, object], also: frozenset[str] = frozenset()) -> TransactionVerdict:
    return judge([_checked(SIGNER.record(one)) for one in payloads], also_billing=also)


def _codes(verdict: TransactionVerdict) -> list[str]:
    return [one.code for one in verdict.energy.reasons]


APART = (payload(reading("B", 100.125), PG="T1"), payload(reading("E", 112.47), PG="T2"))


@pytest.mark.parametrize(
    "payloads", [(payload(),), APART, (*APART, *APART), (payload(reading("B", 100.125)), payload(PG="T2"))]
)
def test_begin_and_end_count_apart_or_in_one_record_once_each(
    payloads: tuple[Mapping[str, object], ...],
) -> None:
    """A begin that came with the start stands in the record of the whole once more."""
    verdict = _judged(*payloads)
    assert _codes(verdict) == []
    assert str(verdict.energy.kwh) == "12.345"
    assert verdict.billable is not None
    assert verdict.billable.mwh == 12_345_000


def test_the_twin_of_a_signature_is_the_same_reading() -> None:
    record = read_ocmf(SIGNER.record())
    r, s = SIGNER.numbers(record.signed)
    twin = SIGNER.record(SD=f"{r:064x}{SIGNER.curve.order - s:064x}")
    both = [_checked(record.text), _checked(twin)]
    assert [one.state for one in both] == [SignatureState.VALID] * 2
    verdict = judge(both)
    assert str(verdict.energy.kwh) == "12.345"
    assert not verdict.energy.reasons


def test_watt_hours_and_kilowatt_hours_are_subtracted_exactly() -> None:
    verdict = _judged(payload(reading("B", 2850685, RU="Wh"), reading("E", "2851.7530")))
    assert str(verdict.energy.kwh) == "1.0680"
    with localcontext(prec=3):
        verdict = _judged(payload(reading("B", "99999999.999"), reading("E", "100000000.0005")))
        assert str(verdict.energy.kwh) == "0.0015"
        assert verdict.billable is not None
        assert verdict.billable.mwh == 1_500


def test_the_compensated_register_is_preferred() -> None:
    plain = [reading("B", 10), reading("E", 20)]
    compensated = [reading("B", 0, RI="01-00:98.08.00.FF"), reading("E", "9.5", RI="01-00:98.08.00.FF")]
    export = [reading("B", 0, RI="1-0:C3.8.0"), reading("E", 3, RI="1-0:C3.8.0")]
    verdict = _judged(payload(*plain, *compensated, *export))
    assert (str(verdict.energy.kwh), _codes(verdict)) == ("9.5", [])
    # Only half of it is there: the register that has both ends counts.
    assert str(_judged(payload(*plain, compensated[1])).energy.kwh) == "10"
    assert _codes(_judged(payload(*export))) == ["only-export"]


def test_tariff_registers_count_alone_but_not_in_parts() -> None:
    part = [reading("B", 1, RI="1-0:1.8.1"), reading("E", 2, RI="1-0:1.8.1")]
    other = [reading("B", 1, RI="1-0:1.8.2"), reading("E", 2, RI="1-0:1.8.2")]
    assert _codes(_judged(payload(*part))) == []
    assert _codes(_judged(payload(*part, *other))) == ["several-part-registers"]


def test_a_register_of_the_meters_type_counts_where_it_is_listed() -> None:
    own = payload(reading("B", 0, RI="1-0:1.8.0*198"), reading("E", 5, RI="1-0:1.8.0*198"))
    assert _codes(_judged(own)) == ["begin-missing", "end-missing"]
    assert str(_judged(own, also=frozenset({"1-0:1.8.0*198"})).energy.kwh) == "5"


B, E = reading("B", 1), reading("E", 2)


@pytest.mark.parametrize(
    ("readings", "codes"),
    [
        ([B], ["end-missing"]),
        ([E], ["begin-missing"]),
        ([B, reading("B", 1.5), E], ["begin-repeated"]),
        ([B, E, reading("A", 3)], ["end-repeated"]),
        ([B, reading("E", 0.5)], ["end-below-begin"]),
        ([B, reading("E", 2, TM="2026-11-30T09:00:00,000+0100 S")], ["end-before-begin"]),
        ([B, reading("E", 2, EF="E")], ["energy-unusable"]),
        ([reading("B", 1, EF="Et"), reading("E", 2, EF="")], ["energy-unusable"]),
        ([B, reading("E", 2, EF="?")], ["energy-unusable"]),
        ([B, reading("E", 2, ST="F")], ["meter-not-good"]),
        ([reading("B", 1, ST=None), reading("E", 2)], ["meter-not-good"]),
        ([B, reading("X", 1.5), E], ["energy-unusable"]),
        ([B, reading("X", 1.5, EF="t"), E], []),
        ([B, reading("C", 1.5, ST="M"), E], ["meter-not-good"]),
        ([B, reading("X", None, RI=None, RU=None, ST="D"), E], ["energy-unusable", "meter-not-good"]),
        ([B, reading("C", 1.5), reading("T", 1.7), E], []),
        ([reading("B", 1, RU="Ohm"), reading("E", 2, RU="Ohm")], ["unit-not-energy"]),
        ([B, reading("E", "1.0000001")], ["finer-than-a-milliwatt-hour"]),
    ],
)
def test_what_speaks_against_the_energy(readings: list[Mapping[str, object]], codes: list[str]) -> None:
    verdict = _judged(payload(*readings))
    assert _codes(verdict) == codes
    assert verdict.verified
    assert (verdict.billable is None) == bool(codes)


@pytest.mark.parametrize("end", ["L", "R", "A", "P"])
def test_every_kind_of_end_ends(end: str) -> None:
    assert _codes(_judged(payload(B, reading(end, 2)))) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"MS": "M-2"}, "other-device"),
        ({"GS": "G-2"}, "other-device"),
        ({"CI": None}, "other-device"),
        ({"ID": "04FFFFFF"}, "other-user"),
        ({"IL": "MISMATCH"}, "assignment-failed"),
        ({"IS": "OUTDATED", "IL": None}, "assignment-failed"),
    ],
)
def test_records_that_contradict_each_other_are_not_billed(changes: dict[str, object], code: str) -> None:
    verdict = _judged(APART[0], payload(reading("E", 112.47), PG="T2", **changes))
    assert code in _codes(verdict)
    assert verdict.billable is None


def test_two_keys_are_two_meters() -> None:
    other = Signer(secret=4711)
    verdict = judge([_checked(SIGNER.record(APART[0])), _checked(other.record(APART[1]), other)])
    assert verdict.verified
    assert _codes(verdict) == ["other-key"]


def test_one_signature_that_does_not_hold_spoils_all() -> None:
    verdict = judge([_checked(SIGNER.record(APART[0])), _checked(Signer(secret=4711).record(APART[1]))])
    assert [one.state.value for one in verdict.signatures] == ["valid", "invalid"]
    assert (str(verdict.energy.kwh), verdict.billable) == ("12.345", None)


def test_nothing_at_all_is_not_billed() -> None:
    verdict = judge([])
    assert (_codes(verdict), verdict.billable) == (["begin-missing", "end-missing"], None)


def test_a_page_that_is_not_the_next_is_a_warning() -> None:
    verdict = _judged(APART[0], payload(reading("E", 112.47), PG="T1"))
    assert [str(one) for one in verdict.warnings] == ["pages-not-consecutive (from T1, to T1)"]
    assert verdict.billable is not None
    assert [one.code for one in _judged(payload(PG="12")).warnings] == ["page-unreadable"]


@pytest.mark.parametrize(
    ("begin", "end", "flags", "basis"),
    [
        ("S", "S", "", TimeBasis.CALIBRATED),
        ("R", "R", "", TimeBasis.CALIBRATED),
        ("I", "R", "", TimeBasis.INFORMATIVE),
        ("S", "R", "", TimeBasis.INFORMATIVE),
        ("U", "U", "", TimeBasis.INFORMATIVE),
        ("S", "S", "t", TimeBasis.INFORMATIVE),
    ],
)
def test_time_is_judged_apart_from_energy(begin: str, end: str, flags: str, basis: TimeBasis) -> None:
    verdict = _judged(
        payload(reading("B", 1, TM=f"{BEGIN[:-1]}{begin}"), reading("E", 2, TM=f"{END[:-1]}{end}", EF=flags))
    )
    assert verdict.time.basis is basis
    assert verdict.billable is not None


def test_a_time_that_cannot_be_read_is_no_basis_at_all() -> None:
    verdict = _judged(payload(B, reading("E", 2, TM="noon")))
    assert (verdict.time.basis, verdict.energy.kwh) == (TimeBasis.NONE, Decimal(1))


@pytest.mark.parametrize(
    ("section", "state", "code"),
    [
        ({"SA": "RSA-2048"}, SignatureState.NOT_VERIFIABLE, "unknown-algorithm"),
        ({"SA": "ECDSA-secp256k1-SHA256"}, SignatureState.INVALID, "other-curve"),
        ({"SD": "xyz"}, SignatureState.INVALID, "malformed-signature"),
        ({"SD": "30"}, SignatureState.INVALID, "malformed-signature"),
        ({"SE": "base32"}, SignatureState.INVALID, "malformed-signature"),
        ({"SD": "00" * 64}, SignatureState.INVALID, "signature-out-of-range"),
        ({"SD": "ff" * 64}, SignatureState.INVALID, "signature-out-of-range"),
        ({"SD": "01" * 64}, SignatureState.INVALID, "does-not-hold"),
    ],
)
def test_a_signature_that_does_not_hold_says_why(
    section: dict[str, object], state: SignatureState, code: str
) -> None:
    key = read_key(SIGNER.spki.hex())
    verdict = check_signature(read_ocmf(SIGNER.record(**section)), key, signatures=SIGNATURES)
    assert (verdict.state, [one.code for one in verdict.reasons]) == (state, [code])


def test_a_record_without_a_key_is_neither_valid_nor_invalid() -> None:
    verdict = check_signature(read_ocmf(SIGNER.record()), None, signatures=SIGNATURES)
    assert verdict.state is SignatureState.NO_KEY
