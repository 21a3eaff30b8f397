"""The elliptic curves of OCMF, and the names under which they are met."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Curve(Enum):
    """A curve: how it is called, bytes of a coordinate, its object identifier, how many points it generates.

    Sources: SEC 2 version 1 and 2, RFC 5639.
    """

    SECP192K1 = "secp192k1", 24, "1.3.132.0.31", 0xFFFFFFFFFFFFFFFFFFFFFFFE26F2FC170F69466A74DEFD8D
    SECP192R1 = "secp192r1", 24, "1.2.840.10045.3.1.1", 0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831
    SECP256K1 = (
        "secp256k1", 32, "1.3.132.0.10",
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    )  # fmt: skip
    SECP256R1 = (
        "secp256r1", 32, "1.2.840.10045.3.1.7",
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    )  # fmt: skip
    BRAINPOOLP256R1 = (
        "brainpoolP256r1", 32, "1.3.36.3.3.2.8.1.1.7",
        0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7,
    )  # fmt: skip
    SECP384R1 = (
        "secp384r1", 48, "1.3.132.0.34",
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    )  # fmt: skip
    BRAINPOOLP384R1 = (
        "brainpoolP384r1", 48, "1.3.36.3.3.2.8.1.1.11",
        0x8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565,
    )  # fmt: skip

    # Curves are keys of caches on the way of every record; an Enum's own hash is computed in Python.
    __hash__ = object.__hash__

    def __init__(self, label: str, size: int, oid: str, order: int) -> None:
        self.label = label
        self.size = size
        self.oid = oid
        self.order = order


BY_OID: Mapping[str, Curve] = {curve.oid: curve for curve in Curve}

# OCMF 1.4, table 22 writes brainpool256r1; stations also write the name of RFC 5639.
_ALGORITHMS: Mapping[str, Curve] = {
    f"ecdsa-{name}-sha256": curve
    for curve in Curve
    for name in (curve.label.lower(), curve.label.lower().replace("poolp", "pool"))
}


def curve_of_algorithm(name: str) -> Curve | None:
    """The curve of a name such as `ECDSA-secp256r1-SHA256`; None for what OCMF does not know."""
    return _ALGORITHMS.get(name.lower())
