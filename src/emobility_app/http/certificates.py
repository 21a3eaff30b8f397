"""Certificate authorities and stations' certificates over HTTP: made, looked at, revoked."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.listing import continued, listed, page_of, parameters
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, list_schema, objects, optional, schema_of
from emobility_app.http.tags import tagged
from emobility_app.wire import Flaw, MalformedBody, read, told, wire
from emobility_core.certificates import (
    REVOCATION_LIST_VALID,
    CertificateAuthority,
    FoundAuthority,
    KeyKind,
    MalformedCertificate,
    StationCertificate,
    StationCertificateStatus,
    add_authority,
    found_authority,
    switch_authority,
)
from emobility_core.certification import InstalledCertificates, revoke_certificate
from emobility_core.commands import CertificateHash, CertificateUse
from emobility_core.ids import CertificateAuthorityId, StationCertificateId, StationId, parse_id, shown
from emobility_core.instants import Instant

# A certificate in PEM; those with long keys have a few thousand characters.
LONGEST_PEM = 20_000
_AUTHORITY_FILTERS: dict[str, Any] = {"enabled": bool}
_FILTERS: dict[str, Any] = {
    "station": StationId,
    "authority": CertificateAuthorityId,
    "status": StationCertificateStatus,
}


@attrs.frozen(kw_only=True)
class Switch:
    """What may change about an authority."""

    enabled: bool | None = None


@attrs.frozen(kw_only=True)
class Revoke:
    """Why a certificate no longer counts."""

    reason: str | None = None


async def _list_authorities(call: Call) -> Answer:
    page = page_of(call, _AUTHORITY_FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.certificate_authorities, authority_view)


async def _get_authority(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.certificate_authorities.get(_authority(call))
    return tagged(call, authority_view(found), found.version)


async def _found(call: Call) -> CertificateAuthority:
    body = dict(call.json())
    # Longer than any other text of the API.
    pem = body.pop("certificate", None)
    wanted = attrs.evolve(read(body, FoundAuthority), certificate=_pem(pem))
    if wanted.certificate is None and not wanted.organization:
        raise MalformedBody((Flaw("/organization", "missing-field", "is required, or certificate"),))
    services = call.services
    try:
        return await found_authority(
            wanted, tenant=call.scope.tenant, certifier=services.certifier, at=call.clock.now(),
            ids=services.ids,
        )  # fmt: skip
    except MalformedCertificate as error:
        raise MalformedBody((Flaw("/certificate", error.code, told(error)),)) from error


async def _added(made: CertificateAuthority, call: Call, work: Any) -> Answer:
    await add_authority(made, work=work, ids=call.services.ids)
    answer = tagged(call, authority_view(made), made.version)
    location = {"Location": f"/v1/certificate-authorities/{shown('cau', made.id)}"}
    return attrs.evolve(answer, status=201, headers={**answer.headers, **location})


def _pem(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_PEM or "\x00" in value:
        words = f"must be a text of at most {LONGEST_PEM} characters"
        raise MalformedBody((Flaw("/certificate", "not-a-text", words),))
    return value


async def _switch(call: Call) -> Answer:
    services, id = call.services, _authority(call)
    async with services.transactions(call.scope) as work:
        changed = await work.certificate_authorities.get(id)
        enabled = read(call.json(), Switch).enabled
        if enabled is not None and enabled is not changed.enabled:
            changed = await switch_authority(
                id, enabled=enabled, work=work, at=call.clock.now(), ids=services.ids
            )
    return tagged(call, authority_view(changed), changed.version)


async def _revocation_list(call: Call) -> Answer:
    services, now = call.services, call.clock.now()
    async with services.reading(call.scope) as work:
        authority = await work.certificate_authorities.get(_authority(call))
        gone = [one for one in await work.station_certificates.revoked() if one.authority == authority.id]
    until = Instant(now + REVOCATION_LIST_VALID)
    pem = await services.certifier.revocation_list(authority, gone, at=now, until=until)
    view = {"authority": shown("cau", authority.id), "until": wire.unstructure(until), "revocation_list": pem}
    return Answer(content=view)


async def _list(call: Call) -> Answer:
    page = page_of(call, _FILTERS)
    async with call.services.reading(call.scope) as work:
        return await listed(call, page, work.station_certificates, certificate_view)


async def _get(call: Call) -> Answer:
    async with call.services.reading(call.scope) as work:
        found = await work.station_certificates.get(_certificate(call))
    return tagged(call, certificate_view(found), found.version)


async def _revoke(call: Call, work: Any) -> Answer:
    services, id = call.services, _certificate(call)
    await work.station_certificates.get(id)
    reason = read(call.json(), Revoke).reason
    revoked = await revoke_certificate(id, reason, work=work, at=call.clock.now(), ids=services.ids)
    answer = tagged(call, certificate_view(revoked), revoked.version)
    return attrs.evolve(answer, status=201)


async def _installed(call: Call) -> Answer:
    station = StationId(parse_id("sta", call.path["id"]))
    async with call.services.reading(call.scope) as work:
        await work.stations.get(station)
        told = await work.installed_certificates.of(station)
    return continued(call, [_installed_view(one) for one in told], None)


def _authority(call: Call) -> CertificateAuthorityId:
    return CertificateAuthorityId(parse_id("cau", call.path["id"]))


def _certificate(call: Call) -> StationCertificateId:
    return StationCertificateId(parse_id("crt", call.path["id"]))


def authority_view(authority: CertificateAuthority) -> dict[str, Any]:
    view: dict[str, Any] = wire.unstructure(authority)
    del view["sealed_key"], view["external_ids"]
    return view | {"signs": authority.sealed_key is not None}


def certificate_view(certificate: StationCertificate) -> dict[str, Any]:
    view: dict[str, Any] = wire.unstructure(certificate)
    del view["request"], view["external_ids"]
    return view


def _installed_view(told: InstalledCertificates) -> dict[str, Any]:
    view: dict[str, Any] = wire.unstructure(told)
    return view


def _shown(kind: type[Any], *hidden: str, **further: Any) -> dict[str, Any]:
    properties = {name: one for name, one in schema_of(kind)["properties"].items() if name not in hidden}
    return objects({**properties, **further}, title=kind.__name__)


_LONG = {"type": "string", "maxLength": LONGEST_PEM}
_AUTHORITY = _shown(
    CertificateAuthority,
    "sealed_key",
    "external_ids",
    certificate={**_LONG, "description": "In PEM, to be given to whoever shall trust it."},
    signs={"type": "boolean", "description": "Whether its key is here: it was made here."},
)
_CERTIFICATE = _shown(StationCertificate, "request", "external_ids", certificate=_LONG)
_INSTALLED = objects(
    {
        "tenant": id_schema("ten"),
        "station": id_schema("sta"),
        "use": schema_of(CertificateUse),
        "certificates": {"type": "array", "items": schema_of(CertificateHash)},
        "told_at": INSTANT,
    },
    title="InstalledCertificates",
)
_WANTED = {
    "title": "CertificateAuthorityInput",
    "type": "object",
    "properties": {
        "name": {**TEXT, "minLength": 1},
        "organization": {**TEXT, "description": "The operator: the O of each certificate that it signs."},
        "key": schema_of(KeyKind),
        "certificate": optional(
            {**_LONG, "description": "One from elsewhere, in PEM: it is trusted and signs nothing here."}
        ),
    },
    "required": ["name"],
    "additionalProperties": False,
    "examples": [{"name": "Stadtwerk stations", "organization": "Stadtwerk"}],
}
_SWITCH = {
    "title": "CertificateAuthorityChange",
    "type": "object",
    "properties": {"enabled": optional({"type": "boolean"})},
    "additionalProperties": False,
}
_REVOKE = {
    "title": "RevocationInput",
    "type": "object",
    "properties": {"reason": optional(TEXT)},
    "additionalProperties": False,
}
_LISTED = objects(
    {"authority": id_schema("cau"), "until": INSTANT, "revocation_list": {"type": "string"}},
    title="RevocationList",
)


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def create(call: Call) -> Answer:
        made = await _found(call)
        return await idempotency.run(call, lambda work: _added(made, call, work))

    async def revoke(call: Call) -> Answer:
        return await idempotency.run(call, lambda work: _revoke(call, work))

    authorities, own = "/v1/certificate-authorities", "/v1/station-certificates"
    key = {"Idempotency-Key": KEY}
    return [
        Endpoint(method="GET", path=authorities, operation="certificate_authorities_list",
                 summary="List certificate authorities", scope="certificates:read", handle=_list_authorities,
                 gives=list_schema(_AUTHORITY), query=parameters(_AUTHORITY_FILTERS)),
        Endpoint(method="POST", path=authorities, operation="certificate_authorities_create",
                 summary="Make a certificate authority, or trust one", scope="certificates:write",
                 handle=create, takes=_WANTED, gives=_AUTHORITY, status=201, headers=key),
        Endpoint(method="GET", path=f"{authorities}/{{id}}", operation="certificate_authorities_get",
                 summary="Read a certificate authority and its certificate", scope="certificates:read",
                 handle=_get_authority, gives=_AUTHORITY, names="cau"),
        Endpoint(method="PATCH", path=f"{authorities}/{{id}}", operation="certificate_authorities_change",
                 summary="Switch a certificate authority on or off", scope="certificates:write",
                 handle=_switch, takes=_SWITCH, gives=_AUTHORITY, names="cau"),
        Endpoint(method="GET", path=f"{authorities}/{{id}}/revocation-list",
                 operation="certificate_authorities_revoked",
                 summary="Read what a certificate authority has revoked, signed", scope="certificates:read",
                 handle=_revocation_list, gives=_LISTED, names="cau"),
        Endpoint(method="GET", path=own, operation="station_certificates_list",
                 summary="List certificates of stations", scope="certificates:read", handle=_list,
                 gives=list_schema(_CERTIFICATE), query=parameters(_FILTERS)),
        Endpoint(method="GET", path=f"{own}/{{id}}", operation="station_certificates_get",
                 summary="Read a certificate of a station", scope="certificates:read", handle=_get,
                 gives=_CERTIFICATE, names="crt"),
        Endpoint(method="POST", path=f"{own}/{{id}}/revocations", operation="station_certificates_revoke",
                 summary="Revoke a certificate of a station", scope="certificates:write", handle=revoke,
                 takes=_REVOKE, gives=_CERTIFICATE, status=201, names="crt", headers=key),
        Endpoint(method="GET", path="/v1/stations/{id}/installed-certificates",
                 operation="stations_installed_certificates",
                 summary="Read which root certificates a station trusts", scope="certificates:read",
                 handle=_installed, gives=list_schema(_INSTALLED, counted=False), names="sta"),
    ]  # fmt: skip
