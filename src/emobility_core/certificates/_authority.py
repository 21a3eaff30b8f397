"""Certificate authorities: made here, or brought from elsewhere to be trusted."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

import attrs

from emobility_core.certificates._certificate import CertificateAuthority, KeyKind
from emobility_core.certificates._ports import CertificateAuthorities, Certifier
from emobility_core.ids import CertificateAuthorityId, EventId, Ids, TenantId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Outbox

AUTHORITY_VALID = timedelta(days=20 * 365)
# Whoever checks elsewhere, such as a proxy, fetches the list anew within this time.
REVOCATION_LIST_VALID = timedelta(days=7)


class AuthorityWork(Protocol):
    @property
    def certificate_authorities(self) -> CertificateAuthorities: ...
    @property
    def outbox(self) -> Outbox: ...


@attrs.frozen(kw_only=True)
class FoundAuthority:
    """What an authority is to be: with `certificate` (PEM) one from elsewhere that is trusted, without one
    that is made here and signs, in the name of `organization`, the operator."""

    name: str = attrs.field(validator=attrs.validators.min_len(1))
    organization: str = ""
    key: KeyKind = KeyKind.ECDSA
    certificate: str | None = None


async def found_authority(
    wanted: FoundAuthority,
    *,
    tenant: TenantId,
    certifier: Certifier,
    at: Instant,
    ids: Ids,
) -> CertificateAuthority:
    """Make an authority, or take one, to be added in a unit of work; raises `MalformedCertificate`.

    A key may take a second to draw: nobody is to wait for a lock meanwhile.
    """
    certificate, sealed_key = wanted.certificate, None
    if certificate is None:
        made = await certifier.found(
            wanted.name, wanted.organization, key=wanted.key, at=at, until=Instant(at + AUTHORITY_VALID)
        )
        certificate, sealed_key = made.certificate, made.sealed_key
    facts = certifier.read_authority(certificate)
    return CertificateAuthority(
        id=CertificateAuthorityId(ids.uuid7(at)),
        tenant=tenant,
        created_at=at,
        updated_at=at,
        name=wanted.name,
        organization=wanted.organization or facts.organization or "",
        subject=facts.subject,
        serial=facts.serial,
        not_before=facts.not_before,
        not_after=facts.not_after,
        certificate=certificate,
        sealed_key=sealed_key,
    )


async def add_authority(authority: CertificateAuthority, *, work: AuthorityWork, ids: Ids) -> None:
    """Let an authority count from now on."""
    await work.certificate_authorities.add(authority)
    work.outbox.publish(authority_event("created", authority, authority.created_at, ids))


async def switch_authority(
    id: CertificateAuthorityId, *, enabled: bool, work: AuthorityWork, at: Instant, ids: Ids
) -> CertificateAuthority:
    """Let an authority count, or count no longer; raises `UnknownCertificateAuthority`."""
    before = await work.certificate_authorities.get(id)
    changed = attrs.evolve(before, enabled=enabled, updated_at=at)
    stored = await work.certificate_authorities.replace(changed)
    work.outbox.publish(authority_event("changed", stored, at, ids))
    return stored


def authority_event(what: str, authority: CertificateAuthority, at: Instant, ids: Ids) -> Event:
    id = shown("cau", authority.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=authority.tenant,
        type=f"certificate_authority.{what}",
        subject=id,
        at=at,
        data={"certificate_authority": id, "version": authority.version},
    )
