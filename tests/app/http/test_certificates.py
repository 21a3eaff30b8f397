"""Certificate authorities and certificates of stations over the API, up to a line with profile 3."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from websockets.exceptions import InvalidStatus

from emobility_app.settings import Tls
from emobility_core.certificates import KeyKind
from tests.adapters.ocpp.certificates import (
    authority_material,
    key_of,
    request_for,
    server_files,
    station_tls,
    stored,
)
from tests.adapters.ocpp.wire import HOUSEKEEPING, connected
from tests.app.http.house import House, Json, house
from tests.app.http.refusals import pointers, refused

KEY = "0123456789ABCDEF0123456789ABCDEF"
WANTED = {"name": "Stations", "organization": "Stadtwerk"}


async def test_a_station_walks_from_its_key_to_its_certificate(template: Path, tmp_path: Path) -> None:
    """All over the API and the wire: profile 2, a certificate, profile 3, and the end of it all."""
    shutil.copy(template, tmp_path / "house.db")
    chains = [Tls(*server_files(tmp_path, kind)) for kind in KeyKind]
    url = f"sqlite:///{tmp_path / 'house.db'}"
    async with house(url, verify=station_tls(), tls=chains[0], second_tls=chains[1]) as served:
        port = urlsplit(served.server.ocpp_url).port
        assert port is not None
        await served.post("/v1/certificate-authorities", WANTED)
        body = {"identity": "CP1", "authorization_key": KEY, "security_profile": 2}
        station = await served.post("/v1/stations", body)
        raw = bytes.fromhex(KEY)
        async with connected(port, "/ocpp/CP1", key=raw, tls=station_tls()) as line:
            line.refuses = HOUSEKEEPING
            await line.call("SignCertificate", {"csr": request_for("CP1", key=key_of(KeyKind.ECDSA))})
            _, id, _, payload = await line.hear()
            await line.say([3, id, {"status": "Accepted"}])
            issued = (await served.heard("station_certificate.installed"))["data"]
            own = stored(tmp_path, payload["certificateChain"], key_of(KeyKind.ECDSA), "own")
            raised = {"type": "change_configuration", "key": "SecurityProfile", "value": "3"}
            asked = await served.command("up", station=station["id"], **raised)
            assert asked.status_code == 202, asked.text
            _, id, *_ = await line.hear()
            await line.say([3, id, {"status": "Accepted"}])
            await served.heard("command.completed", after=(await _last(served)))
        async with connected(port, "/ocpp/CP1", tls=station_tls(own)) as line:
            line.refuses = HOUSEKEEPING
            await line.beats()
            now = await served.get(f"/v1/stations/{station['id']}")
            assert (now["security_profile"], now["requested_profile"], now["line_profile"]) == (3, None, 3)
            with pytest.raises(InvalidStatus, match="401"):
                async with connected(port, "/ocpp/CP1", key=raw, tls=station_tls()):
                    pass
            one = f"/v1/station-certificates/{issued['station_certificate']}"
            revoked = await served.post(f"{one}/revocations", {"reason": "stolen"})
            assert (revoked["status"], revoked["reason"]) == ("revoked", "stolen")
            assert await line.closed_with() == 1001
        with pytest.raises(InvalidStatus, match="401"):
            async with connected(port, "/ocpp/CP1", tls=station_tls(own)):
                pass
        noted = (await served.get("/v1/security-events", station=station["id"]))["data"]
        assert {"SecurityProfileRaised", "LowerSecurityProfile", "CertificateRevoked"} <= {
            one["type"] for one in noted
        }


async def _last(served: House) -> str:
    """The cursor of the first command's completion, that of the certificate."""
    return str((await served.heard("command.completed"))["cursor"])


async def _signed(served: House) -> Json:
    async with served.station() as (_, line):
        request = request_for("CP1", key=key_of(KeyKind.ECDSA))
        assert await line.call("SignCertificate", {"csr": request}) == {"status": "Accepted"}
    (certificate,) = (await served.get("/v1/station-certificates"))["data"]
    found: Json = certificate
    return found


