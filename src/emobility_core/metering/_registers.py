"""Which OBIS registers count energy that may be billed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import attrs


class Direction(StrEnum):
    """Which way the energy went: to the vehicle, or from it."""

    IMPORT = "import"
    EXPORT = "export"


@attrs.frozen(cache_hash=True)
class Register:
    """A billing register: its groups C and E, which way it counts, and whether losses of the cable are out.

    `total` is false for a tariff register (1-b:1.8.1), which counts a part only where there are several.
    """

    name: str
    direction: Direction
    compensated: bool
    total: bool = True

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Sorts by what is preferred: import, compensated, total."""
        return (self.direction is not Direction.IMPORT, not self.compensated, not self.total)


# A-B:C.D.E with F behind a dot or an asterisk; group C is hexadecimal from A0 on (OCMF: B0..B3, C0..C3).
_OBIS = re.compile(
    r"0{0,2}1-[0-9A-Za-z]{1,3}:0?([0-9A-F]{1,2})\.0?8\.0?([0-9Ee]{1,2})(?:[.*]([0-9A-F]{1,3}))?",
    re.IGNORECASE,
)
_PRESENT = {None, "FF", "255"}
# OCMF: 98 transaction, loss-compensated; B0/B2 at the meter, B1/B3 at the vehicle; C0..C3 export.
_SPECIAL: Mapping[str, tuple[Direction, bool]] = {
    "98": (Direction.IMPORT, True),
    "B0": (Direction.IMPORT, False),
    "B1": (Direction.IMPORT, True),
    "B2": (Direction.IMPORT, False),
    "B3": (Direction.IMPORT, True),
    "C0": (Direction.EXPORT, False),
    "C1": (Direction.EXPORT, True),
    "C2": (Direction.EXPORT, False),
    "C3": (Direction.EXPORT, True),
}


# A code is never longer; what is remembered stays small.
_LONGEST = 40


def billing_register(obis: str, also: frozenset[str] = frozenset()) -> Register | None:
    """The billing register of this code in any spelling; None for every other quantity.

    Only what is known counts. A register that a maker chose itself (`1-0:1.8.0*198` of BAUER) counts where
    the list of the meter's type says so: `also` holds such codes as the meter writes them.
    """
    if obis in also:
        return Register(obis, Direction.IMPORT, compensated=False)
    return _known(obis) if len(obis) <= _LONGEST else None


@lru_cache(maxsize=1_000)
def _known(obis: str) -> Register | None:
    found = _OBIS.fullmatch(obis)
    if found is None or (found[3] and found[3].upper()) not in _PRESENT:
        return None
    c, e = found[1].upper(), found[2].lower().lstrip("0") or "0"
    if c == "1":
        return Register(f"1.8.{e}", Direction.IMPORT, compensated=False, total=e in ("0", "e"))
    if c in _SPECIAL and e == "0":
        direction, compensated = _SPECIAL[c]
        return Register(f"{c}.8.0", direction, compensated)
    return None
