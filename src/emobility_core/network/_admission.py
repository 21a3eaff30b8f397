"""Whether what a line has shown is enough for its station (OCPP 1.6 security whitepaper, chapter 2)."""

from __future__ import annotations

from enum import Enum

import attrs

from emobility_core.network._ports import LineProof
from emobility_core.network._security import SecurityProfile
from emobility_core.network._station import Station


class Obstacle(Enum):
    """What a line lacks."""

    ENCRYPTION = "TLS"
    CERTIFICATE = "the station's certificate"
    KEY = "the station's key"


@attrs.frozen(kw_only=True)
class Shown:
    """What a line shows: encryption, a digest of the station's that its key meets, a sound certificate."""

    encrypted: bool = False
    key_digest: str | None = None
    certificate: bytes | None = None

    @property
    def profile(self) -> SecurityProfile:
        if self.encrypted and self.certificate is not None:
            return SecurityProfile.CERTIFICATE
        if self.key_digest is None:
            return SecurityProfile.UNSECURED
        return SecurityProfile.TLS if self.encrypted else SecurityProfile.BASIC


def admit(station: Station, shown: Shown) -> LineProof | Obstacle:
    """Let a line in with what it has proven, or say what it lacks.

    A station with a key proves it even where its profile asks for nothing, unless it proves more.
    """
    profile, needed = shown.profile, station.security_profile
    proof = LineProof(profile=profile, key_digest=shown.key_digest, certificate=shown.certificate)
    if profile >= needed and (profile is SecurityProfile.CERTIFICATE or is_proven(station, proof)):
        return proof
    if needed.needs_tls and not shown.encrypted:
        return Obstacle.ENCRYPTION
    return Obstacle.CERTIFICATE if needed is SecurityProfile.CERTIFICATE else Obstacle.KEY


def still_admits(station: Station, proof: LineProof) -> bool:
    """Whether a line that was let in on this proof would be again."""
    if proof.profile < station.security_profile:
        return False
    return proof.certificate is not None or is_proven(station, proof)


def is_proven(station: Station, proof: LineProof) -> bool:
    """Whether the station has no key, or the line has proven it or the one that may follow it."""
    if station.key_digest is None:
        return True
    return proof.key_digest in (station.key_digest, station.pending_key_digest or station.key_digest)