async def test_what_is_revoked_stands_in_the_signed_list_and_is_revoked_once(served: House) -> None:
    authority = await served.post("/v1/certificate-authorities", WANTED)
    path = f"/v1/certificate-authorities/{authority['id']}/revocation-list"
    own = x509.load_pem_x509_certificate(authority["certificate"].encode())
    certificate = await _signed(served)
    assert await _revoked(served, path, own) == []
    revoke = f"/v1/station-certificates/{certificate['id']}/revocations"
    await served.post(revoke, {})
    assert await _revoked(served, path, own) == [certificate["serial"]]
    refused(await served.http.post(revoke, json={}), 409, "already-revoked")


async def _revoked(served: House, path: str, by: x509.Certificate) -> list[str]:
    pem = (await served.get(path))["revocation_list"]
    listed = x509.load_pem_x509_crl(pem.encode())
    key = by.public_key()
    assert listed.is_signature_valid(key)  # type: ignore[arg-type]
    return [f"{one.serial_number:x}" for one in listed]


async def test_the_key_of_an_authority_is_never_shown(served: House) -> None:
    made = await served.post("/v1/certificate-authorities", WANTED)
    assert made["signs"] is True
    assert "sealed_key" not in made
    assert made["certificate"].startswith("-----BEGIN CERTIFICATE-----")


async def test_an_authority_from_elsewhere_is_trusted_and_signs_nothing(served: House) -> None:
    foreign = {"name": "Maker", "certificate": authority_material("Maker").certificate}
    made = await served.post("/v1/certificate-authorities", foreign)
    assert (made["signs"], made["organization"]) == (False, "Stadtwerk")
    path = f"/v1/certificate-authorities/{made['id']}/revocation-list"
    refused(await served.http.get(path), 409, "authority-without-key")
    async with served.station() as (_, line):
        request = request_for("CP1", key=key_of(KeyKind.ECDSA))
        assert await line.call("SignCertificate", {"csr": request}) == {"status": "Rejected"}


async def test_what_is_no_authority_is_refused_by_its_place(served: House, tmp_path: Path) -> None:
    server = server_files(tmp_path, KeyKind.ECDSA)[0].read_text()
    for given, place in (
        ({"certificate": "no PEM"}, "/certificate"),
        ({"certificate": server}, "/certificate"),
        ({"certificate": 7}, "/certificate"),
        ({"key": "dsa", "organization": "S"}, "/key"),
        ({}, "/organization"),
    ):
        answer = await served.http.post("/v1/certificate-authorities", json={"name": "X", **given})
        assert place in pointers(answer), answer.text


async def test_a_profile_without_its_key_is_refused(served: House) -> None:
    answer = await served.http.post("/v1/stations", json={"identity": "CP1", "security_profile": 1})
    refused(answer, 409, "station-key-missing")


async def test_a_profile_is_lowered_by_hand_alone_and_never_unnoticed(served: House) -> None:
    body = {"identity": "CP1", "authorization_key": KEY, "security_profile": 2}
    path = f"/v1/stations/{(await served.post('/v1/stations', body))['id']}"
    for profile, count in ((3, 0), (1, 1)):
        changed = await served.http.patch(path, json={"security_profile": profile})
        assert (changed.status_code, changed.json()["security_profile"]) == (200, profile)
        noted = (await served.get("/v1/security-events", type="SecurityProfileLowered"))["data"]
        assert len(noted) == count
    assert "from 3 to 1 by client:" in noted[0]["info"]


async def test_a_key_is_neither_set_in_the_open_nor_shown(served: House) -> None:
    async with served.station() as (station, line):
        plain = {"type": "change_configuration", "key": "AuthorizationKey", "value": KEY}
        refused(await served.command("plain", station=station["id"], **plain), 403, "key-by-rotation")
        given = {"type": "rotate_authorization_key", "station": station["id"]}
        drawn = await served.command("given", **given, drawn=KEY)
        assert drawn.status_code == 422
        asked = await served.command("rotate", **given)
        _, id, _, payload = await line.hear()
        await line.say([3, id, {"status": "Accepted"}])
        await served.heard("command.completed")
        assert await line.closed_with() == 1001  # it proves the new key on its next line
    shown = await served.get(f"/v1/commands/{asked.json()['id']}")
    assert shown["order"] == {}
    messages = await served.http.get("/v1/station-messages", params={"station": station["id"]})
    for seen in (str(shown), messages.text, str(await served.get("/v1/events"))):
        assert payload["value"] not in seen
