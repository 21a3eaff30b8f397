"""Certificates of stations: signed on request, followed, renewed before they end, revoked."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Protocol

import attrs

from emobility_core.certificates import (
    CertificateAuthorities,
    CertificateAuthority,
    CertificateFacts,
    CertificateRequestRefused,
    Certifier,
    NoCertificateAuthority,
    StationCertificate,
    StationCertificates,
    StationCertificateStatus,
    TooManyCertificateRequests,
)
from emobility_core.commands import (
    Command,
    CommandStatus,
    CommandWork,
    SendSignedCertificate,
    TriggeredMessage,
    TriggerMessage,
    queue_command,
)
from emobility_core.ids import EventId, Ids, StationCertificateId, StationId, shown
from emobility_core.instants import TICK, Clock, Instant, later_by
from emobility_core.network import SecurityWork, Station, StationStates, note, station_changed
from emobility_core.work import Event, Page, Scope, StaleWrite, Transactions

CERTIFICATE_VALID = timedelta(days=365)
# A station that is off for two weeks still renews in time.
RENEW_BEFORE = timedelta(days=30)
_ASK_AGAIN_AFTER = timedelta(days=1)
_LATELY = 5
RENEWED_AT_ONCE = 100
# A station asks once a year; one that cannot keep what it gets asks again after each boot.
REQUESTS_A_DAY = 20


class CertificationWork(CommandWork, SecurityWork, Protocol):
    @property
    def station_states(self) -> StationStates: ...
    @property
    def certificate_authorities(self) -> CertificateAuthorities: ...
    @property
    def station_certificates(self) -> StationCertificates: ...


async def request_certificate(
    request: str,
    *,
    station: StationId,
    scope: Scope,
    transactions: Transactions[CertificationWork],
    certifier: Certifier,
    clock: Clock,
    ids: Ids,
) -> bool:
    """Sign a station's request and queue the certificate for it; False, and a security event, where the
    request is refused. A request that is repeated before its certificate has arrived is signed once.

    Security whitepaper, A02: the answer comes first, the certificate in a message of ours.
    """
    now = clock.now()
    digest = hashlib.sha256(request.encode()).hexdigest()
    async with transactions(scope) as work:
        known = await work.stations.get(station)
        if digest in [one.request for one in await _under_way(station, work)]:
            return True
        try:
            await _require_few(station, work, now)
            authority = await _signing_authority(known, work, now)
            named = await _named(known, certifier.name_in(request), work, now, ids)
        except (CertificateRequestRefused, NoCertificateAuthority, TooManyCertificateRequests) as refusal:
            reason = getattr(refusal, "reason", refusal.code)
            await note(work, "CertificateRequestRefused", reason, station=known, at=now, ids=ids)
            return False
    until = Instant(now + CERTIFICATE_VALID)
    try:
        signed = await certifier.sign(
            request, authority=authority, names=_names(named), station=station, at=now, until=until
        )
    except CertificateRequestRefused as refusal:
        async with transactions(scope) as work:
            await note(work, "CertificateRequestRefused", refusal.reason, station=known, at=now, ids=ids)
        return False
    certificate = _issued(signed, digest, known, authority, now, ids)
    async with transactions(scope) as work:
        if digest not in [one.request for one in await _under_way(station, work)]:
            await _send(certificate, known, work, now, ids)
    return True


async def _send(
    certificate: StationCertificate, station: Station, work: CertificationWork, at: Instant, ids: Ids
) -> None:
    await work.station_certificates.add(certificate)
    order = SendSignedCertificate(chain=certificate.certificate)
    await queue_command(work, order, station=station, at=at, ids=ids)
    work.outbox.publish(certificate_event("issued", certificate, at, ids))


async def _require_few(station: StationId, work: CertificationWork, now: Instant) -> None:
    """Signing takes time that all stations share, and each certificate is kept: one must not fill both."""
    page = Page(filters={"station": [station]}, backwards=True, descendants=True, limit=REQUESTS_A_DAY)
    latest = await work.station_certificates.page(page)
    if len(latest) == REQUESTS_A_DAY and now - latest[-1].created_at < timedelta(days=1):
        raise TooManyCertificateRequests(station, REQUESTS_A_DAY)


def _issued(
    signed: tuple[str, CertificateFacts],
    request: str,
    station: Station,
    authority: CertificateAuthority,
    at: Instant,
    ids: Ids,
) -> StationCertificate:
    pem, facts = signed
    return StationCertificate(
        id=StationCertificateId(ids.uuid7(at)),
        tenant=station.tenant,
        created_at=at,
        updated_at=at,
        station=station.id,
        authority=authority.id,
        serial=facts.serial,
        common_name=facts.common_name,
        not_before=facts.not_before,
        not_after=facts.not_after,
        issuer_name_hash=facts.issuer_name_hash,
        issuer_key_hash=facts.issuer_key_hash,
        certificate=pem,
        request=request,
    )


async def _under_way(station: StationId, work: CertificationWork) -> list[StationCertificate]:
    page = Page(
        filters={"station": [station], "status": [StationCertificateStatus.SENT]},
        backwards=True,
        descendants=True,
        limit=_LATELY,
    )
    return await work.station_certificates.page(page)


async def _signing_authority(station: Station, work: CertificationWork, at: Instant) -> CertificateAuthority:
    for one in await work.certificate_authorities.above(station.tenant):
        if one.enabled and one.sealed_key is not None and at < one.not_after:
            return one
    raise NoCertificateAuthority(station.id)


def _names(station: Station) -> list[str]:
    serial = station.serial_number
    return [station.identity.text, *([] if serial is None else [serial])]


async def _named(station: Station, name: str, work: CertificationWork, now: Instant, ids: Ids) -> Station:
    """Take over the serial number that the station told at its boot if its request bears that name and
    nobody has recorded another: its line has proven who it is."""
    if station.serial_number is not None or name.lower() == station.identity.folded:
        return station
    state = await work.station_states.find(station.id)
    told = None if state is None or state.boot is None else state.boot.serial_number
    if told is None or told.lower() != name.lower():
        return station
    stored = await work.stations.replace(attrs.evolve(station, serial_number=told, updated_at=now))
    work.outbox.publish(station_changed(stored, now, ids))
    return stored


async def follow_certificate(command: Command, work: CertificationWork, *, at: Instant, ids: Ids) -> None:
    """Take note of what became of a certificate that was sent to its station."""
    order = command.order
    if not isinstance(order, SendSignedCertificate):
        return
    for one in await _under_way(command.station, work):
        if one.certificate != order.chain:
            continue
        taken = command.status is CommandStatus.EFFECTIVE
        status = StationCertificateStatus.INSTALLED if taken else StationCertificateStatus.REFUSED
        stored = await work.station_certificates.replace(attrs.evolve(one, status=status, updated_at=at))
        work.outbox.publish(certificate_event(status.value, stored, at, ids))


async def renew_certificates(
    *, scope: Scope, transactions: Transactions[CertificationWork], clock: Clock, ids: Ids
) -> int:
    """Ask the stations whose certificate ends soon for a new request, once a day while they are online and
    some at a time; return how many were asked. Each is a unit of its own."""
    now, asked = clock.now(), 0
    before, since = later_by(RENEW_BEFORE + TICK, now), Instant(now - _ASK_AGAIN_AFTER + TICK)
    async with transactions(scope) as work:
        due = await work.station_certificates.expiring(before, not_asked_since=since, limit=RENEWED_AT_ONCE)
    for one in due:
        try:
            async with transactions(scope) as work:
                # It is as it was read, or this fails.
                await work.station_certificates.replace(attrs.evolve(one, renewed_at=now, updated_at=now))
                order = TriggerMessage(message=TriggeredMessage.SIGN_CERTIFICATE)
                station = await work.stations.get(one.station)
                await queue_command(work, order, station=station, at=now, ids=ids)
        except StaleWrite:
            continue
        asked += 1
    return asked


async def next_renewal(
    *, scope: Scope, transactions: Transactions[CertificationWork], until: Instant
) -> Instant | None:
    """When, up to `until`, the first of the stations that are online is to be asked for a new request."""
    before, since = later_by(RENEW_BEFORE + TICK, until), Instant(until - _ASK_AGAIN_AFTER + TICK)
    async with transactions(scope) as work:
        due = await work.station_certificates.expiring(before, not_asked_since=since, limit=RENEWED_AT_ONCE)
    return min((_renewed_at(one) for one in due), default=None)


def _renewed_at(certificate: StationCertificate) -> Instant:
    first = Instant(certificate.not_after - RENEW_BEFORE)
    if certificate.renewed_at is None:
        return first
    return max(first, later_by(_ASK_AGAIN_AFTER, certificate.renewed_at))


async def revoke_certificate(
    id: StationCertificateId, reason: str | None, *, work: CertificationWork, at: Instant, ids: Ids
) -> StationCertificate:
    """Revoke a certificate; the line that was opened with it closes.

    Raises `UnknownStationCertificate`, `AlreadyRevoked`.
    """
    before = await work.station_certificates.get(id)
    stored = await work.station_certificates.replace(before.revoke(reason, at=at))
    work.outbox.publish(certificate_event("revoked", stored, at, ids))
    station = await work.stations.get(stored.station)
    await note(work, "CertificateRevoked", f"serial {stored.serial}", station=station, at=at, ids=ids)
    return stored


def certificate_event(what: str, certificate: StationCertificate, at: Instant, ids: Ids) -> Event:
    id = shown("crt", certificate.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=certificate.tenant,
        type=f"station_certificate.{what}",
        subject=id,
        at=at,
        data={
            "station_certificate": id,
            "station": shown("sta", certificate.station),
            "serial": certificate.serial,
            "not_after": certificate.not_after.isoformat(),
        },
    )
