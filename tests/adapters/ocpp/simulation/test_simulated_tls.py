"""A simulated station proves itself by each security profile, and goes up by configuration."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.server import serve
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.simulation import CentralSystemUnreachable, HandshakeRefused, TlsFailed

from .authority import Authority, pem_of

KEY = "30313233343536373839"


@asynccontextmanager
async def secured(central: Any, authority: Authority, folder: Path, *, mutual: bool) -> AsyncIterator[str]:
    """The central system at a TLS port of its own; its URL."""
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "chain.pem").write_text(authority.sign(key.public_key(), subject="127.0.0.1"))
    (folder / "key.pem").write_text(pem_of(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=authority.pem)
    async with serve(
        central.serve, "127.0.0.1", 0, ssl=context, process_request=central.gate,
        subprotocols=[Subprotocol("ocpp1.6")], compression=None,
    ) as server:  # fmt: skip
        yield f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"


async def test_profile_2_shows_its_key_over_a_line_it_trusts(
    central: Any, make_station: Any, tmp_path: Path
) -> None:
    authority = Authority()
    async with secured(central, authority, tmp_path, mutual=False) as url:
        both = Authority().pem + authority.pem
        station = make_station(url=url, key=KEY, security_profile=2, roots=[both])
        await station.presence.start_up()
        assert central.headers[-1]["Authorization"].startswith("Basic ")
        doubtful = make_station(url=url, key=KEY, security_profile=2, roots=[Authority().pem])
        with pytest.raises(TlsFailed, match="the root of its certificate"):
            await doubtful.presence.start_up()
        await station.close()


async def test_a_key_on_an_encrypted_line_is_profile_2_and_a_plain_line_to_tls_says_what_is_wrong(
    central: Any, make_station: Any, tmp_path: Path
) -> None:
    authority = Authority()
    async with secured(central, authority, tmp_path, mutual=False) as url:
        station = make_station(url=url, key=KEY, roots=[authority.pem])
        await station.presence.start_up()
        assert station.configuration.text("SecurityProfile") == "2"
        plain = make_station("SIM-0002", url=url.replace("wss:", "ws:"), key=KEY)
        with pytest.raises(HandshakeRefused, match="the URL begins with wss://"):
            await plain.presence.start_up()
        await station.close()


async def test_profile_3_is_reached_step_by_step(central: Any, make_station: Any, tmp_path: Path) -> None:
    central.answers["SignCertificate"] = lambda _: {"status": "Accepted"}
    authority = Authority()

    async def change(name: str, value: str) -> Any:
        payload = {"key": name, "value": value}
        return (await central.call("SIM-0001", "ChangeConfiguration", payload))["status"]

    async with secured(central, authority, tmp_path, mutual=True) as url:
        station = make_station(key=KEY, secure_url=url)
        await station.presence.start_up()
        assert await change("SecurityProfile", "3") == "Rejected"
        root = {"certificateType": "CentralSystemRootCertificate", "certificate": authority.pem}
        await central.call("SIM-0001", "InstallCertificate", root)
        await change("CpoName", "Operator")
        station.request_certificate()
        await central.heard("SignCertificate")
        assert station.credentials.certificates.asked is not None
        chain = authority.sign(station.credentials.certificates.asked.public_key())
        await central.call("SIM-0001", "CertificateSigned", {"certificateChain": chain})
        assert await change("SecurityProfile", "3") == "Accepted"
        await central.sockets["SIM-0001"].wait_closed()
        await station.presence.start_up()
        assert "Authorization" not in central.headers[-1]
        assert central.sockets["SIM-0001"].transport.get_extra_info("peercert")
        assert await change("SecurityProfile", "1") == "Rejected"
        await station.close()


async def test_a_profile_that_does_not_work_is_given_up(central: Any, make_station: Any) -> None:
    station = make_station(key=KEY, roots=[Authority().pem], secure_url="wss://127.0.0.1:9/ocpp")
    await station.presence.start_up()
    change = {"key": "SecurityProfile", "value": "2"}
    assert await central.call("SIM-0001", "ChangeConfiguration", change) == {"status": "Accepted"}
    await central.sockets["SIM-0001"].wait_closed()
    with pytest.raises(CentralSystemUnreachable):
        await station.presence.start_up()
    await station.presence.start_up()
    asked = {"key": ["SecurityProfile"]}
    (told,) = (await central.call("SIM-0001", "GetConfiguration", asked))["configurationKey"]
    assert told["value"] == "1"


async def test_a_new_key_is_shown_on_the_next_connection(central: Any, make_station: Any) -> None:
    station = make_station(key=KEY)
    await station.presence.start_up()
    change = {"key": "AuthorizationKey", "value": "40414243444546474849"}
    assert await central.call("SIM-0001", "ChangeConfiguration", change) == {"status": "Accepted"}
    await central.sockets["SIM-0001"].wait_closed()
    await station.presence.start_up()
    assert central.headers[0]["Authorization"] != central.headers[1]["Authorization"]
