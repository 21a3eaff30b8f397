"""A signed value as a station delivers it in a SampledValue: bare, encoded, or in an envelope.

Source: Open Charge Alliance, Signed Meter Values in OCPP, version 1.0; and what stations do instead.
"""

from __future__ import annotations

import attrs

from emobility_core.metering._encodings import decoded
from emobility_core.metering._formats import RecordFormat, format_of
from emobility_core.metering._json import LONGEST, BadJson, read_object
from emobility_core.metering._record import SignedRecord, UnreadableRecord

# The note's name, and the one of has.to.be's documentation, which stations were built after.
_DATA = ("signedMeterData", "signedMeterValue")


@attrs.frozen(kw_only=True)
class SignedValue:
    """What was delivered: `sent` verbatim, the record in it, its format, and the key that came along.

    `text` is the record itself where it is text, and what was sent where it is binary.
    """

    sent: str
    text: str
    format: RecordFormat
    declared: str | None = None
    key: str | None = None

    def record(self) -> SignedRecord:
        """The record; raise `UnreadableRecord` with the reason."""
        return self.format.read(self.text)


def read_signed_value(sent: str, *, declared: str | None = None) -> SignedValue:
    """Open what was delivered, of a format that may be `declared`.

    Raises `UnreadableRecord` for an envelope that is none. What is in a format that nobody here knows is no
    refusal: it is to be kept like the others.
    """
    if len(sent) > 2 * LONGEST:
        raise UnreadableRecord("too-large")
    if not sent.lstrip().startswith("{"):
        return _opened(sent, sent, declared)
    try:
        envelope = read_object(sent)
    except BadJson as fault:
        raise UnreadableRecord(fault.reason, "envelope") from None
    data, method, key = (_text(envelope, *names) for names in (_DATA, ("encodingMethod",), ("publicKey",)))
    if data is None:
        raise UnreadableRecord("no-data", "envelope")
    return attrs.evolve(_opened(sent, data, method or declared), key=key)


def _text(envelope: dict[str, object], *names: str) -> str | None:
    for name in names:
        value = envelope.get(name)
        if isinstance(value, str):
            return value or None
        if value is not None:
            raise UnreadableRecord("wrong-type", name)
    return None


def _opened(sent: str, data: str, declared: str | None = None) -> SignedValue:
    text = data.strip()
    content = decoded(text)
    if content is None:
        found = format_of(text.encode(errors="replace"), declared)
        return SignedValue(sent=sent, text=text, format=found, declared=declared)
    found = format_of(content, declared)
    if found.textual:
        # Exactly these bytes: what is no UTF-8 is no JSON either.
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise UnreadableRecord("not-unicode") from None
    return SignedValue(sent=sent, text=text, format=found, declared=declared)
