"""EDL40: what a meter says in SML is verified; SML that signs something else is kept as it came."""

from __future__ import annotations

import base64
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    Curve,
    PublicKey,
    SignatureState,
    SignedRecord,
    UnreadableRecord,
    check_signature,
    judge,
    read_key,
    read_signed_value,
)
from tests.signer import Signer, edl

SIGNER = Signer(Curve.SECP192R1)
KEY = PublicKey(SIGNER.point)
SIGNATURES = MeterSignatures()


def _state(record: SignedRecord) -> SignatureState:
    return check_signature(record, KEY, signatures=SIGNATURES).state


@pytest.mark.parametrize("sent", [edl().hex(), edl().hex(" ").upper(), base64.b64encode(edl()).decode()])
def test_a_reading_in_sml_is_verified_by_the_bytes_that_its_fields_make(sent: str) -> None:
    value = read_signed_value(sent)
    record = value.record()
    assert (record.format, record.text, len(record.signed)) == ("EDL", sent, 320)
    assert _state(record) is SignatureState.VALID
    # Meters of this kind print the two coordinates alone.
    assert read_key(SIGNER.point[1:].hex(" ").upper()) == KEY


def test_what_was_signed_is_said_and_nothing_more() -> None:
    said = read_signed_value(edl().hex()).record().statement
    (read,) = said.readings
    assert (read.value, read.unit, read.obis) == (Decimal("1576.2"), "Wh", "1-0:1.17.0*255")
    assert (said.device.meter, said.assignment.id) == ("0901454D480000112233", "04A1B2C3")
    assert said.page is not None
    assert said.page.number == 17
    # A local time without its offset names no instant, and no letter says begin or end.
    assert (read.at, read.moment) == (None, None)


def test_nothing_is_billed_by_what_says_neither_begin_nor_end() -> None:
    records = [read_signed_value(edl(value).hex()).record() for value in (1_000, 2_000)]
    verdict = judge([check_signature(one, KEY, signatures=SIGNATURES) for one in records])
    assert verdict.verified
    assert [one.code for one in verdict.energy.reasons] == ["begin-missing", "end-missing"]
    assert verdict.billable is None


def test_no_changed_byte_leaves_other_signed_bytes_valid() -> None:
    """Checksums, headers and what is not signed may change; what is signed may not."""
    raw, signed = edl(), read_signed_value(edl().hex()).record().signed
    valid = 0
    for place in range(len(raw)):
        for change in (raw[place] ^ 1, raw[place] ^ 0x80):
            record = read_signed_value((raw[:place] + bytes([change]) + raw[place + 1 :]).hex()).record()
            if _state(record) is SignatureState.VALID:
                assert record.signed == signed
                valid += 1
    assert valid < 100


@pytest.mark.parametrize("entry", range(4))
def test_sml_that_signs_something_else_is_kept_and_says_so(entry: int) -> None:
    sent = edl(leave_out=[entry]).hex()
    record = read_signed_value(sent).record()
    assert (record.format, record.text) == ("EDL", sent)
    assert _state(record) is SignatureState.NOT_VERIFIABLE


def test_an_escape_inside_of_a_message_is_read_once() -> None:
    value = int.from_bytes(b"\x1b" * 4)
    assert edl(value).count(b"\x1b" * 8) == 1
    record = read_signed_value(edl(value).hex()).record()
    assert _state(record) is SignatureState.VALID
    assert record.statement.readings[0].value == Decimal(value) / 10


@given(st.data())
def test_whatever_stands_in_sml_is_read_or_kept(data: st.DataObject) -> None:
    raw = edl()
    begin = data.draw(st.integers(8, len(raw)))
    end = data.draw(st.integers(begin, len(raw)))
    sent = (raw[:begin] + data.draw(st.binary(max_size=30)) + raw[end:]).hex()
    record = read_signed_value(sent).record()
    assert (record.format, record.text) == ("EDL", sent)
    with suppress(UnreadableRecord):
        assert record.statement.readings is not None


def test_a_length_without_end_is_refused_at_once() -> None:
    sent = (b"\x1b" * 4 + b"\1" * 4 + b"\x80" * 200_000 + b"\x1b" * 4 + b"\x1a\0\0\0").hex()
    assert _state(read_signed_value(sent).record()) is SignatureState.NOT_VERIFIABLE
