"""Signatures of meters, checked with `cryptography` and, for one curve that it does not know, `ecdsa`."""

from emobility_adapters.signatures.meters import MeterSignatures

__all__ = ["MeterSignatures"]
