"""The first scenario of the how-to page, played against the whole server: the API tells its sessions."""

from __future__ import annotations

import re
from pathlib import Path

from emobility_adapters.ocpp.simulation.script import Player, parse_script
from tests.app.http.house import House

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "simulate-stations.md"


async def test_the_morning_of_the_page_is_in_the_ledger(served: House) -> None:
    await served.add_card()
    await served.add_tariff()
    await served.post("/v1/stations", {"identity": "SIM-0001"})
    found = re.search(r"^```toml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    outcome = await Player(parse_script(found[1], name="page"), served.server.ocpp_url).play()
    assert outcome.ok, outcome.failures
    sessions = (await served.get("/v1/sessions"))["data"]
    told = {one["connector"]: (one["status"], one["energy_kwh"]) for one in sessions}
    assert told.keys() == {1, 2}
    assert told[1] == ("ended", "5.500")
