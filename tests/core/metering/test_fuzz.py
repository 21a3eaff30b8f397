"""Whatever comes is read or refused by name, and nothing is accepted that nobody signed."""

from __future__ import annotations

import base64
import json
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    FORMATS,
    PublicKey,
    SignatureState,
    UnreadableContainer,
    UnreadableKey,
    UnreadableRecord,
    check_signature,
    judge,
    key_of_configuration,
    key_sent_with,
    keys_of_data_transfer,
    read_key,
    read_safe_xml,
    read_signed_value,
)
from tests.signer import Signer, payload

SIGNER = Signer()
KEY = PublicKey(SIGNER.point)
SIGNATURES = MeterSignatures()
RECORD = SIGNER.record()

_names = st.sampled_from(
    [
        "FV",
        "GS",
        "PG",
        "MS",
        "IS",
        "IL",
        "ID",
        "CI",
        "RD",
        "TM",
        "TX",
        "RV",
        "RI",
        "RU",
        "EF",
        "ST",
        "SA",
        "SD",
        "SE",
    ]
)
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["B", "E", "1-b:1.8.0", "kWh", "G", "2026-11-30T10:00:00,000+0100 S", " 1.5", "T1"]),
)  # fmt: skip
_json = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=6),
    max_leaves=10,
)
_sections = st.dictionaries(_names, _json, max_size=8).map(json.dumps) | st.text(max_size=60)
_made_up = st.builds("OCMF|{}|{}".format, _sections, _sections)


@st.composite
def _damaged(draw: st.DrawFn) -> str:
    """A real record with a piece cut out and something else put in."""
    begin = draw(st.integers(0, len(RECORD)))
    end = draw(st.integers(begin, len(RECORD)))
    return RECORD[:begin] + draw(st.text(max_size=20)) + RECORD[end:]


_texts = st.one_of(_made_up, _damaged(), st.text(max_size=80))
_delivered = st.one_of(
    _texts,
    _texts.map(lambda text: base64.b64encode(text.encode(errors="replace")).decode()),
    st.binary(max_size=60).map(bytes.hex),
    st.builds(
        lambda name, data, key: json.dumps({name: data, "publicKey": key}),
        st.sampled_from(["signedMeterData", "signedMeterValue", "other"]),
        _texts | _leaves,
        _leaves,
    ),
)


@given(_delivered)
@example('{"signedMeterData":"T0NNRnw="}')
def test_a_delivered_value_is_kept_or_refused_and_never_accepted(sent: str) -> None:
    try:
        value = read_signed_value(sent)
        record = value.record()
    except UnreadableRecord:
        return
    with suppress(UnreadableRecord):
        assert record.statement.readings is not None
    assert value.sent == sent
    key_sent_with(value, record)
    verdict = judge([check_signature(record, KEY, signatures=SIGNATURES)])
    accepted = verdict.signatures[0].state is SignatureState.VALID
    assert not accepted or record.signed == RECORD.split("|")[1].encode()


@given(_texts)
def test_no_format_fails_at_another_text(text: str) -> None:
    for one in FORMATS:
        try:
            record = one.read(text)
        except UnreadableRecord:
            continue
        assert record.format == one.name


_keys = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=120).map(bytes.hex),
    st.binary(max_size=120).map(lambda data: base64.b64encode(data).decode()),
    st.builds(
        lambda place, byte: (SIGNER.spki[:place] + bytes([byte]) + SIGNER.spki[place + 1 :]).hex(),
        st.integers(0, len(SIGNER.spki)),
        st.integers(0, 255),
    ),
)


@given(_keys)
def test_a_key_is_read_or_refused(text: str) -> None:
    key_of_configuration("MeterPublicKey1", text)
    try:
        key = read_key(text)
    except UnreadableKey:
        return
    assert key.point[0] == 4
    assert len(key.point) in (49, 65, 97)


@given(_json)
def test_a_data_transfer_is_read_or_refused(data: object) -> None:
    for text in (json.dumps(data), json.dumps({"meters": data})):
        with suppress(UnreadableKey):
            keys_of_data_transfer("generalConfiguration", "setMeterConfiguration", text)


_elements = st.sampled_from(
    [
        "<values>", "</values>", "<value transactionId='1'>", "</value>", "<signedData>", "</signedData>",
        "<publicKey>", "</publicKey>", "<!DOCTYPE a>", "<?xml version='1.0'?>", "<!-- -->", "<![CDATA[",
        "]]>", "&lt;", "&a;", "x", RECORD,
    ]
)  # fmt: skip
_containers = st.lists(_elements | st.text(max_size=5), max_size=14).map("".join)


@given(_containers.map(lambda text: text.encode(errors="replace")) | st.binary(max_size=80))
@example(f"<values><value><signedData>{RECORD}</signedData></value></values>".encode())
def test_a_container_is_read_or_refused(content: bytes) -> None:
    try:
        found = read_safe_xml(content)
    except UnreadableContainer:
        return
    assert all(one.data == one.data.strip() != "" for one in found)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_what_is_signed_is_what_is_billed(begin: int, more: int) -> None:
    """For all registers in milliwatt-hours: the difference comes out to the last digit."""
    texts = [f"{value // 10**6}.{value % 10**6:06d}" for value in (begin, begin + more)]
    readings = [
        {
            "TM": "2026-11-30T10:00:00,000+0100 S",
            "TX": moment,
            "RV": text,
            "RI": "1-b:1.8.0",
            "RU": "kWh",
            "ST": "G",
        }
        for moment, text in zip("BE", texts, strict=True)
    ]
    record = read_signed_value(SIGNER.record(payload(*readings))).record()
    (energy,) = [judge([check_signature(record, KEY, signatures=SIGNATURES)]).billable]
    assert energy is not None
    assert energy.mwh == more
