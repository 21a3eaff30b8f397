"""What was delivered is billed only with a key that somebody vouches for, or held with every reason."""

from __future__ import annotations

import base64
import json
from datetime import date

import pytest

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    Assessment,
    Device,
    KeyOrigin,
    KeyTrust,
    MeterKey,
    PublicKey,
    assess,
    read_signed_value,
)
from emobility_core.testing.builders import later
from tests.signer import Signer, payload, reading

SIGNER, OTHER = Signer(), Signer(secret=4711)
APART = (
    SIGNER.record(payload(reading("B", 100.125), PG="T1")),
    SIGNER.record(payload(reading("E", 112.47), PG="T2")),
)


def _known(signer: Signer = SIGNER, origin: KeyOrigin = KeyOrigin.BY_HAND, **changes: object) -> MeterKey:
    fields = {"device": Device(meter="M-1"), "key": PublicKey(signer.point), "origin": origin} | changes
    return MeterKey(**fields)  # type: ignore[arg-type]


def _assessed(
    *sent: str,
    known: tuple[MeterKey, ...] = (_known(),),
    id_tag: str | None = None,
    tariff_text: str | None = None,
) -> Assessment:
    found = assess(
        [read_signed_value(one) for one in sent],
        known,
        at=later(),
        on=date(2026, 11, 30),
        signatures=MeterSignatures(),
        id_tag=id_tag,
        tariff_text=tariff_text,
    )
    # Whatever is held has a reason, and nothing with a reason is billed.
    assert (found.billable is None) == bool(found.reasons)
    return found


def _enveloped(record: str, signer: Signer) -> str:
    encoded, key = (base64.b64encode(one).decode() for one in (record.encode(), signer.spki.hex().encode()))
    return json.dumps({"signedMeterData": encoded, "encodingMethod": "OCMF", "publicKey": key})


@pytest.mark.parametrize("sent", [APART, (SIGNER.record(),), (*APART, SIGNER.record(payload(PG="T2")))])
def test_what_is_signed_by_a_trusted_key_is_billed(sent: tuple[str, ...]) -> None:
    """MeterValues with the begin, then a StopTransaction with the end, or with both; retried or not."""
    for delivered in (sent, sent + sent):
        found = _assessed(*delivered)
        assert found.billable is not None
        assert found.billable.mwh == 12_345_000
        assert found.reasons == ()


def test_the_key_of_the_envelope_is_that_of_the_registry_or_the_transaction_is_held() -> None:
    same = _assessed(*(_enveloped(one, SIGNER) for one in APART))
    assert same.billable is not None
    # Somebody signed both records with a key of their own, and sent it with them.
    forged = [OTHER.record(payload(reading("B", 0))), OTHER.record(payload(reading("E", 99), PG="T2"))]
    held = _assessed(*(_enveloped(one, OTHER) for one in forged))
    assert held.billable is None
    assert {one.code for one in held.reasons} == {"does-not-hold", "key-changed"}
    unknown = _assessed(*(_enveloped(one, OTHER) for one in forged), known=())
    assert unknown.verdict.billable is not None
    assert (unknown.billable, [one.code for one in unknown.reasons]) == (None, ["key-unconfirmed"])


def test_a_key_that_the_station_sent_holds_until_somebody_has_compared_it() -> None:
    for origin in (KeyOrigin.CONFIGURATION, KeyOrigin.DATA_TRANSFER):
        held = _assessed(*APART, known=(_known(origin=origin),))
        assert (held.billable, [one.code for one in held.reasons]) == (None, ["key-unconfirmed"])
        assert _assessed(*APART, known=(_known(origin=origin, confirmed=True),)).billable is not None


def test_one_byte_or_no_key_holds_with_its_reason() -> None:
    flipped = APART[1].replace("112.47", "113.47")
    assert [one.code for one in _assessed(APART[0], flipped).reasons] == ["does-not-hold"]
    unknown = _assessed(*APART, known=())
    assert [one.trust for one in unknown.keys] == [KeyTrust.UNKNOWN] * 2
    assert {one.code for one in unknown.reasons} == {"no-key", "key-unknown"}


@pytest.mark.parametrize("broken", ["OCMF|{}", "OCMF|{}|{}", SIGNER.record({"FV": "1.0"})])
def test_what_cannot_be_read_holds_what_came_beside_it(broken: str) -> None:
    found = _assessed(*APART, broken)
    assert found.billable is None
    assert "unreadable" in [one.code for one in found.reasons]


def test_nothing_delivered_is_nothing_billed() -> None:
    found = _assessed()
    assert (found.billable, [one.code for one in found.reasons]) == (None, ["begin-missing", "end-missing"])


def test_warnings_are_told_and_hold_nothing() -> None:
    known = _known(calibrated_until=date(2026, 12, 31))
    found = _assessed(APART[0], SIGNER.record(payload(reading("E", 112.47), PG="T9")), known=(known,))
    assert found.billable is not None
    assert [one.code for one in found.warnings] == ["calibration-ends-soon", "pages-not-consecutive"]


@pytest.mark.parametrize(
    ("user", "id_tag", "held"),
    [
        ({}, "04a1b2c3", False),
        ({}, "04FFFFFF", True),
        ({}, None, False),
        ({"ID": "idTag:04A1B2C3,version:v2.4.0"}, "04A1B2C3", False),
        ({"ID": "DE*ABC*C12345678*X*AND*SOME*MORE"}, "DE*ABC*C12345678*X*A", False),
        ({"ID": "77", "IT": "LOCAL_1"}, "04A1B2C3", False),
        ({"ID": "77", "IS": False}, "04A1B2C3", False),
        ({"ID": ""}, "04A1B2C3", False),
    ],
)
def test_an_assigned_id_that_is_not_the_sessions_holds(
    user: dict[str, object], id_tag: str | None, held: bool
) -> None:
    found = _assessed(SIGNER.record(payload(**user)), id_tag=id_tag)
    assert [one.code for one in found.reasons] == ["other-token"] * held


def test_a_tariff_text_that_is_not_the_sessions_holds() -> None:
    sent = SIGNER.record(payload(TT="0.59 EUR/kWh"))
    assert _assessed(sent, tariff_text="0.59 EUR/kWh").billable is not None
    assert [one.code for one in _assessed(sent, tariff_text="0.49 EUR/kWh").reasons] == ["other-tariff-text"]
    # Only some stations sign one.
    assert _assessed(SIGNER.record(), tariff_text="0.49 EUR/kWh").billable is not None
