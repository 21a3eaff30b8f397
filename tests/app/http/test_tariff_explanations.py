"""Which tariff a charge has is told with what became of every other that fits."""

from __future__ import annotations

from tests.app.http.bare import Bare
from tests.app.http.house import PRICES, House
from tests.app.http.refusals import refused
from tests.app.http.test_inherited import _counting, _made, _tree


async def test_what_is_told_applies_to_the_session_and_each_other_says_why_it_does_not(
    served: House,
) -> None:
    card = await served.add_card()
    async with served.station() as (station, line):
        at = f"/v1/stations/{station['id']}/tariff"
        none = await served.get(at, token=card["id"])
        assert (none["version"], none["prices"], none["considered"]) == (None, None, [])
        made = {}
        for name, what in (
            ("all", {}),
            ("here", {"station": station["id"]}),
            ("card", {"token": card["id"]}),
            ("direct", {"ad_hoc": True}),
            ("later", {"token": card["id"], "validity": {"since": "2126-01-01T00:00:00Z", "until": None}}),
        ):
            tariff = await served.post("/v1/tariffs", {"name": name, "prices": PRICES})
            made[name] = await served.post("/v1/tariff-assignments", {"tariff": tariff["id"], **what})
        told = await served.get(at, token=card["id"])
        outcomes = [(one["name"], one["outcome"]) for one in told["considered"]]
        assert outcomes == [("card", "applies"), ("later", "not_yet"), ("here", "person"), ("all", "person")]
        assert told["considered"][0]["version"] == told["version"]
        assert all(one["why"].endswith(".") for one in told["considered"])
        direct = await served.get(at)
        assert [(one["name"], one["outcome"]) for one in direct["considered"]] == [
            ("direct", "applies"),
            ("here", "person"),
            ("all", "person"),
        ]
        then = await served.get(at, token=card["id"], at="2126-06-01T00:00:00Z")
        assert {one["name"]: one["outcome"] for one in then["considered"]}["later"] == "younger"
        start = {
            "connectorId": 1,
            "idTag": card["id_tag"],
            "meterStart": 0,
            "timestamp": served.ago(0),
        }
        await line.call("StartTransaction", start)
    (session,) = (await served.get("/v1/sessions"))["data"]
    assert session["tariff_version"] == told["version"]


async def test_what_somebody_above_pays_is_not_told_below(bare: Bare) -> None:
    async with bare.http() as http:
        root, company, department, _ = await _tree(http)
        for tenant in (root, department):
            tariff = (await _made(http, tenant, "tariffs", {"name": "Deal", "prices": PRICES}))["id"]
            token = (await _made(http, tenant, "tokens", {"id_tag": f"CARD-{tenant[-4:]}"}))["id"]
            await _made(http, tenant, "tariff-assignments", {"tariff": tariff, "token": token})
        seen = {
            by: [one["inherited_from"] for one in await _counting(http, department, "tariffs", by=by)]
            for by in (root, company, department)
        }
        assert seen == {root: [None, root], company: [None], department: [None]}
        station = (await _made(http, department, "stations", {"identity": "S1"}))["id"]
        above = (await http.get("/v1/tokens", headers={"Emobility-Tenant": root})).json()["data"][0]["id"]
        asked = await http.get(
            f"/v1/stations/{station}/tariff",
            params={"token": above},
            headers={"Emobility-Tenant": department},
        )
        refused(asked, 404, "unknown-token")
