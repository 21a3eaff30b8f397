"""The container that a customer receives is one that the transparency software opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xmlschema import XMLSchema10

from emobility_core.metering import (
    ContainedValue,
    UnreadableContainer,
    UnwritableContainer,
    read_safe_xml,
    write_safe_xml,
)
from tests.signer import Signer, payload, reading

SIGNER = Signer()
KEY = SIGNER.spki.hex()
VALUES = (
    ContainedValue(
        data=SIGNER.record(payload(reading("B", 1), TT='<0.49 "EUR" & more>')),
        format="OCMF",
        key=KEY,
        transaction="4711",
        context="Transaction.Begin",
    ),
    ContainedValue(
        data=SIGNER.record(payload(reading("E", 2), PG="T2")),
        format="OCMF",
        key=KEY,
        transaction="4711",
        context="Transaction.End",
    ),
    ContainedValue(data="AP;0;3;ABC", format="ALFEN"),
)


def test_what_is_written_is_read() -> None:
    assert read_safe_xml(write_safe_xml(VALUES)) == VALUES


@pytest.mark.oracle("SAFE container schema")
def test_a_container_is_valid_against_the_schema_of_the_transparency_software(vectors: Path) -> None:
    schema = XMLSchema10(str(vectors / "ocmf" / "safe_values.xsd"))
    schema.validate(write_safe_xml(VALUES).decode())
    read: Any = schema.to_dict(write_safe_xml(VALUES).decode())
    # No white space around a record, and none of it changed.
    assert [one["signedData"]["$"] for one in read["value"]] == [one.data for one in VALUES]


@given(st.text(min_size=1).filter(lambda text: text == text.strip()))
def test_every_text_comes_through_byte_for_byte(text: str) -> None:
    """Line ends above all: XML turns a carriage return into a line feed, and that breaks the signature."""
    raw = f"OCMF|{text}\r\n|{{}}"
    (value,) = read_safe_xml(write_safe_xml([ContainedValue(data=raw)]))
    assert value.signed_value().text == raw


def test_what_is_declared_of_a_container_is_not_relied_on() -> None:
    for declared in ('format="OCMF" encoding="plain"', 'encoding="base64"', 'format="EDL"', ""):
        data = f"<signedData {declared}>\n {VALUES[1].data} \n</signedData>"
        content = f"<values><value><publicKey>{KEY}</publicKey>{data}</value></values>"
        (value,) = read_safe_xml(content.encode())
        opened = value.signed_value()
        assert (opened.format.name, opened.text, opened.key) == ("OCMF", VALUES[1].data, KEY)


LAUGHS = """<!DOCTYPE values [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>
<values><value><signedData>&b;</signedData></value></values>"""
FETCHES = '<!DOCTYPE values SYSTEM "http://127.0.0.1:1/evil.dtd"><values/>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (LAUGHS.encode(), "document-type"),
        (LAUGHS.encode("utf-16"), "document-type"),
        (FETCHES.encode(), "document-type"),
        (b"<values><value><signedData>&b;</signedData></value></values>", "not-xml"),
        (b"", "not-xml"),
        (b"OCMF|{}|{}", "not-xml"),
        (b"<values>", "not-xml"),
        (b"<values/>", "no-values"),
        (b"<values><value/></values>", "no-data"),
        (b"<values><value><signedData> </signedData></value></values>", "no-data"),
        (
            b"<values><value><signedData>a</signedData><signedData>b</signedData></value></values>",
            "repeated-element",
        ),
        (b"<value><signedData>a</signedData></value>", "other-element"),
        (b"<values><value><signedData>a<b/></signedData></value></values>", "other-element"),
        (b"<values>" * 100_000, "other-element"),
        (b"<values>" + b"<value><signedData>a</signedData></value>" * 10_001 + b"</values>", "too-large"),
        (b" " * (16 * 1024 * 1024 + 1), "too-large"),
        (b'<?xml version="1.0" encoding="EBCDIC-X"?><values/>', "not-xml"),
    ],
    ids=range(17),
)
def test_what_is_no_container_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableContainer) as refused:
        read_safe_xml(content)
    assert refused.value.reason == reason


def test_a_container_numbers_its_transactions() -> None:
    with pytest.raises(UnwritableContainer):
        write_safe_xml([ContainedValue(data="x", transaction="ses_1")])
