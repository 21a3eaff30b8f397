"""The audit log: who did what, before and after, and why it was allowed; append-only, chained by hashes."""

from emobility_core.audit._acting import named_by
from emobility_core.audit._anchor import anchored
from emobility_core.audit._chain import (
    ANCHORED,
    BEGINNING,
    ChainBreak,
    ChainCheck,
    ChainFault,
    ChainVerdict,
    canonical,
    detail_digest,
    linked,
)
from emobility_core.audit._changes import MASK, Change
from emobility_core.audit._entry import (
    AuditDetail,
    AuditEntry,
    AuditHead,
    AuditLink,
    AuditOutcome,
    ChangeKind,
    Recorded,
    UnknownAuditEntry,
)
from emobility_core.audit._mention import Mention, is_named, replaced
from emobility_core.audit._ports import AuditEntries, AuditSearch, RecordViews
from emobility_core.audit._recording import MASTER_DATA, Auditor, WatchedWork

__all__ = [
    "ANCHORED",
    "BEGINNING",
    "MASK",
    "MASTER_DATA",
    "AuditDetail",
    "AuditEntries",
    "AuditEntry",
    "AuditHead",
    "AuditLink",
    "AuditOutcome",
    "AuditSearch",
    "Auditor",
    "ChainBreak",
    "ChainCheck",
    "ChainFault",
    "ChainVerdict",
    "Change",
    "ChangeKind",
    "Mention",
    "RecordViews",
    "Recorded",
    "UnknownAuditEntry",
    "WatchedWork",
    "anchored",
    "canonical",
    "detail_digest",
    "is_named",
    "linked",
    "named_by",
    "replaced",
]
