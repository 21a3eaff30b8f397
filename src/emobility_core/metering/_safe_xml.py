"""The XML container of the transparency software of SAFE e.V.: what a customer checks signed values with.

Source: XML_Format of that software. What is declared about encodings is not relied on: containers say
`plain` for hexadecimal, and real ones carry no declaration at all.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import attrs

from emobility_core.errors import Invalid
from emobility_core.metering._envelope import SignedValue, read_signed_value

# A day of a station with a record each minute.
LONGEST_CONTAINER = 16 * 1024 * 1024
_VALUES = 10_000
_INTEGER = re.compile(r"-?[0-9]+")
_HEX = re.compile(r"[0-9A-Fa-f\s]+")
# XML 1.0, 2.2: what cannot stand in a document, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Behind an XML parser a carriage return is a line feed, and the signature is broken, unless it is escaped.
_ESCAPES = {"\r": "&#13;"}


@attrs.frozen
class UnreadableContainer(Invalid):
    """This is no XML container of signed values.

    Remedy: give the file as it was delivered: `values` with a `value` for each record, no document type.
    """

    code = "unreadable-container"
    reason: str


@attrs.frozen
class UnwritableContainer(Invalid):
    """The container numbers transactions, and this is no number.

    Remedy: give the transaction id of OCPP 1.6, or none.
    """

    code = "unwritable-container"
    transaction: str


@attrs.frozen(kw_only=True)
class ContainedValue:
    """One record of a container, with its public key as it is written there and what it belongs to."""

    data: str
    format: str | None = None
    key: str | None = None
    transaction: str | None = None
    context: str | None = None

    def signed_value(self) -> SignedValue:
        """Open it as one that a station delivered; raise `UnreadableRecord`."""
        opened = read_signed_value(self.data, declared=self.format)
        return attrs.evolve(opened, key=self.key or opened.key)


def read_safe_xml(content: bytes) -> tuple[ContainedValue, ...]:
    """The records of a container; raise `UnreadableContainer`."""
    if len(content) > LONGEST_CONTAINER:
        raise UnreadableContainer("too-large")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise UnreadableContainer("not-xml") from None
    if not reader.found:
        raise UnreadableContainer("no-values")
    return tuple(reader.found)


def write_safe_xml(values: Iterable[ContainedValue]) -> bytes:
    """A container that the transparency software opens: no white space around a record or a key.

    Raises `UnwritableContainer` where a transaction has no number.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<values>", *map(_written, values), "</values>", ""]
    return "\n".join(lines).encode()


def _written(value: ContainedValue) -> str:
    if value.transaction is not None and not _INTEGER.fullmatch(value.transaction):
        raise UnwritableContainer(value.transaction[:60])
    data, encoding = value.data.strip(), "plain"
    if _NO_XML.search(data):
        data, encoding = base64.b64encode(data.encode()).decode(), "base64"
    parts = []
    if value.key is not None:
        parts.append(_element("publicKey", value.key.strip(), encoding=_encoding(value.key)))
    parts.append(_element("signedData", data, format=value.format, encoding=encoding))
    around = _attributes({"transactionId": value.transaction, "context": value.context})
    return f"<value{around}>{''.join(parts)}</value>"


def _element(name: str, text: str, **attributes: str | None) -> str:
    return f"<{name}{_attributes(attributes)}>{escape(text, _ESCAPES)}</{name}>"


def _attributes(found: Mapping[str, str | None]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in found.items() if value is not None)


def _encoding(key: str) -> str:
    return "hex" if _HEX.fullmatch(key) else "base64"


@attrs.define
class _Reader:
    """Goes through `values/value/(signedData|publicKey)` and refuses every other element."""

    found: list[ContainedValue] = attrs.field(factory=list)
    path: list[str] = attrs.field(factory=list)
    value: dict[str, str] = attrs.field(factory=dict)
    texts: dict[str, str] = attrs.field(factory=dict)
    format: str | None = None
    text: list[str] = attrs.field(factory=list)

    def refuse(self, *_: object) -> None:
        # Entities are declared in a document type: without one there is nothing to expand or to fetch.
        raise UnreadableContainer("document-type")

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        if self.path not in _PLACES:
            raise UnreadableContainer("other-element")
        if name == "value":
            self.value, self.texts, self.format = attributes, {}, None
        elif name == "signedData":
            self.format = attributes.get("format")
        self.text = []

    def characters(self, text: str) -> None:
        self.text.append(text)

    def end(self, name: str) -> None:
        if name == "value":
            self._keep()
        elif name != "values":
            if name in self.texts:
                raise UnreadableContainer("repeated-element")
            self.texts[name] = "".join(self.text).strip()
        self.path.pop()

    def _keep(self) -> None:
        data = self.texts.get("signedData")
        if not data:
            raise UnreadableContainer("no-data")
        if len(self.found) == _VALUES:
            raise UnreadableContainer("too-large")
        self.found.append(
            ContainedValue(
                data=data,
                format=self.format,
                key=self.texts.get("publicKey") or None,
                transaction=self.value.get("transactionId"),
                context=self.value.get("context"),
            )
        )


_PLACES = (
    ["values"],
    ["values", "value"],
    ["values", "value", "signedData"],
    ["values", "value", "publicKey"],
)
