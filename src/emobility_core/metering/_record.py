"""What a signed record says, whatever its format."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

import attrs

from emobility_core.errors import Invalid
from emobility_core.instants import Instant
from emobility_core.metering._curve import Curve


@attrs.frozen
class UnreadableRecord(Invalid):
    """This text is no signed record that can be read.

    Remedy: hand over the record exactly as the station sent it; what cannot be read is kept, and nothing
    is billed by it.
    """

    code = "unreadable-record"
    reason: str
    where: str = ""


class TimeStatus(StrEnum):
    """How good the clock was, OCMF table 19."""

    UNKNOWN = "U"
    INFORMATIVE = "I"
    SYNCHRONISED = "S"
    RELATIVE = "R"


class Moment(StrEnum):
    """At which moment of a transaction a reading was taken, OCMF table 7 (TX)."""

    BEGIN = "B"
    CHARGING = "C"
    EXCEPTION = "X"
    END = "E"
    ENDED_LOCALLY = "L"
    ENDED_REMOTELY = "R"
    ABORTED = "A"
    POWER_FAILED = "P"
    SUSPENDED = "S"
    TARIFF_CHANGED = "T"


ENDS = frozenset(
    {Moment.END, Moment.ENDED_LOCALLY, Moment.ENDED_REMOTELY, Moment.ABORTED, Moment.POWER_FAILED}
)


@attrs.frozen(kw_only=True)
class SignedReading:
    """One reading under a signature.

    `value` has the digits of the meter and the unit `unit`; without a value the reading tells of an event.
    `flags` names what an error made unusable (E energy, t time); `status` is G where the meter was good.
    """

    moment: Moment | None
    at: Instant | None
    time_status: TimeStatus
    value: Decimal | None
    obis: str | None
    unit: str | None
    current: str | None
    flags: str
    status: str | None


@attrs.frozen(kw_only=True)
class Device:
    """Who signed, by the serials of meter and gateway and the name of the charge point."""

    meter: str | None
    gateway: str | None = None
    charge_point: str | None = None


@attrs.frozen
class Page:
    """The place of a record in the signer's own count: T of transactions, F of fiscal readings."""

    context: str
    number: int


@attrs.frozen(kw_only=True)
class Assignment:
    """Whom the signer took for the user, if anybody; how surely (`level`); by which kind of id."""

    assigned: bool
    level: str | None
    kind: str | None
    id: str | None
    tariff_text: str | None


@attrs.frozen(kw_only=True)
class Statement:
    """What a record says, whoever signed it: the version of its format, device, page, user and readings.

    `session` is the number that the signer gave the charge; OCMF has none.
    """

    version: str | None
    device: Device
    page: Page | None
    assignment: Assignment
    readings: tuple[SignedReading, ...]
    session: str | None = None


@attrs.frozen(kw_only=True)
class SignedRecord:
    """A record as it was received (`text`), the bytes that were signed, and the signature.

    `signed` is never written anew from what it says. `signature` is None where it is not what its encoding
    says; `curve` is None for an algorithm that nobody here knows. What is signed is read when it is asked
    for: whether the signature holds does not depend on it.
    """

    format: str
    text: str
    signed: bytes
    algorithm: str
    curve: Curve | None
    signature: bytes | None
    reader: Callable[[bytes], Statement] = attrs.field(eq=False)
    carried_key: str | None = None

    @cached_property
    def statement(self) -> Statement:
        """What the record says; raise `UnreadableRecord` with the reason where that cannot be read."""
        return self.reader(self.signed)
