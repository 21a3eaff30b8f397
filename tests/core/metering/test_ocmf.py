"""What an OCMF record says is read as it stands; what is none is refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from emobility_core.metering import Moment, Page, TimeStatus, UnreadableRecord, read_ocmf
from tests.signer import Signer, payload, reading

SIGNER = Signer()


def _raw(text: str, signature: str = '{"SD":"00"}') -> str:
    return f"OCMF|{text}|{signature}"


def test_the_signed_bytes_are_those_that_came() -> None:
    text = '{ "FV":"1.0",\r\n\t"RD" : [] , "XX":"\\u00fc ü" }'
    record = read_ocmf(f'  OCMF|{text}|{{"SD":"00"}}\n')
    assert record.signed == text.encode()
    assert record.text == _raw(text)


def test_what_is_left_out_is_as_in_the_reading_before_but_for_the_value() -> None:
    """OCMF 1.4, table 7; the second reading is another register at the same moment."""
    record = read_ocmf(
        SIGNER.record(
            payload(
                reading("B", 1.5, EF="t"),
                {"RV": 7, "RI": "1-b:2.8.0", "RU": "Wh"},
                {"TX": "E", "ST": "M"},
            )
        )
    )
    first, second, third = record.statement.readings
    assert (second.moment, second.at, second.flags) == (Moment.BEGIN, first.at, "t")
    assert (second.value, second.obis, second.unit) == (Decimal(7), "1-b:2.8.0", "Wh")
    assert (third.moment, third.value, third.obis, third.status) == (Moment.END, None, "1-b:2.8.0", "M")


def test_a_value_keeps_its_digits() -> None:
    texts = ['"       9.038"', '"00000000.000"', "2935.60", "1833", '"0.0"', "1.5E1"]
    values = [read_ocmf(_raw(f'{{"RD":[{{"RV":{text}}}]}}')).statement.readings[0].value for text in texts]
    assert [str(value) for value in values] == ["9.038", "0.000", "2935.60", "1833", "0.0", "15"]


def test_what_stations_write_beside_the_norm_is_read() -> None:
    said = read_ocmf(_raw('{"FV":1.0,"CT":0,"IS":"VERIFIED","ID":4711,"PG":"T12","GS":"","RD":[]}')).statement
    assert (said.version, said.assignment.level, said.assignment.assigned) == ("1.0", "VERIFIED", True)
    assert (said.assignment.id, said.device.gateway, said.page) == ("4711", None, Page("T", 12))


def test_times_are_instants_with_the_state_of_the_clock() -> None:
    texts = {
        "2026-10-25T02:30:00,500+0200 S": (
            datetime(2026, 10, 25, 0, 30, 0, 500_000, UTC),
            TimeStatus.SYNCHRONISED,
        ),
        "2026-10-25T02:30:00,500+0100 R": (
            datetime(2026, 10, 25, 1, 30, 0, 500_000, UTC),
            TimeStatus.RELATIVE,
        ),
        "1970-01-01T00:00:40Z": (datetime(1970, 1, 1, 0, 0, 40, tzinfo=UTC), TimeStatus.UNKNOWN),
        "2026-02-30T00:00:00,000+0100 S": (None, TimeStatus.UNKNOWN),
        "0001-01-01T00:00:00,000+1400 S": (None, TimeStatus.UNKNOWN),
        "yesterday": (None, TimeStatus.UNKNOWN),
    }
    for text, told in texts.items():
        (read,) = read_ocmf(_raw(json.dumps({"RD": [{"TM": text}]}))).statement.readings
        assert (read.at, read.time_status) == told


def test_the_withdrawn_section_is_a_key() -> None:
    assert read_ocmf(_raw('{"RD":[]}') + "| 3059 3013 ").carried_key == "3059 3013"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "not-ocmf"),
        ("ocmf|{}|{}", "not-ocmf"),
        ("OCMF|{}", "not-ocmf"),
        ("OCMF|{}|{}|a|b", "not-ocmf"),
        (_raw("{"), "not-json"),
        (_raw("[]"), "not-an-object"),
        (_raw('{"RD":[],"RD":[]}'), "repeated-name"),
        (_raw('{"RD":[{"RV":1,"RV":2}]}'), "repeated-name"),
        (_raw('{"RD":[]}', '{"SD":"00","SD":"01"}'), "repeated-name"),
        (_raw('{"RD":[{"RV":NaN}]}'), "not-a-number"),
        (_raw('{"RD":[{"RV":-Infinity}]}'), "not-a-number"),
        (_raw('{"RD":[{"RV":"1,5"}]}'), "not-a-number"),
        (_raw('{"RD":[{"RV":"\u0661"}]}'), "not-a-number"),
        (_raw('{"RD":[{"RV":1e999999999}]}'), "not-a-number"),
        (_raw('{"RD":[{"RV":1e99}]}'), "number-out-of-range"),
        (_raw('{"RD":[{"RV":1234567890123456789}]}'), "number-out-of-range"),
        (_raw(f'{{"RD":[{{"RV":{"1" * 5_000}}}]}}'), "not-a-number"),
        (_raw('{"RD":[{"RV":true}]}'), "wrong-type"),
        (_raw('{"RD":[{"TX":["B"]}]}'), "wrong-type"),
        (_raw('{"RD":{}}'), "wrong-type"),
        (_raw("{}"), "wrong-type"),
        (_raw('{"RD":["B"]}'), "wrong-type"),
        (_raw('{"RD":[],"MS":{}}'), "wrong-type"),
        (_raw('{"RD":[],"IS":[]}'), "wrong-type"),
        (_raw('{"RD":[{"TX":"Q"}]}'), "unknown-moment"),
        (_raw('{"RD":[]}', "{}"), "no-signature"),
        (_raw('{"RD":[],"ID":"\ud800"}'), "not-unicode"),
        (_raw('{"RD":[],"UC":' + "[" * 3_000 + "]" * 3_000 + "}"), "not-json"),
        (_raw('{"RD":[],"UC":' + "[" * 9_000 + "]" * 9_000 + "}"), "too-large"),
        (_raw('{"RD":[],"UC":"' + "x" * 600_000 + '"}'), "too-large"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_with_its_reason(raw: str, reason: str) -> None:
    with pytest.raises(UnreadableRecord) as refused:
        _ = read_ocmf(raw).statement
    assert refused.value.reason == reason
