"""The formats of signed records: each a value of its own, so that another one touches none of them."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from emobility_core.metering._alfen import HEADER as ALFEN_HEADER
from emobility_core.metering._alfen import read_alfen
from emobility_core.metering._edl import read_edl
from emobility_core.metering._ocmf import HEADER, read_ocmf
from emobility_core.metering._record import Assignment, Device, SignedRecord, Statement, UnreadableRecord
from emobility_core.metering._sml import ESCAPE


@attrs.frozen
class RecordFormat:
    """A format by the name that OCPP gives it (`encodingMethod`), how its content begins, and its reader.

    `begins` is for content without a declaration. What no reader takes is kept as it came, and no verdict is
    given. `textual` says that a record is text, whatever it was wrapped into.
    """

    name: str
    begins: tuple[bytes, ...]
    reader: Callable[[str], SignedRecord | None] | None = None
    textual: bool = True

    def read(self, text: str) -> SignedRecord:
        """Read a record; raise `UnreadableRecord` where this is none of the format."""
        record = None if self.reader is None else self.reader(text)
        return kept(self.name, text) if record is None else record


OCMF = RecordFormat("OCMF", (HEADER.encode(),), read_ocmf)
ALFEN = RecordFormat("ALFEN", (ALFEN_HEADER.encode(),), read_alfen)
# SML itself, or the XML in which some stations wrap it.
EDL = RecordFormat("EDL", (ESCAPE, b"<"), read_edl, textual=False)
FORMATS = (OCMF, ALFEN, EDL)


def format_of(content: bytes, declared: str | None = None) -> RecordFormat:
    """The format that content begins like; else the one that was declared, known or not.

    What was declared comes last: stations declare OCMF and send something else, and the other way round.
    """
    for one in FORMATS:
        if content.startswith(one.begins):
            return one
    for one in FORMATS:
        if declared is not None and declared.upper() == one.name:
            return one
    return RecordFormat(declared or "unknown", (), textual=False)


def kept(format: str, text: str) -> SignedRecord:
    """A record that nobody here reads, as it came."""
    try:
        signed = text.encode()
    except UnicodeEncodeError:
        raise UnreadableRecord("not-unicode") from None
    return SignedRecord(
        format=format,
        text=text,
        signed=signed,
        algorithm="",
        curve=None,
        signature=None,
        reader=_nothing,
    )


def _nothing(_: bytes) -> Statement:
    return Statement(
        version=None,
        device=Device(meter=None),
        page=None,
        assignment=Assignment(assigned=False, level=None, kind=None, id=None, tariff_text=None),
        readings=(),
    )
