"""Signed meter values: read as they came, verified by the key of their meter, judged for billing."""

from emobility_core.metering._assessment import Assessment, assess
from emobility_core.metering._curve import Curve
from emobility_core.metering._envelope import SignedValue, read_signed_value
from emobility_core.metering._formats import FORMATS, RecordFormat, format_of
from emobility_core.metering._keys import LONGEST_KEY, PublicKey, UnreadableKey, read_key
from emobility_core.metering._ocmf import read_ocmf
from emobility_core.metering._ports import Signatures
from emobility_core.metering._proof import RECEIPT_FIELD, ProvenTransaction, verify_proof
from emobility_core.metering._reason import Reason
from emobility_core.metering._record import (
    Assignment,
    Device,
    Moment,
    Page,
    SignedReading,
    SignedRecord,
    Statement,
    TimeStatus,
    UnreadableRecord,
)
from emobility_core.metering._registers import Direction, Register, billing_register
from emobility_core.metering._registry import KeyDecision, KeyOfNobody, KeyTrust, MeterKey, key_for
from emobility_core.metering._safe_xml import (
    ContainedValue,
    UnreadableContainer,
    UnwritableContainer,
    read_safe_xml,
    write_safe_xml,
)
from emobility_core.metering._sent_keys import (
    KeyOrigin,
    SentKey,
    key_of_configuration,
    key_sent_with,
    keys_of_data_transfer,
)
from emobility_core.metering._signature import SignatureState, SignatureVerdict, check_signature
from emobility_core.metering._transaction import judge, page_break
from emobility_core.metering._verdict import EnergyVerdict, TimeBasis, TimeVerdict, TransactionVerdict

__all__ = [
    "FORMATS",
    "LONGEST_KEY",
    "RECEIPT_FIELD",
    "Assessment",
    "Assignment",
    "ContainedValue",
    "Curve",
    "Device",
    "Direction",
    "EnergyVerdict",
    "KeyDecision",
    "KeyOfNobody",
    "KeyOrigin",
    "KeyTrust",
    "MeterKey",
    "Moment",
    "Page",
    "ProvenTransaction",
    "PublicKey",
    "Reason",
    "RecordFormat",
    "Register",
    "SentKey",
    "SignatureState",
    "SignatureVerdict",
    "Signatures",
    "SignedReading",
    "SignedRecord",
    "SignedValue",
    "Statement",
    "TimeBasis",
    "TimeStatus",
    "TimeVerdict",
    "TransactionVerdict",
    "UnreadableContainer",
    "UnreadableKey",
    "UnreadableRecord",
    "UnwritableContainer",
    "assess",
    "billing_register",
    "check_signature",
    "format_of",
    "judge",
    "key_for",
    "key_of_configuration",
    "key_sent_with",
    "keys_of_data_transfer",
    "page_break",
    "read_key",
    "read_ocmf",
    "read_safe_xml",
    "read_signed_value",
    "verify_proof",
    "write_safe_xml",
]
