"""Configuration over the API: templates, what stations report, and checks that are asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from emobility_app.store import EVERYTHING
from emobility_app.upkeep import configuration_rounds
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.testing.clock import FrozenClock
from tests.adapters.ocpp.keys import ENERGY, GOOD, Keys
from tests.adapters.ocpp.wire import WireStation
from tests.app.http.house import House, Json
from tests.app.http.refusals import pointers, refused


async def check(served: House, station: Json, line: WireStation, keys: Keys, key: str) -> Json:
    """Ask for a check, answer for the station, and return how it came out."""
    async with keys.answering(line):
        body = {"station": station["id"]}
        asked = await served.http.post(
            "/v1/configuration-checks", json=body, headers={"Idempotency-Key": key}
        )
        assert asked.status_code == 202, asked.text
        return await served.ended(asked.headers["location"])


async def test_a_check_mends_what_billing_depends_on_and_says_how_it_went(served: House) -> None:
    async with served.station() as (station, line):
        keys = Keys(GOOD | {"StopTxnSampledData": ""})
        operation = await check(served, station, line, keys, "1")
        assert operation["status"] == "succeeded"
        assert operation["result"]["status"] == "verified"
        assert keys.values["StopTxnSampledData"] == ENERGY
        path = f"/v1/station-configurations/{operation['result']['station_configuration']}"
        shown = await served.get(path)
        assert (shown["station"], shown["status"], shown["deviations"]) == (station["id"], "verified", [])
        reported = {one["key"]: one["value"] for one in shown["reported"]}
        assert (reported["StopTxnSampledData"], reported["AuthorizationKey"]) == (ENERGY, None)
        expected = {one["key"]: one for one in shown["expected"]}
        assert expected["StopTxnSampledData"]["billing"] is True
        for query, found in (
            ({"station": station["id"]}, 1),
            ({"status": "verified"}, 1),
            ({"status": "drifted"}, 0),
        ):
            assert len((await served.get("/v1/station-configurations", **query))["data"]) == found


async def test_a_station_shows_which_billing_keys_are_not_as_expected(served: House) -> None:
    async with served.station() as (station, line):
        assert (await served.get(f"/v1/stations/{station['id']}"))["configuration"] is None
        keys = Keys(GOOD | {"StopTxnSampledData": "", "LocalAuthorizeOffline": "false"})
        keys.readonly = frozenset({"StopTxnSampledData", "LocalAuthorizeOffline"})
        operation = await check(served, station, line, keys, "1")
        configuration = (await served.get(f"/v1/stations/{station['id']}"))["configuration"]
    assert configuration == {
        "id": operation["result"]["station_configuration"],
        "status": "drifted",
        "billing_deviations": ["StopTxnSampledData"],
    }


async def test_a_template_is_handed_down_and_the_nearer_one_counts(served: House) -> None:
    below = (await served.post("/v1/tenants", {"name": "Below"}))["id"]
    headers = {"Emobility-Tenant": below}
    expectation = {"key": "HeartbeatInterval", "value": "300", "at_most": 900}
    await served.post("/v1/configuration-templates", {"name": "All", "keys": [expectation]})
    nearer = {"name": "Theirs", "vendor": "V", "keys": [expectation | {"value": "600"}]}
    made = await served.http.post("/v1/configuration-templates", json=nearer, headers=headers)
    assert made.status_code == 201, made.text
    body = {"identity": "CP1"}
    station = (await served.http.post("/v1/stations", json=body, headers=headers)).json()
    asked = await served.http.post(
        "/v1/configuration-checks", json={"station": station["id"]}, headers={"Idempotency-Key": "1"}
    )
    operation = await served.ended(asked.headers["location"])
    assert (operation["status"], operation["error"]) == ("failed", "command-offline")
    (shown,) = (await served.get("/v1/station-configurations", include_descendants="true"))["data"]
    assert (shown["tenant"], shown["status"], shown["detail"]) == (below, "unverified", "offline")
    narrowed = await served.http.get(f"/v1/station-configurations/{shown['id']}", headers=headers)
    expected = {one["key"]: one["value"] for one in narrowed.json()["expected"]}
    # The station has told no maker yet, so what is meant for one does not count.
    assert expected["HeartbeatInterval"] == "300"


async def test_what_cannot_be_is_refused_by_name(served: House) -> None:
    for key, flaws in (
        ({"key": "AuthorizationKey", "value": "1"}, {"/keys/0/key": "malformed-expectation"}),
        ({"key": "X", "value": "1", "includes": True}, {"/keys/0/includes": "malformed-expectation"}),
        ({"key": "X"}, {"/keys/0/value": "missing-field"}),
        ({"key": "X", "value": 1}, {"/keys/0/value": "not-a-text"}),
    ):
        answer = await served.http.post("/v1/configuration-templates", json={"name": "A", "keys": [key]})
        assert pointers(answer) == flaws
    station = await served.post("/v1/stations", {"identity": "CP1"})
    body = {"station": station["id"]}
    refused(await served.http.post("/v1/configuration-checks", json=body), 400, "idempotency-key-required")
    headers = {"Idempotency-Key": "1"}
    unknown = {"station": station["id"][:-4] + "0000"}
    answer = await served.http.post("/v1/configuration-checks", json=unknown, headers=headers)
    assert pointers(answer) == {"/station": "unknown-station"}


async def test_a_new_station_is_looked_at_without_being_asked_to(served: House) -> None:
    server = served.server

    async def path_of(tenant: TenantId) -> str:
        async with server.transactions.reading(EVERYTHING) as work:
            return (await work.tenants.get(tenant)).path

    async with served.station() as (_, line):
        keys = Keys(GOOD | {"StopTxnSampledData": ""})
        settled = FrozenClock(Instant(server.clock.now() + timedelta(minutes=2)))
        bound = (server.transactions, server.transactions.reading, EVERYTHING, path_of, settled, server.ids)
        rounds = asyncio.create_task(configuration_rounds(*bound, every_s=0.01))
        try:
            async with keys.answering(line):
                event = await served.heard("station.configuration_verified")
        finally:
            rounds.cancel()
            with suppress(asyncio.CancelledError):
                await rounds
    assert (event["data"]["keys"], event["data"]["billing"]) == ([], False)
    assert keys.values["StopTxnSampledData"] == ENERGY
    # One check, however often a round passes.
    assert keys.asked.count(None) == 1
