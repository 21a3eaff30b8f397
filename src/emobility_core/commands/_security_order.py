"""Orders that touch the security of a station's line, and what must hold before they are given."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.certificates import CertificateAuthorities, StationCertificates, StationCertificateStatus
from emobility_core.commands._order import ChangeConfiguration, CommandKind, MalformedOrder, StationOrder
from emobility_core.errors import Conflict, Denied
from emobility_core.instants import Instant
from emobility_core.network import SecurityProfile, Station, StationKeyMissing
from emobility_core.work import Page


@attrs.frozen
class KeyByRotation(Denied):
    """A station's key is not set as a plain configuration key: it would lie in the records for all to read.

    Remedy: order `rotate_authorization_key`; the server draws a key that only the station ever learns.
    """

    code = "key-by-rotation"
    station: UUID


@attrs.frozen
class KeyInDoubt(Conflict):
    """The last new key was sent, and nobody knows yet whether the station has taken it.

    Remedy: reset the station, or wait until it connects again: the key that it uses then counts.
    """

    code = "key-in-doubt"
    station: UUID


@attrs.frozen
class ProfileNotRaised(Conflict):
    """A security profile is only ever raised over the line (security whitepaper, use case A05).

    Remedy: choose a higher one; a station that was set back by hand gets its profile by changing its record.
    """

    code = "profile-not-raised"
    profile: int
    wanted: int


@attrs.frozen
class StationCertificateMissing(Conflict):
    """Security profile 3 needs a certificate of the station, and none of ours is installed and valid.

    Remedy: trigger `sign_certificate` and wait until the certificate is installed.
    """

    code = "station-certificate-missing"
    station: UUID


@attrs.frozen(kw_only=True)
class RotateAuthorizationKey(StationOrder):
    """Take a new key for the line. It is drawn when the order is sent, and never stored."""

    kind = CommandKind.ROTATE_AUTHORIZATION_KEY
    drawn: str | None = attrs.field(default=None, repr=False)


class UpgradeWork(Protocol):
    @property
    def certificate_authorities(self) -> CertificateAuthorities: ...
    @property
    def station_certificates(self) -> StationCertificates: ...


def profile_asked(order: object) -> SecurityProfile | None:
    """The security profile that an order would set, None if it sets none."""
    if not isinstance(order, ChangeConfiguration) or order.key.lower() != "securityprofile":
        return None
    try:
        return SecurityProfile(int(order.value))
    except ValueError:
        raise MalformedOrder("value", "must be 1, 2 or 3") from None


def require_no_key(order: object, station: Station) -> None:
    """Raise `KeyByRotation` for an order that would carry a key in its record."""
    if isinstance(order, ChangeConfiguration) and order.key.lower() == "authorizationkey":
        raise KeyByRotation(station.id)


def require_key_settled(station: Station) -> None:
    """Raise `KeyInDoubt`: of three keys that a station might have, two would have to be remembered."""
    if station.pending_key_digest is not None:
        raise KeyInDoubt(station.id)


async def require_sound_change(order: object, station: Station, work: UpgradeWork, *, at: Instant) -> None:
    """Raise what stands against an order that would change the key or raise the security profile."""
    if isinstance(order, RotateAuthorizationKey):
        require_key_settled(station)
    wanted = profile_asked(order)
    if wanted is None:
        return
    if wanted <= station.security_profile:
        raise ProfileNotRaised(station.security_profile.value, wanted.value)
    if wanted.needs_key and station.key_digest is None:
        raise StationKeyMissing(wanted.value)
    if wanted is SecurityProfile.CERTIFICATE and not await _may_certify(station, work, at):
        raise StationCertificateMissing(station.id)


async def _may_certify(station: Station, work: UpgradeWork, at: Instant) -> bool:
    """Whether the station has a certificate of ours, or may have one of an authority from elsewhere."""
    page = Page(
        filters={"station": [station.id], "status": [StationCertificateStatus.INSTALLED]},
        backwards=True,
        descendants=True,
    )
    if any(at < one.not_after for one in await work.station_certificates.page(page)):
        return True
    above = await work.certificate_authorities.above(station.tenant)
    return any(one.enabled and one.sealed_key is None for one in above)
