"""Identifiers: one NewType per aggregate on a UUID of version 7, and the form each shows outside."""

from __future__ import annotations

from typing import NewType, Protocol
from uuid import UUID

import attrs

from emobility_core.errors import Invalid
from emobility_core.instants import Instant

TenantId = NewType("TenantId", UUID)
ClientId = NewType("ClientId", UUID)
UserId = NewType("UserId", UUID)
SignInId = NewType("SignInId", UUID)
OperationId = NewType("OperationId", UUID)
EventId = NewType("EventId", UUID)
RoleId = NewType("RoleId", UUID)
RoleAssignmentId = NewType("RoleAssignmentId", UUID)
GrantId = NewType("GrantId", UUID)
SiteId = NewType("SiteId", UUID)
StationGroupId = NewType("StationGroupId", UUID)
StationId = NewType("StationId", UUID)
QuarantinedStationId = NewType("QuarantinedStationId", UUID)
StationConfigurationId = NewType("StationConfigurationId", UUID)
ConfigurationTemplateId = NewType("ConfigurationTemplateId", UUID)
ConnectorId = NewType("ConnectorId", UUID)
CommandId = NewType("CommandId", UUID)
InstalledProfileId = NewType("InstalledProfileId", UUID)
ScheduleComparisonId = NewType("ScheduleComparisonId", UUID)
LoadBudgetId = NewType("LoadBudgetId", UUID)
LoadPointId = NewType("LoadPointId", UUID)
LoadLimitId = NewType("LoadLimitId", UUID)
LoadPriorityId = NewType("LoadPriorityId", UUID)
CustomerId = NewType("CustomerId", UUID)
UserGroupId = NewType("UserGroupId", UUID)
ContractId = NewType("ContractId", UUID)
TokenId = NewType("TokenId", UUID)
TariffId = NewType("TariffId", UUID)
TariffVersionId = NewType("TariffVersionId", UUID)
TariffAssignmentId = NewType("TariffAssignmentId", UUID)
SessionId = NewType("SessionId", UUID)
DoubtfulReportId = NewType("DoubtfulReportId", UUID)
ResolutionId = NewType("ResolutionId", UUID)
LocalListId = NewType("LocalListId", UUID)
ReservationId = NewType("ReservationId", UUID)
RatingId = NewType("RatingId", UUID)
SecurityEventId = NewType("SecurityEventId", UUID)
CertificateAuthorityId = NewType("CertificateAuthorityId", UUID)
StationCertificateId = NewType("StationCertificateId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
WebhookEndpointId = NewType("WebhookEndpointId", UUID)
WebhookDeliveryId = NewType("WebhookDeliveryId", UUID)
EventCursorId = NewType("EventCursorId", UUID)
TrustedIssuerId = NewType("TrustedIssuerId", UUID)
LedgerId = NewType("LedgerId", UUID)
AccountRuleId = NewType("AccountRuleId", UUID)
PostingId = NewType("PostingId", UUID)
PostingBatchId = NewType("PostingBatchId", UUID)
PostingExportId = NewType("PostingExportId", UUID)
AuditEntryId = NewType("AuditEntryId", UUID)
ErasureId = NewType("ErasureId", UUID)
ImportId = NewType("ImportId", UUID)
ExportId = NewType("ExportId", UUID)
TestClockId = NewType("TestClockId", UUID)

PREFIXES: dict[object, str] = {
    TenantId: "ten",
    ClientId: "cli",
    UserId: "usr",
    SignInId: "sgn",
    OperationId: "op",
    EventId: "evt",
    RoleId: "rol",
    RoleAssignmentId: "ras",
    GrantId: "gra",
    SiteId: "sit",
    StationGroupId: "sgr",
    StationId: "sta",
    QuarantinedStationId: "qst",
    StationConfigurationId: "scf",
    ConfigurationTemplateId: "cft",
    ConnectorId: "con",
    CommandId: "cmd",
    AttachmentId: "att",
    InstalledProfileId: "prf",
    ScheduleComparisonId: "scc",
    LoadBudgetId: "lbu",
    LoadPointId: "lpt",
    LoadLimitId: "lli",
    LoadPriorityId: "lpr",
    CustomerId: "cus",
    UserGroupId: "ugr",
    ContractId: "ctr",
    TokenId: "tok",
    TariffId: "tar",
    TariffVersionId: "tav",
    TariffAssignmentId: "tas",
    SessionId: "ses",
    DoubtfulReportId: "dbt",
    ResolutionId: "rsl",
    LocalListId: "lal",
    ReservationId: "rsv",
    RatingId: "rat",
    SecurityEventId: "sec",
    CertificateAuthorityId: "cau",
    StationCertificateId: "crt",
    WebhookEndpointId: "whe",
    WebhookDeliveryId: "whd",
    EventCursorId: "evc",
    TrustedIssuerId: "iss",
    LedgerId: "ldg",
    AccountRuleId: "acr",
    PostingId: "pst",
    PostingBatchId: "pba",
    PostingExportId: "pex",
    AuditEntryId: "aud",
    ErasureId: "ers",
    ImportId: "imp",
    ExportId: "exp",
    TestClockId: "tck",
}

# Crockford's base 32: no I, L, O, U; sorts like the number it stands for.
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}


@attrs.frozen
class MalformedId(Invalid):
    """A text is not an identifier of the expected kind.

    Remedy: give the identifier as the API showed it, with its prefix.
    """

    code = "malformed-id"
    expected: str
    text: str


class Ids(Protocol):
    """Makes what must be unpredictable; injected beside the clock."""

    def uuid7(self, at: Instant) -> UUID:
        """Make a new identifier that sorts by `at`."""
        ...

    def transaction_number(self) -> int:
        """Make a positive 31-bit number that a station cannot guess for another's transaction."""
        ...


def uuid7(at: Instant, randomness: int) -> UUID:
    """Make an RFC 9562 version-7 UUID of the time `at` (whole milliseconds) and 74 bits of randomness.

    What was before 1970 has no such id: it gets the least one.
    """
    milliseconds = max(0, int(at.timestamp() * 1000))
    high, low = (randomness >> 62) & 0xFFF, randomness & ((1 << 62) - 1)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)


def shown(prefix: str, value: UUID) -> str:
    """Write an identifier as the outside sees it: `ses_` and 26 characters that sort by time."""
    number, digits = value.int, []
    for _ in range(26):
        digits.append(_DIGITS[number & 31])
        number >>= 5
    return f"{prefix}_{''.join(reversed(digits))}"


def parse_id(prefix: str, text: str) -> UUID:
    """Read what `shown` wrote; raise `MalformedId` for anything else."""
    head, _, digits = text.rpartition("_")
    if head != prefix or len(digits) != 26:
        raise MalformedId(prefix, text)
    number = 0
    for digit in digits:
        value = _VALUES.get(digit)
        if value is None:
            raise MalformedId(prefix, text)
        number = number << 5 | value
    if number >> 128:
        raise MalformedId(prefix, text)
    return UUID(int=number)
