"""Values of configuration keys as stations write them, and when two of them mean the same."""

from __future__ import annotations

# OCPP 1.6, chapter 9: the keys whose values are comma-separated lists.
_LISTS = frozenset(
    {
        "chargingscheduleallowedchargingrateunit",
        "connectorphaserotation",
        "metervaluesaligneddata",
        "metervaluessampleddata",
        "stoptxnaligneddata",
        "stoptxnsampleddata",
        "supportedfeatureprofiles",
        "supportedfiletransferprotocols",
    }
)
# OCPP 1.6, 7.34: the phases; a station adds one to the measurand's name (9.1.17).
_PHASES = frozenset({"l1", "l2", "l3", "n", "l1-n", "l2-n", "l3-n", "l1-l2", "l2-l3", "l3-l1"})
_MEASURANDS_IN = frozenset(
    {"metervaluesaligneddata", "metervaluessampleddata", "stoptxnaligneddata", "stoptxnsampleddata"}
)
# OCPP 1.6, 7.31.
_MEASURANDS = frozenset(
    {
        "current.export", "current.import", "current.offered", "energy.active.export.register",
        "energy.active.import.register", "energy.reactive.export.register",
        "energy.reactive.import.register", "energy.active.export.interval",
        "energy.active.import.interval", "energy.reactive.export.interval",
        "energy.reactive.import.interval", "frequency", "power.active.export", "power.active.import",
        "power.factor", "power.offered", "power.reactive.export", "power.reactive.import", "rpm", "soc",
        "temperature", "voltage",
    }
)  # fmt: skip


def folded(key: str) -> str:
    """What keys are compared by: their names are case-insensitive (OCPP 1.6, 7.29: CiString50)."""
    return key.strip().lower()


def is_list(key: str) -> bool:
    return folded(key) in _LISTS


def members(key: str, value: str) -> dict[str, str]:
    """The members of a list as the station wrote them, by what they are compared by.

    Blanks, empty places and repetitions fall away; of measurands the phase as well.
    """
    found: dict[str, str] = {}
    for part in value.split(","):
        written = part.strip()
        if folded(key) in _MEASURANDS_IN:
            name, _, phase = written.rpartition(".")
            written = name if name and phase.lower() in _PHASES else written
        if written:
            found.setdefault(written.lower(), written)
    return found


def known_members(key: str, value: str) -> dict[str, str]:
    """The members but for measurands that OCPP does not know: stations list garbage among them."""
    found = members(key, value)
    if folded(key) not in _MEASURANDS_IN:
        return found
    return {name: written for name, written in found.items() if name in _MEASURANDS}


def same(key: str, one: str, other: str) -> bool:
    """Whether two values of a key mean the same: lists as sets, numbers and truths however written."""
    if is_list(key):
        return known_members(key, one).keys() == known_members(key, other).keys()
    return _plain(one) == _plain(other)


def _plain(value: str) -> str | int:
    text = value.strip()
    number = integer(text)
    if number is not None:
        return number
    return text.lower() if text.lower() in ("true", "false") else text


def integer(value: str) -> int | None:
    """A whole number as stations write it, `60.0` among them."""
    whole, _, decimals = value.strip().partition(".")
    digits = whole.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19) or decimals.strip("0"):
        return None
    return int(whole)
