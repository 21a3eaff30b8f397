"""A signed value is found in every form in which stations deliver it, and kept as it came."""

from __future__ import annotations

import base64
import json

import pytest

from emobility_adapters.signatures import MeterSignatures
from emobility_core.metering import (
    KeyOrigin,
    SignatureState,
    SignedValue,
    UnreadableKey,
    UnreadableRecord,
    check_signature,
    key_of_configuration,
    key_sent_with,
    keys_of_data_transfer,
    read_key,
    read_signed_value,
)
from tests.signer import Signer

SIGNER = Signer()
RECORD = SIGNER.record()
ENCODED = base64.b64encode(RECORD.encode()).decode()
KEY = SIGNER.spki.hex().upper()


@pytest.mark.parametrize(
    "sent",
    [
        RECORD,
        f"\n {RECORD}\n",
        ENCODED,
        "\n".join(ENCODED[place : place + 76] for place in range(0, len(ENCODED), 76)),
        RECORD.encode().hex(),
        json.dumps(
            {"signedMeterData": ENCODED, "encodingMethod": "OCMF", "signingMethod": "", "publicKey": ""}
        ),
        json.dumps({"signedMeterValue": ENCODED, "encodingMethod": "OCMF"}),
        json.dumps({"signedMeterValue": RECORD}),
        # What is declared comes last.
        json.dumps({"signedMeterData": ENCODED, "encodingMethod": "EDL"}),
    ],
)
def test_a_record_is_found_in_every_wrapping(sent: str) -> None:
    value = read_signed_value(sent)
    assert (value.sent, value.text, value.format.name) == (sent, RECORD, "OCMF")
    assert value.record().signed == RECORD.split("|")[1].encode()


@pytest.mark.parametrize(
    ("sent", "name", "text"),
    [
        ("1B1B1B1B01010101760500", "EDL", "1B1B1B1B01010101760500"),
        (base64.b64encode(b"\x1b\x1b\x1b\x1b\1\1\1\1v").decode(), "EDL", "GxsbGwEBAQF2"),
        ("<signedMeterValue/>", "EDL", "<signedMeterValue/>"),
        (
            json.dumps({"signedMeterData": "GxsbGwEBAQF2", "encodingMethod": "DLMS Message"}),
            "EDL",
            "GxsbGwEBAQF2",
        ),
        (json.dumps({"signedMeterData": "AAEC", "encodingMethod": "DLMS Message"}), "DLMS Message", "AAEC"),
        ("12.5", "unknown", "12.5"),
    ],
)
def test_what_nobody_here_verifies_is_kept_and_says_so(sent: str, name: str, text: str) -> None:
    value = read_signed_value(sent)
    assert (value.sent, value.format.name, value.text) == (sent, name, text)
    verdict = check_signature(value.record(), read_key(KEY), signatures=MeterSignatures())
    assert verdict.state is SignatureState.NOT_VERIFIABLE
    assert [str(one) for one in verdict.reasons] == [f"format-not-verifiable (format {name})"]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("{", "not-json"),
        ("{}", "no-data"),
        ('{"signedMeterData":""}', "no-data"),
        ('{"signedMeterData":{}}', "wrong-type"),
        ('{"signedMeterData":"AAEC","publicKey":[]}', "wrong-type"),
        ('{"signedMeterData":"AAEC","signedMeterData":"AAEC"}', "repeated-name"),
        (base64.b64encode(b"OCMF|\xff\xfe|{}").decode(), "not-unicode"),
        ("x" * 2_000_000, "too-large"),
    ],
)
def test_an_envelope_that_is_none_is_refused(sent: str, reason: str) -> None:
    with pytest.raises(UnreadableRecord) as refused:
        read_signed_value(sent).record()
    assert refused.value.reason == reason


@pytest.mark.parametrize("wrapped", [KEY, f"oca:base16:asn1:{KEY}"])
def test_the_key_of_an_envelope_is_read_in_both_wrappings(wrapped: str) -> None:
    text = base64.b64encode(wrapped.encode()).decode()
    value = read_signed_value(json.dumps({"signedMeterData": ENCODED, "publicKey": text}))
    sent = key_sent_with(value, value.record())
    assert sent is not None
    assert (sent.key, sent.text, sent.origin) == (read_key(KEY), text, KeyOrigin.ENVELOPE)


def test_the_key_of_the_withdrawn_section_came_with_the_data_as_well() -> None:
    value: SignedValue = read_signed_value(f"{RECORD}|{KEY}")
    sent = key_sent_with(value, value.record())
    assert sent is not None
    assert (sent.key, sent.origin) == (read_key(KEY), KeyOrigin.ENVELOPE)
    assert key_sent_with(read_signed_value(RECORD), value.record()) == sent


def test_keys_come_by_data_transfer_each_for_its_meter() -> None:
    meters = [
        {"connectorId": 1, "meterSerial": "M-1", "type": "SIGNATURE", "publicKey": KEY},
        {"connectorId": "2", "publicKey": "none of these"},
        {"connectorId": 3},
    ]
    data = json.dumps({"meters": meters})
    first, second = keys_of_data_transfer("generalConfiguration", "setMeterConfiguration", data)
    assert (first.key, first.connector, first.meter) == (read_key(KEY), 1, "M-1")
    assert (second.key, second.connector, second.text) == (None, 2, "none of these")
    assert second.fault == "neither-hexadecimal-nor-base64"
    assert keys_of_data_transfer("generalConfiguration", "other", data) == ()
    for broken in ("", "[]", '{"meters":{}}', '{"meters":[1]}'):
        with pytest.raises(UnreadableKey):
            keys_of_data_transfer("generalConfiguration", "setMeterConfiguration", broken)


def test_keys_come_by_configuration_key() -> None:
    for name in ("MeterPublicKey2", "MeterPublicKey[2]", "meterpublickey2"):
        sent = key_of_configuration(name, KEY)
        assert sent is not None
        assert (sent.key, sent.connector, sent.origin) == (read_key(KEY), 2, KeyOrigin.CONFIGURATION)
    assert key_of_configuration("MeterPublicKey", KEY) is None
    assert key_of_configuration("MeterPublicKey1", " ") is None
