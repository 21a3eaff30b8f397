"""The formats of signed records: each a value of its own, so that another one touches none of them."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from emobility_core.metering._alfen import HEADER as ALFEN_HEADER
from emobility_core.metering._alfen import read_alfen
from emobility_core.metering._ocmf import HEADER, read_ocmf
from emobility_core.metering._record import Assignment, Device, SignedRecord, Statement, UnreadableRecord

# SML wraps each of its files into four escapes.
_SML = b"\x1b\x1b\x1b\x1b"


@attrs.frozen
class RecordFormat:
    """A format by the name that OCPP gives it (`encodingMethod`), how its content begins, and its reader.

    `begins` is for content without a declaration. Without a reader records are kept as they came, and no
    verdict is given.
    """

    name: str
    begins: tuple[bytes, ...]
    reader: Callable[[str], SignedRecord] | None = None

    def read(self, text: str) -> SignedRecord:
        """Read a record; raise `UnreadableRecord` where this is none of the format."""
        return kept(self.name, text) if self.reader is None else self.reader(text)


OCMF = RecordFormat("OCMF", (HEADER.encode(),), read_ocmf)
ALFEN = RecordFormat("ALFEN", (ALFEN_HEADER.encode(),), read_alfen)
# SML itself, or the XML in which some stations wrap it.
EDL = RecordFormat("EDL", (_SML, b"<"))
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
    return RecordFormat(declared or "unknown", ())


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
