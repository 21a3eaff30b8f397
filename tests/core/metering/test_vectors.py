"""Every record of real stations gets its verdict, and every pair its decision."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    Reason,
    SignatureVerdict,
    TransactionVerdict,
    check_signature,
    judge,
    key_sent_with,
    read_key,
    read_ocmf,
    read_signed_value,
)
from tests.core.metering.vectors import SAMPLES, TRANSACTIONS

pytestmark = pytest.mark.oracle("signed records of real stations")

SIGNATURES = MeterSignatures()


def _checked(sample: Any) -> SignatureVerdict:
    key = read_key(sample["public_key"]) if sample["public_key"] else None
    return check_signature(read_ocmf(sample["raw"]), key, signatures=SIGNATURES)


def _in_their_words(verdict: TransactionVerdict) -> list[str]:
    """Our reasons as the vectors word them."""
    told = [f"0 {name} readings on a billing register" for name in ("begin", "end") if _has(verdict, name)]
    bad = {
        one.facts["at"]: one.facts["status"] for one in verdict.energy.reasons if one.code == "meter-not-good"
    }
    if {"begin", "end"} <= bad.keys():
        told.append(f"meter status not G: {bad['begin']}/{bad['end']}")
    told += [
        f"energy error flag on {one.facts['at']}"
        for one in verdict.energy.reasons
        if one.code == "energy-unusable" and one.facts["at"] != "between"
    ]
    return told + [_time_word(one) for one in verdict.time.reasons if one.code != "incomplete"]


def _has(verdict: TransactionVerdict, name: str) -> bool:
    return Reason(f"{name}-missing") in verdict.energy.reasons


def _time_word(reason: Reason) -> str:
    if reason.code == "clock-not-calibrated":
        statuses = f"{reason.facts['begin']}/{reason.facts['end']}"
        return f"INFO time status {statuses}: not usable for time-based billing"
    assert reason.code == "time-unusable"
    return f"INFO time error flag on {reason.facts['at']}: no time-based billing"


def test_the_vectors_are_there(vectors: Path) -> None:
    assert (vectors / "ocmf" / "samples.json").exists()
    assert len(SAMPLES) >= 20
    assert len(TRANSACTIONS) >= 2


@pytest.mark.parametrize("sample", SAMPLES, ids=[one["id"].partition("/")[2] for one in SAMPLES])
def test_a_record_gets_its_verdict(sample: Any) -> None:
    checked = _checked(sample)
    assert checked.state.value == sample["our_verdict"]
    verdict, expected = judge([checked]), sample["semantic_single_record"]
    assert sorted(_in_their_words(verdict)) == sorted(expected["reasons"])
    assert (not verdict.energy.reasons) == expected["transaction_complete_and_billable"]
    kwh = verdict.energy.kwh
    assert (None if kwh is None else str(kwh)) == expected["energy_kwh"]
    # Billable is what both say.
    both = expected["transaction_complete_and_billable"] and sample["our_verdict"] == "valid"
    assert (verdict.billable is not None) == both


@pytest.mark.parametrize("pair", TRANSACTIONS, ids=[one["transaction_id"] for one in TRANSACTIONS])
def test_a_pair_gets_its_decision(pair: Any) -> None:
    samples = {one["id"]: one for one in SAMPLES}
    checked = [_checked(samples[pair[name]]) for name in ("begin", "end")]
    assert [one.state.value for one in checked] == pair["signatures"]
    verdict = judge(checked)
    assert str(verdict.energy.kwh) == pair["energy_kwh"]
    assert _in_their_words(verdict) == pair["reasons"]
    assert (verdict.billable is not None) == pair["billable_by_our_reading"]


def test_the_stop_of_the_oca_note_comes_to_what_it_signs(vectors: Path) -> None:
    """0.636 kWh are signed; the unsigned meterStop is the register of a lifetime."""
    told = json.loads((vectors / "ocpp" / "oca_signed_stop_transaction.json").read_text())
    (sampled,) = told["message"][3]["transactionData"][0]["sampledValue"]
    value = read_signed_value(sampled["value"])
    assert value.record().text == told["ocmf"]
    sent = key_sent_with(value, value.record())
    assert sent is not None
    # The note prints base64 over plain hexadecimal, and specifies another wrapping: both are one key.
    assert (
        sent.key == read_key(told["public_key_hex"]) == read_key(f"oca:base16:asn1:{told['public_key_hex']}")
    )
    verdict = judge([check_signature(value.record(), sent.key, signatures=SIGNATURES)])
    assert verdict.billable is not None
    assert verdict.billable.kwh == Decimal(told["expected"]["billable_kwh"])
    assert told["message"][3]["meterStop"] != verdict.billable.mwh // 1_000
