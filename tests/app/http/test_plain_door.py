"""Stations come without TLS beside those with it, and are raised over the line."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from emobility_app.settings import Tls
from emobility_core.certificates import KeyKind
from tests.adapters.ocpp.certificates import server_files, station_tls
from tests.adapters.ocpp.wire import HOUSEKEEPING, connected
from tests.app.http.house import ANY, house

KEY = bytes(range(1, 21))


async def test_a_station_is_raised_from_a_plain_line_to_tls(template: Path, tmp_path: Path) -> None:
    shutil.copy(template, tmp_path / "house.db")
    tls = Tls(*server_files(tmp_path, KeyKind.ECDSA))
    url = f"sqlite:///{tmp_path / 'house.db'}"
    async with house(url, verify=station_tls(), tls=tls, plain_ocpp=ANY) as served:
        doors = [urlsplit(door or "") for door in (served.server.plain_ocpp_url, served.server.ocpp_url)]
        assert [door.scheme for door in doors] == ["ws", "wss"]
        plain, safe = (door.port or 0 for door in doors)
        station = await served.post("/v1/stations", {"identity": "CP1", "authorization_key": KEY.hex()})
        async with connected(plain, "/ocpp/CP1", key=KEY) as line:
            line.refuses = HOUSEKEEPING
            await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            order = {"type": "change_configuration", "key": "SecurityProfile", "value": "2"}
            asked_for = await served.command("raise", station=station["id"], **order)
            assert asked_for.status_code == 202, asked_for.text
            _, id, action, asked = await line.hear()
            assert (action, asked) == ("ChangeConfiguration", {"key": "SecurityProfile", "value": "2"})
            await line.say([3, id, {"status": "Accepted"}])
            await served.heard("command.completed")
        async with connected(safe, "/ocpp/CP1", key=KEY, tls=station_tls()) as line:
            line.refuses = HOUSEKEEPING
            await line.beats()
            shown = await served.get(f"/v1/stations/{station['id']}")
            assert (shown["security_profile"], shown["line_profile"]) == (2, 2)
        with pytest.raises(InvalidStatus, match="403"):
            async with connected(plain, "/ocpp/CP1", key=KEY):
                """A line below what the station has reached."""
