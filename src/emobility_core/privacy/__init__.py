"""What the law gives a person: to be told what is known of them, and to be forgotten."""

from emobility_core.privacy._erasure import (
    BOOK_YEARS,
    VOUCHER_LAW,
    VOUCHER_YEARS,
    Erasure,
    Kept,
    UnknownErasure,
    kept_by_law,
)
from emobility_core.privacy._person import (
    Person,
    PersonCharging,
    Pseudonymised,
    TagOfSomebodyElse,
    TransferUnderWay,
    Whose,
    pseudonymised,
)
from emobility_core.privacy._ports import Held, PersonalData, PrivacyWork, Sighting, Sightings
from emobility_core.privacy._use_cases import erase_person, person_of, preview_erasure

__all__ = [
    "BOOK_YEARS",
    "VOUCHER_LAW",
    "VOUCHER_YEARS",
    "Erasure",
    "Held",
    "Kept",
    "Person",
    "PersonCharging",
    "PersonalData",
    "PrivacyWork",
    "Pseudonymised",
    "Sighting",
    "Sightings",
    "TagOfSomebodyElse",
    "TransferUnderWay",
    "UnknownErasure",
    "Whose",
    "erase_person",
    "kept_by_law",
    "person_of",
    "preview_erasure",
    "pseudonymised",
]
