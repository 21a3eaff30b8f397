"""Two companies beside each other: one with a station, the other with a card that may charge there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import attrs
import httpx
import pytest

from tests.adapters.ocpp.wire import HOUSEKEEPING, WireStation, connected
from tests.app.http.callers import Callers
from tests.app.http.house import House, Json

CARD = "GUEST1"


@attrs.frozen
class Sisters:
    """A station of the one company, with its `line`, and a card of the other one, `taking`; their clients are
    `giver` and `taker`."""

    served: House
    giver: httpx.AsyncClient
    taker: httpx.AsyncClient
    taking: str
    station: Json
    line: WireStation

    async def give(self, *rights: str) -> Json:
        body = {"grantee": self.taking, "rights": rights or ["use", "see"], "stations": [self.station["id"]]}
        answer = await self.giver.post("/v1/grants", json=body)
        assert answer.status_code == 201, answer.text
        given: Json = answer.json()
        return given

    async def start(self, connector: int, minutes_ago: float = 0) -> str:
        start = {"connectorId": connector, "idTag": CARD, "meterStart": 0}
        answer = await self.line.call(
            "StartTransaction", {**start, "timestamp": self.served.ago(minutes_ago)}
        )
        return str(answer["idTagInfo"]["status"])

    async def authorized(self) -> str:
        return str((await self.line.call("Authorize", {"idTag": CARD}))["idTagInfo"]["status"])

    async def log(self, **query: str) -> httpx.Response:
        return await self.giver.get(f"/v1/stations/{self.station['id']}/messages", params=query)

    async def accept(self, action: str) -> None:
        """Be asked for this, and do it."""
        _, id, asked, _ = await self.line.hear()
        assert asked == action
        await self.line.say([3, id, {"status": "Accepted"}])

    async def charged(self, given: Json | None = None) -> Json:
        """Authorize and start by a grant, which is returned, until both are in the log."""
        grant = given or await self.give()
        assert await self.authorized() == "Accepted"
        assert await self.start(1, minutes_ago=1) == "Accepted"
        while "StartTransaction" not in (await self.log()).text:
            pass
        return grant

    async def reads_no_card(self) -> None:
        """The log names the card as the session does, and nowhere in clear."""
        shown, name = (await self.log()).text, (await self.session(1))["id_tag"]
        assert CARD not in shown
        assert shown.count(name) == 2

    async def session(self, connector: int, http: httpx.AsyncClient | None = None, **headers: str) -> Json:
        answer = await (http or self.giver).get("/v1/sessions", headers=headers)
        found: list[Json] = [one for one in answer.json()["data"] if one["connector"] == connector]
        return found[0]


@pytest.fixture
async def sisters(served: House, callers: Callers) -> AsyncIterator[Sisters]:
    ids = [(await served.post("/v1/tenants", {"name": name}))["id"] for name in ("Giver", "Taker")]
    giver, taker = [await callers.signed_in(tenant=id) for id in ids]
    station = (await giver.post("/v1/stations", json={"identity": "CP1"})).json()
    assert (await taker.post("/v1/tokens", json={"id_tag": CARD})).status_code == 201
    port = urlsplit(served.server.ocpp_url).port
    assert port is not None
    async with connected(port, "/ocpp/CP1") as line:
        line.refuses = HOUSEKEEPING
        await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        yield Sisters(served, giver, taker, ids[1], station, line)
